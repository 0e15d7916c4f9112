"""Labels carried over: a face fitted on RGB gives landmarks on the events, at the events' times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from evface.annotations.tracks import (
    Camera,
    FaceTrack,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.geometry.transforms import PlanarTransform
from evface.morphable.camera import HeadPose
from evface.morphable.fitting import project_landmarks
from evface.morphable.model import MorphableModel

DEFAULT_PERIOD_US = 10_000
# Six frames at 30 fps: gaps of up to five missing frames are bridged.
DEFAULT_GAP_US = 200_000


def event_frame_times(start_us: int, stop_us: int, period_us: int) -> NDArray[np.int64]:
    """Return the multiples of a period in ``[start_us, stop_us)``, (n,) int64.

    Raises
    ------
    ValueError
        If the period is not positive.
    """
    if period_us <= 0:
        raise ValueError(f"period_us must be positive, got {period_us}")
    return np.arange(-(-start_us // period_us) * period_us, stop_us, period_us, dtype=np.int64)


def face_at_times(
    track: FaceTrack, times_us: NDArray[np.int64], *, longest_gap_us: int = DEFAULT_GAP_US
) -> FaceTrack:
    """Resample a fitted face: coefficients and translation linearly, rotations along their arc.

    Parameters
    ----------
    track
        Not modified.
    times_us : (n,) int64
        Strictly increasing.
    longest_gap_us
        Nothing is said between two valid samples that lie further apart, nor before the first and
        after the last one.

    Returns
    -------
    FaceTrack
        At `times_us`, by the same source; NaN where not valid.
    """
    good = np.flatnonzero(track.valid)
    known_us = track.times_us[good]
    n = len(times_us)
    valid = np.zeros(n, bool)
    before = np.zeros(n, np.intp)
    share = np.zeros(n)
    if len(good):
        after = np.searchsorted(known_us, times_us, side="left").clip(0, len(good) - 1)
        # A time that is a sample's own lies on it, with no interval before.
        on_sample = known_us[after] == times_us
        before = np.where(on_sample, after, after - 1)
        inside = (before >= 0) & (times_us >= known_us[0]) & (times_us <= known_us[-1])
        before = before.clip(0)
        gap_us = known_us[after] - known_us[before]
        valid = inside & (gap_us <= longest_gap_us)
        share = np.where(gap_us > 0, (times_us - known_us[before]) / np.maximum(gap_us, 1), 0.0)

    rows, weight = good[before[valid]], share[valid]
    next_rows = good[np.minimum(before[valid] + (weight > 0), max(len(good) - 1, 0))]

    def mixed(values: NDArray[np.float32]) -> NDArray[np.float32]:
        out = np.full((n, *values.shape[1:]), np.nan, np.float32)
        w = weight.reshape(-1, *[1] * (values.ndim - 1))
        out[valid] = (1 - w) * values[rows] + w * values[next_rows]
        return out

    rotation = np.full((n, 3, 3), np.nan, np.float32)
    if valid.any():
        first = Rotation.from_matrix(track.rotation[rows].astype(np.float64))
        turn = first.inv() * Rotation.from_matrix(track.rotation[next_rows].astype(np.float64))
        part = Rotation.from_rotvec(turn.as_rotvec() * weight[:, None])
        rotation[valid] = (first * part).as_matrix()
    return FaceTrack(
        times_us=times_us,
        valid=valid,
        source=track.source,
        identity=track.identity,
        action_units=mixed(track.action_units),
        rotation=rotation,
        scale_px_per_mm=mixed(track.scale_px_per_mm),
        translation_px=mixed(track.translation_px),
        residual_px=mixed(track.residual_px),
        camera=track.camera,
        model=track.model,
    )


def transfer_landmarks(
    model: MorphableModel,
    face: FaceTrack,
    times_us: NDArray[np.int64],
    *,
    event_from_rgb: PlanarTransform,
    longest_gap_us: int = DEFAULT_GAP_US,
) -> LandmarkTrack:
    """Carry landmarks from RGB to the event picture.

    The landmarks are those of the fitted face, not the teacher's: they mean the same on every
    face, and between two video frames they move as the face does. The face's times are on the
    sensor's clock already, so another sync is a face track with other times.

    Parameters
    ----------
    model
        The model of `face`.
    face
        Fitted on RGB.
    times_us : (n,) int64
        Event-frame times, see `event_frame_times`.
    event_from_rgb
        Maps RGB pixels to event pixels.
    longest_gap_us
        As for `face_at_times`.

    Returns
    -------
    LandmarkTrack
        On the events, source ``transferred``; the confidence is NaN, as nothing states one.

    Raises
    ------
    ValueError
        If the face was fitted with another model.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024,
    arXiv:2409.10213, Sec. 5: coefficients cross from RGB to events by time. Differs: they are
    interpolated between frames, and landmarks cross with them where the two pictures are aligned.
    """
    if face.model != model.key:
        raise ValueError(f"the face was fitted with {face.model}, not with {model.key}")
    resampled = face_at_times(face, times_us, longest_gap_us=longest_gap_us)
    points = project_landmarks(
        model,
        HeadPose(resampled.rotation, resampled.scale_px_per_mm, resampled.translation_px),
        identity=face.identity,
        action_units=resampled.action_units,
    )
    landmarks = event_from_rgb.apply(points).astype(np.float32)
    landmarks[~resampled.valid] = np.nan
    return LandmarkTrack(
        times_us=times_us,
        valid=resampled.valid,
        source=Source(
            SourceKind.TRANSFERRED,
            "mesh landmarks",
            face.model,
            {"longest_gap_us": longest_gap_us, "fit": face.source.name},
        ),
        landmarks=landmarks,
        confidence=np.full(len(times_us), np.nan, np.float32),
        state=np.full(landmarks.shape[:2], LandmarkState.AUTO, np.uint8),
        camera=Camera.EVENTS,
    )
