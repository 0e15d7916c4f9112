"""Long recordings in windows that overlap, and one answer for each moment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cover(n: int, length: int, stride: int) -> list[slice]:
    """Return windows over `n` moments; the last one ends where they do.

    Parameters
    ----------
    length
        Moments of a window; of the only one fewer, where there are fewer.
    stride
        Moments from one to the next, 1 to `length`.

    Raises
    ------
    ValueError
        If the stride leaves moments out.

    Examples
    --------
    >>> cover(5, 3, 2)
    [slice(0, 3, None), slice(2, 5, None)]
    """
    if not 1 <= stride <= length:
        raise ValueError(f"stride must be 1 to {length}, got {stride}")
    if n <= length:
        return [slice(0, n)] if n else []
    starts = [*range(0, n - length, stride), n - length]
    return [slice(start, start + length) for start in starts]


class Blend:
    """The weighted mean of what several windows say of the same moments.

    A window counts most in its middle, where it knows what comes before and after.

    Parameters
    ----------
    n, k
        Moments, and values of each.
    """

    def __init__(self, n: int, k: int) -> None:
        self._weight = np.zeros(n)
        self._count = np.zeros(n, np.int64)
        self._sum, self._squares = np.zeros((n, k)), np.zeros((n, k))

    def add(self, window: slice, values: NDArray[np.floating]) -> None:
        """Add what is said of a window, (n_moments, k)."""
        length = len(values)
        place = np.arange(length)
        weight = np.minimum(place + 1, length - place).astype(np.float64)
        self._weight[window] += weight
        self._count[window] += 1
        self._sum[window] += weight[:, None] * values
        self._squares[window] += weight[:, None] * np.square(values, dtype=np.float64)

    def mean(self) -> NDArray[np.float32]:
        """Return the values, (n, k) float32; NaN where no window says anything."""
        return self._over_weight(self._sum).astype(np.float32)

    def spread(self) -> NDArray[np.float32]:
        """Return how far windows differ, (n,) float32: rms over the values.

        NaN where fewer than two say something.
        """
        mean = self._over_weight(self._sum)
        variance = (self._over_weight(self._squares) - mean**2).clip(0.0)
        spread = np.sqrt(variance.mean(axis=1))
        return np.where(self._count > 1, spread, np.nan).astype(np.float32)

    def _over_weight(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        weight = np.where(self._weight > 0, self._weight, np.nan)
        return np.asarray(values / weight[:, None], np.float64)
