"""Pixels that fire by themselves, found by what they and their neighbours fired."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A pixel is hot where it fired this many times as often as its second busiest neighbour. What is
# seen moves over several pixels: an edge, however thin, has two of a like rate among the
# neighbours. Hot pixels come alone, or as two together.
_TIMES_NEIGHBOURS = 8
# And this often beyond that, so that chance in a short recording makes none.
_LEAST_EVENTS = 20
_REACH = 2
_RANK = 2
# Looked at more closely at a time, which bounds the memory.
_AT_ONCE = 1 << 15


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
    if not counts.size:
        return is_hot
    # Beside the picture nothing fires.
    padded = np.pad(counts, _REACH)
    side = 2 * _REACH + 1
    around = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    rows, columns = np.nonzero(counts > _LEAST_EVENTS)
    for first in range(0, len(rows), _AT_ONCE):
        at = rows[first : first + _AT_ONCE], columns[first : first + _AT_ONCE]
        near = around[at].reshape(len(at[0]), side * side)
        own = counts[at].astype(np.int64)
        # The pixel itself counts as the busiest, which it is where it is hot.
        rank = side * side - 1 - _RANK
        neighbour = np.partition(near, rank, axis=1)[:, rank].astype(np.int64)
        is_hot[at] = own >= _TIMES_NEIGHBOURS * neighbour + _LEAST_EVENTS
    return is_hot
