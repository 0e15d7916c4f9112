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
def advance(  # type: ignore[no-untyped-def]
    sensed, luminance, on, off, reach, dark_share, leak, signal, offset, change, is_crossed
):
    """Let each pixel follow the light; add up its offset; mark the blocks where one may cross.

    `reach` is the angular cutoff in full light times the length of the step, 0 for a pixel that
    follows at once; `leak` the share of the threshold that leaks away in this step.
    """
    n = signal.size
    for block in range(is_crossed.size):
        first = block * BLOCK
        last = min(first + BLOCK, n)
        if reach > 0:
            for i in range(first, last):
                light = min(max(luminance[i], np.float32(0)), np.float32(1))
                x = reach * (light * (np.float32(1) - dark_share) + dark_share)
                # 1 - exp(-x) to the third order, and well behaved beyond.
                rise = x * (np.float32(1) + x * (np.float32(0.5) + x * np.float32(1 / 6)))
                step = (sensed[i] - signal[i]) * (rise / (np.float32(1) + rise))
                signal[i] += step
                change[i] = step + leak * on[i]
        else:
            for i in range(first, last):
                change[i] = sensed[i] - signal[i] + leak * on[i]
                signal[i] = sensed[i]
        excess = np.float32(-1)
        for i in range(first, last):
            level = offset[i] + change[i]
            offset[i] = level
            excess = max(excess, max(level - on[i], -level - off[i]))
        is_crossed[block] = excess >= 0


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
def count_crossings(offset, on, off, is_crossed):  # type: ignore[no-untyped-def]
    """Return an upper bound of the number of events in this step."""
    n = 0
    for block in range(is_crossed.size):
        if is_crossed[block]:
            first = block * BLOCK
            for i in range(first, min(first + BLOCK, offset.size)):
                if offset[i] >= on[i]:
                    n += int(offset[i] / on[i]) + 1
                elif -offset[i] >= off[i]:
                    n += int(-offset[i] / off[i]) + 1
    return n


@njit(cache=True, nogil=True)
def emit_crossings(  # type: ignore[no-untyped-def]
    offset, change, on, off, is_crossed, width, start_us, duration_us, refractory_us,
    hold_until_us, held, n_held, after_us, x, y, p,
):  # fmt: skip
    """Write the events of this step pixel by pixel; return their number and that of held pixels."""
    n = 0
    for block in range(is_crossed.size):
        if not is_crossed[block]:
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
                end = rate * (duration_us - resumed_us)
                if resumed_us > duration_us:
                    held[n_held] = i
                    n_held += 1
                    end = 0.0
            offset[i] = sign * end
    return n, n_held
