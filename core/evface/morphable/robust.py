"""How hard an observation may pull that lies far from where a fit expects it."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Loss = Literal["huber", "geman_mcclure"]


def robust_weights(
    standardised: NDArray[np.floating], loss: Loss = "huber", *, limit: float = 3.0
) -> NDArray[np.float64]:
    r"""Weigh residuals so that a weighted least-squares fit minimises a robust loss.

    .. math:: w_{Huber} = \min(1, l / |r|), \quad
              w_{GM} = \frac{1}{(1 + (r / l)^2)^2}

    Parameters
    ----------
    standardised : (...) float
        Residuals over their standard deviation. Not modified.
    loss
        Beyond `limit`, ``"huber"`` lets a residual pull no harder, ``"geman_mcclure"`` ever less:
        it forgets outliers, but needs a start that is near.
    limit
        Standard deviations beyond which a residual is no mere noise.

    Returns
    -------
    (...) float64, above 0 to 1
        1 for a residual of 0; NaN stays NaN.

    Raises
    ------
    ValueError
        If the loss is another, or the limit is not positive.

    References
    ----------
    Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical Statistics, 1964.
    Geman and McClure, "Statistical Methods for Tomographic Image Reconstruction", Bulletin of the
    International Statistical Institute, 1987.
    """
    if loss not in get_args(Loss):
        raise ValueError(f"loss must be one of {get_args(Loss)}, got {loss!r}")
    if not limit > 0:
        raise ValueError(f"limit must be positive, got {limit}")
    ratio = np.abs(np.asarray(standardised, np.float64)) / limit
    if loss == "huber":
        weights: NDArray[np.float64] = 1.0 / np.maximum(ratio, 1.0)
    else:
        weights = 1.0 / (1.0 + ratio**2) ** 2
    return weights
