"""Published labels as tracks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evface.annotations import roles
from evface.annotations.tracks import (
    ActionUnitTrack,
    BoxTrack,
    Camera,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.landmarks.schemes import LandmarkScheme

# Roles of published tracks.
LANDMARKS = roles.PUBLISHED_LANDMARKS
EVENT_LANDMARKS = roles.PUBLISHED_EVENT_LANDMARKS
BOXES = roles.PUBLISHED_BOXES
EVENT_BOXES = roles.PUBLISHED_EVENT_BOXES
ACTION_UNITS = "published_action_units"


def published(dataset: str, made_by: str = "") -> Source:
    """Return the source of what a data set says.

    Parameters
    ----------
    made_by
        ``"people"`` or the machine that made the labels, where the paper says so.
    """
    return Source(SourceKind.PUBLISHED, dataset, "", {"made_by": made_by} if made_by else {})


def landmark_track(
    source: Source,
    times_us: ArrayLike,
    landmarks: ArrayLike,
    *,
    scheme: LandmarkScheme,
    camera: Camera = Camera.RGB,
) -> LandmarkTrack:
    """Return published landmarks as a track.

    Parameters
    ----------
    times_us : (n,) int64
    landmarks : (n, n_landmarks, 2) float, px
        NaN where missing.
    """
    points = _in_pixels(landmarks).reshape(-1, scheme.n_landmarks, 2)
    return LandmarkTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=np.asarray(np.any(np.all(np.isfinite(points), axis=2), axis=1)),
        source=source,
        landmarks=points,
        confidence=np.full(len(points), np.nan, np.float32),
        # What a person did in evface; nobody did yet, whoever made the labels.
        state=np.full(points.shape[:2], LandmarkState.AUTO, np.uint8),
        camera=camera,
        scheme=scheme.name,
    )


def box_track(
    source: Source, times_us: ArrayLike, boxes_px: ArrayLike, *, camera: Camera = Camera.RGB
) -> BoxTrack:
    """Return published boxes, (n, 4) float ``x0, y0, x1, y1``, as a track."""
    boxes = _in_pixels(boxes_px).reshape(-1, 4)
    return BoxTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=np.asarray(np.isfinite(boxes).all(axis=1)),
        source=source,
        boxes_px=boxes,
        camera=camera,
    )


def presence_track(
    source: Source, times_us: ArrayLike, is_present: NDArray[np.bool_], name: str
) -> ActionUnitTrack:
    """Return when one action unit is there, (n,) bool, as a track of zeros and ones."""
    return ActionUnitTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=np.ones(len(is_present), bool),
        source=source,
        intensity=is_present.astype(np.float32)[:, None],
        names=name,
        scale="presence",
    )


def _in_pixels(values: ArrayLike) -> NDArray[np.float32]:
    """Return coordinates with NaN for all that are none, such as infinity."""
    with np.errstate(over="ignore"):
        numbers = np.asarray(values).astype(np.float32)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers
