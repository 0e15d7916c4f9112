"""Kernels that encode events as words of EVT2 and EVT3.

Both state the upper time in words of its own, as sensors do: whenever it changes, and again every
16 us in which there are events, so that a reader may begin anywhere. In pauses EVT3 states every
step of its short counter, or decoders would lose count of it; EVT2 states one step out of 64.

References
----------
Prophesee, "EVT 2.0 format" and "EVT 3.0 format".
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Positions in the state, an int64 array: time of the last event or trigger, whether there was one,
# and for EVT3 what its next words may leave out.
T, IS_STARTED, ROW = range(3)
STATE_SIZE = 3

# Events need so many words at most, without those that a pause before them takes.
MAX_WORDS_PER_EVENT = 5
# Sensors repeat the upper time so often: the time's bits below.
_REPEAT_BITS = 4
# The length of steps in which the words of a pause go, bits of a time: the same in both.
PAUSE_BITS = 12

_TIME_HIGH, _TRIGGER = 8, 10
_ADDR_Y, _ADDR_X, _VECT_BASE_X, _VECT_12, _VECT_8, _TIME_LOW = 0, 2, 3, 4, 5, 6
_VECTOR_LENGTH = 32
# A vector takes four words, each event alone one.
_MIN_IN_VECTOR = 5
_NO_ROW = -1


def initial_encoder_state() -> NDArray[np.int64]:
    """Return the state before the first event."""
    state = np.zeros(STATE_SIZE, np.int64)
    state[ROW] = _NO_ROW
    return state


@njit(cache=True, nogil=True)
def encode_evt2(t, x, y, p, width, state, words):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Encode events; as `encode_evt3`, for (m,) uint32 words."""
    n = 0
    for i in range(t.size):
        n = _time_evt2(t[i], state, words, n)
        words[n] = np.int64(p[i]) << 28 | (t[i] & 63) << 22 | np.int64(x[i]) << 11 | np.int64(y[i])
        n += 1
    return n


@njit(cache=True, nogil=True)
def encode_triggers_evt2(t, channel, is_rising, state, words):  # type: ignore[no-untyped-def]
    """Encode triggers; as `encode_triggers_evt3`, for (m,) uint32 words."""
    n = 0
    for i in range(t.size):
        n = _time_evt2(t[i], state, words, n)
        words[n] = (
            _TRIGGER << 28
            | (t[i] & 63) << 22
            | (np.int64(channel[i]) & 31) << 8
            | np.int64(is_rising[i])
        )
        n += 1
    return n


@njit(cache=True, nogil=True)
def encode_evt3(t, x, y, p, width, state, words):  # type: ignore[no-untyped-def]
    """Encode events.

    Neighbours of one row, time and polarity are written as VECT_BASE_X, VECT_12, VECT_12, VECT_8,
    the only order of vectors that all decoders accept, and only where all 32 columns are inside
    the sensor.

    Parameters
    ----------
    t : (n,) int64, us
        Never decreasing, from the time in `state` on.
    x, y : (n,) uint16, px
        Below 2048.
    p : (n,) bool
    width
        Of the sensor.
    state : (STATE_SIZE,) int64
        What was written before; changed to what is afterwards.
    words : (m,) uint16
        Takes the words: at most `MAX_WORDS_PER_EVENT` for each event, and one for every
        ``2 ** PAUSE_BITS`` us.

    Returns
    -------
    int
        Number of words.
    """
    n, i = 0, 0
    while i < t.size:
        n = _time_evt3(t[i], state, words, n)
        if state[ROW] != y[i]:
            state[ROW] = y[i]
            words[n] = _ADDR_Y << 12 | np.int64(y[i])
            n += 1
        base = min(np.int64(x[i]), np.int64(width - _VECTOR_LENGTH))
        last = i + 1
        if base >= 0:
            while (
                last < t.size
                and t[last] == t[i]
                and y[last] == y[i]
                and p[last] == p[i]
                and x[last - 1] < x[last] < base + _VECTOR_LENGTH
            ):
                last += 1
        polarity = np.int64(p[i]) << 11
        if last - i < _MIN_IN_VECTOR:
            words[n] = _ADDR_X << 12 | polarity | np.int64(x[i])
            n += 1
            i += 1
            continue
        mask = np.int64(0)
        for k in range(i, last):
            mask |= np.int64(1) << (np.int64(x[k]) - base)
        words[n] = _VECT_BASE_X << 12 | polarity | base
        words[n + 1] = _VECT_12 << 12 | mask & 0xFFF
        words[n + 2] = _VECT_12 << 12 | mask >> 12 & 0xFFF
        words[n + 3] = _VECT_8 << 12 | mask >> 24
        n += 4
        i = last
    return n


@njit(cache=True, nogil=True)
def encode_triggers_evt3(t, channel, is_rising, state, words):  # type: ignore[no-untyped-def]
    """Encode triggers.

    Parameters
    ----------
    t : (n,) int64, us
        Never decreasing, from the time in `state` on.
    channel : (n,) uint8
        Below 16.
    is_rising : (n,) bool
    state, words
        As for `encode_evt3`.

    Returns
    -------
    int
        Number of words.
    """
    n = 0
    for i in range(t.size):
        n = _time_evt3(t[i], state, words, n)
        words[n] = _TRIGGER << 12 | (np.int64(channel[i]) & 15) << 8 | np.int64(is_rising[i])
        n += 1
    return n


@njit(cache=True, nogil=True)
def _time_evt2(t, state, words, n):  # type: ignore[no-untyped-def]
    before = state[T]
    if state[IS_STARTED] == 0 or t >> _REPEAT_BITS != before >> _REPEAT_BITS:
        if state[IS_STARTED]:
            for step in range((before >> PAUSE_BITS) + 1, t >> PAUSE_BITS):
                words[n] = _TIME_HIGH << 28 | step << (PAUSE_BITS - 6) & 0xFFFFFFF
                n += 1
        words[n] = _TIME_HIGH << 28 | t >> 6 & 0xFFFFFFF
        n += 1
    state[T], state[IS_STARTED] = t, 1
    return n


@njit(cache=True, nogil=True)
def _time_evt3(t, state, words, n):  # type: ignore[no-untyped-def]
    before = state[T]
    is_new = state[IS_STARTED] == 0 or t >> PAUSE_BITS != before >> PAUSE_BITS
    if is_new or t >> _REPEAT_BITS != before >> _REPEAT_BITS:
        if state[IS_STARTED]:
            for step in range((before >> PAUSE_BITS) + 1, t >> PAUSE_BITS):
                words[n] = _TIME_HIGH << 12 | step & 0xFFF
                n += 1
        words[n] = _TIME_HIGH << 12 | t >> PAUSE_BITS & 0xFFF
        n += 1
    if is_new or t != before:
        words[n] = _TIME_LOW << 12 | t & 0xFFF
        n += 1
    state[T], state[IS_STARTED] = t, 1
    return n
