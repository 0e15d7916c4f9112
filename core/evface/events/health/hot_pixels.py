"""Pixels that fire by themselves, found by what they and their neighbours fired."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.events.filters.hot_pixel_search import REACH, second_highest
from evface.events.filters.hot_pixels import HotPixels

# A pixel is hot where it fired this many times as often as the second busiest around it, as the
# filter has it. What is seen moves over several pixels: an edge, however thin, has two of a like
# rate there. Hot pixels come alone, or as two together.
_TIMES_NEIGHBOURS = HotPixels().times_neighbours
# And this often beyond that, so that chance in a short recording makes none.
_LEAST_EVENTS = 20


def find_hot_pixels(counts: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return which pixels are hot.

    Parameters
    ----------
    counts : (height, width) int, events
        Events of each pixel. Not modified.

    Returns
    -------
    (height, width) bool
    """
    is_hot = np.zeros(counts.shape, np.bool_)
    rows, columns = np.nonzero(counts > _LEAST_EVENTS)
    # Beside the picture nothing fires.
    padded = np.pad(counts.astype(np.int64), REACH)
    beside = second_highest(padded, rows + REACH, columns + REACH)
    is_hot[rows, columns] = counts[rows, columns] >= _TIMES_NEIGHBOURS * beside + _LEAST_EVENTS
    return is_hot
