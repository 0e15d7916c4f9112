"""Plane transforms that carry points from one picture to another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class PlanarTransform:
    """A similarity, affine map or homography of the picture plane.

    Named by its direction: ``event_from_rgb`` maps RGB pixels to event pixels.

    Parameters
    ----------
    matrix : (3, 3) float64
        Acts on ``(x, y, 1)``; the origin is the centre of the top left pixel.

    Raises
    ------
    ValueError
        If `matrix` is not an invertible 3x3 matrix.
    """

    matrix: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))

    def __post_init__(self) -> None:
        is_usable = self.matrix.shape == (3, 3) and np.isfinite(self.matrix).all()
        if not is_usable or abs(np.linalg.det(self.matrix)) <= 1e-12:
            raise ValueError(f"expected an invertible (3, 3) matrix, got {self.matrix!r}")

    @classmethod
    def from_affine(cls, linear: ArrayLike, offset_px: ArrayLike) -> PlanarTransform:
        """Build from a (2, 2) linear part and a (2,) offset."""
        matrix = np.eye(3)
        matrix[:2, :2] = linear
        matrix[:2, 2] = offset_px
        return cls(matrix)

    def apply(self, points_px: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map (..., 2) points; NaN stays NaN."""
        mapped = points_px @ self.matrix[:, :2].T + self.matrix[:, 2]
        return mapped[..., :2] / mapped[..., 2:]

    def inverse(self) -> PlanarTransform:
        """Return the map back."""
        return PlanarTransform(np.linalg.inv(self.matrix).astype(np.float64))
