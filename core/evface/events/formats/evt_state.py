"""What a decoder of EVT words carries from word to word, and the rules for its time.

Both encodings state the upper part of the time in words of its own. That counter is short, so it
starts again: every 2**24 us in EVT3, every 2**34 us in EVT2. The rules, the same for both:

- A step forward, also across the end of the counter, is time going on; the end adds a wrap.
- A step back by up to `JITTER_US` is jitter of the sensor's read-out. The times handed out never
  decrease, so what comes late gets the time of the event before it.
- A larger step back cannot be time: it is taken as the counter starting again, so that nothing is
  lost, and counted as a restart where no plain wrap explains it.
- A statement that the next one contradicts, or that lies among words of unknown type, is damage
  and is ignored.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Positions in the state, an int64 array.
WRAPS, HIGH, LOW, Y, BASE_X, POLARITY, T, IS_STARTED, IS_LATE, IS_NEW_TIME = range(10)
N_OUTSIDE, N_UNKNOWN, N_LATE, MAX_LATE_US, N_RESTARTS = range(10, 15)
STATE_SIZE = 15

JITTER_US = 1 << 16
# Sensors state the time more often than this, so a larger step may be damage.
USUAL_STEP_US = 1 << 12
# Words around a sudden step of the time that are searched for damage.
DAMAGE_REACH = 64
DAMAGE_WORDS = 4
# How far ahead the next statement of the time is looked for.
LOOKAHEAD_WORDS = 1 << 16

# The types of words that state the upper time, and an edge at a trigger input; the same in both
# encodings.
TIME_HIGH, TRIGGER = 8, 10
# In place of TIME_HIGH where every word states its time.
EVERY_WORD = -1

_STRETCH = 64
_NOWHERE = 0xFFFF
_LONG_AGO_US = -(1 << 61)


def initial_state() -> NDArray[np.int64]:
    """Return the state before the first word: no time, and outside any sensor."""
    state = np.zeros(STATE_SIZE, np.int64)
    state[Y] = state[BASE_X] = _NOWHERE
    state[T] = _LONG_AGO_US
    return state


@njit(cache=True, nogil=True)
def step_wraps(high, new_high, n_values, n_jitter):  # type: ignore[no-untyped-def]
    """Return the wraps that a step of the upper time adds, and whether it is a restart."""
    forward = (new_high - high) & (n_values - 1)
    if forward >= n_values - n_jitter:
        return (-1 if new_high > high else 0), False
    if new_high < high:
        return 1, high - new_high < n_values // 2
    return 0, False


@njit(cache=True, nogil=True)
def _states_time(word, type_shift, time_kind):  # type: ignore[no-untyped-def]
    return time_kind == EVERY_WORD or (word >> type_shift) & 15 == time_kind


@njit(cache=True, nogil=True)
def _any_states_time(words, type_shift, time_kind):  # type: ignore[no-untyped-def]
    found = time_kind == EVERY_WORD
    for k in range(_STRETCH):
        found |= (words[k] >> type_shift) & 15 == time_kind
    return found


@njit(cache=True, nogil=True)
def find_ignored(  # type: ignore[no-untyped-def]
    words,
    first,
    end,
    type_shift,
    time_kind,
    time_shift,
    is_known,
    high,
    is_started,
    n_values,
    n_step,
    n_jitter,
    n_most,
):
    """Find statements of the upper time that are damage.

    Parameters
    ----------
    words : (n,) uint16, uint32 or uint64
        Successive words.
    first, end
        The words to judge, ``words[first:end]``; those around are only looked at.
    type_shift, time_kind, time_shift
        Where in a word its type lies, the type of those that state the time (`EVERY_WORD` where
        all do), and where in them it lies.
    is_known : (16,) bool
        Which types there are.
    high, is_started
        The upper time before the first word, and whether there is one.
    n_values, n_step, n_jitter
        Length of the counter, of steps that are not questioned, and of jitter, in its units.
    n_most
        How many are found at most.

    Returns
    -------
    (n,) int64
        Positions in `words`, increasing.
    """
    found = np.empty(min(end - first, n_most), np.int64)
    n_found = 0
    i = first - 1
    while i + 1 < end:
        i += 1
        # Few words state the time: stretches without any are found many words at once.
        while i + _STRETCH < end and not _any_states_time(
            words[i : i + _STRETCH], type_shift, time_kind
        ):
            i += _STRETCH
        while i < end and not _states_time(words[i], type_shift, time_kind):
            i += 1
        if i == end:
            break
        new = np.int64(words[i] >> time_shift) & (n_values - 1)
        forward = (new - high) & (n_values - 1)
        if is_started and n_step < forward < n_values - n_jitter:
            n_damaged = 0
            for k in range(max(0, i - DAMAGE_REACH), min(words.size, i + DAMAGE_REACH)):
                n_damaged += not is_known[(words[k] >> type_shift) & 15]
            is_ignored = n_damaged >= DAMAGE_WORDS
            for k in range(i + 1, min(words.size, i + LOOKAHEAD_WORDS)):
                if _states_time(words[k], type_shift, time_kind):
                    following = np.int64(words[k] >> time_shift) & (n_values - 1)
                    after_new = (following - new) & (n_values - 1)
                    after_old = (following - high) & (n_values - 1)
                    if after_new > n_jitter and after_old <= n_jitter:
                        is_ignored = True
                    break
            if is_ignored and n_found < n_most:
                found[n_found] = i
                n_found += 1
                continue
        high, is_started = new, True
    return found[:n_found]
