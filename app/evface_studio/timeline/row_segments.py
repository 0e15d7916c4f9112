"""The segments of one row, to be found by time however many there are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evface.annotations.segments import Segment


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

    def __len__(self) -> int:
        return len(self.segments)

    def between(self, start_us: int, stop_us: int) -> NDArray[np.intp]:
        """Return which segments reach into a stretch, in their order. O(log n + those between)."""
        first = int(np.searchsorted(self._latest_us, start_us, side="right"))
        last = int(np.searchsorted(self.onset_us, stop_us))
        if first >= last:
            return np.empty(0, np.intp)
        return first + np.flatnonzero(self.offset_us[first:last] > start_us)
