"""Compiled loops of representations that tell how recent events are.

They write through a flat index because numba then drops the bounds' arithmetic; every place is
checked against the sensor first, and every age against its table.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.palettes import N_SURFACE_LEVELS

# Weights of multiples of ``1 << shift`` us and of what is left of an age; shift; 1 / us.
Fading = tuple[NDArray[np.float64], NDArray[np.float64], int, float]


def exponential(rate: float, longest_us: int) -> Fading:
    """Return how events fade by exp(-age rate), up to an age; two small tables hold all of it."""
    return _tables(rate, longest_us.bit_length())


# Successive windows fade alike.
@lru_cache(maxsize=8)
def _tables(rate: float, n_bits: int) -> Fading:
    shift = n_bits // 2
    coarse = np.exp(-rate * (np.arange(1 << (n_bits - shift)) << shift))
    return coarse, np.exp(-rate * np.arange(1 << shift)), shift, rate


def linear(rate: float) -> Fading:
    """Return how events fade by 1 - age rate."""
    return np.empty(0), np.empty(0), 0, rate


@njit(cache=True, nogil=True, inline="always")
def weight_of(age_us, fading):  # type: ignore[no-untyped-def]
    """Return what is left of an event."""
    coarse, fine, shift, rate = fading
    if coarse.size == 0:
        return max(0.0, 1.0 - age_us * rate)
    age_us = max(age_us, 0)
    return coarse[min(age_us >> shift, coarse.size - 1)] * fine[age_us & ((1 << shift) - 1)]


@njit(cache=True, nogil=True)
def fill_time_surface(t, x, y, p, now_us, fading, image):  # type: ignore[no-untyped-def]
    """Write the weight of the last event of each pixel and polarity."""
    height, width, _ = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            k = (np.uint32(y[i]) * np.uint32(width) + x[i]) * np.uint32(2) + np.uint32(p[i])
            flat[k] = weight_of(now_us - t[i], fading)


@njit(cache=True, nogil=True)
def lay_newer_over(newer, image):  # type: ignore[no-untyped-def]
    """Take from `newer` what is above 0."""
    flat, over = image.reshape(-1), newer.reshape(-1)
    for k in range(flat.size):
        flat[k] = over[k] if over[k] > 0 else flat[k]


@njit(cache=True, nogil=True)
def fill_surface_index(t, x, y, p, now_us, fading, image):  # type: ignore[no-untyped-def]
    """Write the weight of the last event of each pixel as a level: from 129 for on."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            level = math.ceil(weight_of(now_us - t[i], fading) * N_SURFACE_LEVELS)
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] = level + 128 * p[i] * (level > 0)


@njit(cache=True, nogil=True)
def fill_leaky_sum(t, x, y, p, now_us, fading, image):  # type: ignore[no-untyped-def]
    """Add on and take off away, each by how much of it is left now."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            value = np.float32(weight_of(now_us - t[i], fading))
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] += value if p[i] else -value


@njit(cache=True, nogil=True)
def fill_tore(t, x, y, p, now_us, shortest_us, longest_us, n_found, image):  # type: ignore[no-untyped-def]
    """Write how recent the last events of each pixel and polarity are, from the last one back."""
    n_planes, height, width = image.shape
    depth = n_planes // 2
    n_pixels = np.uint32(height) * np.uint32(width)
    flat, found = image.reshape(-1), n_found.reshape(-1)
    flat[:] = 0
    found[:] = 0
    oldest = math.log(longest_us + 1.0)
    scale = 1.0 / (oldest - math.log(shortest_us + 1.0))
    value, value_t = np.float32(0), now_us + 1
    for i in range(x.size - 1, -1, -1):
        if x[i] < width and y[i] < height:
            k = np.uint32(y[i]) * np.uint32(width) + x[i]
            seen = k * np.uint32(2) + np.uint32(p[i])
            if found[seen] < depth:
                if t[i] != value_t:
                    value_t = t[i]
                    value = np.float32(
                        max(0.0, min(1.0, (oldest - math.log(now_us - value_t + 1.0)) * scale))
                    )
                plane = np.uint32(depth) * np.uint32(p[i]) + np.uint32(found[seen])
                flat[plane * n_pixels + k] = value
                found[seen] += np.uint8(1)


@njit(cache=True, nogil=True)
def write_newer_levels(off, on, image):  # type: ignore[no-untyped-def]
    """Write the larger of two values, 0 to 1, as a level: from 129 where that is `on`."""
    flat_off, flat_on, levels = off.reshape(-1), on.reshape(-1), image.reshape(-1)
    for k in range(levels.size):
        value = max(flat_off[k], flat_on[k])
        is_on = value > 0 and flat_on[k] >= flat_off[k]
        levels[k] = np.uint8(np.ceil(value * np.float32(127))) + np.uint8(128 if is_on else 0)


@njit(cache=True, nogil=True)
def fill_adaptive(x, y, p, columns, column_shares, rows, row_shares, per_event, n_later, fade, image):  # type: ignore[no-untyped-def]  # fmt: skip  # noqa: E501
    """Add on and take off away, each by how few events came after it round about."""
    height, width = image.shape
    flat = image.reshape(-1)
    flat[:] = 0
    n_later[:] = 0
    for i in range(x.size - 1, -1, -1):
        if x[i] < width and y[i] < height:
            left, top = columns[x[i]], rows[y[i]]
            right_share, bottom_share = column_shares[x[i]], row_shares[y[i]]
            above = n_later[top, left] * (1 - right_share) + n_later[top, left + 1] * right_share
            below = (
                n_later[top + 1, left] * (1 - right_share)
                + n_later[top + 1, left + 1] * right_share
            )
            later = above * (1 - bottom_share) + below * bottom_share
            value = np.float32(math.exp(-later * fade))
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] += value if p[i] else -value
            row, column = top + (bottom_share > 0.5), left + (right_share > 0.5)
            n_later[row, column] += per_event[row, column]
