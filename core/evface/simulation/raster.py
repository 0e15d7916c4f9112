"""Which triangle of a mesh each sample of a picture sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(eq=False)
class Visibility:
    """Buffers that `rasterise` fills; kept and filled again from frame to frame.

    Parameters
    ----------
    depth : (height, width) float32
        Of the nearest triangle; infinite where there is none.
    triangle : (height, width) int32
        The nearest triangle, -1 where there is none.
    weights : (height, width, 2) float32
        Barycentric weights of its first two corners; the third's is what is left of 1.
    """

    depth: NDArray[np.float32]
    triangle: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def empty(cls, resolution: tuple[int, int]) -> Visibility:
        """Make buffers for a picture of ``(width, height)`` samples."""
        width, height = resolution
        return cls(
            np.empty((height, width), np.float32),
            np.empty((height, width), np.int32),
            np.empty((height, width, 2), np.float32),
        )

    def clear(self) -> None:
        """Forget what was drawn."""
        self.depth.fill(np.inf)
        self.triangle.fill(-1)


def rasterise(
    points: NDArray[np.float32], triangles: NDArray[np.int32], visibility: Visibility
) -> None:
    """Draw triangles over what `visibility` holds; those that turn their back are left out.

    Parameters
    ----------
    points : (n_vertices, 3) float32
        Sample coordinates ``x, y`` and depth, smaller is nearer. The centre of the top left
        sample is (0, 0).
    triangles : (n_triangles, 3) int32
        Clockwise in the picture, as y points down: counter-clockwise seen from outside.
    visibility
        Changed.
    """
    _rasterise(points, triangles, visibility.depth, visibility.triangle, visibility.weights)


@njit(cache=True, nogil=True, error_model="numpy")
def _rasterise(points, triangles, depth, index, weights):  # type: ignore[no-untyped-def]
    height, width = depth.shape
    for triangle in range(triangles.shape[0]):
        a, b, c = triangles[triangle, 0], triangles[triangle, 1], triangles[triangle, 2]
        x0, y0, z0 = points[a, 0], points[a, 1], points[a, 2]
        x1, y1, z1 = points[b, 0], points[b, 1], points[b, 2]
        x2, y2, z2 = points[c, 0], points[c, 1], points[c, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if not area < -1e-6:
            continue
        top = max(0, math.ceil(min(y0, y1, y2)))
        bottom = min(height - 1, math.floor(max(y0, y1, y2)))
        left = max(0, math.ceil(min(x0, x1, x2)))
        right = min(width - 1, math.floor(max(x0, x1, x2)))
        if left > right:
            continue
        # The weights are linear in x and y.
        inverse = np.float32(1.0) / area
        ax, ay = (y1 - y2) * inverse, (x2 - x1) * inverse
        bx, by = (y2 - y0) * inverse, (x0 - x2) * inverse
        cx = -ax - bx
        zx = ax * (z0 - z2) + bx * (z1 - z2)
        for y in range(top, bottom + 1):
            dy = np.float32(y) - y2
            dx = np.float32(left) - x2
            wa, wb = ax * dx + ay * dy, bx * dx + by * dy
            wc = np.float32(1.0) - wa - wb
            # Where along the row all three weights are positive.
            first, last = np.float32(0.0), np.float32(right - left)
            for weight, slope in ((wa, ax), (wb, bx), (wc, cx)):
                if slope > 0:
                    first = max(first, -weight / slope)
                elif slope < 0:
                    last = min(last, -weight / slope)
                elif weight < 0:
                    last = np.float32(-1.0)
            start = math.ceil(first - np.float32(1e-4))
            stop = math.floor(last + np.float32(1e-4))
            z = wa * z0 + wb * z1 + wc * z2 + zx * np.float32(start)
            wa += ax * np.float32(start)
            wb += bx * np.float32(start)
            for x in range(left + start, left + stop + 1):
                if z < depth[y, x]:
                    depth[y, x] = z
                    index[y, x] = triangle
                    weights[y, x, 0] = wa
                    weights[y, x, 1] = wb
                z += zx
                wa += ax
                wb += bx
