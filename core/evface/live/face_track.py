"""Fitted heads of single moments, as a track."""

from __future__ import annotations

import numpy as np

from evface.annotations.tracks import Camera, FaceTrack, Source, SourceKind
from evface.live.picture import FaceMoment


def track_of(faces: list[FaceMoment], times_us: list[int]) -> FaceTrack:
    """Return fitted heads of one identity, the last one's, as a track on the event camera's clock.

    Parameters
    ----------
    faces
        At least one, all of the same head model.
    times_us
        Of each, increasing.
    """
    n = len(faces)
    return FaceTrack(
        times_us=np.array(times_us, np.int64),
        valid=np.ones(n, bool),
        source=Source(SourceKind.FIT, "closed_form", "1", {"smoothing": "live"}),
        identity=faces[-1].identity,
        action_units=np.stack([face.action_units for face in faces]),
        rotation=np.stack([face.rotation for face in faces]),
        scale_px_per_mm=np.array([face.scale_px_per_mm for face in faces], np.float32),
        translation_px=np.stack([face.translation_px for face in faces]),
        residual_px=np.full(n, np.nan, np.float32),
        confidence=np.array([face.confidence for face in faces], np.float32),
        camera=Camera.RGB,
        model=faces[-1].model,
    )
