"""Rigid alignment of shapes that have the same vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Rounds of alignment, and the share of the vertices that move least and hold it.
_N_ROUNDS, _STILL_SHARE = 4, 0.5
_N_MEANS = 3


def align_rigidly(
    points: NDArray[np.floating],
    target: NDArray[np.floating],
    using: NDArray[np.integer] | None = None,
) -> NDArray[np.float64]:
    """Turn and shift a shape onto another, without scaling.

    Parameters
    ----------
    points, target : (n_vertices, 3) float
    using : (n,) int
        The vertices that are to meet. When None, the half of all that ends up nearest: an open
        mouth does not tilt the head.

    Returns
    -------
    (n_vertices, 3) float64
    """
    moved = np.asarray(points, np.float64)
    if using is not None:
        return _turned(moved, target, using)
    held = np.arange(len(moved))
    for _ in range(_N_ROUNDS):
        moved = _turned(moved, target, held)
        away = np.linalg.norm(moved - target, axis=1)
        held = np.argsort(away, kind="stable")[: max(4, int(_STILL_SHARE * len(away)))]
    return moved


def _turned(
    points: NDArray[np.float64], target: NDArray[np.floating], using: NDArray[np.integer]
) -> NDArray[np.float64]:
    mine, theirs = points[using], target[using]
    left, _, right = np.linalg.svd((mine - mine.mean(0)).T @ (theirs - theirs.mean(0)))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray((points - mine.mean(0)) @ (left @ flip @ right) + theirs.mean(0), np.float64)


def align_to_mean(shapes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn and shift shapes onto their own mean, without scaling; (n, n_vertices, 3) float64."""
    everywhere = np.arange(shapes.shape[1])
    target = shapes[0]
    for _ in range(_N_MEANS):
        shapes = np.array([align_rigidly(shape, target, everywhere) for shape in shapes])
        target = shapes.mean(axis=0)
    return shapes
