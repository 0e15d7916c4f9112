"""A curve at every coarseness, so that drawing costs as much as it has pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Below so many samples a curve is drawn as it is.
_SMALLEST = 256
# Of buckets smaller than this power of two none are kept: they would take most of the memory, and
# are quickly made of the few samples in sight.
_FIRST_KEPT = 3


class Pyramid:
    """The least and the greatest value of each pair, of each four samples, and so on.

    No peak is lost however far out a curve is seen. Buckets are fixed to the samples, so that a
    moving view does not flicker.

    Parameters
    ----------
    times_s : (n,) float64
        Increasing.
    values : (n,) float
        NaN where there is nothing; a bucket is NaN only where all of it is.
    """

    def __init__(self, times_s: NDArray[np.floating], values: NDArray[np.floating]) -> None:
        self._times_s = times_s
        # As tracks hold them: of hours of labels, the finest level is a view and costs nothing.
        is_single = values.dtype == np.float32
        finest = values if is_single else np.asarray(values, np.float64)
        # By how many halvings they are coarser than the samples.
        self._levels: dict[int, tuple[NDArray[np.floating], NDArray[np.floating]]]
        self._levels = {0: (finest, finest)}
        low = high = np.ascontiguousarray(finest)
        level = 0
        while len(low) > _SMALLEST:
            low, high = _halve(low, np.fmin), _halve(high, np.fmax)
            level += 1
            if level >= _FIRST_KEPT:
                self._levels[level] = low, high
        self._coarsest = level
        self._highest = float(np.fmax.reduce(high)) if len(high) else float("nan")

    def __len__(self) -> int:
        return len(self._times_s)

    @property
    def highest(self) -> float:
        """The greatest value, NaN where there is none."""
        return self._highest

    def between(
        self, start_s: float, stop_s: float, n_buckets: int
    ) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]:
        """Return what is to be drawn of a stretch. Takes O(log n + n_buckets).

        Parameters
        ----------
        n_buckets
            At most so many are returned, and a few beyond the ends so that lines reach them.

        Returns
        -------
        times_s, low, high : (m,) float
            Beginning of each bucket, its least and its greatest value.
        """
        first, last = np.searchsorted(self._times_s, (start_s, stop_s))
        n = int(last - first)
        level = 0
        while n >> level > n_buckets and level < self._coarsest:
            level += 1
        begin = max((int(first) >> level) - 1, 0)
        end = (int(last) >> level) + 2
        times_s = self._times_s[:: 1 << level][begin:end]
        if level in self._levels:
            low, high = self._levels[level]
            return times_s, low[begin:end], high[begin:end]
        low = high = self._levels[0][0][begin << level : end << level]
        for _ in range(level):
            low, high = _halve(low, np.fmin), _halve(high, np.fmax)
        return times_s, low, high


def _halve(values: NDArray[np.floating], reduce: np.ufunc) -> NDArray[np.floating]:
    even = len(values) // 2 * 2
    halved: NDArray[np.floating] = reduce(values[0:even:2], values[1:even:2])
    return halved if even == len(values) else np.append(halved, values[-1])
