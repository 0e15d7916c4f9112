from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.reviews import Review, Verdict
from evface.annotations.segments import (
    Decision,
    Intensity,
    Presence,
    Scale,
    Segment,
    Side,
)
from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    FaceTrack,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.geometry.clock import ClockSync
from evface.interchange.labels import ImportTarget, RecordingLabels
from evface.landmarks.schemes import SCHEMES
from evface.morphable.camera import FRONTAL
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project

SYNC = ClockSync(5_000, 40.0, "triggers", 12.0)
N_FRAMES = 12


def _landmark_track(times_us, *, camera=Camera.RGB, scheme="ibug68", seed=0):
    random = np.random.default_rng(seed)
    n, k = len(times_us), SCHEMES[scheme].n_landmarks
    return LandmarkTrack(
        times_us=np.array(times_us, np.int64),
        valid=np.ones(n, bool),
        source=Source(SourceKind.TEACHER, "tester", "1.2", {"deep": True}),
        landmarks=random.uniform(0, 600, (n, k, 2)).astype(np.float32),
        confidence=random.uniform(0, 1, n).astype(np.float32),
        state=np.zeros((n, k), np.uint8),
        camera=camera,
        scheme=scheme,
    )


def _said(
    t_us, landmark, xy=(12.25, 30.5), *, author="anna", made_at="2026-01-01T10:00:00", **more
):
    correction = Correction(
        xy,
        more.get("state", LandmarkState.CORRECTED),
        author,
        f"{made_at}.000+00:00",
        more.get("source", "drag"),
        more.get("is_occluded", False),
    )
    return PlacedCorrection(int(t_us), landmark, correction)


SEGMENTS = (
    Segment(
        "s1",
        "AU12",
        123_456,
        789_012,
        apex_us=400_001,
        intensity=Intensity.of_level("B"),
        side=Side.LEFT,
        author="anna",
        made_at="2026-01-01T10:00:00.000+00:00",
        source="held key",
    ),
    Segment("s2", "AU12", 500_400, 889_012, side=Side.LEFT, author="anna", made_at="2026-01-02"),
    Segment("s3", "AU4", 20_100, 20_900, presence=Presence.NOT_VISIBLE, author="anna", made_at="x"),
    Segment(
        "s4",
        "AU6",
        100_000,
        200_500,
        intensity=Intensity(0.4, Scale.UNIT),
        decision=Decision.ACCEPTED,
        author="ben",
        made_at="x",
        source="suggested by fit",
    ),
    Segment("s5", "AU7", 1, 200_500, decision=Decision.REFUSED, author="ben", made_at="x"),
    Segment("s6", "AU1", 300_000, 400_500, presence=Presence.ABSENT, author="ben", made_at="x"),
)


@pytest.fixture
def landmark_track() -> Callable[..., LandmarkTrack]:
    return _landmark_track


@pytest.fixture
def said() -> Callable[..., PlacedCorrection]:
    return _said


@pytest.fixture
def labels() -> RecordingLabels:
    """A recording of 12 video frames with everything that can be said of one."""
    video_us = SYNC.to_sensor_us(np.arange(N_FRAMES, dtype=np.int64) * 33_367)
    teacher = _landmark_track(video_us)
    teacher.landmarks[3] = np.nan
    teacher.valid[3] = False
    teacher.confidence[3] = np.nan
    transferred = _landmark_track(np.arange(20) * 10_000 + 70, camera=Camera.EVENTS, seed=1)
    t2, t6 = int(video_us[2]), int(video_us[6])
    return RecordingLabels(
        name="first take",
        resolutions={Camera.RGB: (640, 480), Camera.EVENTS: (346, 260)},
        media={Camera.RGB: "video.mp4", Camera.EVENTS: "events.h5"},
        sync=SYNC,
        video_times_us=video_us,
        tracks={
            "teacher": teacher,
            "transferred": transferred,
            "face": _face(video_us),
            "action_units": _action_units(video_us),
        },
        corrections={
            "teacher": (
                _said(t2, 30),
                _said(t2, 5, (40.1, 50.2), is_occluded=True),
                _said(t2, 30, (13.0, 31.0), author="ben", made_at="2026-01-02T10:00:00"),
                _said(t6, 30, (14.5, 29.75), state=LandmarkState.VERIFIED),
                _said(int(video_us[8]), 48, (200.0, 300.0), state=LandmarkState.INTERPOLATED),
            ),
            "transferred": (_said(50_070, 8, (100.5, 99.25)), _said(120_070, 8, (1.0, 2.0))),
        },
        longest_gaps_us={"teacher": 2_000_000, "transferred": 0},
        segments={one.id: one for one in SEGMENTS},
        video_classes={"anna": "AU12", "ben": "AU6"},
        reviews={("teacher", t2, "anna"): Review(Verdict.FIXED, ("jerk", "few events"), "x")},
    )


@pytest.fixture
def target(labels) -> ImportTarget:
    """The very recording that the labels are of."""
    return ImportTarget(media=labels.media, sync=labels.sync, video_times_us=labels.video_times_us)


@pytest.fixture
def on_events(target) -> ImportTarget:
    return replace(target, camera=Camera.EVENTS)


def _face(times_us):
    n = len(times_us)
    angle = np.linspace(-0.3, 0.3, n)
    turn = np.tile(np.eye(3), (n, 1, 1))
    turn[:, 0, 0] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 0, 2], turn[:, 2, 0] = np.sin(angle), -np.sin(angle)
    return FaceTrack(
        times_us=times_us,
        valid=np.ones(n, bool),
        source=Source(SourceKind.FIT, "fit", "1"),
        identity=np.arange(3, dtype=np.float32),
        action_units=np.zeros((n, 2), np.float32),
        rotation=(turn @ FRONTAL).astype(np.float32),
        scale_px_per_mm=np.ones(n, np.float32),
        translation_px=np.zeros((n, 2), np.float32),
        residual_px=np.zeros(n, np.float32),
        camera=Camera.RGB,
        model="open-head-1",
    )


def _action_units(times_us):
    n = len(times_us)
    intensity = np.linspace(0, 1, n * 3).reshape(n, 3).astype(np.float32)
    valid = np.ones(n, bool)
    valid[4], intensity[4] = False, np.nan
    return ActionUnitTrack(
        times_us=times_us,
        valid=valid,
        source=Source(SourceKind.FIT, "fit", "1"),
        intensity=intensity,
        names="AU1,AU24,AU51",
    )


@pytest.fixture
def same_track() -> Callable[..., None]:
    """Assert that two tracks say the same of the same times, whoever made them."""

    def check(one, other, *, names=("times_us", "valid", "landmarks", "state", "occluded")):
        for name in names:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)

    return check


@pytest.fixture
def relaid() -> Callable[..., LandmarkTrack]:
    """Return imported landmarks with the imported corrections in place, as they will be shown."""

    def lay(imported, role):
        return RecordingLabels(
            name="imported",
            tracks=imported.tracks,
            corrections=imported.corrections,
            longest_gaps_us=imported.longest_gaps_us,
        ).labelled(role)

    return lay


@pytest.fixture
def other_project(tmp_path, media) -> Iterator[tuple[Project, RecordingEntry]]:
    """Another project of the same recording."""
    with Project.create(tmp_path / "other.evface") as made:
        yield made, made.add_recording(media / "ev.h5", media / "video.mp4")
