"""Changes of segments: pure functions from what was coded to what shall be, and their edits.

The functions on segments serve to show a drag while it goes on; an edit is made of what they return
once it ends. Whatever they return keeps its id, is without author and time, which the edit fills
in, and counts as changed where it had been suggested.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from evface.annotations.coding_edits import SetSegments
from evface.annotations.segments import (
    Decision,
    Intensity,
    Presence,
    Segment,
    Side,
    new_segment_id,
)

Edge = Literal["onset", "offset"]

# Nothing that can be seen is shorter; a segment never shrinks below.
SHORTEST_US = 1_000


def coded(
    unit: str,
    onset_us: int,
    offset_us: int,
    *,
    presence: Presence = Presence.PRESENT,
    level: str | None = None,
    side: Side = Side.BOTH,
    source: str = "person",
    stop_us: int | None = None,
) -> Segment:
    """Return a new segment, at least `SHORTEST_US` long and within the recording.

    Parameters
    ----------
    unit
        FACS name, ``"AU12"``.
    onset_us, offset_us
        In either order.
    level
        A to E; None where it is not graded.
    source
        By what means: ``"person"``, ``"held key"``, ``"typed"``.
    stop_us
        Where the recording ends, None where that does not matter.

    Raises
    ------
    ValueError
        If the unit or the level is none, or something absent is graded.
    """
    first, last = min(onset_us, offset_us), max(onset_us, offset_us)
    onset_us, offset_us = _within(first, max(last - first, SHORTEST_US), stop_us)
    return Segment(
        new_segment_id(),
        unit,
        onset_us,
        offset_us,
        presence=presence,
        intensity=None if level is None else Intensity.of_level(level),
        side=side,
        source=source,
    )


def with_edge_moved(
    segment: Segment, edge: Edge, t_us: int, *, stop_us: int | None = None
) -> Segment:
    """Move one edge to a time. It stops at the recording's ends and short of the other edge.

    An apex that the segment no longer holds goes along with the edge.
    """
    if edge == "onset":
        onset_us, offset_us = min(max(t_us, 0), segment.offset_us - SHORTEST_US), segment.offset_us
        onset_us = max(onset_us, 0)
    else:
        latest_us = t_us if stop_us is None else min(t_us, stop_us)
        onset_us, offset_us = segment.onset_us, max(latest_us, segment.onset_us + SHORTEST_US)
    apex_us = segment.apex_us
    if apex_us is not None:
        apex_us = min(max(apex_us, onset_us), offset_us)
    return _changed(segment, onset_us=onset_us, offset_us=offset_us, apex_us=apex_us)


def with_apex(segment: Segment, t_us: int | None) -> Segment:
    """Set the apex, the nearest time within the segment; None forgets it."""
    apex_us = None if t_us is None else min(max(t_us, segment.onset_us), segment.offset_us)
    return _changed(segment, apex_us=apex_us)


def moved(segment: Segment, by_us: int, *, stop_us: int | None = None) -> Segment:
    """Move a segment whole, apex and all, as far as the recording allows; its length stays."""
    onset_us, offset_us = _within(segment.onset_us + by_us, segment.duration_us, stop_us)
    apex_us = segment.apex_us
    if apex_us is not None:
        apex_us += onset_us - segment.onset_us
    return _changed(segment, onset_us=onset_us, offset_us=offset_us, apex_us=apex_us)


def graded(segment: Segment, level: str | None) -> Segment:
    """Set the level, A to E; None takes it back.

    Raises
    ------
    ValueError
        If what the segment says is not there to be graded, or there is no such level.
    """
    intensity = None if level is None else Intensity.of_level(level)
    return _changed(segment, intensity=intensity)


def with_side(segment: Segment, side: Side) -> Segment:
    """Set on which side of the face it was seen, the subject's own."""
    return _changed(segment, side=side)


def with_presence(segment: Segment, presence: Presence) -> Segment:
    """Set what was seen. What is absent or not visible loses its level and its apex."""
    if presence is Presence.PRESENT:
        return _changed(segment, presence=presence)
    return _changed(segment, presence=presence, intensity=None, apex_us=None)


def split(segment: Segment, t_us: int) -> tuple[Segment, Segment]:
    """Split a segment in two. Both say what the whole said; the apex stays with its part.

    Returns
    -------
    first, second
        The first keeps the id.

    Raises
    ------
    ValueError
        If `t_us` is not within the segment, `SHORTEST_US` from its edges.
    """
    if not segment.onset_us + SHORTEST_US <= t_us <= segment.offset_us - SHORTEST_US:
        raise ValueError("to split a segment, go to a time well within it")
    apex_us = segment.apex_us
    is_first = apex_us is not None and apex_us < t_us
    return (
        _changed(segment, offset_us=t_us, apex_us=apex_us if is_first else None),
        _changed(
            segment, id=new_segment_id(), onset_us=t_us, apex_us=None if is_first else apex_us
        ),
    )


def merged(segments: Sequence[Segment]) -> Segment:
    """Join segments of one action unit into one, what lies between them included.

    Level and apex are those of the strongest; of several as strong, of the first that states an
    apex. An ungraded one counts as the weakest. The side is the common one, or both. The earliest
    keeps its id.

    Raises
    ------
    ValueError
        If there are fewer than two, or they differ in unit, in what was seen or in scale.
    """
    if len(segments) < 2:
        raise ValueError("to merge, choose two segments or more")
    ordered = sorted(segments, key=lambda one: (one.onset_us, one.offset_us))
    first = ordered[0]
    units = list(dict.fromkeys(one.unit for one in ordered))
    if len(units) > 1:
        raise ValueError(f"{' and '.join(units)} cannot be one segment")
    if len({one.presence for one in ordered}) > 1:
        raise ValueError("what is present cannot be merged with what is absent or not visible")
    if len({one.intensity.scale for one in ordered if one.intensity is not None}) > 1:
        raise ValueError("intensities on different scales cannot be merged; grade them first")
    strongest = max(ordered, key=_strength)
    is_one_sided = len({one.side for one in ordered}) == 1
    was_suggested = any(one.decision is not Decision.CODED for one in ordered)
    return _changed(
        first,
        offset_us=max(one.offset_us for one in ordered),
        apex_us=strongest.apex_us,
        intensity=strongest.intensity,
        side=first.side if is_one_sided else Side.BOTH,
        decision=Decision.CHANGED if was_suggested else Decision.CODED,
    )


def set_edit(recording_id: str, segments: Iterable[Segment], label: str) -> SetSegments:
    """Return the edit that sets segments to what the functions above returned, or adds them."""
    return SetSegments(recording_id, {one.id: one for one in segments}, label)


def merge_edit(recording_id: str, segments: Sequence[Segment]) -> SetSegments:
    """Return the edit that merges segments; raises as `merged` does."""
    whole = merged(segments)
    gone: dict[str, Segment | None] = {one.id: None for one in segments}
    return SetSegments(recording_id, {**gone, whole.id: whole}, f"Merge {whole.unit}")


def remove_edit(recording_id: str, segments: Iterable[Segment]) -> SetSegments:
    """Return the edit that removes segments.

    A suggestion that was accepted or changed may be made again afterwards: refuse it to be rid of
    it.
    """
    gone = {one.id: one.unit for one in segments}
    what = next(iter(gone.values())) if len(set(gone.values())) == 1 else f"{len(gone)} segments"
    return SetSegments(recording_id, dict.fromkeys(gone), f"Remove {what}")


def neighbours(
    segments: Iterable[Segment], segment: Segment
) -> tuple[Segment | None, Segment | None]:
    """Return the segments next before and next after one, of its action unit and presence.

    By onset; what was refused is passed over. For merging with the neighbour.
    """
    row = sorted(
        (
            one
            for one in segments
            if one.unit == segment.unit
            and one.presence is segment.presence
            and one.decision is not Decision.REFUSED
            and one.id != segment.id
        ),
        key=lambda one: (one.onset_us, one.id),
    )
    place = (segment.onset_us, segment.id)
    before = [one for one in row if (one.onset_us, one.id) < place]
    after = [one for one in row if (one.onset_us, one.id) > place]
    return (before[-1] if before else None), (after[0] if after else None)


def _changed(segment: Segment, **changes: Any) -> Segment:
    was_suggested = segment.decision is not Decision.CODED
    decision = Decision.CHANGED if was_suggested else Decision.CODED
    return replace(segment, **{"decision": decision, **changes, "author": "", "made_at": ""})


def _strength(segment: Segment) -> tuple[float, bool]:
    value = -1.0 if segment.intensity is None else segment.intensity.value
    return value, segment.apex_us is not None


def _within(onset_us: int, duration_us: int, stop_us: int | None) -> tuple[int, int]:
    """Return the stretch of this length nearest to where it was asked for, within a recording."""
    if stop_us is not None:
        onset_us = min(onset_us, stop_us - duration_us)
    onset_us = max(onset_us, 0)
    return onset_us, onset_us + duration_us
