"""The pose of a head as four numbers: yaw, pitch, roll and log scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import FRONTAL, head_angles_deg

# In a mirrored picture a head turns and tilts the other way.
MIRRORED_POSE = np.array([-1.0, 1.0, -1.0, 1.0], np.float32)


def pose_of(
    rotation: NDArray[np.floating], scale_px_per_mm: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Return poses as numbers to be learnt.

    Parameters
    ----------
    rotation : (t, 3, 3) float
        Camera from model, as in a `FaceTrack`. NaN where unknown.
    scale_px_per_mm : (t,) float

    Returns
    -------
    (t, 4) float32
        Turned to the subject's left, raised and tilted to the subject's left (rad), and the natural
        logarithm of the scale.
    """
    angles = np.radians(head_angles_deg(rotation))
    scale = np.log(np.asarray(scale_px_per_mm, np.float64))
    return np.concatenate([angles, scale[:, None]], axis=1).astype(np.float32)


def turned_with_picture(
    pose: NDArray[np.float32], angle_rad: float, scale: float
) -> NDArray[np.float32]:
    """Return poses as they are when the picture is turned and scaled.

    Parameters
    ----------
    pose : (t, 4) float32
        Not modified.
    angle_rad
        From x towards y, clockwise as the picture is seen.
    scale
        Above 0.
    """
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    about_axis = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    turned = pose_of(about_axis @ rotation_of(pose), np.exp(pose[:, 3].astype(np.float64)) * scale)
    return turned


def rotation_of(pose: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rotations that `pose_of` took apart, (t, 3, 3) float64."""
    turn, raised, tilt = pose[:, :3].astype(np.float64).T
    own = _about(1, turn) @ _about(0, -raised) @ _about(2, -tilt)
    return np.asarray(FRONTAL @ own, np.float64)


def _about(axis: int, angle_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return right-handed rotations about x, y or z, (t, 3, 3) float64."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    rotation = np.zeros((len(angle_rad), 3, 3))
    rotation[:, axis, axis] = 1.0
    rotation[:, i, i] = rotation[:, j, j] = np.cos(angle_rad)
    rotation[:, j, i] = np.sin(angle_rad)
    rotation[:, i, j] = -rotation[:, j, i]
    return rotation
