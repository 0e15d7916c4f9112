"""Finds hot pixels: those that fire much more than what is around, nearly all the time.

What a scene makes of a pixel it makes of others beside it, and it passes. So the recording is
looked at in stretches spread over it. A pixel is hot if its rate is a multiple of the second
highest among the 24 pixels around, and high enough in most of the stretches. Edges, however thin,
have two pixels of a like rate there; hot pixels may come in twos.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.filters.hot_pixels import HotPixels
from evface.events.sources import EventSource, iter_batches

# Stretches, and how long they are at least and at most.
_N_STRETCHES = 20
_LEAST_US, _MOST_US = 50_000, 1_000_000
# So many events more than that, or chance would find some in short recordings.
_MARGIN = 10
# How many pixels around count, either way.
REACH = 2


def find_hot_pixels(
    source: EventSource,
    rule: HotPixels,
    *,
    report: Callable[[float, str], None] = lambda _share, _words: None,
) -> HotPixels:
    """Return the filter with the hot pixels of a recording.

    Parameters
    ----------
    source
        As the file has it. At most 20 s of it are read.
    rule
        With what is called hot; its pixels do not matter.
    report
        Told the progress, 0 to 1. An exception that it raises ends the search.
    """
    width, height = source.resolution
    # A rim around the sensor spares asking where it ends; what is there never fires.
    total = np.zeros((height + 2 * REACH, width + 2 * REACH), np.int64)
    n_busy = np.zeros(total.shape, np.int64)
    stretches = _stretches(source.duration_us)
    seen_us = 0
    for k, (start_us, stop_us) in enumerate(stretches):
        report(k / len(stretches), "")
        counts = np.zeros_like(total)
        for batch in iter_batches(source, start_us, stop_us):
            _count(batch.x, batch.y, counts)
        n_busy += counts >= max(rule.least_rate_hz * (stop_us - start_us) * 1e-6, 1.0)
        total += counts
        seen_us += stop_us - start_us
    is_hot = n_busy >= max(rule.least_percent / 100 * len(stretches), 1)
    is_hot &= total >= rule.least_rate_hz * seen_us * 1e-6
    rows, columns = np.nonzero(is_hot)
    around = second_highest(total, rows, columns)
    is_lone = total[rows, columns] > rule.times_neighbours * around + _MARGIN
    rows, columns = rows[is_lone] - REACH, columns[is_lone] - REACH
    return replace(rule, pixels=tuple(zip(columns.tolist(), rows.tolist(), strict=True)))


def _stretches(duration_us: int) -> list[tuple[int, int]]:
    """Return stretches of equal length, evenly spread over a recording."""
    n = int(np.clip(duration_us // _LEAST_US, 1, _N_STRETCHES))
    length_us = min(duration_us // n, _MOST_US)
    starts = np.linspace(0, duration_us - length_us, n).astype(np.int64).tolist()
    return [(start_us, start_us + length_us) for start_us in starts if length_us]


def second_highest(
    counts: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the second highest count around each of some pixels, at least one, (n,)."""
    highest = np.ones(len(rows), np.int64)
    second = np.ones(len(rows), np.int64)
    side = range(-REACH, REACH + 1)
    for down, right in itertools.product(side, side):
        if down or right:
            near = counts[rows + down, columns + right]
            second = np.maximum(second, np.minimum(highest, near))
            highest = np.maximum(highest, near)
    return second


@njit(cache=True, nogil=True)
def _count(x, y, counts):  # type: ignore[no-untyped-def]
    height, width = counts.shape
    for i in range(x.size):
        if x[i] < width - 2 * REACH and y[i] < height - 2 * REACH:
            counts[y[i] + REACH, x[i] + REACH] += 1
