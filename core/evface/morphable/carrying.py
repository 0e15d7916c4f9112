"""From the picture back to the head model's axes, where landmarks are compared in mm."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.morphable.camera import HeadPose
from evface.morphable.robust import Loss

# Points that keep still when the face moves: bridge and base of the nose, corners of the eyes.
RIGID = np.array([27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 42, 45])
_NO_LIMIT = np.full((68, 3), np.inf)


def carry_to_model(
    landmarks: NDArray[np.floating],
    pose: HeadPose,
    shape: NDArray[np.floating],
    *,
    limit_mm: NDArray[np.floating] | None = None,
    loss: Loss = "huber",
) -> NDArray[np.float64]:
    """Carry landmarks from the picture back to the model's axes.

    Parameters
    ----------
    landmarks : (n, 68, 2 or 3) float, px
        z, if any, towards the camera from any origin.
    pose
        (n) cameras.
    shape : (n, 68, 3) or (68, 3) float, mm
        The face so far. Depth is counted from where its rigid landmarks are; a landmark without
        depth has that of `shape`.
    limit_mm : (68, 3) float, mm
        A landmark further from `shape` than this is drawn towards it, as `robust_weights` says;
        none is when None.
    loss
        How.

    Returns
    -------
    (n, 68, 3) float64, mm
    """
    points = np.asarray(landmarks, np.float64)
    return _carry(
        np.ascontiguousarray(points),
        np.ascontiguousarray(pose.rotation, np.float64),
        np.ascontiguousarray(pose.scale_px_per_mm, np.float64),
        np.ascontiguousarray(pose.translation_px, np.float64),
        np.ascontiguousarray(np.broadcast_to(shape, (len(points), 68, 3)), np.float64),
        _NO_LIMIT if limit_mm is None else np.ascontiguousarray(limit_mm, np.float64),
        loss == "geman_mcclure",
        RIGID,
    )


@njit(cache=True, nogil=True)
def _carry(
    points: NDArray[np.float64],
    rotation: NDArray[np.float64],
    scale: NDArray[np.float64],
    translation: NDArray[np.float64],
    shape: NDArray[np.float64],
    limit: NDArray[np.float64],
    forgets: bool,
    rigid: NDArray[np.int64],
) -> NDArray[np.float64]:
    n, n_points, n_axes = points.shape
    carried = np.empty((n, n_points, 3))
    for f in range(n):
        turn, per_px = rotation[f], 1.0 / scale[f]
        # Depth has no origin: that of the rigid landmarks is made to agree. The camera's third
        # axis points away from it.
        offset = 0.0
        if n_axes == 3:
            for k in rigid:
                offset += points[f, k, 2] * per_px
                for axis in range(3):
                    offset += turn[2, axis] * shape[f, k, axis]
            offset /= len(rigid)
        for k in range(n_points):
            x = (points[f, k, 0] - translation[f, 0]) * per_px
            y = (points[f, k, 1] - translation[f, 1]) * per_px
            z = np.nan
            if n_axes == 3:
                z = offset - points[f, k, 2] * per_px
            if not np.isfinite(z):
                z = 0.0
                for axis in range(3):
                    z += turn[2, axis] * shape[f, k, axis]
            for axis in range(3):
                seen = turn[0, axis] * x + turn[1, axis] * y + turn[2, axis] * z
                away = seen - shape[f, k, axis]
                ratio = abs(away) / limit[k, axis]
                if forgets:
                    away /= (1.0 + ratio * ratio) ** 2
                elif ratio > 1.0:
                    away /= ratio
                carried[f, k, axis] = shape[f, k, axis] + away
    return carried
