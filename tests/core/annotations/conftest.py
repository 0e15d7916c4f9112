from collections.abc import Callable

import numpy as np
import pytest

from evface.annotations.tracks import (
    ActionUnitTrack,
    BoxTrack,
    Camera,
    FaceTrack,
    LandmarkTrack,
    Source,
    SourceKind,
    Track,
)


@pytest.fixture
def landmark_track() -> Callable[..., LandmarkTrack]:
    def make(times_us=(0, 10_000, 20_000), *, seed=0, n_landmarks=5, camera=Camera.EVENTS):
        random = np.random.default_rng(seed)
        n = len(times_us)
        return LandmarkTrack(
            times_us=np.array(times_us, np.int64),
            valid=np.ones(n, bool),
            source=Source(SourceKind.TEACHER, "tester", "1", {"smoothing": 0.5, "deep": None}),
            landmarks=random.uniform(0, 100, (n, n_landmarks, 2)).astype(np.float32),
            confidence=random.uniform(0, 1, n).astype(np.float32),
            state=np.zeros((n, n_landmarks), np.uint8),
            camera=camera,
        )

    return make


@pytest.fixture
def tracks(landmark_track) -> dict[str, Track]:
    """One of each kind, some without samples, some with missing values."""
    n = 4
    times_us = np.array([-5, 0, 7, 2**40], np.int64)
    valid = np.array([True, False, True, True])
    source = Source(SourceKind.FIT, "fit", "0.1", {"ridge": 1e-3, "method": "closed_form"})
    rows = np.arange(n, dtype=np.float32)
    face = FaceTrack(
        times_us=times_us,
        valid=valid,
        source=source,
        identity=np.arange(7, dtype=np.float32),
        action_units=np.where(valid[:, None], rows[:, None] * np.ones(3), np.nan).astype("f4"),
        rotation=np.tile(np.eye(3, dtype=np.float32), (n, 1, 1)),
        scale_px_per_mm=rows,
        translation_px=np.stack([rows, -rows], axis=1),
        residual_px=np.full(n, np.nan, np.float32),
        camera=Camera.RGB,
        model="open-1",
    )
    units = ActionUnitTrack(
        times_us=times_us,
        valid=valid,
        source=source,
        intensity=np.stack([rows, rows**2], axis=1),
        names="AU1,AU12",
    )
    boxes = BoxTrack(
        times_us=times_us,
        valid=valid,
        source=source,
        boxes_px=np.tile(np.float32([1, 2, 30, 40]), (n, 1)),
        camera=Camera.RGB,
    )
    return {
        "boxes": boxes,
        "teacher": landmark_track(camera=Camera.RGB),
        "empty": landmark_track(()),
        "face": face,
        "action_units": units,
    }
