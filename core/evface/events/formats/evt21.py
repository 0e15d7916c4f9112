"""Kernels for EVT2.1: 64-bit words, each with up to 32 events of one row, time and polarity.

One half of a word is an EVT2 word whose column is that of the first pixel; the other half is a mask
of the 32 pixels from there on. GenX320 sensors send the lower half first, IMX636 and Gen4.1 sensors
the upper one, which headers call legacy.

References
----------
Prophesee, "EVT 2.1 format".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.formats.evt2 import IS_KNOWN, N_HIGH, N_JITTER, N_STEP, find_triggers_evt2
from evface.events.formats.evt_state import (
    HIGH,
    IS_STARTED,
    MAX_LATE_US,
    N_LATE,
    N_OUTSIDE,
    N_RESTARTS,
    N_UNKNOWN,
    TIME_HIGH,
    WRAPS,
    T,
    step_wraps,
)

WORD = np.dtype("<u8")
MAX_EVENTS_PER_WORD = 32
# Where in a word its EVT2 half lies.
LITTLE, LEGACY = 32, 0

_ON = 1


def decode_evt21(*arguments: Any) -> tuple[int, int]:
    """Decode words whose EVT2 half is the upper one; as `decode_evt2`."""
    return _decode(*arguments, LITTLE)


def decode_evt21_legacy(*arguments: Any) -> tuple[int, int]:
    """Decode words whose EVT2 half is the lower one; as `decode_evt2`."""
    return _decode(*arguments, LEGACY)


def find_triggers_evt21(*arguments: Any) -> int:
    """Find the triggers among words whose EVT2 half is the upper one; as `find_triggers_evt2`."""
    n: int = find_triggers_evt2(*arguments, LITTLE)
    return n


def find_triggers_evt21_legacy(*arguments: Any) -> int:
    """Find the triggers among words whose EVT2 half is the lower one; as `find_triggers_evt2`."""
    n: int = find_triggers_evt2(*arguments, LEGACY)
    return n


def is_legacy_order(words: NDArray[np.uint64]) -> bool:
    """Tell from the statements of the time which half of the words comes first.

    Read the wrong way, masks are taken for them, whose values do not follow one another.
    """
    return _steady_steps(words, LEGACY) > _steady_steps(words, LITTLE)


def _steady_steps(words: NDArray[np.uint64], shift: int) -> int:
    """Count the statements of the time that follow the one before within a usual step."""
    halves = (words >> np.uint64(shift)).astype(np.uint32)
    values = halves[halves >> 28 == TIME_HIGH].astype(np.int64)
    steps = np.diff(values)
    return int(np.count_nonzero((steps >= 0) & (steps <= N_STEP)))


@njit(cache=True, nogil=True)
def _decode(  # type: ignore[no-untyped-def]
    words, first, state, ignored, width, height, origin_us, start_us, stop_us, t, x, y, p, n, shift
):
    wraps, high = state[WRAPS], state[HIGH]
    now, is_started = state[T], state[IS_STARTED]
    base = (wraps << 34) | (high << 6)
    n_outside, n_unknown, n_late, n_restarts = 0, 0, 0, 0
    k = np.searchsorted(ignored, first)
    next_ignored = ignored[k] - first if k < ignored.size else words.size
    i = 0
    last_room = t.size - MAX_EVENTS_PER_WORD
    while i < words.size and n <= last_room:
        word = np.uint32(words[np.uint64(i)] >> np.uint64(shift))
        kind = word >> 28
        if kind <= _ON:
            if is_started:
                raw = base | np.int64((word >> 22) & 63)
                if raw >= stop_us:
                    break
                mask = np.uint32(words[np.uint64(i)] >> np.uint64(32 - shift))
                column, row = np.int64((word >> 11) & 0x7FF), np.int64(word & 0x7FF)
                is_late = mask != 0 and raw < now
                if is_late:
                    state[MAX_LATE_US] = max(state[MAX_LATE_US], now - raw)
                elif mask:
                    if now < start_us:
                        n = 0
                    now = raw
                while mask:
                    if mask & 1:
                        if column < width and row < height:
                            at = np.uint64(n)
                            t[at] = now - origin_us
                            x[at] = column
                            y[at] = row
                            p[at] = kind == _ON
                            n += 1
                            n_late += is_late
                        else:
                            n_outside += 1
                    mask >>= np.uint32(1)
                    column += 1
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
