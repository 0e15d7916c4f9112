"""One clip: events of a stretch of time, the pictures beside them, and all that is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evface.annotations.segments import UNITS
from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform

# Action units that a clip may show, one a clip, in the paper's order; the first 18 are the face's.
AU_CLASSES = UNITS
N_FACIAL = 18
# Yaw, pitch, roll and log scale.
N_POSE = 4
# A label window at 30 frames a second.
PERIOD_US = 33_333
# What precedes the first moment's window, for pictures that remember.
LEAD_US = 100_000


# The arrays with a row for each moment, and what they are of.
LABEL_ARRAYS = {
    "coefficients": np.float32,
    "pose": np.float32,
    "intensity": np.float32,
    "landmarks": np.float32,
    "landmark_state": np.uint8,
    "boxes_px": np.float32,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Clip:
    """A stretch of a recording, with what was said of it at some moments.

    Parameters
    ----------
    recording, subject
        Where it comes from, and who is seen.
    start_us
        On the recording's clock.
    events
        ``t`` counts from the start of the clip.
    resolution
        Of the sensor, ``(width, height)``.
    times_us : (t,) int64
        Moments that are labelled, from the start of the clip, increasing: a window of events ends
        at each.
    rgb : (t, height, width, 3) uint8 or None
        The video's frame of each moment.
    event_from_rgb
        How the video lies on the events; None where nobody knows.
    au_class
        Index into `AU_CLASSES`; -1 where unknown.
    model
        Key of the morphable model that the coefficients belong to; empty without coefficients.
    coefficients : (t, k) float32
        Of the model's action units, at rest 0. NaN where unknown.
    pose : (t, 4) float32
        Yaw, pitch and roll (rad), natural logarithm of the scale (px per mm). NaN where unknown.
    intensity : (t, 24) float32, 0 to 1
        Of `AU_CLASSES`. NaN where not coded or not visible.
    landmarks : (t, n, 2) float32, px
        In the event picture; NaN where missing.
    landmark_state : (t, n) uint8
        `evface.annotations.tracks.LandmarkState`.
    scheme
        Of the landmarks, e.g. ``"ibug68"``.
    boxes_px : (t, 4) float32
        ``x0, y0, x1, y1`` of the face in the event picture, NaN where missing. Those around the
        landmarks when left out.
    condition
        Of light and cameras, such as ``"good_light"``; empty where nobody says.
    split
        That was published or planned: ``"train"``, ``"validation"``, ``"test"``, or empty.
    filters
        What the recording's events had passed, as `evface.events.filters.registry` words it.

    Raises
    ------
    ValueError
        If the lengths do not agree.
    """

    recording: str
    subject: str
    start_us: int
    events: Events
    resolution: tuple[int, int]
    times_us: NDArray[np.int64]
    rgb: NDArray[np.uint8] | None
    event_from_rgb: PlanarTransform | None
    au_class: int
    model: str
    coefficients: NDArray[np.float32]
    pose: NDArray[np.float32]
    intensity: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    landmark_state: NDArray[np.uint8]
    scheme: str = "ibug68"
    boxes_px: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 4), np.float32))
    condition: str = ""
    split: str = ""
    filters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.times_us)
        if not len(self.boxes_px):
            object.__setattr__(self, "boxes_px", boxes_around(self.landmarks))
        for name in LABEL_ARRAYS:
            if len(getattr(self, name)) != n:
                raise ValueError(f"{name} must have {n} rows, got {len(getattr(self, name))}")
        if self.rgb is not None and len(self.rgb) != n:
            raise ValueError(f"rgb must have {n} frames, got {len(self.rgb)}")
        if not -1 <= self.au_class < len(AU_CLASSES):
            raise ValueError(f"au_class must be -1 to {len(AU_CLASSES) - 1}, got {self.au_class}")

    def __len__(self) -> int:
        return len(self.times_us)


def boxes_around(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the box around the landmarks of each moment.

    Parameters
    ----------
    landmarks : (t, n, 2) float32, px
        NaN where missing: the box is that of the others, and NaN without any.

    Returns
    -------
    (t, 4) float32, px
        ``x0, y0, x1, y1``.
    """
    if not landmarks.size:
        return np.full((len(landmarks), 4), np.nan, np.float32)
    low = np.fmin.reduce(landmarks, axis=1)
    high = np.fmax.reduce(landmarks, axis=1)
    return np.concatenate([low, high], axis=1).astype(np.float32)
