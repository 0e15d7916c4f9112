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
WRAPS, HIGH, LOW, Y, BASE_X, POLARITY, T, IS_STARTED, IS_LATE = range(9)
N_OUTSIDE, N_UNKNOWN, N_LATE, MAX_LATE_US, N_RESTARTS = range(9, 14)
STATE_SIZE = 14

JITTER_US = 1 << 16
# Words around a sudden step of the time that are searched for damage.
DAMAGE_REACH = 64
DAMAGE_WORDS = 4
# How far ahead the next statement of the time is looked for.
LOOKAHEAD_WORDS = 1 << 16

_NOWHERE = 0xFFFF


def initial_state() -> NDArray[np.int64]:
    """Return the state before the first word: no time, and outside any sensor."""
    state = np.zeros(STATE_SIZE, np.int64)
    state[Y] = state[BASE_X] = _NOWHERE
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
def find_ignored(high_words, is_unknown, n_own, high, is_started, n_values, n_jitter, found):  # type: ignore[no-untyped-def]
    """Find statements of the upper time that are damage.

    Parameters
    ----------
    high_words : (n,) int64
        The upper time of each word that states it; -1 for the others.
    is_unknown : (n,) bool
        Words of unknown type.
    n_own
        The words to judge; those behind are only looked at.
    high, is_started
        The upper time before the first word, and whether there is one.
    n_values, n_jitter
        Length of the counter and of jitter, in its units.
    found : (n_own,) int64
        Takes the positions.

    Returns
    -------
    n_found, high, is_started
    """
    n_found = 0
    for i in range(n_own):
        new = high_words[i]
        if new < 0:
            continue
        if not is_started:
            high, is_started = new, 1
            continue
        forward = (new - high) & (n_values - 1)
        if n_jitter < forward < n_values - n_jitter:
            n_damaged = 0
            for k in range(max(0, i - DAMAGE_REACH), min(high_words.size, i + DAMAGE_REACH)):
                n_damaged += is_unknown[k]
            following = -1
            for k in range(i + 1, min(high_words.size, i + LOOKAHEAD_WORDS)):
                if high_words[k] >= 0:
                    following = high_words[k]
                    break
            is_contradicted = False
            if following >= 0:
                after_new = (following - new) & (n_values - 1)
                after_old = (following - high) & (n_values - 1)
                is_contradicted = n_jitter < after_new < n_values - n_jitter and (
                    after_old <= n_jitter
                )
            if n_damaged >= DAMAGE_WORDS or is_contradicted:
                found[n_found] = i
                n_found += 1
                continue
        high = new
    return n_found, high, is_started
