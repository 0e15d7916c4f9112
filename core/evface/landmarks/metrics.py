"""How far predicted landmarks lie from the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The outer eye corners of the iBUG 68-point scheme.
IBUG68_EYE_CORNERS = (36, 45)


def normalised_mean_error(
    predicted: NDArray[np.floating],
    truth: NDArray[np.floating],
    *,
    eye_corners: tuple[int, int] = IBUG68_EYE_CORNERS,
) -> NDArray[np.float64]:
    """Mean point error of each face over its inter-ocular distance (NME).

    Parameters
    ----------
    predicted, truth : (..., n_landmarks, 2) float, px
        NaN marks a missing landmark; it is left out of the mean. Not modified.
    eye_corners
        Indices of the two outer eye corners, (36, 45) in the 68-point scheme.

    Returns
    -------
    (...) float64, dimensionless (0.05 is 5 %)
        NaN where either eye corner of `truth` or every point of the face is missing, and where
        both corners are one point.

    Raises
    ------
    ValueError
        If the arrays' shapes differ or do not end in ``(n_landmarks, 2)``.

    References
    ----------
    Sagonas et al., "300 Faces in-the-Wild Challenge", ICCVW 2013.

    Examples
    --------
    >>> truth = np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 5.0]])
    >>> round(float(normalised_mean_error(truth + [0, 1], truth, eye_corners=(0, 1))), 6)
    0.1
    """
    return landmark_errors(predicted, truth, eye_corners=eye_corners)[1]


def landmark_errors(
    predicted: NDArray[np.floating],
    truth: NDArray[np.floating],
    *,
    eye_corners: tuple[int, int] = IBUG68_EYE_CORNERS,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Error of each landmark over the inter-ocular distance, and its mean over each face.

    Parameters and errors are those of `normalised_mean_error`.

    Returns
    -------
    (..., n_landmarks) float64
        NaN where a point of either is missing.
    (...) float64
        The NME.
    """
    predicted, truth = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    if predicted.shape != truth.shape or truth.ndim < 2 or truth.shape[-1] != 2:
        raise ValueError(
            "predicted and truth must both be (..., n_landmarks, 2), "
            f"got {predicted.shape} and {truth.shape}"
        )
    first, second = eye_corners
    eyes = np.linalg.norm(truth[..., first, :] - truth[..., second, :], axis=-1)
    eyes = np.where(eyes > 0.0, eyes, np.nan)
    errors = np.linalg.norm(predicted - truth, axis=-1) / eyes[..., None]
    known = np.isfinite(errors)
    n_known = known.sum(axis=-1)
    total = np.where(known, errors, 0.0).sum(axis=-1)
    mean = np.divide(total, n_known, out=np.full(n_known.shape, np.nan), where=n_known > 0)
    return errors, mean


def failure_rate(nme: NDArray[np.floating], *, threshold: float = 0.1) -> float:
    """Fraction of faces whose NME exceeds `threshold`.

    A face without a prediction (NaN) is a failure. NaN when there are no faces.
    """
    if np.size(nme) == 0:
        return float("nan")
    return float(np.mean(~(np.asarray(nme) <= threshold)))


def area_under_curve(nme: NDArray[np.floating], *, threshold: float = 0.1) -> float:
    """Area under the cumulative error curve up to `threshold`, over `threshold`: 1 is perfect.

    The curve is the fraction of faces with at most that NME; its area is taken exactly, not by
    sampling. A face without a prediction (NaN) never counts as found. NaN when there are no faces.
    """
    if np.size(nme) == 0:
        return float("nan")
    errors = np.where(np.isfinite(nme), nme, np.inf)
    return float(np.clip(1.0 - errors / threshold, 0.0, 1.0).mean())
