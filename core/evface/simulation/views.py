"""From where a camera looks at a person in a room."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.geometry.cameras import PinholeCamera, RigidTransform
from evface.morphable.camera import FRONTAL, HeadPose

# How far a scaled-orthographic camera stands away: its rays are parallel to 0.03 px, and depths
# still differ by less than 0.1 mm in single precision.
_FAR_MM = 1e6
# The wall behind the person.
WALL_DEPTH_MM = -1100.0


@dataclass(frozen=True, eq=False)
class View:
    """A camera in a room.

    The room's axes are those of the head model for a person at rest: x to the viewer's right,
    y up, z towards the viewer, with the origin in the head.

    Parameters
    ----------
    camera
    camera_from_room
        Carries points of the room into the camera's axes.
    wall_width_mm
        Width of the wall behind the person.
    """

    camera: PinholeCamera
    camera_from_room: RigidTransform
    wall_width_mm: float = 1900.0

    @property
    def key(self) -> Hashable:
        """The same for views that see the same."""
        placing = self.camera_from_room
        numbers = (*placing.rotation.flat, *placing.translation_mm, self.wall_width_mm)
        return (self.camera, tuple(map(float, numbers)))

    @property
    def depth_mm(self) -> float:
        """How far the room's origin lies before the camera."""
        return float(self.camera_from_room.translation_mm[2])

    def width_at_wall_mm(self) -> float:
        """Return how much of the wall the picture shows."""
        width = self.camera.resolution[0]
        return width / self.camera.focal_px[0] * (self.depth_mm - WALL_DEPTH_MM)

    def place(
        self, points_mm: NDArray[np.float32], room_from_object: RigidTransform
    ) -> NDArray[np.float32]:
        """Carry (n, 3) points of an object into the camera's axes.

        Returns
        -------
        (n, 3) float32, mm
            x to the right, y down, and z from the room's origin away from the camera: measured
            from there a small depth keeps its precision however far the camera is.
        """
        placing = self.camera_from_room.after(room_from_object)
        linear = placing.rotation.astype(np.float32)
        offset = placing.translation_mm - [0.0, 0.0, self.depth_mm]
        # Column by column: for three columns that is quicker than a matrix product, which would
        # also wake the threads of the linear algebra library.
        placed = points_mm[:, :1] * linear[:, 0] + points_mm[:, 1:2] * linear[:, 1]
        placed += points_mm[:, 2:] * linear[:, 2]
        placed += offset.astype(np.float32)
        return placed

    def project(self, placed_mm: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where (n, 3) placed points fall, (n, 2) float32, px."""
        depth = placed_mm[:, 2:] + np.float32(self.depth_mm)
        seen = placed_mm[:, :2] * np.asarray(self.camera.focal_px, np.float32) / depth
        seen += np.asarray(self.camera.centre_px, np.float32)
        return seen

    def axes(self) -> NDArray[np.float64]:
        """Return the rotation of directions in the room to (right, up, to the viewer), (3, 3)."""
        turned: NDArray[np.float64] = FRONTAL @ self.camera_from_room.rotation
        return turned

    def wall_homography(self, size_px: tuple[int, int]) -> NDArray[np.float64]:
        """Return the map from a painting of the wall, ``(width, height)`` px, to the picture."""
        width, height = size_px
        mm_per_px = self.wall_width_mm / width
        rotation, shift = self.camera_from_room.rotation, self.camera_from_room.translation_mm
        corner = np.array([-0.5 * (width - 1), 0.5 * (height - 1)]) * mm_per_px
        origin = rotation @ [corner[0], corner[1], WALL_DEPTH_MM] + shift
        plane = np.stack([rotation[:, 0] * mm_per_px, -rotation[:, 1] * mm_per_px, origin], axis=1)
        homography: NDArray[np.float64] = self.camera.intrinsics @ plane
        return homography


def view_of_pose(pose: HeadPose, resolution: tuple[int, int]) -> tuple[RigidTransform, View]:
    """Return the room from the head and a view that draw a head as a scaled-orthographic pose.

    Parameters
    ----------
    pose
        One camera.
    resolution
        ``(width, height)`` of the picture, px.
    """
    scale = float(pose.scale_px_per_mm)
    x, y = (float(place) for place in pose.translation_px)
    view = View(
        PinholeCamera(resolution, (scale * _FAR_MM, scale * _FAR_MM), (x, y)),
        RigidTransform(FRONTAL, np.array([0.0, 0.0, _FAR_MM])),
        wall_width_mm=1.1 * resolution[0] / scale,
    )
    own = FRONTAL @ np.asarray(pose.rotation, np.float64)
    return RigidTransform(own, np.zeros(3)), view
