"""Compiled loops of representations that divide a window by time.

They write through a flat index because numba then drops the bounds' arithmetic; every place is
checked against the sensor first.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BOTH = -1


@njit(cache=True, nogil=True)
def fill_voxel_grid(t, x, y, p, start_us, bins_per_us, first_bin, only, planes, last_plane):  # type: ignore[no-untyped-def]  # fmt: skip
    """Share events out between two bins: those from `first_bin` on in `planes`, then one more.

    `only` is 0 or 1 to count one polarity by +1, or `BOTH` to count them as -1 and +1.
    """
    n_planes, height, width = planes.shape
    n_pixels = np.uint32(height) * np.uint32(width)
    flat, last = planes.reshape(-1), last_plane.reshape(-1)
    flat[:] = 0
    last[:] = 0
    for i in range(x.size):
        if x[i] >= width or y[i] >= height or (only >= 0 and p[i] != only):
            continue
        place = (t[i] - start_us) * bins_per_us
        before = min(max(int(place), first_bin), first_bin + n_planes - 1)
        share = np.float32(place - before)
        sign = np.float32(1) if p[i] or only == 0 else np.float32(-1)
        pixel = np.uint32(y[i]) * np.uint32(width) + x[i]
        k = np.uint32(before - first_bin) * n_pixels + pixel
        flat[k] += sign * (np.float32(1) - share)
        if before - first_bin + 1 < n_planes:
            flat[k + n_pixels] += sign * share
        else:
            last[pixel] += sign * share


@njit(cache=True, nogil=True)
def fill_bits(t, x, y, start_us, bits_per_us, n_bits, image):  # type: ignore[no-untyped-def]
    """Set a bit for each slice of time in which a pixel has an event; the newest is the highest."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            bit = min(int((t[i] - start_us) * bits_per_us), n_bits - 1)
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] |= np.uint16(1 << bit)
