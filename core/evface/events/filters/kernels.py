"""The filters' inner loops. Each says which events stay; tables carry on from batch to batch.

Tables hold times plus one, so that nothing but zeros is needed to begin with. Events beyond the
sensor go, and touch no table.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_ONE = np.uint64(1)
_KEPT_STEPS = np.uint64(64)


@njit(cache=True, nogil=True)
def choose_in_box(x, y, left, top, right, bottom, is_inside, stays):  # type: ignore[no-untyped-def]
    """Choose events with left <= x < right and top <= y < bottom, or all others."""
    for i in range(x.size):
        is_in = (left <= x[i]) & (x[i] < right) & (top <= y[i]) & (y[i] < bottom)
        stays[i] = is_in == is_inside


@njit(cache=True, nogil=True)
def choose_cool(x, y, is_hot, stays):  # type: ignore[no-untyped-def]
    """Choose events of pixels that are not hot."""
    height, width = is_hot.shape
    for i in range(x.size):
        stays[i] = x[i] < width and y[i] < height and not is_hot[y[i], x[i]]


@njit(cache=True, nogil=True)
def choose_supported(t, x, y, after_us, within_us, stays):  # type: ignore[no-untyped-def]
    """Choose events of which a neighbour fired within a time; the table has a rim of one pixel."""
    height, width = after_us.shape[0] - 2, after_us.shape[1] - 2
    for i in range(t.size):
        column, row = np.int64(x[i]) + 1, np.int64(y[i]) + 1
        stays[i] = False
        if column > width or row > height:
            continue
        # What is not older than this counts; a pixel that never fired holds 0.
        since = max(t[i] + 1 - within_us, 1)
        above, here, below = after_us[row - 1], after_us[row], after_us[row + 1]
        # Taking the latest of all is faster than asking one by one, which cannot be foreseen.
        side = max(here[column - 1], here[column + 1])
        upper = max(max(above[column - 1], above[column]), above[column + 1])
        lower = max(max(below[column - 1], below[column]), below[column + 1])
        stays[i] = max(max(upper, lower), side) >= since
        here[column] = t[i] + 1


@njit(cache=True, nogil=True)
def choose_rested(t, x, y, after_us, period_us, epoch_us, stays):  # type: ignore[no-untyped-def]
    """Choose events of pixels of which none stayed within a period, or since the epoch began."""
    height, width = after_us.shape
    for i in range(t.size):
        stays[i] = False
        if x[i] >= width or y[i] >= height:
            continue
        last = after_us[y[i], x[i]]
        since = max(t[i] + 2 - period_us, t[i] - t[i] % epoch_us + 1)
        if last < since:
            stays[i] = True
            after_us[y[i], x[i]] = t[i] + 1


@njit(cache=True, nogil=True)
def choose_unsteady(  # type: ignore[no-untyped-def]
    t, x, y, p, known, steps_per_s, n_steps, n_periods, stays
):
    """Choose events that do not come back period by period, each of so many steps."""
    height, width, _, _ = known.shape
    # Bit k of a history: whether there was an event k steps ago.
    in_phase = out_of_phase = np.uint64(0)
    for k in range(n_periods):
        in_phase |= _ONE << np.uint64((k + 1) * n_steps)
        out_of_phase |= _ONE << np.uint64(k * n_steps + n_steps // 2)
    for i in range(t.size):
        stays[i] = False
        if x[i] >= width or y[i] >= height:
            continue
        of_pixel = known[y[i], x[i], np.int64(p[i])]
        step = np.uint64(t[i] * steps_per_s // 1_000_000 + 1)
        away = step - of_pixel[0]
        before = of_pixel[1] << away if away < _KEPT_STEPS else np.uint64(0)
        near = before | before << _ONE | before >> _ONE
        missed, odd = ~near & in_phase, near & out_of_phase
        # A number without its lowest bit is zero where there was at most one.
        is_steady = (missed & (missed - _ONE)) == 0 and (odd & (odd - _ONE)) == 0
        stays[i] = not is_steady
        of_pixel[0], of_pixel[1] = step, before | _ONE


@njit(cache=True, nogil=True)
def choose_by_hash(t, x, y, p, share, stays):  # type: ignore[no-untyped-def]
    """Choose a share of the events."""
    for i in range(t.size):
        stays[i] = _uniform(t[i], x[i], y[i], p[i]) < share


@njit(cache=True, nogil=True)
def choose_below_rate(t, x, y, p, state, bin_us, most, stays):  # type: ignore[no-untyped-def]
    """Choose at most so many events of every bin of time."""
    current, n_before, n_now, n_stayed = state
    for i in range(t.size):
        its_bin = t[i] // bin_us
        if its_bin != current:
            n_before = n_now if its_bin == current + 1 else 0
            current, n_now, n_stayed = its_bin, 0, 0
        n_now += 1
        stays[i] = n_stayed < most and (
            n_before <= most or _uniform(t[i], x[i], y[i], p[i]) * n_before < most
        )
        n_stayed += stays[i]
    state[0], state[1], state[2], state[3] = current, n_before, n_now, n_stayed


@njit(cache=True, nogil=True)
def gather(t, x, y, p, stays, kept_t, kept_x, kept_y, kept_p):  # type: ignore[no-untyped-def]
    """Write the events that stay to arrays that have one place more than they need."""
    n = 0
    for i in range(t.size):
        kept_t[n], kept_x[n], kept_y[n], kept_p[n] = t[i], x[i], y[i], p[i]
        n += stays[i]


@njit(cache=True, nogil=True)
def _uniform(t, x, y, p):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1) that looks drawn at random: the finaliser of SplitMix64."""
    place = np.uint64(x) << np.uint64(17) | np.uint64(y) << _ONE | np.uint64(p)
    z = np.uint64(t) * np.uint64(0x9E3779B97F4A7C15) ^ place * np.uint64(0xD1B54A32D192ED03)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.float64(z >> np.uint64(11)) * (1.0 / (1 << 53))
