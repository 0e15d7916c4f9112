"""Kernel for Prophesee's DAT: 64-bit records, one an event, each with its own 32-bit time.

The lower half of a record is the time, us, which starts again after 2**32 of them (71.6 minutes).
The upper half has column, row and polarity in 14, 14 and 4 bits; before version 2 of the format, in
9, 8 and 1. ``Event2d`` and ``CD``, the two kinds of records, differ in name only.

References
----------
Prophesee, "DAT file format"; for version 1, ``load_atis_data.m`` of the N-CARS data set.
"""

from __future__ import annotations

from typing import Any

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
    USUAL_STEP_US,
    WRAPS,
    T,
    step_wraps,
)

WORD = np.dtype("<u8")
MAX_EVENTS_PER_WORD = 1
N_HIGH = 1 << 32
N_STEP = USUAL_STEP_US
N_JITTER = JITTER_US
# The uppermost four bits are the polarity in version 2, and not used before.
IS_KNOWN_V1 = np.ones(16, np.bool_)
IS_KNOWN_V2 = np.arange(16) <= 1


# So many records are looked at together: nearly always nothing is odd about any of them.
_RUN = 256
_TIME = np.uint64(0xFFFFFFFF)


def decode_dat_v1(*arguments: Any) -> tuple[int, int]:
    """Decode records of version 1; as `decode_evt2`, for (m,) uint64 records."""
    return _decode(*arguments, IS_KNOWN_V1, 9, 8)


def decode_dat_v2(*arguments: Any) -> tuple[int, int]:
    """Decode records of version 2; as `decode_evt2`, for (m,) uint64 records."""
    return _decode(*arguments, IS_KNOWN_V2, 14, 14)


@njit(cache=True, nogil=True)
def _is_plain(run, x_bits, y_bits, width, height):  # type: ignore[no-untyped-def]
    """Return whether all records are known and inside, and their times never decrease."""
    is_odd = False
    for k in range(_RUN):
        address = run[k] >> np.uint64(32)
        row = address >> np.uint64(x_bits) & np.uint64((1 << y_bits) - 1)
        is_odd |= (address & np.uint64((1 << x_bits) - 1)) >= np.uint64(width)
        is_odd |= (row >= np.uint64(height)) | (address >> np.uint64(29) != 0)
    for k in range(_RUN - 1):
        is_odd |= (run[k] & _TIME) > (run[k + 1] & _TIME)
    return not is_odd


@njit(cache=True, nogil=True)
def _convert(run, shift_us, x_bits, y_bits, n, t, x, y, p):  # type: ignore[no-untyped-def]
    """Convert plain records; loops without branches are done many at a time."""
    t, x, y, p = t[n : n + _RUN], x[n : n + _RUN], y[n : n + _RUN], p[n : n + _RUN]
    for k in range(_RUN):
        t[k] = np.int64(run[k] & _TIME) + shift_us
    for k in range(_RUN):
        x[k] = run[k] >> np.uint64(32) & np.uint64((1 << x_bits) - 1)
    for k in range(_RUN):
        y[k] = run[k] >> np.uint64(32 + x_bits) & np.uint64((1 << y_bits) - 1)
    for k in range(_RUN):
        p[k] = run[k] >> np.uint64(32 + x_bits + y_bits) & np.uint64(1)


@njit(cache=True, nogil=True)
def _decode(  # type: ignore[no-untyped-def]
    words, first, state, ignored, width, height, origin_us, start_us, stop_us, t, x, y, p, n,
    is_known, x_bits, y_bits,
):  # fmt: skip
    wraps, high = state[WRAPS], state[HIGH]
    now, is_started = state[T], state[IS_STARTED]
    n_outside, n_unknown, n_late, n_restarts = 0, 0, 0, 0
    x_mask, y_mask = (1 << x_bits) - 1, (1 << y_bits) - 1
    k = np.searchsorted(ignored, first)
    next_ignored = ignored[k] - first if k < ignored.size else words.size
    i = tried = 0
    last_room = t.size - MAX_EVENTS_PER_WORD
    while i < words.size and n <= last_room:
        end = i + _RUN
        if i >= tried and is_started and end <= next_ignored and n + _RUN <= t.size:
            tried = end
            run = words[i:end]
            base = wraps << 32
            low, top = np.int64(run[0] & _TIME), np.int64(run[_RUN - 1] & _TIME)
            if (
                now <= base + low
                and base + top < stop_us
                and (start_us <= base + low or base + top < start_us)
                and 0 <= low - high < N_HIGH // 2
                and _is_plain(run, x_bits, y_bits, width, height)
            ):
                if now < start_us:
                    n = 0
                now, high = base + top, top
                if now >= start_us:
                    _convert(run, base - origin_us, x_bits, y_bits, n, t, x, y, p)
                    n += _RUN
                i = end
                continue
        word = words[np.uint64(i)]
        is_sound = is_known[word >> np.uint64(60)]
        n_unknown += not is_sound
        if i == next_ignored:
            k += 1
            next_ignored = ignored[k] - first if k < ignored.size else words.size
            is_sound = False
        if not is_sound:
            i += 1
            continue
        value = np.int64(word & np.uint64(0xFFFFFFFF))
        added, is_restart = 0, False
        # Nearly always time goes on by less than half the counter.
        if is_started and not 0 <= value - high < N_HIGH // 2:
            added, is_restart = step_wraps(high, value, N_HIGH, N_JITTER)
        raw = ((wraps + added) << 32) | value
        if raw >= stop_us:
            break
        wraps += added
        n_restarts += is_restart
        high, is_started = value, 1
        if raw >= now:
            if now < start_us:
                n = 0
            now = raw
        address = np.int64(word >> np.uint64(32))
        column, row = address & x_mask, (address >> x_bits) & y_mask
        if column < width and row < height:
            at = np.uint64(n)
            t[at] = now - origin_us
            x[at] = column
            y[at] = row
            p[at] = (address >> (x_bits + y_bits)) & 1
            n += 1
            if raw < now:
                n_late += 1
                state[MAX_LATE_US] = max(state[MAX_LATE_US], now - raw)
        else:
            n_outside += 1
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
