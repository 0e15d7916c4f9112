"""How many events there are in the face's box, around every row of a landmark track."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evface.events.sources import EventSource, iter_batches

WINDOW_US = 20_000
# Below a thousandth of the box's pixels a face shows no outline.
_FEWEST_PER_PIXEL = 1e-3
_FEWEST = 50


def shortage(
    source: EventSource,
    times_us: NDArray[np.int64],
    boxes_px: NDArray[np.float32],
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> NDArray[np.float64]:
    """Return how many times fewer events lie in each box than show the outline of a face.

    Counted in the 20 ms up to each time. Reads all events once, in pieces of bounded size.

    Parameters
    ----------
    times_us : (n,) int64
        Increasing.
    boxes_px : (n, 4) float32
        ``x0, y0, x1, y1``; NaN where there is no face.
    report
        Told how far it is, 0 to 1, and what is being done.

    Returns
    -------
    (n,) float64
        Above 1 where there are too few; at most what a single event would give. NaN without a
        box, and beyond the events.
    """
    counts = _counts(source, times_us, boxes_px, report)
    width, height = (boxes_px[:, 2:] - boxes_px[:, :2]).T
    needed = np.maximum(_FEWEST_PER_PIXEL * width * height, _FEWEST)
    short = needed / np.maximum(counts, 1)
    beyond = (times_us < WINDOW_US) | (times_us > source.duration_us)
    return np.where(beyond, np.nan, short).astype(np.float64)


def _counts(
    source: EventSource,
    times_us: NDArray[np.int64],
    boxes_px: NDArray[np.float32],
    report: Callable[[float, str], None],
) -> NDArray[np.int64]:
    """Return the events in the box of each time, in the window up to it, (n,) int64."""
    # An event belongs to the row that comes next; windows are sums over rows.
    own = np.zeros(len(times_us) + 1, np.int64)
    for events in iter_batches(source):
        if not len(events):
            continue
        last_us = int(events.t[-1])
        report(last_us / max(source.duration_us, 1), "Counting the events in the face's box")
        row = np.searchsorted(times_us, events.t, side="right")
        inside = row < len(times_us)
        row = row[inside]
        x, y, t = events.x[inside], events.y[inside], events.t[inside]
        box = boxes_px[row]
        hit = (x >= box[:, 0]) & (x <= box[:, 2]) & (y >= box[:, 1]) & (y <= box[:, 3])
        # Of a long step only what lies in the window of its end.
        hit &= t >= times_us[row] - WINDOW_US
        own[1:] += np.bincount(row[hit], minlength=len(times_us))
    total = np.cumsum(own)
    rows = np.arange(len(times_us))
    first = np.searchsorted(times_us, times_us - WINDOW_US, side="right")
    return np.asarray(total[rows + 1] - total[np.minimum(first, rows)], np.int64)
