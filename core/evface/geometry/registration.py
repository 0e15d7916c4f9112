"""Where what the RGB camera sees falls in the event picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evface.geometry.cameras import CameraPair
from evface.geometry.transforms import PlanarTransform

# "assumed": nothing was measured, as for a recording that was just added.
Quality = Literal["assumed", "good", "fair", "bad"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)


@dataclass(frozen=True, eq=False)
class Registration:
    """How the two pictures of a recording lie to one another.

    Parameters
    ----------
    planar
        Maps RGB pixels to event pixels. With `cameras` it is what they make of the plane that the
        face is in most of the time: enough for what has no depth, such as a box or a zoom.
    cameras
        Focal lengths and relative pose, for points whose depth is known. None where only the
        plane is known.
    method
        How it was found: ``"assumed"``, ``"edges"``, ``"head"``, ``"pairs"``, ...
    residual_px
        Typical error in the event picture. NaN where it is unknown.
    quality
        What the residual and the evidence amount to.

    Raises
    ------
    ValueError
        If `quality` is none of `QUALITIES`.
    """

    planar: PlanarTransform = field(default_factory=PlanarTransform)
    cameras: CameraPair | None = None
    method: str = "assumed"
    residual_px: float = math.nan
    quality: Quality = "assumed"

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise ValueError(f"quality must be one of {QUALITIES}, got {self.quality!r}")

    def map_points(
        self, points_px: NDArray[np.floating], depth_mm: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """Map RGB pixels to event pixels.

        Parameters
        ----------
        points_px : (..., 2) float
        depth_mm : (...) float
            Along the RGB camera's axis. Used where `cameras` are known; the plane serves when
            None.

        Returns
        -------
        (..., 2) float64, px
            NaN where a point or its depth is NaN, or where it lies behind the event camera.
        """
        if self.cameras is None or depth_mm is None:
            return self.planar.apply(points_px)
        seen_by_rgb = self.cameras.rgb.unproject(points_px, depth_mm)
        return self.cameras.events.project(self.cameras.event_from_rgb.apply(seen_by_rgb))

    def map_face(
        self,
        points_px: NDArray[np.floating],
        relief_mm: NDArray[np.floating],
        scale_px_per_mm: NDArray[np.floating],
    ) -> NDArray[np.float64]:
        """Map points of faces that a scaled-orthographic camera fitted in the RGB picture.

        Such a camera knows no distance, but a focal length turns its scale into one.

        Parameters
        ----------
        points_px : (..., n_points, 2) float
            In the RGB picture.
        relief_mm : (..., n_points) float
            How far each point lies behind the depth that the scale holds for, along the axis.
        scale_px_per_mm : (...) float
            Of the scaled-orthographic camera.

        Returns
        -------
        (..., n_points, 2) float64, px
        """
        if self.cameras is None:
            return self.planar.apply(points_px)
        distance_mm = float(np.mean(self.cameras.rgb.focal_px)) / np.asarray(scale_px_per_mm)
        return self.map_points(points_px, distance_mm[..., None] + relief_mm)

    def maps_like(self, other: Registration) -> bool:
        """Return whether both map every point to the same place, whatever they say of it."""
        return bool((self.planar.matrix == other.planar.matrix).all()) and _cameras_alike(
            self.cameras, other.cameras
        )


def _cameras_alike(one: CameraPair | None, other: CameraPair | None) -> bool:
    if one is None or other is None:
        return one is other
    stands, stands_too = one.event_from_rgb, other.event_from_rgb
    return (
        (one.rgb, one.events) == (other.rgb, other.events)
        and bool((stands.rotation == stands_too.rotation).all())
        and bool((stands.translation_mm == stands_too.translation_mm).all())
    )
