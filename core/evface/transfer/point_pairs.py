"""Points of the face that a person placed in the event picture, for registration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import FaceTrack
from evface.errors import RecordingError
from evface.morphable.model import MorphableModel
from evface.transfer.face_points import FacePoints, face_points
from evface.transfer.head_registration import PlacedPoints
from evface.transfer.interpolation import face_at_times

# A click lies on the face if a point of the fitted face is this near, in eye distances.
_NEAR = 0.35
_EYE_CORNERS = (36, 45)


@dataclass(frozen=True)
class PointPair:
    """One point of the face in both pictures.

    Parameters
    ----------
    t_us
        On the sensor's clock.
    events_px
        In the event picture.
    rgb_px
        In the RGB picture; None where `landmark` says which point it is.
    landmark
        Of the 68-point scheme; None for any other point of the face.

    Raises
    ------
    ValueError
        Unless exactly one of `rgb_px` and `landmark` is given.
    """

    t_us: int
    events_px: tuple[float, float]
    rgb_px: tuple[float, float] | None = None
    landmark: int | None = None

    def __post_init__(self) -> None:
        if (self.rgb_px is None) == (self.landmark is None):
            raise ValueError("a pair needs a point of the RGB picture or a landmark, not both")


def place_points(
    pairs: Sequence[PointPair], model: MorphableModel, face: FaceTrack
) -> PlacedPoints:
    """Find the depth of pairs on the fitted face.

    Parameters
    ----------
    pairs
        At least one.
    face
        Fitted on RGB, on the sensor's clock.

    Raises
    ------
    RecordingError
        If no face is known at a pair's time, or its point does not lie on the face.
    """
    times_us, which = np.unique([pair.t_us for pair in pairs], return_inverse=True)
    at_times = face_at_times(face, times_us.astype(np.int64))
    for t_us, is_valid in zip(times_us.tolist(), at_times.valid, strict=True):
        if not is_valid:
            raise RecordingError(
                f"a pair is at {t_us} us, where no face was found in the video; take another moment"
            )
    landmarks = face_points(model, at_times, model.landmarks)
    surface = face_points(model, at_times, np.unique(model.triangles))
    points_px, relief_mm = np.empty((len(pairs), 1, 2)), np.empty((len(pairs), 1))
    for row, (pair, at) in enumerate(zip(pairs, which.tolist(), strict=True)):
        if pair.landmark is not None:
            points_px[row, 0] = landmarks.points_px[at, pair.landmark]
            relief_mm[row, 0] = landmarks.relief_mm[at, pair.landmark]
        else:
            points_px[row, 0] = np.array(pair.rgb_px)
            relief_mm[row, 0] = _relief_mm(pair, at, landmarks, surface)
    return PlacedPoints(
        FacePoints(points_px, relief_mm, landmarks.scale_px_per_mm[which]),
        np.array([pair.events_px for pair in pairs], np.float64),
    )


def pairs_of_corrections(
    placed: Mapping[tuple[int, int], tuple[float, float]],
) -> tuple[PointPair, ...]:
    """Return pairs of landmarks that people placed in the event picture.

    Parameters
    ----------
    placed
        Where, px, by time on the sensor's clock and landmark.
    """
    return tuple(
        PointPair(t_us, events_px, landmark=landmark)
        for (t_us, landmark), events_px in sorted(placed.items())
    )


def _relief_mm(pair: PointPair, at: int, landmarks: FacePoints, surface: FacePoints) -> float:
    """Return the depth of the nearest points of the face's front."""
    one, other = (landmarks.points_px[at, corner] for corner in _EYE_CORNERS)
    away: NDArray[np.float64] = np.linalg.norm(
        surface.points_px[at] - np.array(pair.rgb_px), axis=1
    ) / np.linalg.norm(one - other)
    near = np.flatnonzero(away < max(_NEAR / 4, float(away.min()) * 1.5))
    if away.min() > _NEAR:
        raise RecordingError(
            f"the pair at {pair.rgb_px} of the RGB picture does not lie on the face; "
            "take points of the face"
        )
    # The back of the head lies behind the same pixels.
    return float(surface.relief_mm[at, near].min())
