"""Compiled loops of representations that count events.

They write through a flat index because numba then drops the bounds' arithmetic; every place is
checked against the sensor first.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from evface.events.palettes import MAX_SHOWN_COUNT


@njit(cache=True, nogil=True)
def fill_last_polarity(x, y, p, image):  # type: ignore[no-untyped-def]
    """Write 1 for off and 2 for on, the last event of a pixel over earlier ones."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] = 1 + p[i]


@njit(cache=True, nogil=True)
def lay_over(later, image):  # type: ignore[no-untyped-def]
    """Take from `later` what is not 0."""
    flat, over = image.reshape(-1), later.reshape(-1)
    for k in range(flat.size):
        flat[k] = over[k] if over[k] else flat[k]


@njit(cache=True, nogil=True)
def fill_histogram(x, y, p, image):  # type: ignore[no-untyped-def]
    """Count events by polarity, at most 255."""
    height, width, _ = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            k = (np.uint32(y[i]) * np.uint32(width) + x[i]) * np.uint32(2) + np.uint32(p[i])
            count = flat[k]
            flat[k] = count + (count < 255)


@njit(cache=True, nogil=True)
def add_counts(more, image):  # type: ignore[no-untyped-def]
    """Add counts, at most 255."""
    flat, added = image.reshape(-1), more.reshape(-1)
    for k in range(flat.size):
        total = np.uint16(flat[k]) + np.uint16(added[k])
        flat[k] = np.uint8(min(total, np.uint16(255)))


@njit(cache=True, nogil=True)
def fill_count_index(x, y, p, image):  # type: ignore[no-untyped-def]
    """Count off in the upper and on in the lower four bits."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            k = np.uint32(y[i]) * np.uint32(width) + x[i]
            counts = flat[k]
            shift = 0 if p[i] else 4
            flat[k] = counts + ((((counts >> shift) & 15) < MAX_SHOWN_COUNT) << shift)


@njit(cache=True, nogil=True)
def fill_counts(x, y, image):  # type: ignore[no-untyped-def]
    """Count events of both polarities, at most 65,535."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            k = np.uint32(y[i]) * np.uint32(width) + x[i]
            count = flat[k]
            flat[k] = count + (count < 65535)


@njit(cache=True, nogil=True)
def fill_polarity_sum(x, y, p, image):  # type: ignore[no-untyped-def]
    """Count on as +1 and off as -1, within -32,767 and 32,767."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            k = np.uint32(y[i]) * np.uint32(width) + x[i]
            if p[i]:
                flat[k] += flat[k] < 32767
            else:
                flat[k] -= flat[k] > -32767


@njit(cache=True, nogil=True)
def write_signed_levels(values, levels_per_unit, image):  # type: ignore[no-untyped-def]
    """Write signed values as levels: 1 to 127 below zero, 129 to 255 above, 0 for none."""
    flat, levels = values.reshape(-1), image.reshape(-1)
    for k in range(flat.size):
        value = flat[k]
        size = min(np.ceil(abs(value) * levels_per_unit), 127.0)
        levels[k] = np.uint8(size) + np.uint8(128 if value > 0 else 0)


@njit(cache=True, nogil=True)
def count_values(counts):  # type: ignore[no-untyped-def]
    """Return how often each value of 8 bits occurs."""
    flat = counts.reshape(-1)
    # Most pixels have no events, and one total would wait for itself.
    totals = np.zeros((4, 256), np.int64)
    for k in range(flat.size):
        totals[k & 3, flat[k]] += 1
    return totals.sum(axis=0)


@njit(cache=True, nogil=True)
def look_up(counts, table, image):  # type: ignore[no-untyped-def]
    """Write what a table has for each value of 8 bits."""
    flat, values = counts.reshape(-1), image.reshape(-1)
    for k in range(flat.size):
        values[k] = table[flat[k]]
