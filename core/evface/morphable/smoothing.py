"""Smoothing through time: exact for a whole recording, causal for a live one."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.morphable.robust import robust_weights

# A change from one frame to the next is as good as none over this time: its noise is averaged away.
_CALM_US = 150_000
# Beyond so many standard deviations of the noise a change is a movement.
_MOVES = 3.0
# A movement too slow to be seen from one frame to the next is seen over so many more to each side.
_AROUND = 2
_N_ROUNDS = 4
# Below this share of a signal's own spread, noise is rounding.
_LEAST_NOISE = 1e-9


def smooth(
    values: NDArray[np.floating],
    times_us: NDArray[np.int64],
    *,
    calm_us: int = _CALM_US,
    longest_gap_us: int = 200_000,
) -> NDArray[np.float64]:
    r"""Smooth signals over a whole recording, without delay, sparing fast movements.

    The exact minimum, by one tridiagonal system a signal, of

    .. math:: \sum_t (x_t - y_t)^2 + \lambda \sum_t w_t \frac{\bar{dt}}{dt} (x_t - x_{t-1})^2

    with :math:`\lambda = (calm / \bar{dt})^2` and the weights `w` of Geman and McClure, which
    release steps where the signal moves more, within five frames, than the noise explains: a blink
    keeps its height and its time, a still face comes to rest. The noise is measured from the
    signal itself, by the median of its second differences.

    Parameters
    ----------
    values : (n, n_signals) float
        Rows with a NaN are gaps. Not modified.
    times_us : (n,) int64
        Strictly increasing.
    calm_us
        About how long noise is averaged on a signal that is still.
    longest_gap_us
        Frames further apart than this know nothing of each other.

    Returns
    -------
    (n, n_signals) float64
        NaN where `values` were.
    """
    known = np.flatnonzero(np.isfinite(values).all(axis=1))
    smoothed = np.full(np.shape(values), np.nan)
    rows = np.asarray(values, np.float64)[known]
    if len(rows) < 3:
        smoothed[known] = rows
        return smoothed
    steps_us = np.diff(np.asarray(times_us)[known]).astype(np.float64)
    usual_us = float(np.median(steps_us))
    ties = (calm_us / usual_us) ** 2 * usual_us / steps_us
    ties[steps_us > longest_gap_us] = 0.0
    noise = noise_of(rows)
    current = rows
    for _ in range(_N_ROUNDS):
        moves = _moves(current) / (np.sqrt(2.0) * noise)
        weights = robust_weights(moves, "geman_mcclure", limit=_MOVES)
        current = _solve_chain(rows, weights * ties[:, None])
    smoothed[known] = current
    return smoothed


def noise_of(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Measure the noise of signals that mostly change slowly.

    Parameters
    ----------
    values : (n, n_signals) float
        At least 3 rows, evenly spaced but for some gaps.

    Returns
    -------
    (n_signals,) float64
        Standard deviations, above 0, from the median absolute second difference.
    """
    rows = np.asarray(values, np.float64)
    bends = np.abs(np.diff(rows, n=2, axis=0))
    # For white noise of deviation s, second differences deviate by s * sqrt(6).
    deviation = 1.4826 * np.median(bends, axis=0) / np.sqrt(6.0)
    return np.asarray(np.maximum(deviation, _LEAST_NOISE * (1.0 + np.ptp(rows, axis=0))))


def _moves(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each signal goes from before each step to after it, at most."""
    n = len(rows)
    moves = np.abs(np.diff(rows, axis=0))
    before = np.maximum(np.arange(n - 1) - _AROUND, 0)
    after = np.minimum(np.arange(1, n) + _AROUND, n - 1)
    return np.asarray(np.maximum(moves, np.abs(rows[after] - rows[before])), np.float64)


@njit(cache=True, nogil=True)
def _solve_chain(rows: NDArray[np.float64], ties: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimise ``sum (x - rows)**2 + sum ties * diff(x)**2`` for each column by elimination."""
    n, n_signals = rows.shape
    solved = rows.copy()
    diagonal = np.ones_like(rows)
    # The matrix dominates by its diagonal, so no pivots are needed.
    for t in range(n):
        for k in range(n_signals):
            if t > 0:
                share = ties[t - 1, k] / diagonal[t - 1, k]
                diagonal[t, k] += ties[t - 1, k] - share * ties[t - 1, k]
                solved[t, k] += share * solved[t - 1, k]
            if t < n - 1:
                diagonal[t, k] += ties[t, k]
    for t in range(n - 1, -1, -1):
        for k in range(n_signals):
            if t < n - 1:
                solved[t, k] += ties[t, k] * solved[t + 1, k]
            solved[t, k] /= diagonal[t, k]
    return solved


class OneEuroFilter:
    """Smooths signals as they come in, with little delay when they move.

    Parameters
    ----------
    min_cutoff_hz
        Cut-off frequency of a still signal: lower is calmer.
    speed_gain
        How much the cut-off grows with the speed of a signal, Hz per unit a second: higher is
        less late.
    speed_cutoff_hz
        Cut-off frequency of the speed itself.
    longest_gap_us
        After a longer gap it starts afresh.

    References
    ----------
    Casiez, Roussel and Vogel, "1 EUR Filter: A Simple Speed-based Low-pass Filter for Noisy Input
    in Interactive Systems", CHI 2012.
    """

    def __init__(
        self,
        *,
        min_cutoff_hz: float = 1.5,
        speed_gain: float = 3.0,
        speed_cutoff_hz: float = 1.0,
        longest_gap_us: int = 200_000,
    ) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._speed_gain = speed_gain
        self._speed_cutoff_hz = speed_cutoff_hz
        self._longest_gap_us = longest_gap_us
        self._last_us: int | None = None
        self._value: NDArray[np.float64] = np.empty(0)
        self._speed: NDArray[np.float64] = np.empty(0)

    def update(self, value: NDArray[np.floating], t_us: int) -> NDArray[np.float64]:
        """Return the smoothed signals at the newest time.

        Parameters
        ----------
        value : (n_signals,) float
            With a NaN it is a gap: NaN comes back and nothing is learnt. Not modified.
        t_us
            Later than that of the last call.

        Raises
        ------
        ValueError
            If the time does not increase.
        """
        newest = np.array(value, np.float64)
        if not np.isfinite(newest).all():
            return np.full(newest.shape, np.nan)
        if self._last_us is not None and t_us <= self._last_us:
            raise ValueError(f"t_us must increase, got {t_us} after {self._last_us}")
        if self._last_us is None or t_us - self._last_us > self._longest_gap_us:
            self._value, self._speed = newest, np.zeros_like(newest)
        else:
            step_s = (t_us - self._last_us) * 1e-6
            speed = (newest - self._value) / step_s
            self._speed += _share(self._speed_cutoff_hz, step_s) * (speed - self._speed)
            cutoff_hz = self._min_cutoff_hz + self._speed_gain * np.abs(self._speed)
            self._value = self._value + _share(cutoff_hz, step_s) * (newest - self._value)
        self._last_us = t_us
        return self._value.copy()


def filter_causally(
    values: NDArray[np.floating],
    times_us: NDArray[np.int64],
    *,
    units: NDArray[np.floating],
    longest_gap_us: int = 200_000,
) -> NDArray[np.float64]:
    """Smooth a recording as a live one would be: each frame knows only those before it.

    Parameters
    ----------
    values : (n, n_signals) float
        Rows with a NaN are gaps. Not modified.
    times_us : (n,) int64
        Strictly increasing.
    units : (n_signals,) float
        A large movement of each signal, so that speeds compare.
    longest_gap_us
        As for `OneEuroFilter`.

    Returns
    -------
    (n, n_signals) float64
    """
    smoother = OneEuroFilter(longest_gap_us=longest_gap_us)
    scaled = np.asarray(values, np.float64) / units
    smoothed = np.empty_like(scaled)
    for row, t_us in enumerate(times_us):
        smoothed[row] = smoother.update(scaled[row], int(t_us))
    return smoothed * units


def _share(cutoff_hz: float | NDArray[np.float64], step_s: float) -> NDArray[np.float64]:
    """Return how far a low-pass filter follows its input in one step."""
    rate = 2.0 * np.pi * step_s * np.asarray(cutoff_hz)
    return np.asarray(rate / (rate + 1.0), np.float64)
