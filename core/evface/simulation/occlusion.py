"""From which directions light reaches each vertex of a head: soft shadows, baked once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.morphable.topology import vertex_normals
from evface.simulation.raster import Visibility, rasterise


@dataclass(frozen=True, eq=False)
class Occlusion:
    """How much of the light from each direction reaches each vertex.

    Parameters
    ----------
    directions : (n_directions, 3) float32
        Unit vectors towards the light, in the head's axes, evenly spread.
    reaches : (n_vertices, n_directions) float32
        0 in the shadow to 1 lit.
    ambient : (n_vertices,) float32
        How much light from all around reaches each vertex, 0 to 1.
    """

    directions: NDArray[np.float32]
    reaches: NDArray[np.float32]
    ambient: NDArray[np.float32]

    def from_light(
        self, direction: NDArray[np.floating], *, breadth_deg: float
    ) -> NDArray[np.float32]:
        """Compute how much of a broad light each vertex sees.

        Parameters
        ----------
        direction : (3,) float
            Towards the middle of the light, in the head's axes.
        breadth_deg
            Angle at which the light's strength has fallen to 60 %.

        Returns
        -------
        (n_vertices,) float32, 0 to 1
        """
        unit = np.asarray(direction, np.float32) / np.linalg.norm(direction)
        sharpness = 1.0 / math.radians(breadth_deg) ** 2
        weights = np.exp(sharpness * (self.directions @ unit - 1.0)).astype(np.float32)
        return _weighted(self.reaches, weights / weights.sum())


def bake_occlusion(
    vertices: NDArray[np.floating],
    triangles: NDArray[np.int32],
    *,
    n_receivers: int | None = None,
    n_directions: int = 200,
    resolution: int = 256,
    bias_mm: float = 2.0,
) -> Occlusion:
    """Look at a mesh from evenly spread directions and note which vertices are seen.

    Parameters
    ----------
    vertices : (n_vertices, 3) float, mm
    triangles : (n_triangles, 3) int32
    n_receivers
        Only the first so many vertices are looked at; the rest just cast shadows. All when None.
    n_directions
        More make smoother shadows.
    resolution
        Width and height of each look, samples.
    bias_mm
        How far a vertex may lie behind the mesh and still count as seen.
    """
    points = np.asarray(vertices, np.float32)
    centre = (points.max(axis=0) + points.min(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    samples_per_mm = 0.49 * resolution / radius
    directions = spread_directions(n_directions)
    n = len(points) if n_receivers is None else n_receivers
    own = triangles[(triangles < n).all(axis=1)]
    normals = vertex_normals(points[:n], own)
    reaches = np.empty((n, n_directions), np.float32)
    seen = Visibility.empty((resolution, resolution))
    for i, direction in enumerate(directions):
        right, up = _frame(direction)
        offset = points - centre
        picture = np.stack(
            [
                resolution / 2 + samples_per_mm * (offset @ right),
                resolution / 2 - samples_per_mm * (offset @ up),
                -(offset @ direction),
            ],
            axis=1,
        ).astype(np.float32)
        seen.clear()
        rasterise(picture, triangles, seen)
        reaches[:, i] = _lit_fraction(picture[:n], seen.depth, bias_mm)
    facing = np.maximum(normals @ directions.T, 0.0)
    ambient = (reaches * facing).sum(axis=1) / np.maximum(facing.sum(axis=1), 1e-6)
    return Occlusion(directions, reaches, ambient.astype(np.float32))


@njit(cache=True, nogil=True, fastmath=True)
def _weighted(reaches, weights):  # type: ignore[no-untyped-def]
    # By hand, because a product this small is not worth the linear algebra library's threads.
    total = np.zeros(reaches.shape[0], np.float32)
    for i in range(reaches.shape[0]):
        for j in range(reaches.shape[1]):
            total[i] += reaches[i, j] * weights[j]
    return total


def spread_directions(n: int) -> NDArray[np.float32]:
    """Return n unit vectors spread evenly over the sphere (a Fibonacci lattice), (n, 3) float32."""
    i = np.arange(n)
    z = 1.0 - 2.0 * (i + 0.5) / n
    turn = i * (2.0 * math.pi / ((1.0 + math.sqrt(5.0)) / 2.0))
    flat = np.sqrt(1.0 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1).astype(np.float32)


def _frame(direction: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the right and up of a picture taken from `direction`."""
    helper = np.array([0, 1, 0] if abs(direction[1]) < 0.9 else [1, 0, 0], np.float32)
    right = np.cross(helper, direction)
    right /= np.linalg.norm(right)
    return right, np.cross(direction, right)


def _lit_fraction(
    picture: NDArray[np.float32], depth: NDArray[np.float32], bias_mm: float
) -> NDArray[np.float32]:
    """Return how many of the four samples around each vertex see it, 0 to 1, bilinear."""
    height, width = depth.shape
    x = np.clip(picture[:, 0], 0, width - 1.001)
    y = np.clip(picture[:, 1], 0, height - 1.001)
    x0, y0 = x.astype(np.int64), y.astype(np.int64)
    fx, fy = x - x0, y - y0
    lit = np.zeros(len(picture), np.float32)
    for dx, dy, weight in (
        (0, 0, (1 - fx) * (1 - fy)),
        (1, 0, fx * (1 - fy)),
        (0, 1, (1 - fx) * fy),
        (1, 1, fx * fy),
    ):
        lit += weight * (picture[:, 2] < depth[y0 + dy, x0 + dx] + bias_mm)
    return lit
