"""Intensities of action units on OpenFace's scale. Never converted but where somebody asks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.morphable.facs import LEVEL_STARTS

# Where the levels of FACS begin in the model's units, and on OpenFace's scale, whose whole numbers
# stand for them: what rounds to 1 is A.
_UNIT = np.array([0.0, *LEVEL_STARTS, 1.0])
_OPENFACE = np.array([0.0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.0])
# From here on an action unit counts as present: what rounds to A.
OPENFACE_PRESENT = float(_OPENFACE[1])


def openface_from_unit(intensity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return intensities from 0 to 1 on OpenFace's scale from 0 to 5, so that rounding gives FACS.

    Parameters
    ----------
    intensity : (...) float
        0 absent to 1 the model's full activation; NaN stays NaN.

    Returns
    -------
    (...) float64, 0 to 5

    Examples
    --------
    >>> openface_from_unit(np.array([0.0, 0.1, 0.5, 1.0])).tolist()
    [0.0, 0.5, 3.0, 5.0]
    """
    return np.interp(np.asarray(intensity, np.float64), _UNIT, _OPENFACE)
