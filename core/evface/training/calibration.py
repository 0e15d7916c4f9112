"""Whether the probabilities of classes can be believed, and what makes them so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_N_BINS = 10
# Of the temperature: no network is surer or less sure than these can mend.
_LEAST, _MOST = 0.05, 20.0


def calibration_error(confidence: NDArray[np.floating], is_right: NDArray[np.bool_]) -> float:
    """Return how far the probability of what is told lies from how often it is right (ECE).

    Parameters
    ----------
    confidence : (n,) float, 0 to 1
        Probability of the likeliest class.
    is_right : (n,) bool
        Whether it is the true one.

    Returns
    -------
    float
        0 to 1: the mean over ten bins of confidence, weighted by how many fall into each. NaN
        without any.

    References
    ----------
    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, Eq. 3.
    """
    if not len(confidence):
        return float("nan")
    bins = np.clip((confidence * _N_BINS).astype(np.int64), 0, _N_BINS - 1)
    gap = np.bincount(bins, confidence - is_right, minlength=_N_BINS)
    return float(np.abs(gap).sum() / len(confidence))


def fit_temperature(logits: NDArray[np.floating], classes: NDArray[np.int64]) -> float:
    """Return the number that logits are to be divided by, so that true classes are likeliest.

    Parameters
    ----------
    logits : (n, k) float
        Of people that were not trained on.
    classes : (n,) int64
        True ones; -1 where unknown.

    Returns
    -------
    float
        1 where no class is known.

    References
    ----------
    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, Sec. 4.2.
    """
    known = classes >= 0
    if not known.any():
        return 1.0
    logits, classes = logits[known].astype(np.float64), classes[known]

    def surprise(log_temperature: float) -> float:
        probabilities = softmax(logits / np.exp(log_temperature))
        of_true = probabilities[np.arange(len(classes)), classes]
        return -float(np.log(np.maximum(of_true, 1e-12)).mean())

    # Windows read figures, and must not wait for this.
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        surprise, bounds=(np.log(_LEAST), np.log(_MOST)), method="bounded", options={"xatol": 1e-3}
    )
    return float(np.exp(found.x))


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities (n, k) of logits (n, k)."""
    powers = np.exp(np.asarray(logits - logits.max(axis=1, keepdims=True), np.float64))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
