"""Which recording of one project is which of another: by their media's content."""

from __future__ import annotations

from collections.abc import Sequence

from evface.projects.entries import RecordingEntry


def match_recordings(
    first: Sequence[RecordingEntry], second: Sequence[RecordingEntry]
) -> list[tuple[RecordingEntry, RecordingEntry]]:
    """Pair the recordings of two projects that were made of the same files.

    Names, places and order do not matter. A recording of events alone is the same as one of these
    events with a video, where nothing fits better; with two different videos they are two.

    Returns
    -------
    list[tuple[RecordingEntry, RecordingEntry]]
        In the order of the first. Those without a partner are left out.
    """
    pairs: dict[str, RecordingEntry] = {}
    left = list(second)
    for fits in (_is_same, _has_same_events):
        for one in first:
            partner = next((other for other in left if fits(one, other)), None)
            if partner is not None and one.id not in pairs:
                pairs[one.id] = partner
                left.remove(partner)
    return [(one, pairs[one.id]) for one in first if one.id in pairs]


def _is_same(one: RecordingEntry, other: RecordingEntry) -> bool:
    return _content(one) == _content(other)


def _has_same_events(one: RecordingEntry, other: RecordingEntry) -> bool:
    (events, video), (other_events, other_video) = _content(one), _content(other)
    return events == other_events and (video is None or other_video is None)


def _content(recording: RecordingEntry) -> tuple[str, str | None]:
    video = recording.video
    return recording.events.fingerprint, None if video is None else video.fingerprint
