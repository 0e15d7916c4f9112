"""What lies under the pointer in a row, and what dragging it makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from PySide6.QtCore import QPointF

from evface.annotations.segment_changes import moved, with_apex, with_edge_moved
from evface.annotations.segments import Segment
from evface_studio.timeline.blocks import RowPlace
from evface_studio.timeline.row_segments import RowSegments
from evface_studio.timeline.time_scale import TimeScale

_GRAB_PX = 5
# Where a block is narrower, its middle third is its body: it must be possible to choose it.
_LEAST_BODY_PX = 15


class Part(Enum):
    """What of a segment is under the pointer."""

    ONSET = auto()
    OFFSET = auto()
    APEX = auto()
    BODY = auto()
    WHOLE = auto()


@dataclass(frozen=True)
class Hit:
    """A segment under the pointer."""

    segment: Segment
    part: Part
    is_others: bool = False


@dataclass(frozen=True)
class Draw:
    """A segment that is being drawn from one moment to another, in either direction."""

    unit: str
    from_us: int
    to_us: int

    @property
    def span_us(self) -> tuple[int, int]:
        """Onset and offset."""
        return min(self.from_us, self.to_us), max(self.from_us, self.to_us)

    def moved_to(self, t_us: int) -> Draw:
        """Return it with the pointer at another moment."""
        return replace(self, to_us=t_us)


@dataclass(frozen=True)
class Drag:
    """A segment that is being dragged by one of its parts.

    Parameters
    ----------
    segment
        As it is.
    from_us
        Where it was grasped.
    stop_us
        Where the recording ends.
    by_us
        How far it was dragged.
    """

    segment: Segment
    part: Part
    from_us: int
    stop_us: int
    by_us: int = 0

    @property
    def shown(self) -> Segment:
        """The segment as it would be."""
        segment, by_us, stop_us = self.segment, self.by_us, self.stop_us
        if not by_us:
            return segment
        if self.part is Part.ONSET:
            return with_edge_moved(segment, "onset", segment.onset_us + by_us, stop_us=stop_us)
        if self.part is Part.OFFSET:
            return with_edge_moved(segment, "offset", segment.offset_us + by_us, stop_us=stop_us)
        if self.part is Part.APEX:
            assert segment.apex_us is not None
            return with_apex(segment, segment.apex_us + by_us)
        return moved(segment, by_us, stop_us=stop_us)

    def moved_to(self, t_us: int) -> Drag:
        """Return it with the pointer at another moment."""
        return replace(self, by_us=t_us - self.from_us)


def hit_at(
    position: QPointF,
    layers: Sequence[tuple[RowSegments, bool]],
    place: RowPlace,
    scale: TimeScale,
    *,
    chosen: Segment | None,
) -> Hit | None:
    """Return what is under the pointer: an edge before an apex before a body.

    Parameters
    ----------
    layers
        From the bottom to the top, and whether each holds what others coded.
    chosen
        Its parts go before those of others.
    """
    x, y = position.x(), position.y()
    near_us = scale.t_of(x - _GRAB_PX), scale.t_of(x + _GRAB_PX) + 1
    hits: list[tuple[tuple[bool, bool, float, int], Hit]] = []
    for depth, (row, is_others) in enumerate(layers):
        for index in row.between(*near_us):
            segment = row.segments[index]
            top, height = place.of(segment.side, is_others=is_others)
            if not top - 1 <= y <= top + height + 1:
                continue
            found = _part_at(x, segment, scale)
            if found is not None:
                part, distance = found
                is_chosen = chosen is not None and chosen.id == segment.id
                order = (part is Part.BODY, not is_chosen, distance, -depth)
                hits.append((order, Hit(segment, part, is_others)))
    return min(hits, key=lambda hit: hit[0])[1] if hits else None


def _part_at(x: float, segment: Segment, scale: TimeScale) -> tuple[Part, float] | None:
    """Return the part of a segment at a pixel and how far off it is; for a body, its length."""
    left, right = scale.x_of(segment.onset_us), scale.x_of(segment.offset_us)
    width = right - left
    inside = min(_GRAB_PX, width / 3 if width < _LEAST_BODY_PX else _GRAB_PX)
    if -_GRAB_PX <= x - left <= inside:
        return Part.ONSET, abs(x - left)
    if -inside <= x - right <= _GRAB_PX:
        return Part.OFFSET, abs(x - right)
    if segment.apex_us is not None and abs(x - scale.x_of(segment.apex_us)) <= _GRAB_PX:
        return Part.APEX, abs(x - scale.x_of(segment.apex_us))
    return (Part.BODY, width) if left <= x <= right else None
