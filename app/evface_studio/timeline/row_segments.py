"""The segments of one row, to be found by time however many there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evface.annotations.segments import Decision, Presence, Segment, Side

NO_APEX = -1


@dataclass(frozen=True)
class Kind:
    """What segments that look alike have in common.

    Parameters
    ----------
    level
        A to E; empty where it is not graded on the scale of FACS.
    """

    presence: Presence
    side: Side
    level: str
    is_refused: bool

    @classmethod
    def of(cls, segment: Segment) -> Kind:
        """Return the kind of a segment."""
        level = "" if segment.intensity is None else segment.intensity.level
        is_refused = segment.decision is Decision.REFUSED
        return cls(segment.presence, segment.side, level, is_refused)


class RowSegments:
    """Segments in the order of their onsets.

    Parameters
    ----------
    segments
        In any order. They may overlap.
    """

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        self.segments = tuple(sorted(segments, key=lambda one: (one.onset_us, -one.offset_us)))
        n = len(self.segments)
        self.onset_us = np.fromiter((one.onset_us for one in self.segments), np.int64, n)
        self.offset_us = np.fromiter((one.offset_us for one in self.segments), np.int64, n)
        # Where the longest of those that began so far ends: never decreases, so it can be searched.
        self._latest_us = np.maximum.accumulate(self.offset_us) if n else self.offset_us
        apexes = (NO_APEX if one.apex_us is None else one.apex_us for one in self.segments)
        self.apex_us = np.fromiter(apexes, np.int64, n)

    def __len__(self) -> int:
        return len(self.segments)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that there are."""
        return self._kinds[0]

    @property
    def kind_numbers(self) -> NDArray[np.intp]:
        """Of each segment, which of the kinds it is."""
        return self._kinds[1]

    @property
    def plain_kinds(self) -> tuple[Kind, ...]:
        """The kinds that there are where levels are not told apart."""
        return self._plain_kinds[0]

    @property
    def plain_kind_numbers(self) -> NDArray[np.intp]:
        """Of each segment, which of the plain kinds it is."""
        return self._plain_kinds[1]

    @cached_property
    def _plain_kinds(self) -> tuple[tuple[Kind, ...], NDArray[np.intp]]:
        kinds, numbers = self._kinds
        plain: dict[Kind, int] = {}
        found = [plain.setdefault(replace(kind, level=""), len(plain)) for kind in kinds]
        return tuple(plain), np.array(found, np.intp)[numbers]

    @cached_property
    def _kinds(self) -> tuple[tuple[Kind, ...], NDArray[np.intp]]:
        # Rows that are never seen need not be told apart.
        numbers: dict[Kind, int] = {}
        found = [numbers.setdefault(Kind.of(one), len(numbers)) for one in self.segments]
        return tuple(numbers), np.array(found, np.intp)

    def between(self, start_us: int, stop_us: int) -> NDArray[np.intp]:
        """Return which segments reach into a stretch, in their order. O(log n + those between)."""
        first = int(np.searchsorted(self._latest_us, start_us, side="right"))
        last = int(np.searchsorted(self.onset_us, stop_us))
        if first >= last:
            return np.empty(0, np.intp)
        return first + np.flatnonzero(self.offset_us[first:last] > start_us)
