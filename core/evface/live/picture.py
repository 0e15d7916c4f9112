"""What a live view shows: pictures of events, and what models say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import Frame


@dataclass(frozen=True, eq=False)
class FaceMoment:
    """The fitted head of one moment, in the RGB picture, as a row of a `FaceTrack`.

    Parameters
    ----------
    model
        Key of the head.
    identity : (n_identity,) float32
    action_units : (n_components,) float32
    rotation : (3, 3) float32
    scale_px_per_mm
    translation_px : (2,) float32
    confidence
        0 to 1.
    """

    model: str
    identity: NDArray[np.float32]
    action_units: NDArray[np.float32]
    rotation: NDArray[np.float32]
    scale_px_per_mm: float
    translation_px: NDArray[np.float32]
    confidence: float


@dataclass(frozen=True, eq=False)
class Placed:
    """Landmarks of one face on the event picture.

    Parameters
    ----------
    points_px : (n, 2) float32
        NaN where no face is found.
    confidence
        0 to 1; NaN without a face.
    scheme
        Of the landmarks.
    t_us
        Of the moment they hold for, on the event camera's clock.
    """

    points_px: NDArray[np.float32]
    confidence: float
    scheme: str
    t_us: int

    @property
    def is_seen(self) -> bool:
        """Whether there is a face."""
        return bool(np.isfinite(self.points_px).all())


@dataclass(frozen=True, eq=False)
class Overlay:
    """What models say of one picture.

    Parameters
    ----------
    number, t_us
        Of the picture they looked at, see `LivePicture`.
    landmarks
        By who placed them: ``"network"``, ``"teacher"`` (on RGB, carried over by the
        registration).
    rgb_landmarks : (68, 2) float32, px, or None
        The teacher's, on the RGB picture of `frame_t_us`.
    frame_t_us
        On the event camera's clock; None without RGB.
    intensity
        Action units 0 to 1 by their names, e.g. ``"AU12"``.
    intensity_from
        ``"network"`` or ``"teacher"``; empty without.
    face
        The head fitted to the teacher's landmarks; None until it is.
    seen_s
        ``time.monotonic()`` when the last event of its picture arrived.
    models_s
        What the models took, by their names.
    """

    number: int
    t_us: int
    seen_s: float
    landmarks: Mapping[str, Placed] = field(default_factory=dict)
    rgb_landmarks: NDArray[np.float32] | None = None
    frame_t_us: int | None = None
    intensity: Mapping[str, float] = field(default_factory=dict)
    intensity_from: str = ""
    face: FaceMoment | None = None
    models_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class LivePicture:
    """The events of a window as a picture, with what is known of it.

    Parameters
    ----------
    number
        Counts up by one.
    image : (height, width) uint8
        To be shown through `evface.events.palettes.lookup_table` of `representation`. Not to be
        changed.
    start_us, t_us
        The window ``[start_us, t_us)`` on the camera's clock.
    n_events
        In the window.
    received_s
        ``time.monotonic()`` when the last event of the window arrived.
    drawn_s
        When the picture was made.
    epoch
        Changes whenever the camera's clock or sensor does: times of different epochs have nothing
        to do with one another.
    frame
        The RGB picture of that moment; None without.
    frame_t_us
        Its time on the event camera's clock; None without a frame.
    overlay
        What models say: of this picture, or if that is not known yet of the newest before it. Never
        of a later one. None where nothing is known.
    overlay_age_us
        How long before this picture the overlay's lies; 0 where it is its own.
    """

    number: int
    image: NDArray[np.uint8]
    representation: str
    start_us: int
    t_us: int
    n_events: int
    received_s: float
    drawn_s: float
    epoch: int
    frame: Frame | None = None
    frame_t_us: int | None = None
    overlay: Overlay | None = None
    overlay_age_us: int = 0

    @property
    def resolution(self) -> tuple[int, int]:
        """Sensor ``(width, height)``, px."""
        return self.image.shape[1], self.image.shape[0]

    @property
    def is_overlay_late(self) -> bool:
        """Whether the overlay is of an earlier picture."""
        return self.overlay_age_us > 0
