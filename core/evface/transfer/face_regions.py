"""Where the face is in both pictures, for what is to look at nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkTrack, Track
from evface.geometry.registration import Registration
from evface.transfer.motion_energy import Region

# Of the box around the landmarks, which end at the brows.
_ROOM_AROUND_FACE = 0.3
# A frame or two with the face elsewhere must not make the region large.
_OUTLIERS = 0.02
_LEAST_REGION_PX = 16


def face_regions(
    teacher: Track | None,
    registration: Registration,
    *,
    video_resolution: tuple[int, int],
    events_resolution: tuple[int, int],
) -> tuple[Region, Region] | None:
    """Return where the face is in the video and on the sensor, with some room around it.

    Parameters
    ----------
    teacher
        Landmarks on the video.
    registration
        Maps the video's picture to the sensor's.
    video_resolution, events_resolution
        ``(width, height)``, px.

    Returns
    -------
    tuple of two regions, or None
        None where no face was found yet, or where it is not known how the pictures lie to one
        another: a part of the one could not be compared with the same part of the other.
    """
    if registration.quality not in ("good", "fair"):
        return None
    if not isinstance(teacher, LandmarkTrack) or not teacher.valid.any():
        return None
    boxes = teacher.boxes_px()[teacher.valid].astype(np.float64)
    low = np.quantile(boxes[:, :2], _OUTLIERS, axis=0)
    high = np.quantile(boxes[:, 2:], 1 - _OUTLIERS, axis=0)
    room = _ROOM_AROUND_FACE * (high - low)
    low, high = low - room, high + room
    corners = registration.planar.apply(np.array([low, (high[0], low[1]), high, (low[0], high[1])]))
    in_video = _within(low, high, video_resolution)
    in_events = _within(corners.min(axis=0), corners.max(axis=0), events_resolution)
    return None if in_video is None or in_events is None else (in_video, in_events)


def _within(
    low: NDArray[np.float64], high: NDArray[np.float64], resolution: tuple[int, int]
) -> Region | None:
    """Return whole pixels inside a picture; None where too few are left."""
    left, top = (int(max(value, 0)) for value in low)
    right, bottom = (min(round(value), size) for value, size in zip(high, resolution, strict=True))
    enough = right - left >= _LEAST_REGION_PX and bottom - top >= _LEAST_REGION_PX
    return (left, top, right, bottom) if enough else None
