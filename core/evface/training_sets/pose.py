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
    zero, one = np.zeros_like(turn), np.ones_like(turn)

    def rows(*entries: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(entries, axis=-1).reshape(-1, 3, 3)

    about_y = rows(np.cos(turn), zero, np.sin(turn), zero, one, zero, -np.sin(turn), zero,
                   np.cos(turn))  # fmt: skip
    about_x = rows(one, zero, zero, zero, np.cos(raised), np.sin(raised), zero, -np.sin(raised),
                   np.cos(raised))  # fmt: skip
    about_z = rows(np.cos(tilt), np.sin(tilt), zero, -np.sin(tilt), np.cos(tilt), zero, zero, zero,
                   one)  # fmt: skip
    return np.asarray(FRONTAL @ (about_y @ about_x @ about_z), np.float64)
