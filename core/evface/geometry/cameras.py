"""Cameras with a focal length, where they stand to one another, and what they see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RigidTransform:
    r"""Rotations and shifts of space, ``y = R x + t``.

    Named by its direction: ``event_from_rgb`` carries points given in the axes of the RGB camera
    into those of the event camera.

    Parameters
    ----------
    rotation : (..., 3, 3) float64
        Proper rotations.
    translation_mm : (..., 3) float64
    """

    rotation: NDArray[np.float64]
    translation_mm: NDArray[np.float64]

    @classmethod
    def identity(cls) -> RigidTransform:
        """Return the transform that moves nothing."""
        return cls(np.eye(3), np.zeros(3))

    def apply(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Carry (..., n_points, 3) points; leading axes broadcast, NaN stays NaN."""
        turned: NDArray[np.float64] = points_mm @ self.rotation.swapaxes(-1, -2)
        return turned + self.translation_mm[..., None, :]

    def after(self, first: RigidTransform) -> RigidTransform:
        """Return the transform that does `first` and then this one."""
        return RigidTransform(
            self.rotation @ first.rotation,
            (self.rotation @ first.translation_mm[..., None])[..., 0] + self.translation_mm,
        )

    def inverse(self) -> RigidTransform:
        """Return the transform back."""
        back = self.rotation.swapaxes(-1, -2)
        return RigidTransform(back, -(back @ self.translation_mm[..., None])[..., 0])


@dataclass(frozen=True)
class PinholeCamera:
    """A camera without distortion.

    Its axes are x to the right, y down and z away from the camera, as a picture has them.

    Parameters
    ----------
    resolution
        ``(width, height)``, px.
    focal_px
        Along x and y; equal for square pixels.
    centre_px
        Where the optical axis meets the picture; the origin is the centre of the top left pixel.

    Raises
    ------
    ValueError
        If a focal length is not positive.
    """

    resolution: tuple[int, int]
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]

    def __post_init__(self) -> None:
        if not min(self.focal_px) > 0:
            raise ValueError(f"focal lengths must be positive, got {self.focal_px}")

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """The matrix that carries points of space to ``(x, y, 1)`` times their depth, (3, 3)."""
        (fx, fy), (cx, cy) = self.focal_px, self.centre_px
        return np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])

    def project(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where (..., 3) points in the camera's axes fall, (..., 2) float64, px.

        NaN where a point does not lie before the camera.
        """
        depth = np.where(points_mm[..., 2:] > 0, points_mm[..., 2:], np.nan)
        seen: NDArray[np.float64] = points_mm[..., :2] / depth * self.focal_px + self.centre_px
        return seen

    def unproject(
        self, points_px: NDArray[np.floating], depth_mm: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return the points at given depths that fall on (..., 2) pixels, (..., 3) float64, mm."""
        depth = np.asarray(depth_mm, np.float64)[..., None]
        flat = (np.asarray(points_px, np.float64) - self.centre_px) / self.focal_px * depth
        return np.concatenate([flat, np.broadcast_to(depth, (*flat.shape[:-1], 1))], axis=-1)


@dataclass(frozen=True, eq=False)
class CameraPair:
    """An RGB and an event camera that look at the same face.

    Parameters
    ----------
    rgb, events
        Their pictures.
    event_from_rgb
        Carries points in the axes of the RGB camera into those of the event camera.
    """

    rgb: PinholeCamera
    events: PinholeCamera
    event_from_rgb: RigidTransform
