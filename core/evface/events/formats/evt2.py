"""Kernels for EVT2: 32-bit words, one an event, with the upper time in words of its own.

References
----------
Prophesee, "EVT 2.0 format".
"""

from __future__ import annotations

import numpy as np
from numba import njit

from evface.events.formats.evt_state import (
    HIGH,
    IS_STARTED,
    JITTER_US,
    MAX_LATE_US,
    N_LATE,
    N_OUTSIDE,
    N_RESTARTS,
    N_UNKNOWN,
    TIME_HIGH,
    TRIGGER,
    USUAL_STEP_US,
    WRAPS,
    T,
    step_wraps,
)

WORD = np.dtype("<u4")
MAX_EVENTS_PER_WORD = 1
N_HIGH = 1 << 28
N_STEP = USUAL_STEP_US >> 6
N_JITTER = JITTER_US >> 6

_OFF, _ON = 0, 1
# OTHERS and CONTINUED are not read, EXT_TRIGGER by `find_triggers_evt2` alone.
IS_KNOWN = np.isin(np.arange(16), (0, 1, 8, 10, 14, 15))


# Events between two statements of the time are looked at together: nearly always nothing is odd
# about any of them. Shorter runs are not worth it.
_LEAST_RUN, _MOST_RUN = 16, 1024


@njit(cache=True, nogil=True)
def _is_plain(run, width, height):  # type: ignore[no-untyped-def]
    """Return whether all events are inside, and their times never decrease."""
    is_odd = False
    for k in range(run.size):
        is_odd |= ((run[k] >> 11 & 0x7FF) >= width) | ((run[k] & 0x7FF) >= height)
    for k in range(run.size - 1):
        is_odd |= (run[k] >> 22 & 63) > (run[k + 1] >> 22 & 63)
    return not is_odd


@njit(cache=True, nogil=True)
def _convert(run, base_us, n, t, x, y, p):  # type: ignore[no-untyped-def]
    """Convert plain events; loops without branches are done many at a time."""
    end = n + run.size
    t, x, y, p = t[n:end], x[n:end], y[n:end], p[n:end]
    for k in range(run.size):
        t[k] = np.int64(run[k] >> 22 & 63) + base_us
    for k in range(run.size):
        x[k] = run[k] >> 11 & 0x7FF
    for k in range(run.size):
        y[k] = run[k] & 0x7FF
    for k in range(run.size):
        p[k] = run[k] >> 28 == _ON


@njit(cache=True, nogil=True)
def decode_evt2(  # type: ignore[no-untyped-def]
    words, first, state, ignored, width, height, origin_us, start_us, stop_us, t, x, y, p, n
):
    """Decode words until the time reaches `stop_us`.

    As `decode_evt3`, for (m,) uint32 words of which each holds one event at most.
    """
    wraps, high = state[WRAPS], state[HIGH]
    now, is_started = state[T], state[IS_STARTED]
    base = (wraps << 34) | (high << 6)
    n_outside, n_unknown, n_late, n_restarts = 0, 0, 0, 0
    k = np.searchsorted(ignored, first)
    next_ignored = ignored[k] - first if k < ignored.size else words.size
    i = tried = 0
    last_room = t.size - MAX_EVENTS_PER_WORD
    while i < words.size and n <= last_room:
        word = words[np.uint64(i)]
        kind = word >> 28
        if kind <= _ON and i >= tried and is_started:
            end, most = i + 1, min(i + _MOST_RUN, words.size, i + t.size - n)
            while end < most and words[np.uint64(end)] >> 28 <= _ON:
                end += 1
            tried = end
            first_us = base | np.int64((word >> 22) & 63)
            last_us = base | np.int64((words[np.uint64(end - 1)] >> 22) & 63)
            if (
                end - i >= _LEAST_RUN
                and now <= first_us
                and last_us < stop_us
                and (start_us <= first_us or last_us < start_us)
                and _is_plain(words[i:end], width, height)
            ):
                if now < start_us:
                    n = 0
                now = last_us
                if now >= start_us:
                    _convert(words[i:end], base - origin_us, n, t, x, y, p)
                    n += end - i
                i = end
                continue
        if kind <= _ON:
            if is_started:
                raw = base | np.int64((word >> 22) & 63)
                if raw >= stop_us:
                    break
                if raw >= now:
                    if now < start_us:
                        n = 0
                    now = raw
                column, row = np.int64((word >> 11) & 0x7FF), np.int64(word & 0x7FF)
                if column < width and row < height:
                    at = np.uint64(n)
                    t[at] = now - origin_us
                    x[at] = column
                    y[at] = row
                    p[at] = kind == _ON
                    n += 1
                    if raw < now:
                        n_late += 1
                        state[MAX_LATE_US] = max(state[MAX_LATE_US], now - raw)
                else:
                    n_outside += 1
        elif kind == TIME_HIGH:
            if i == next_ignored:
                k += 1
                next_ignored = ignored[k] - first if k < ignored.size else words.size
            else:
                value = np.int64(word & 0xFFFFFFF)
                if is_started:
                    added, is_restart = step_wraps(high, value, N_HIGH, N_JITTER)
                    wraps += added
                    n_restarts += is_restart
                high, is_started = value, 1
                base = (wraps << 34) | (high << 6)
        elif not IS_KNOWN[kind]:
            n_unknown += 1
        i += 1
    if now < start_us:
        n = 0
    state[WRAPS], state[HIGH], state[T] = wraps, high, now
    state[IS_STARTED] = is_started
    state[N_OUTSIDE] += n_outside
    state[N_UNKNOWN] += n_unknown
    state[N_LATE] += n_late
    state[N_RESTARTS] += n_restarts
    return n, i


@njit(cache=True, nogil=True)
def find_triggers_evt2(words, first, state, ignored, t, channel, is_rising, shift=0):  # type: ignore[no-untyped-def]
    """Find the triggers among words.

    As `find_triggers_evt3`, for (m,) words of which 32 bits from `shift` on are one of EVT2.
    """
    wraps, high, is_started = state[WRAPS], state[HIGH], state[IS_STARTED]
    k = np.searchsorted(ignored, first)
    n = 0
    for i in range(words.size):
        word = np.uint32(words[i] >> np.uint64(shift))
        kind = word >> 28
        if kind == TIME_HIGH:
            if k < ignored.size and ignored[k] == first + i:
                k += 1
                continue
            value = np.int64(word & 0xFFFFFFF)
            if is_started:
                wraps += step_wraps(high, value, N_HIGH, N_JITTER)[0]
            high, is_started = value, 1
        elif kind == TRIGGER and is_started:
            t[n] = (wraps << 34) | (high << 6) | np.int64((word >> 22) & 63)
            channel[n] = (word >> 8) & 31
            is_rising[n] = word & 1
            n += 1
    return n
