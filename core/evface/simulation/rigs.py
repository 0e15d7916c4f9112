"""Where the two cameras stand and how they look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform

# Of the pair that shares one picture: the size of a head with its shoulders, and the distance.
_SHARED_PX_PER_MM = 1.72 / 480
_SHARED_DISTANCE_MM = 1000.0


@dataclass(frozen=True, eq=False)
class Rig:
    """Two cameras in a room.

    Parameters
    ----------
    cameras
    rgb_from_room
        Where the RGB camera stands.
    """

    cameras: CameraPair
    rgb_from_room: RigidTransform


def shared_rig(resolution: tuple[int, int]) -> Rig:
    """Return two cameras that see one picture, as behind a beam splitter or on one sensor."""
    width, height = resolution
    focal_px = _SHARED_PX_PER_MM * height * _SHARED_DISTANCE_MM
    camera = PinholeCamera(resolution, (focal_px, focal_px), ((width - 1) / 2, (height - 1) / 2))
    place = look_at(np.array([0.0, 0.0, _SHARED_DISTANCE_MM]), np.zeros(3))
    return Rig(CameraPair(camera, camera, RigidTransform.identity()), place)


def draw_apart_rig(
    rgb_resolution: tuple[int, int],
    events_resolution: tuple[int, int],
    random: np.random.Generator,
) -> Rig:
    """Draw two cameras that nobody calibrated: a webcam, and an event camera beside and behind it.

    They differ in position, direction, focal length and, with the resolutions, in aspect.
    """
    height = rgb_resolution[1]
    distance_mm = float(random.uniform(470.0, 560.0))
    place = np.array([random.uniform(-30, 30), random.uniform(0, 60), distance_mm])
    focal_px = 1.4 * height / 480 * distance_mm * float(random.uniform(0.92, 1.05))
    rgb = _draw_camera(rgb_resolution, focal_px, random)
    rgb_from_room = look_at(
        place, random.normal(0.0, 6.0, 3), roll_deg=float(random.normal(0.0, 1.2))
    )
    side = float(random.choice([-1.0, 1.0]))
    aside_mm, below_mm, behind_mm = (
        random.uniform(*span) for span in ((50, 110), (-20, 80), (60, 200))
    )
    place = place + np.array([side * aside_mm, -below_mm, behind_mm])
    focal_px = 1.5 * events_resolution[1] / 480 * float(place[2]) * random.uniform(0.94, 1.04)
    events = _draw_camera(events_resolution, focal_px, random)
    events_from_room = look_at(
        place, random.normal(0.0, 6.0, 3), roll_deg=float(random.normal(0.0, 1.5))
    )
    between = events_from_room.after(rgb_from_room.inverse())
    return Rig(CameraPair(rgb, events, between), rgb_from_room)


def _draw_camera(
    resolution: tuple[int, int], focal_px: float, random: np.random.Generator
) -> PinholeCamera:
    """Draw a camera whose pixels are nearly square and whose axis is nearly in the middle."""
    width, height = resolution
    x, y = random.normal(0.0, 0.01, 2) * height
    aspect = float(random.uniform(0.99, 1.01))
    return PinholeCamera(
        resolution,
        (focal_px * aspect, focal_px),
        ((width - 1) / 2 + float(x), (height - 1) / 2 + float(y)),
    )


def look_at(
    place_mm: NDArray[np.floating], target_mm: NDArray[np.floating], *, roll_deg: float = 0.0
) -> RigidTransform:
    """Return a camera's axes from the room's, for a camera that is turned to a point.

    Parameters
    ----------
    place_mm, target_mm : (3,) float
        Of the camera and of what its axis meets, in the room.
    roll_deg
        How far it is turned clockwise about its axis.
    """
    ahead = target_mm - place_mm
    ahead = ahead / np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    down = np.cross(ahead, right)
    sine, cosine = math.sin(math.radians(roll_deg)), math.cos(math.radians(roll_deg))
    rotation = np.stack([cosine * right + sine * down, cosine * down - sine * right, ahead])
    return RigidTransform(rotation, -rotation @ np.asarray(place_mm, np.float64))
