"""What fits of identities and of action units have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import HeadPose


def checked_landmarks(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return landmarks as float64; raises ValueError if they are not (n, 68, 2 or 3)."""
    points = np.asarray(landmarks, np.float64)
    if points.ndim != 3 or points.shape[1] != 68 or points.shape[2] not in (2, 3):
        raise ValueError(f"landmarks must be (n, 68, 2) or (n, 68, 3), got {points.shape}")
    return points


def ridge_gain(
    basis: NDArray[np.floating],
    covariance: NDArray[np.float64],
    penalty: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the matrix that maps displacements, (204,) mm, to coefficients."""
    weighted = np.linalg.solve(covariance, np.asarray(basis, np.float64).T)
    return np.linalg.solve(basis @ weighted + np.diag(penalty), weighted.T)


def distances_px(
    points: NDArray[np.float64], pose: HeadPose, shape: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return how far each landmark lies from that of a face in the picture, (n, 68)."""
    return np.asarray(np.linalg.norm(points[..., :2] - pose.project(shape), axis=-1), np.float64)
