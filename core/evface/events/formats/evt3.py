"""Kernels for EVT3: 16-bit words whose top four bits tell what the rest means.

References
----------
Prophesee, "EVT 3.0 format". Differs: lone ``VECT_8`` and ``VECT_12`` words, which some encoders
write, are accepted.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from evface.events.formats.evt_state import (
    BASE_X,
    HIGH,
    IS_LATE,
    IS_NEW_TIME,
    IS_STARTED,
    JITTER_US,
    LOW,
    MAX_LATE_US,
    N_LATE,
    N_OUTSIDE,
    N_RESTARTS,
    N_UNKNOWN,
    POLARITY,
    TIME_HIGH,
    TRIGGER,
    USUAL_STEP_US,
    WRAPS,
    T,
    Y,
    step_wraps,
)
from evface.events.formats.lanes import store_added, store_equal

WORD = np.dtype("<u2")
MAX_EVENTS_PER_WORD = 12
N_HIGH = 1 << 12
N_STEP = USUAL_STEP_US >> 12
N_JITTER = JITTER_US >> 12

_ADDR_Y, _ADDR_X, _VECT_BASE_X, _VECT_12, _VECT_8, _TIME_LOW = 0, 2, 3, 4, 5, 6
# CONTINUED_4, OTHERS and CONTINUED_12 are not read, EXT_TRIGGER by `find_triggers_evt3` alone.
IS_KNOWN = np.isin(np.arange(16), (0, 2, 3, 4, 5, 6, 7, 8, 10, 14, 15))

# For each mask of 12 pixels: how many bits are set, and their positions, lowest first.
_N_BITS = np.array([bin(mask).count("1") for mask in range(4096)], np.uint8)
_POSITIONS = np.zeros((4096, 12), np.uint16)
for _mask in range(4096):
    _POSITIONS[_mask, : _N_BITS[_mask]] = [k for k in range(12) if _mask >> k & 1]


@njit(cache=True, nogil=True)
def decode_evt3(  # type: ignore[no-untyped-def]
    words, first, state, ignored, width, height, origin_us, start_us, stop_us, t, x, y, p, n
):
    """Decode words until the time reaches `stop_us`.

    Parameters
    ----------
    words : (m,) uint16
        Successive words of the file.
    first
        Position of ``words[0]`` in the file.
    state : (STATE_SIZE,) int64
        The state before the first word; changed to that before the word returned.
    ignored : (k,) int64
        Positions of TIME_HIGH words that are damage, increasing.
    width, height
        Sensor size; events outside are counted and left out.
    origin_us, start_us, stop_us
        What is subtracted from times, and the window, on the file's clock.
    t, x, y, p
        Take the events. Decoding ends before a word for which there may be no room.
    n
        Events that are there already. Those before `start_us` are overwritten.

    Returns
    -------
    n, i
        Events there are now, and the word that was not decoded any more; m at the end.
    """
    wraps, high, low = state[WRAPS], state[HIGH], state[LOW]
    row, base, polarity = state[Y], state[BASE_X], state[POLARITY] != 0
    now, is_started, is_new_time = state[T], state[IS_STARTED], state[IS_NEW_TIME]
    upper = (wraps << 24) | (high << 12)
    shown = now - origin_us
    late_from = n if state[IS_LATE] else -1
    n_outside, n_unknown, n_restarts, n_late, max_late_us = 0, 0, 0, 0, 0
    k = np.searchsorted(ignored, first)
    next_ignored = ignored[k] - first if k < ignored.size else words.size
    # Before the first statement of the time there are no events.
    top = height if is_started else 0
    i = 0
    last_room = t.size - MAX_EVENTS_PER_WORD
    # Unsigned indices spare numba's test for negative ones, a quarter of the time.
    while i < words.size and n <= last_room:
        word = words[np.uint64(i)]
        kind = word >> 12
        value = np.int64(word & 0xFFF)
        # A time counts from the first event that has it: statements alone may be corrected.
        if is_new_time and (kind == _ADDR_X or kind == _VECT_12 or kind == _VECT_8):  # noqa: SIM109
            raw = upper | low
            if raw >= stop_us:
                break
            is_new_time = 0
            if raw >= now:
                if late_from >= 0:
                    n_late += n - late_from
                    late_from = -1
                if now < start_us:
                    n = 0
                now = raw
                shown = now - origin_us
            else:
                if late_from < 0:
                    late_from = n
                max_late_us = max(max_late_us, now - raw)
        # Single events and their rows follow one another at random, which no processor foresees:
        # both are written alike, and only an event moves on.
        if kind == _ADDR_X or kind == _ADDR_Y:  # noqa: SIM109
            is_event = kind >> 1
            column = value & 0x7FF
            row = row if is_event else column
            is_inside = (column < width) & (row < top)
            at = np.uint64(n)
            t[at] = shown
            x[at] = column
            y[at] = row
            p[at] = value >> 11
            n += is_event & is_inside
            n_outside += is_event & (not is_inside)
        elif kind == _VECT_12 or kind == _VECT_8:  # noqa: SIM109
            length = 12 if kind == _VECT_12 else 8
            mask = value if kind == _VECT_12 else value & 0xFF
            if row >= top or base + 12 > width:
                room = max(width - base, 0) if row < top else 0
                inside = mask & ((1 << min(room, 12)) - 1)
                n_outside += _N_BITS[np.uint64(mask)] - _N_BITS[np.uint64(inside)]
                mask = inside
            # As many as there may be: what is too much will be overwritten.
            at = np.uint64(n)
            store_equal(t, at, shown)
            store_added(x, at, np.uint16(base), _POSITIONS, np.uint64(mask))
            store_equal(y, at, np.uint16(row))
            store_equal(p, at, polarity)
            n += np.int64(_N_BITS[np.uint64(mask)])
            base += length
        elif kind == _VECT_BASE_X:
            base = value & 0x7FF
            polarity = value >> 11 != 0
        elif kind == _TIME_LOW:
            low = value
            is_new_time = is_started
        elif kind == TIME_HIGH:
            if i == next_ignored:
                k += 1
                next_ignored = ignored[k] - first if k < ignored.size else words.size
            else:
                if is_started:
                    added, is_restart = step_wraps(high, value, N_HIGH, N_JITTER)
                    wraps += added
                    n_restarts += is_restart
                    if value != high:
                        low = np.int64(0)
                high = value
                upper = (wraps << 24) | (high << 12)
                if not is_started:
                    n_outside, top = 0, height
                is_started = is_new_time = 1
        elif not IS_KNOWN[kind]:
            n_unknown += 1
        i += 1
    if now < start_us:
        n = 0
    if late_from >= 0:
        n_late += n - late_from
    state[WRAPS], state[HIGH], state[LOW] = wraps, high, low
    state[Y], state[BASE_X], state[POLARITY] = row, base, polarity
    state[T], state[IS_STARTED], state[IS_LATE] = now, is_started, late_from >= 0
    state[IS_NEW_TIME] = is_new_time
    state[N_OUTSIDE] += n_outside * is_started
    state[N_UNKNOWN] += n_unknown
    state[N_RESTARTS] += n_restarts
    state[N_LATE] += n_late
    state[MAX_LATE_US] = max(state[MAX_LATE_US], max_late_us)
    return n, i


@njit(cache=True, nogil=True)
def find_triggers_evt3(words, first, state, ignored, t, channel, is_rising):  # type: ignore[no-untyped-def]
    """Find the triggers among words.

    Parameters
    ----------
    words : (m,) uint16
        Successive words of the file.
    first
        Position of ``words[0]`` in the file.
    state : (STATE_SIZE,) int64
        The state before the first word. Not modified.
    ignored : (k,) int64
        Positions of TIME_HIGH words that are damage, increasing.
    t, channel, is_rising : (m,)
        Take the triggers; times are on the file's clock.

    Returns
    -------
    n
        Triggers found. Those before the first statement of the time are left out.
    """
    wraps, high, low = state[WRAPS], state[HIGH], state[LOW]
    is_started = state[IS_STARTED]
    k = np.searchsorted(ignored, first)
    n = 0
    for i in range(words.size):
        word = words[i]
        kind = word >> 12
        value = np.int64(word & 0xFFF)
        if kind == _TIME_LOW:
            low = value
        elif kind == TIME_HIGH:
            if k < ignored.size and ignored[k] == first + i:
                k += 1
                continue
            if is_started:
                wraps += step_wraps(high, value, N_HIGH, N_JITTER)[0]
                if value != high:
                    low = np.int64(0)
            high, is_started = value, 1
        elif kind == TRIGGER and is_started:
            t[n] = (wraps << 24) | (high << 12) | low
            channel[n] = value >> 8
            is_rising[n] = value & 1
            n += 1
    return n
