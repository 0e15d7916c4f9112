"""Counts events by pixel, by polarity, and over time in parts of the picture."""

from __future__ import annotations

import numpy as np
from numba import njit

from evface.events.events import Events
from evface.events.health.flicker import (
    COLUMNS,
    N_REGIONS,
    ROWS,
    SEGMENT_MS,
    SEGMENT_US,
    FlickerMeter,
)


class Tally:
    """What is counted of the events that were read. Its memory does not grow with them.

    Parameters
    ----------
    resolution
        Sensor ``(width, height)``, px.
    duration_us
        Of the recording.
    bin_us
        Length of the bins of `n_on` and `n_read`, a multiple of 1000.
    """

    def __init__(self, resolution: tuple[int, int], duration_us: int, bin_us: int) -> None:
        width, height = resolution
        self.counts = np.zeros((height, width), np.uint32)
        n_bins = -(-duration_us // bin_us)
        self.n_on = np.zeros(n_bins, np.int64)
        self.n_read = np.zeros(n_bins, np.int64)
        self.n_outside = 0
        self.flicker = FlickerMeter(resolution)
        self._duration_us = duration_us
        self._bin_us = bin_us
        self._column_region = (np.arange(width) * COLUMNS // width).astype(np.uint8)
        self._row_region = (np.arange(height) * ROWS // height * COLUMNS).astype(np.uint8)
        self._series = np.zeros((2, N_REGIONS, SEGMENT_MS), np.uint32)
        self._segment = 0
        # Up to where the segment was given whole.
        self._read_us = 0

    def begin(self, start_us: int) -> None:
        """Begin a stretch of the recording at a multiple of `SEGMENT_US`."""
        self._segment = start_us // SEGMENT_US
        self._read_us = start_us

    def add(self, events: Events, stop_us: int) -> None:
        """Count the next events of the stretch, all before `stop_us`."""
        done = 0
        while self._read_us < stop_us:
            end_us = (self._segment + 1) * SEGMENT_US
            done, n_outside = _count(
                events.t, events.x, events.y, events.p, done, end_us - SEGMENT_US, end_us,
                self.counts, self._column_region, self._row_region, self._series,
            )  # fmt: skip
            self.n_outside += n_outside
            self._read_us = min(end_us, stop_us)
            if self._read_us == end_us:
                self._end_segment(is_whole=True)

    def end(self) -> None:
        """End a stretch."""
        self._end_segment(is_whole=False)

    def _end_segment(self, *, is_whole: bool) -> None:
        series = self._series
        n_off, n_on = (int(n) for n in series.sum(axis=(1, 2), dtype=np.int64))
        if n_off + n_on:
            per_ms = series.sum(axis=1, dtype=np.int64)
            # The last segment ends after the recording.
            at_us = self._segment * SEGMENT_US + 1_000 * np.arange(SEGMENT_MS)
            bins = np.minimum(at_us // self._bin_us, len(self.n_on) - 1)
            np.add.at(self.n_on, bins, per_ms[1])
            np.add.at(self.n_read, bins, per_ms[0] + per_ms[1])
            if is_whole:
                self.flicker.add(series)
            series[:] = 0
        self._segment += 1


@njit(cache=True, nogil=True)
def _count(  # type: ignore[no-untyped-def]
    t, x, y, p, first, start_us, stop_us, counts, column_region, row_region, series
):
    """Count events from `first` on that are before `stop_us`; return where it ended."""
    height, width = np.uint64(counts.shape[0]), np.uint64(counts.shape[1])
    n_ms = np.uint64(series.shape[2])
    n_outside = 0
    i = first
    # Unsigned indices spare numba's tests for negative ones.
    while i < t.size and t[np.uint64(i)] < stop_us:
        at = np.uint64(i)
        column, row = np.uint64(x[at]), np.uint64(y[at])
        ms = np.uint64(t[at] - start_us) // np.uint64(1000)
        if column < width and row < height and ms < n_ms:
            counts[row, column] += np.uint32(1)
            region = np.uint64(row_region[row]) + np.uint64(column_region[column])
            series[np.uint64(np.int64(p[at])), region, ms] += np.uint32(1)
        else:
            n_outside += 1
        i += 1
    return i, n_outside
