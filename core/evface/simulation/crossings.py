"""Kernels of the event simulator: who crosses a threshold, and exactly when.

A pixel is described by its `offset`: how far the sensed light lies above the level that the pixel
remembers. It changes linearly within a step; where it meets a threshold an event is due and the
pixel remembers the level of that instant, or, with a refractory period, of that period's end.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Pixels are looked at a block at a time: where none of a block crosses, the rest is skipped.
BLOCK = 128


@njit(cache=True, nogil=True, error_model="numpy")
def follow(sensed, on, leak, signal, offset, change):  # type: ignore[no-untyped-def]
    """Let each pixel follow the light at once. `leak` is the share of a threshold lost to it."""
    for i in range(signal.size):
        step = sensed[i] - signal[i] + leak * on[i]
        signal[i] = sensed[i]
        change[i] = step
        offset[i] += step


@njit(cache=True, nogil=True, error_model="numpy")
def follow_slowly(  # type: ignore[no-untyped-def]
    sensed, luminance, reach, dark_share, on, leak, signal, offset, change
):
    """Let each pixel follow the light as a low-pass filter does, more slowly in the dark.

    `reach` is the angular cutoff in full light times the length of the step.
    """
    one, half, sixth = np.float32(1), np.float32(1 / 2), np.float32(1 / 6)
    for i in range(signal.size):
        light = min(max(luminance[i], np.float32(0)), one)
        x = reach * (dark_share + light * (one - dark_share))
        # 1 - exp(-x) to the third order, and well behaved beyond.
        rise = x * (one + x * (half + x * sixth))
        step = (sensed[i] - signal[i]) * (rise / (one + rise))
        signal[i] += step
        step += leak * on[i]
        change[i] = step
        offset[i] += step


@njit(cache=True, nogil=True, error_model="numpy")
def count_due(offset, on, off, n_due):  # type: ignore[no-untyped-def]
    """Count the events due in each block: an upper bound, and 0 only where no pixel crosses."""
    for block in range(n_due.size):
        levels = offset[block * BLOCK : (block + 1) * BLOCK]
        ons = on[block * BLOCK : (block + 1) * BLOCK]
        offs = off[block * BLOCK : (block + 1) * BLOCK]
        n = np.int32(0)
        for i in range(levels.size):
            ratio = max(levels[i] / ons[i], -levels[i] / offs[i])
            n += np.int32(ratio) + np.int32(1) if ratio >= np.float32(1) else np.int32(0)
        n_due[block] = n


@njit(cache=True, nogil=True)
def release(  # type: ignore[no-untyped-def]
    held, n_held, hold_until_us, start_us, duration_us, change, offset
):
    """Restart the pixels whose refractory period reaches into this step; return how many go on."""
    n_kept = 0
    for k in range(n_held):
        i = held[k]
        share = (hold_until_us[i] - start_us) / duration_us
        if share >= 1:
            held[n_kept] = i
            n_kept += 1
            offset[i] = 0
        else:
            offset[i] = change[i] * (1 - share)
    return n_kept


@njit(cache=True, nogil=True)
def emit_crossings(  # type: ignore[no-untyped-def]
    offset, change, on, off, n_due, width, start_us, duration_us, refractory_us,
    hold_until_us, held, n_held, after_us, x, y, p,
):  # fmt: skip
    """Write the events of this step pixel by pixel; return their number and that of held pixels."""
    n = 0
    for block in range(n_due.size):
        if n_due[block] == 0:
            continue
        first = block * BLOCK
        for i in range(first, min(first + BLOCK, offset.size)):
            is_on = offset[i] >= on[i]
            if not is_on and -offset[i] < off[i]:
                continue
            # From here on, upwards is the direction in which the pixel crosses.
            sign = 1.0 if is_on else -1.0
            threshold = np.float64(on[i] if is_on else off[i])
            rate = sign * change[i] / duration_us
            begin = sign * (np.float64(offset[i]) - change[i])
            end = sign * np.float64(offset[i])
            column, row = i % width, i // width
            while end >= threshold:
                crossed_us = 0.0
                if rate > 0:
                    crossed_us = min(max((threshold - begin) / rate, 0.0), np.float64(duration_us))
                after_us[n] = round(crossed_us)
                x[n] = column
                y[n] = row
                p[n] = is_on
                n += 1
                resumed_us = crossed_us + refractory_us
                hold_until_us[i] = start_us + resumed_us
                begin = -rate * resumed_us
                end = rate * max(duration_us - resumed_us, 0)
                if resumed_us > duration_us:
                    held[n_held] = i
                    n_held += 1
            offset[i] = sign * end
    return n, n_held
