"""Segments suggested from curves of action units, each to be accepted, changed or refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evface.annotations.coding_edits import SetSegments
from evface.annotations.segments import Decision, Intensity, Scale, Segment, new_segment_id
from evface.annotations.tracks import ActionUnitTrack
from evface.morphable.facs import HEAD_NAMES, LEVEL_STARTS, levels_of

# A suggestion is the same as what was decided if they share this much of the shorter.
_SAME_SHARE = 0.25
# A jaw that drops and one that drops wide, which the open head opens so many times as far.
_DROP, _WIDE, _WIDER = "AU26", "AU27", 2.0
# Scale of tracks whose values are 0 or 1 only, and of those that speak of clips as a whole.
_PRESENCE, _PROBABILITY = "presence", "probability"


@dataclass(frozen=True)
class Thresholds:
    """What of a curve is suggested.

    Parameters
    ----------
    start, stop
        A segment is where the curve stays above `stop` and gets to `start` at least. Both in the
        track's unit.
    shortest_us
        What is shorter is not suggested.
    """

    start: float
    stop: float
    shortest_us: int = 60_000

    def __post_init__(self) -> None:
        if not 0 < self.stop <= self.start:
            raise ValueError(f"0 < stop <= start must hold, got {self.stop} and {self.start}")


# Of the face: from level B on, with the trace before and after it.
FACE = Thresholds(start=LEVEL_STARTS[1], stop=LEVEL_STARTS[0])
# Of the head, where 1 is 30 degrees.
HEAD = Thresholds(start=0.4, stop=0.2)
_OF_SCALE = {
    _PRESENCE: Thresholds(start=0.5, stop=0.5),
    Scale.OPENFACE: Thresholds(start=1.0, stop=0.5),
}


def usual_thresholds(unit: str, scale: str) -> Thresholds:
    """Return the thresholds for an action unit on a track's scale.

    Raises
    ------
    ValueError
        If the scale is none that is known.
    """
    if scale == Scale.UNIT:
        return HEAD if unit in HEAD_NAMES else FACE
    if scale not in _OF_SCALE:
        raise ValueError(f"action units on the scale {scale!r} cannot be suggested from")
    return _OF_SCALE[scale]


def suggest_segments(
    track: ActionUnitTrack,
    decided: Iterable[Segment] = (),
    *,
    units: Iterable[str] | None = None,
    thresholds: Thresholds | None = None,
) -> list[Segment]:
    """Suggest a segment wherever a curve says that an action unit is there.

    Edges lie where the curve, straight between samples, passes the lower threshold; the apex at its
    maximum. The level is that of the maximum; on OpenFace's scale the number itself is kept, and
    heads and mere presences have none. The side is both, as curves know no sides.

    A jaw that drops wide (AU27) drops on its way (AU26): that is suggested once, as AU27, or as
    AU26 where AU27 is not asked for.

    Parameters
    ----------
    track
        As a machine made it. Missing samples end a segment. Probabilities of what a clip shows say
        nothing of when: nothing is suggested from them.
    decided
        What was coded, accepted, changed or refused before: nothing is suggested of the same
        action unit where a quarter of the shorter one lies in it.
    units
        Which action units, those of the track when None.
    thresholds
        For all of them; `usual_thresholds` when None.

    Returns
    -------
    list[Segment]
        By unit and time, with new ids. Nothing is decided about them yet: the edits here do that.

    Raises
    ------
    ValueError
        If the scale of the track is none that is known.
    """
    if track.scale == _PROBABILITY:
        return []
    before: dict[str, list[Segment]] = {}
    for segment in decided:
        before.setdefault(segment.unit, []).append(segment)
    names = track.name_list()
    wanted = names if units is None else [unit for unit in units if unit in names]
    curves = _curves(track, wanted)
    suggested = []
    for unit in wanted:
        chosen = thresholds or usual_thresholds(unit, track.scale)
        curve = curves[unit]
        for onset_us, apex_us, offset_us, peak in _active(track.times_us, curve, chosen):
            segment = Segment(
                new_segment_id(),
                unit,
                onset_us,
                offset_us,
                apex_us=apex_us,
                intensity=_intensity(unit, peak, track.scale),
                source=f"suggested by {track.source.name}",
            )
            if not any(_is_same(segment, other) for other in before.get(unit, ())):
                suggested.append(segment)
    return suggested


def accept_edit(recording_id: str, suggestions: Iterable[Segment]) -> SetSegments:
    """Return the edit that takes suggestions as they are."""
    return _decide(recording_id, suggestions, Decision.ACCEPTED, "Accept")


def refuse_edit(recording_id: str, suggestions: Iterable[Segment]) -> SetSegments:
    """Return the edit that refuses suggestions. They are kept, and not suggested again."""
    return _decide(recording_id, suggestions, Decision.REFUSED, "Refuse")


def change_edit(recording_id: str, changed: Segment) -> SetSegments:
    """Return the edit that takes a suggestion as it was changed.

    Parameters
    ----------
    changed
        What functions of `evface.annotations.segment_changes` made of the suggestion.
    """
    return _decide(recording_id, [changed], Decision.CHANGED, "Change")


def _decide(
    recording_id: str, suggestions: Iterable[Segment], decision: Decision, verb: str
) -> SetSegments:
    segments = {
        one.id: replace(one, decision=decision, author="", made_at="") for one in suggestions
    }
    units = {one.unit for one in segments.values()}
    what = f"{len(segments)} suggestions"
    if len(segments) == 1:
        what = f"suggested {units.pop()}"
    return SetSegments(recording_id, segments, f"{verb} {what}")


def _curves(track: ActionUnitTrack, wanted: list[str]) -> dict[str, NDArray[np.float64]]:
    """Return the curves of action units by name, NaN where the track says nothing."""
    names = track.name_list()
    known = np.where(np.asarray(track.valid)[:, None], np.asarray(track.intensity), np.nan)
    curves = dict(zip(names, known.T.astype(np.float64), strict=True))
    if track.scale == Scale.UNIT and {_DROP, _WIDE} <= set(names):
        drop, wide = curves[_DROP], curves[_WIDE]
        jaw = np.fmax(drop, np.minimum(_WIDER * wide, 1.0))
        if _WIDE not in wanted:
            curves[_DROP] = jaw
        else:
            for first, stop in _stretches(jaw >= FACE.stop):
                if np.nan_to_num(wide[first:stop]).max() >= FACE.start:
                    wide[first:stop] = np.fmax(wide[first:stop], jaw[first:stop] / _WIDER)
                    drop[first:stop] = 0.0
    return {unit: curves[unit] for unit in wanted}


def _active(
    times_us: NDArray[np.int64], curve: NDArray[np.float64], thresholds: Thresholds
) -> Iterator[tuple[int, int, int, float]]:
    """Yield onset, apex, offset and maximum of each stretch that reaches the upper threshold."""
    # Each sample stands for the time up to the next one where nothing follows it.
    alone_us = max(thresholds.shortest_us, 1)
    step_us = int(np.median(np.diff(times_us))) if len(times_us) > 1 else alone_us
    # NaN compares as below.
    for first, stop in _stretches(curve >= thresholds.stop):
        peak = first + int(np.argmax(curve[first:stop]))
        if curve[peak] < thresholds.start:
            continue
        onset_us = _crossing_us(times_us, curve, first, first - 1, thresholds.stop)
        offset_us = _crossing_us(times_us, curve, stop - 1, stop, thresholds.stop)
        if offset_us is None:
            offset_us = int(times_us[stop - 1]) + step_us
        onset_us = max(int(times_us[first]) if onset_us is None else onset_us, 0)
        if offset_us - onset_us >= thresholds.shortest_us:
            apex_us = min(max(int(times_us[peak]), onset_us), offset_us)
            yield onset_us, apex_us, offset_us, float(curve[peak])


def _stretches(is_on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where something holds without a break, as half-open ranges of indices."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_on, [False]]).astype(np.int8)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


def _crossing_us(
    times_us: NDArray[np.int64], curve: NDArray[np.float64], inside: int, outside: int, level: float
) -> int | None:
    """Return when the curve passes a level between two samples; None where one is missing."""
    if not 0 <= outside < len(curve) or np.isnan(curve[outside]):
        return None
    share = (curve[inside] - level) / (curve[inside] - curve[outside])
    return round(int(times_us[inside]) + share * int(times_us[outside] - times_us[inside]))


def _intensity(unit: str, peak: float, scale: str) -> Intensity | None:
    if scale == Scale.OPENFACE:
        return Intensity(min(peak, 5.0), Scale.OPENFACE)
    level = int(levels_of(np.array(peak)))
    if scale != Scale.UNIT or unit in HEAD_NAMES or level == 0:
        return None
    return Intensity(level)


def _is_same(one: Segment, other: Segment) -> bool:
    shared_us = min(one.offset_us, other.offset_us) - max(one.onset_us, other.onset_us)
    return shared_us >= _SAME_SHARE * min(one.duration_us, other.duration_us)
