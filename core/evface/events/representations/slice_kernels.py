"""Compiled loops of representations that divide a window by time.

They write through a flat index because numba then drops the bounds' arithmetic; every place is
checked against the sensor first.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def fill_voxel_grid(t, x, y, p, start_us, bins_per_us, first_bin, signs, planes, last_plane):  # type: ignore[no-untyped-def]  # fmt: skip
    """Share events out between two bins: those from `first_bin` on in `planes`, then one more.

    An event counts as `signs` says for off and on, float32 each.
    """
    n_planes, height, width = planes.shape
    flat, last = planes.reshape(n_planes, -1), last_plane.reshape(-1)
    off, on = signs
    flat[0, :] = 0
    first = 0
    # Events are sorted: those between two bins follow one another.
    for b in range(n_planes):
        before = flat[b]
        after = flat[b + 1] if b + 1 < n_planes else last
        after[:] = 0
        stop, high = first, x.size
        while stop < high and b + 1 < n_planes:
            middle = (stop + high) // 2
            if (t[middle] - start_us) * bins_per_us >= first_bin + b + 1:
                high = middle
            else:
                stop = middle + 1
        for i in range(first, high):
            if x[i] < width and y[i] < height:
                share = np.float32((t[i] - start_us) * bins_per_us - (first_bin + b))
                sign = on if p[i] else off
                k = np.uint32(y[i]) * np.uint32(width) + x[i]
                before[k] += sign * (np.float32(1) - share)
                after[k] += sign * share
        first = high


@njit(cache=True, nogil=True)
def fill_bits(t, x, y, start_us, bits_per_us, n_bits, image):  # type: ignore[no-untyped-def]
    """Set a bit for each slice of time in which a pixel has an event; the newest is the highest."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            bit = max(min(int((t[i] - start_us) * bits_per_us), n_bits - 1), 0)
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] |= np.uint16(1 << bit)
