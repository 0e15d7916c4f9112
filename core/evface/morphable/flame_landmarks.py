"""The landmark embeddings that come with FLAME: points on triangles, fixed and sliding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.morphable.contour import N_CONTOUR
from evface.morphable.pickles import read_arrays

_N_INNER, _N_ALL = 51, 68
# The sliding contour has a row a degree: 0 to 39, then -1 to -39.
_N_ANGLES = 79
_KEY = re.compile(r"(?P<part>static|dynamic|full)?_?lmk_(?P<what>faces?_idx|b(ary)?_coords)")


@dataclass(frozen=True, eq=False)
class PointsOnTriangles:
    """Points of a surface.

    Parameters
    ----------
    triangles : (...) int64
        The triangle of each.
    weights : (..., 3) float64
        Of its corners.
    """

    triangles: NDArray[np.int64]
    weights: NDArray[np.float64]

    def on(
        self, shape: NDArray[np.floating], triangles: NDArray[np.integer]
    ) -> NDArray[np.float64]:
        """Return where the points lie on a shape, (..., 3)."""
        corners = np.asarray(shape, np.float64)[triangles[self.triangles]]
        return np.einsum("...ci,...c->...i", corners, self.weights)

    def nearest_vertices(
        self, shape: NDArray[np.floating], triangles: NDArray[np.integer]
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the corner nearest to each point, and how far it is in the shape's unit."""
        corners = triangles[self.triangles]
        away = np.asarray(shape, np.float64)[corners] - self.on(shape, triangles)[..., None, :]
        distance = np.linalg.norm(away, axis=-1)
        nearest = distance.argmin(axis=-1)[..., None]
        vertices = np.take_along_axis(corners, nearest, axis=-1)[..., 0]
        return vertices.astype(np.int32), np.take_along_axis(distance, nearest, axis=-1)[..., 0]


@dataclass(frozen=True, eq=False)
class FlameLandmarks:
    """The 68 landmarks, and how those of the jaw slide.

    Parameters
    ----------
    points
        (68,) points, as they are seen from the front.
    contour
        (79, 17) points at `contour_yaw_deg`, or None.
    contour_yaw_deg : (79,) float32, degrees
        Increasing, positive to the subject's left.
    """

    points: PointsOnTriangles
    contour: PointsOnTriangles | None
    contour_yaw_deg: NDArray[np.float32] | None


def read_landmarks(
    paths: Iterable[Path], shape: NDArray[np.floating], triangles: NDArray[np.integer]
) -> FlameLandmarks:
    """Read embeddings: ``landmark_embedding.npy``, or a static and a dynamic one.

    Parameters
    ----------
    paths
        Files that together hold all 68 points.
    shape : (n_vertices, 3) float
        The model's template, x to the subject's left, y up, z out of the face.
    triangles : (n_triangles, 3) int

    Returns
    -------
    FlameLandmarks

    Raises
    ------
    ModelFileError
        If a file is no embedding of this mesh, or points are missing.
    """
    parts: dict[tuple[int, ...], PointsOnTriangles] = {}
    last = Path()
    for path in paths:
        parts |= _read_parts(path, len(triangles))
        last = path
    sliding = parts.get((_N_ANGLES, N_CONTOUR))
    yaw_deg = None
    if sliding is not None:
        sliding, yaw_deg = _in_order(sliding, shape, triangles, last)
    if (_N_ALL,) in parts:
        return FlameLandmarks(parts[(_N_ALL,)], sliding, yaw_deg)
    if (_N_INNER,) not in parts or sliding is None or yaw_deg is None:
        raise ModelFileError(
            last,
            "holds no embedding of all 68 landmarks; give landmark_embedding.npy, or both "
            "flame_static_embedding.pkl and flame_dynamic_embedding.npy",
        )
    front, inner = int(np.flatnonzero(yaw_deg == 0)[0]), parts[(_N_INNER,)]
    points = PointsOnTriangles(
        np.concatenate([sliding.triangles[front], inner.triangles]),
        np.concatenate([sliding.weights[front], inner.weights]),
    )
    return FlameLandmarks(points, sliding, yaw_deg)


def _read_parts(path: Path, n_triangles: int) -> dict[tuple[int, ...], PointsOnTriangles]:
    """Return the embeddings of a file by their shape, whatever they are called in it."""
    named: dict[str, dict[str, NDArray[Any]]] = {}
    for key, value in read_arrays(path).items():
        match = _KEY.fullmatch(key)
        if match:
            what = "weights" if "coords" in match["what"] else "triangles"
            named.setdefault(match["part"] or "", {})[what] = _as_numbers(path, key, value)
    parts = {}
    for arrays in named.values():
        if set(arrays) != {"weights", "triangles"}:
            raise ModelFileError(path, "is cut: it holds half of an embedding; fetch it again")
        index, weights = arrays["triangles"], arrays["weights"].astype(np.float64)
        if (
            index.dtype.kind not in "iu"
            or weights.shape != (*index.shape, 3)
            or not np.isfinite(weights).all()
            or np.abs(weights.sum(axis=-1) - 1.0).max(initial=0.0) > 1e-2
            or not 0 <= index.min(initial=0) <= index.max(initial=0) < n_triangles
        ):
            raise ModelFileError(
                path, f"is no embedding of a mesh of {n_triangles} triangles; give the model's own"
            )
        parts[index.shape] = PointsOnTriangles(index.astype(np.int64), weights)
    if not parts:
        raise ModelFileError(path, "holds no landmark embedding of FLAME; give another file")
    return parts


def _as_numbers(path: Path, key: str, value: Any) -> NDArray[Any]:
    try:
        array = np.squeeze(np.asarray(value))
    except ValueError as error:  # Lists of unlike lengths.
        raise ModelFileError(path, f"is damaged: its {key} is no array; fetch it again") from error
    if array.dtype.kind not in "fiu":
        raise ModelFileError(path, f"is damaged: its {key} holds no numbers; fetch it again")
    return array


def _in_order(
    sliding: PointsOnTriangles,
    shape: NDArray[np.floating],
    triangles: NDArray[np.integer],
    path: Path,
) -> tuple[PointsOnTriangles, NDArray[np.float32]]:
    """Sort the rows by angle, and find out on the shape which sign is which."""
    yaw_deg = np.concatenate([np.arange(40.0), -np.arange(1.0, 40.0)])
    depth = sliding.on(shape, triangles)[..., 2]
    # In a turn to the left, the landmarks on the left slide forward: the last ones.
    turned, back = np.argmax(yaw_deg), np.argmin(yaw_deg)
    left, right = slice(9, N_CONTOUR), slice(0, 8)
    forward = depth[turned, left].mean() - depth[back, left].mean()
    backward = depth[turned, right].mean() - depth[back, right].mean()
    if forward * backward >= 0:
        raise ModelFileError(
            path, "has a contour that does not slide with the head's turn; give the model's own"
        )
    if forward < 0:
        yaw_deg = -yaw_deg
    order = np.argsort(yaw_deg)
    ordered = PointsOnTriangles(sliding.triangles[order], sliding.weights[order])
    return ordered, yaw_deg[order].astype(np.float32)
