"""Numbers of single precision as text that gives back the very same ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Most places in pictures need four decimals or five.
_DECIMALS = range(4, 10)


def with_few_decimals(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return numbers of few decimals that round to the very same float32.

    Written out as Python does, they are about as short as can be, and reading them as float32 gives
    back what they were.

    Parameters
    ----------
    values : (...) float32
        Not modified.

    Returns
    -------
    (...) float64
        NaN and infinities stay what they are.

    Examples
    --------
    >>> with_few_decimals(np.array([0.1, 612.3457], np.float32)).tolist()
    [0.1, 612.3457]
    """
    single = np.asarray(values, np.float32).ravel()
    found = single.astype(np.float64)
    left = np.flatnonzero(np.isfinite(single))
    for decimals in _DECIMALS:
        rounded = np.round(single[left].astype(np.float64), decimals)
        is_same = rounded.astype(np.float32) == single[left]
        found[left[is_same]] = rounded[is_same]
        left = left[~is_same]
    return found.reshape(np.shape(values))
