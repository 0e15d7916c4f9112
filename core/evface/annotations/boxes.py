"""Face boxes: two corners that people draw and drag, over those that the landmarks give.

To the labels a box is a landmark track of two points, with a role and a scheme of its own, so that
corrections, keyframes and undo are the same for both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.annotations.lazy_array import LazyArray
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind

BOX_SCHEME = "box"
# Upper left and lower right corner.
N_CORNERS = 2
BOX_ROLES = {Camera.RGB: "box_rgb", Camera.EVENTS: "box_events"}
# Around the landmarks, as a share of the larger side.
MARGIN = 0.08


def camera_of_box(role: str) -> Camera | None:
    """Return whose picture a box lies on; None where the role is not a box's."""
    return next((camera for camera, name in BOX_ROLES.items() if name == role), None)


def derived_corners(landmarks: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the box of a face's landmarks with a margin around it.

    Parameters
    ----------
    landmarks : (..., n_landmarks, 2) float, px
        NaN marks a missing one, which is left out. Not modified.

    Returns
    -------
    (..., 2, 2) float32, px
        Upper left and lower right corner; NaN where there is no landmark.
    """
    points = np.asarray(landmarks, np.float64)
    known = np.asarray(np.isfinite(points).all(axis=-1, keepdims=True))
    low = np.where(known, points, np.inf).min(axis=-2)
    high = np.where(known, points, -np.inf).max(axis=-2)
    grow = MARGIN * (high - low).max(axis=-1, keepdims=True)
    corners = np.stack([low - grow, high + grow], axis=-2)
    return np.where(known.any(axis=-2, keepdims=True), corners, np.nan).astype(np.float32)


def derived_box_track(landmarks: LandmarkTrack) -> LandmarkTrack:
    """Return the boxes of a landmark track, as a track of their two corners, made when asked for.

    Where the landmarks are valid, at least one of them is known.
    """
    n = len(landmarks)

    def read_rows(start: int, stop: int) -> NDArray[np.float32]:
        return derived_corners(landmarks.landmarks[start:stop])

    # Few at once: a box is made of many landmarks.
    boxes = LazyArray(np.float32, (n, N_CORNERS, 2), read_rows, chunk_rows=64)
    return corners_as_track(
        landmarks.times_us,
        boxes.as_array(),
        valid=landmarks.valid,
        camera=landmarks.camera,
        source=Source(SourceKind.FIT, "box of the landmarks"),
    )


def corners_as_track(
    times_us: NDArray[np.int64],
    corners: NDArray[np.float32],
    *,
    valid: NDArray[np.bool_],
    camera: Camera,
    source: Source,
) -> LandmarkTrack:
    """Return boxes, (n, 2, 2) float32 px, as a track of their two corners. May be empty."""
    n = len(times_us)
    return LandmarkTrack(
        times_us=times_us,
        valid=valid,
        source=source,
        landmarks=corners,
        confidence=np.full(n, np.nan, np.float32),
        state=np.zeros((n, N_CORNERS), np.uint8),
        camera=camera,
        scheme=BOX_SCHEME,
    )
