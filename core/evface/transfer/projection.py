"""Labels carried over: a face fitted on RGB gives landmarks on the events, at the events' times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import (
    Camera,
    FaceTrack,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.geometry.registration import Registration
from evface.morphable.model import MorphableModel
from evface.transfer.face_points import face_points
from evface.transfer.interpolation import (
    DEFAULT_GAP_US,
    Interpolation,
    find_neighbours,
    resample_face,
)

DEFAULT_PERIOD_US = 10_000
# Times that are carried over in one go: an hour at 1 kHz would not fit into memory.
_CHUNK = 20_000


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


def transfer_landmarks(
    model: MorphableModel,
    face: FaceTrack,
    times_us: NDArray[np.int64],
    *,
    event_from_rgb: Registration,
    longest_gap_us: int = DEFAULT_GAP_US,
    by: Interpolation = "cubic",
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
        How the two pictures lie to one another; the labels' source says how good it is.
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
    shape = (len(times_us), len(model.landmarks))
    landmarks = np.full((*shape, 2), np.nan, np.float32)
    state = np.full(shape, LandmarkState.AUTO, np.uint8)
    valid = np.zeros(len(times_us), bool)
    for start in range(0, len(times_us), _CHUNK):
        part = slice(start, start + _CHUNK)
        near = find_neighbours(face, times_us[part], longest_gap_us=longest_gap_us)
        points = face_points(
            model, resample_face(face, times_us[part], near, by=by), model.landmarks
        )
        valid[part] = near.valid
        landmarks[part][near.valid] = points.on_events(event_from_rgb)[near.valid]
        state[part][np.flatnonzero(near.valid)[near.bridged]] = LandmarkState.INTERPOLATED
    return LandmarkTrack(
        times_us=times_us,
        valid=valid,
        source=Source(
            SourceKind.TRANSFERRED,
            "mesh landmarks",
            face.model,
            {
                "longest_gap_us": longest_gap_us,
                "by": by,
                "fit": face.source.name,
                "registration": event_from_rgb.method,
                "registration_quality": event_from_rgb.quality,
            },
        ),
        landmarks=landmarks,
        confidence=np.full(len(times_us), np.nan, np.float32),
        state=state,
        camera=Camera.EVENTS,
    )
