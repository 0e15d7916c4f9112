"""Least squares whose unknowns have bounds, for many frames at once."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_MAX_SWEEPS = 60
_ENOUGH = 1e-5


def solve_bounded(
    normal: NDArray[np.floating], right: NDArray[np.floating], *, lower: float, upper: float
) -> NDArray[np.float64]:
    r"""Minimise a quadratic within bounds, for every row of `right`.

    .. math:: \min_x \tfrac12 x^T N x - r^T x, \quad lower \le x_i \le upper

    One unknown after the other is set to its best value within the bounds, until none changes by
    more than 1e-5: for a positive definite `N` that leads to the one minimum.

    Parameters
    ----------
    normal : (k, k) float
        Symmetric, positive definite.
    right : (n, k) float
        Not modified. A row with a NaN gives NaN.
    lower, upper
        The bounds.

    Returns
    -------
    (n, k) float64

    Raises
    ------
    ValueError
        If the shapes do not fit, the diagonal is not positive or there is nothing between the
        bounds.

    References
    ----------
    Wright, "Coordinate Descent Algorithms", Mathematical Programming, 2015.
    """
    square = np.ascontiguousarray(normal, np.float64)
    rows = np.ascontiguousarray(right, np.float64)
    if rows.ndim != 2 or square.shape != (rows.shape[1], rows.shape[1]):
        raise ValueError(f"normal {square.shape} and right {rows.shape} do not fit")
    if (np.diag(square) <= 0).any():
        raise ValueError("normal must be positive definite")
    if not lower < upper:
        raise ValueError(f"lower must be below upper, got {lower} and {upper}")
    return _descend(square, rows, float(lower), float(upper))


@njit(cache=True, nogil=True)
def _descend(
    normal: NDArray[np.float64], right: NDArray[np.float64], lower: float, upper: float
) -> NDArray[np.float64]:
    n, k = right.shape
    solved = np.zeros_like(right)
    for row in range(n):
        # The slope of the quadratic, kept up to date as the unknowns change.
        slope = -right[row].copy()
        known = True
        for i in range(k):
            known = known and np.isfinite(slope[i])
            solved[row, i] = min(max(0.0, lower), upper)
            for j in range(k):
                slope[j] += normal[j, i] * solved[row, i]
        if not known:
            solved[row] = np.nan
            continue
        for _ in range(_MAX_SWEEPS):
            largest = 0.0
            for i in range(k):
                best = solved[row, i] - slope[i] / normal[i, i]
                best = min(max(best, lower), upper)
                step = best - solved[row, i]
                if step != 0.0:
                    solved[row, i] = best
                    for j in range(k):
                        slope[j] += normal[j, i] * step
                    largest = max(largest, abs(step))
            if largest < _ENOUGH:
                break
    return solved
