"""What follows from a mesh's triangles: normals, borders, neighbours."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def vertex_normals(
    vertices: NDArray[np.floating], triangles: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Compute unit normals, the mean of the adjacent triangles' weighted by their areas.

    Parameters
    ----------
    vertices : (..., n_vertices, 3) float
    triangles : (n_triangles, 3) int
        Counter-clockwise seen from outside.

    Returns
    -------
    (..., n_vertices, 3) float32
        Pointing outwards; zero for a vertex without a triangle.
    """
    points = np.ascontiguousarray(vertices, np.float32)
    normals = np.zeros_like(points)
    corners = np.ascontiguousarray(triangles, np.int32)
    n_vertices = points.shape[-2]
    _add_normals(points.reshape(-1, n_vertices, 3), corners, normals.reshape(-1, n_vertices, 3))
    return normals


@njit(cache=True, nogil=True)
def _add_normals(points, triangles, normals):  # type: ignore[no-untyped-def]
    for shape in range(points.shape[0]):
        for triangle in range(triangles.shape[0]):
            a, b, c = triangles[triangle]
            ux = points[shape, b, 0] - points[shape, a, 0]
            uy = points[shape, b, 1] - points[shape, a, 1]
            uz = points[shape, b, 2] - points[shape, a, 2]
            vx = points[shape, c, 0] - points[shape, a, 0]
            vy = points[shape, c, 1] - points[shape, a, 1]
            vz = points[shape, c, 2] - points[shape, a, 2]
            x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
            for corner in (a, b, c):
                normals[shape, corner, 0] += x
                normals[shape, corner, 1] += y
                normals[shape, corner, 2] += z
        for i in range(points.shape[1]):
            x, y, z = normals[shape, i]
            length = np.sqrt(x * x + y * y + z * z)
            if length > 0:
                normals[shape, i, 0] = x / length
                normals[shape, i, 1] = y / length
                normals[shape, i, 2] = z / length


def border_edges(triangles: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the edges that only one triangle has, (n, 2) int64, in that triangle's direction."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = edges.astype(np.int64)
    _, first, count = np.unique(
        np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True
    )
    return edges[np.sort(first[count == 1])]


def border_loops(triangles: NDArray[np.integer]) -> list[NDArray[np.int64]]:
    """Return the closed borders of a mesh, each the indices of its vertices in order.

    The longest comes first. A vertex where borders touch ends a loop there.
    """
    following: dict[int, list[int]] = {}
    for start, stop in border_edges(triangles).tolist():
        following.setdefault(start, []).append(stop)
    loops = []
    while following:
        first = min(following)
        loop, current = [first], following[first].pop()
        while current != first and following.get(current):
            loop.append(current)
            current = following[current].pop()
        loops.append(np.array(loop))
        following = {start: stops for start, stops in following.items() if stops}
    return sorted(loops, key=len, reverse=True)
