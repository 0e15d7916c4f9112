"""Labels carried over: a face fitted on RGB gives landmarks on the events, at the events' times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import (
    Camera,
    FaceTrack,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
    Track,
)
from evface.geometry.transforms import PlanarTransform
from evface.morphable.camera import HeadPose, rotation_matrix, rotation_vector
from evface.morphable.fitting import project_landmarks
from evface.morphable.model import MorphableModel

Interpolation = Literal["linear", "nearest"]

# The roles of the tracks that have one sample a video frame.
ON_VIDEO_FRAMES = ("teacher", "face", "action_units")
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


@dataclass(frozen=True, eq=False)
class _Neighbours:
    """The valid samples around times: rows before and after, and the share of the latter.

    Only times that are `valid` have rows; `bridged` says where samples without a face lie between.
    """

    valid: NDArray[np.bool_]
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    share: NDArray[np.float64]

    @property
    def bridged(self) -> NDArray[np.bool_]:
        return np.asarray(self.after - self.before > 1)


def _neighbours(
    track: FaceTrack, times_us: NDArray[np.int64], longest_gap_us: int, by: Interpolation
) -> _Neighbours:
    good = np.flatnonzero(track.valid)
    if not len(good):
        none = np.empty(0, np.intp)
        return _Neighbours(np.zeros(len(times_us), bool), none, none, np.empty(0))
    known_us = track.times_us[good]
    after = np.searchsorted(known_us, times_us).clip(0, len(good) - 1)
    # A time that is a sample's own lies on it, with no interval before.
    before = np.where(known_us[after] == times_us, after, after - 1).clip(0)
    gap_us = known_us[after] - known_us[before]
    inside = (times_us >= known_us[0]) & (times_us <= known_us[-1])
    valid = inside & (gap_us <= longest_gap_us)
    share = (times_us - known_us[before])[valid] / np.maximum(gap_us[valid], 1)
    if by == "nearest":
        share = np.rint(share)
    return _Neighbours(valid, good[before[valid]], good[after[valid]], share)


def face_at_times(
    track: FaceTrack,
    times_us: NDArray[np.int64],
    *,
    longest_gap_us: int = DEFAULT_GAP_US,
    by: Interpolation = "linear",
) -> FaceTrack:
    """Resample a fitted face.

    Parameters
    ----------
    track
        Not modified.
    times_us : (n,) int64
        Strictly increasing.
    longest_gap_us
        Nothing is said between two valid samples that lie further apart, nor before the first and
        after the last one.
    by
        ``"linear"``: coefficients, scale and translation in proportion, rotations along their arc.
        ``"nearest"``: those of the nearer frame, as the paper takes them.

    Returns
    -------
    FaceTrack
        At `times_us`, by the same source; NaN where not valid.
    """
    return _resampled(track, times_us, _neighbours(track, times_us, longest_gap_us, by))


def _resampled(track: FaceTrack, times_us: NDArray[np.int64], near: _Neighbours) -> FaceTrack:
    n = len(times_us)

    def mixed(values: NDArray[np.float32]) -> NDArray[np.float32]:
        out = np.full((n, *values.shape[1:]), np.nan, np.float32)
        share = near.share.reshape(-1, *[1] * (values.ndim - 1))
        out[near.valid] = (1 - share) * values[near.before] + share * values[near.after]
        return out

    rotation = np.full((n, 3, 3), np.nan, np.float32)
    first = track.rotation[near.before].astype(np.float64)
    turn = rotation_vector(first.swapaxes(1, 2) @ track.rotation[near.after])
    rotation[near.valid] = first @ rotation_matrix(turn * near.share[:, None])
    return FaceTrack(
        times_us=times_us,
        valid=near.valid,
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
    by: Interpolation = "linear",
) -> LandmarkTrack:
    """Carry landmarks from RGB to the event picture.

    The landmarks are those of the fitted face, not the teacher's: they mean the same on every
    face, between two video frames they move as the face does, and on renders whose truth is known
    they lie nearer to it than the teacher's own, bias removed.

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
    longest_gap_us, by
        As for `face_at_times`.

    Returns
    -------
    LandmarkTrack
        On the events, source ``transferred``. Landmarks across a gap in the face are
        ``interpolated``, the others ``auto``. The confidence is NaN, as nothing states one.

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
    near = _neighbours(face, times_us, longest_gap_us, by)
    resampled = _resampled(face, times_us, near)
    points = project_landmarks(
        model,
        HeadPose(resampled.rotation, resampled.scale_px_per_mm, resampled.translation_px),
        identity=face.identity,
        action_units=resampled.action_units,
    )
    landmarks = event_from_rgb.apply(points).astype(np.float32)
    landmarks[~near.valid] = np.nan
    state = np.full(landmarks.shape[:2], LandmarkState.AUTO, np.uint8)
    state[np.flatnonzero(near.valid)[near.bridged]] = LandmarkState.INTERPOLATED
    return LandmarkTrack(
        times_us=times_us,
        valid=near.valid,
        source=Source(
            SourceKind.TRANSFERRED,
            "mesh landmarks",
            face.model,
            {"longest_gap_us": longest_gap_us, "by": by, "fit": face.source.name},
        ),
        landmarks=landmarks,
        confidence=np.full(len(times_us), np.nan, np.float32),
        state=state,
        camera=Camera.EVENTS,
    )


def transfer_tracks(
    model: MorphableModel,
    tracks: Mapping[str, Track],
    *,
    video_times_us: NDArray[np.int64],
    event_from_rgb: PlanarTransform,
    stop_us: int,
    period_us: int = DEFAULT_PERIOD_US,
    longest_gap_us: int = DEFAULT_GAP_US,
    by: Interpolation = "linear",
) -> dict[str, Track]:
    """Derive a recording's automatic tracks anew after another sync or alignment.

    The teacher is not asked again: what it said of each frame stays, at the frame's new time.

    Parameters
    ----------
    tracks
        By role, as processing made them. Those that lie on video frames (``teacher``, ``face``,
        ``action_units``) get the new times; ``face`` must be among them. Not modified.
    video_times_us : (n_frames,) int64
        Of the video's frames, on the sensor's clock by the new sync.
    event_from_rgb
        Maps RGB pixels to event pixels.
    stop_us
        Where the events end.
    period_us
        Between two event frames that get landmarks.
    longest_gap_us, by
        As for `face_at_times`.

    Returns
    -------
    dict[str, Track]
        The tracks on video frames and ``transferred``.

    Raises
    ------
    ValueError
        If there is no face track, or one was made of other frames.
    """
    derived: dict[str, Track] = {}
    for role in ON_VIDEO_FRAMES:
        if role in tracks:
            if len(tracks[role]) != len(video_times_us):
                raise ValueError(
                    f"{role} has {len(tracks[role])} frames, the video {len(video_times_us)}"
                )
            derived[role] = replace(tracks[role], times_us=video_times_us)
    face = derived.get("face")
    if not isinstance(face, FaceTrack):
        raise ValueError("there is no face track to carry over")
    derived["transferred"] = transfer_landmarks(
        model,
        face,
        event_frame_times(0, stop_us, period_us),
        event_from_rgb=event_from_rgb,
        longest_gap_us=longest_gap_us,
        by=by,
    )
    return derived
