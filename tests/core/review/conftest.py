from collections.abc import Callable

import numpy as np
import pytest

from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, FaceTrack, LandmarkTrack, Source, SourceKind
from evface.review.landmark_review import ReviewedTrack
from evface.review.reasons import Reason
from evface.review.wording import to_reason
from evface.simulation.protocols import plan_demo

RESOLUTION = (640, 480)


@pytest.fixture(scope="session")
def _demo_points() -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    """Return where the landmarks of the demo's person truly are, at times this far apart."""
    plan = plan_demo()
    actor = plan.person.actor()

    def at(period_us):
        times_us = np.arange(0, plan.performance.duration_us, period_us, dtype=np.int64)
        motion = actor.perform(plan.performance, times_us)
        return times_us, actor.landmarks_px(motion, plan.events_view).astype(np.float32)

    return at


@pytest.fixture
def make_track(_demo_points) -> Callable[..., LandmarkTrack]:
    """Return a function that makes a track of the demo's truth, changed by `spoil`."""

    def make(spoil=None, *, period_us=10_000, kind=SourceKind.TRANSFERRED, camera=Camera.EVENTS):
        times_us, points = _demo_points(period_us)
        points = points.copy()
        if spoil is not None:
            spoil(points)
        n = len(times_us)
        return LandmarkTrack(
            times_us=times_us,
            valid=np.isfinite(points).all(axis=(1, 2)),
            source=Source(kind, "tester"),
            landmarks=points,
            confidence=np.full(n, np.nan, np.float32),
            state=np.zeros((n, 68), np.uint8),
            camera=camera,
        )

    return make


@pytest.fixture
def reviewed() -> Callable[..., ReviewedTrack]:
    def make(track, role="transferred"):
        return ReviewedTrack.of(role, LabelledTrack(track), RESOLUTION)

    return make


@pytest.fixture
def reasons_of(reviewed) -> Callable[[LandmarkTrack], list[Reason]]:
    """Return a function that says what the checks find in a track."""

    def find(track):
        of_role = reviewed(track)
        scheme = None if of_role.parts is None else of_role.parts.scheme
        return [to_reason(finding, scheme) for finding in of_role.find()]

    return find


@pytest.fixture
def make_face() -> Callable[..., FaceTrack]:
    def make(times_us, *, residual_px=1.0, confidence=0.95):
        n = len(times_us)
        return FaceTrack(
            times_us=np.asarray(times_us, np.int64),
            valid=np.ones(n, bool),
            source=Source(SourceKind.FIT, "tester"),
            identity=np.zeros(2, np.float32),
            action_units=np.zeros((n, 3), np.float32),
            rotation=np.tile(np.eye(3, dtype=np.float32), (n, 1, 1)),
            scale_px_per_mm=np.full(n, 1.7, np.float32),
            translation_px=np.zeros((n, 2), np.float32),
            residual_px=np.broadcast_to(np.float32(residual_px), n).copy(),
            confidence=np.broadcast_to(np.float32(confidence), n).copy(),
            camera=Camera.RGB,
            model="tester",
        )

    return make
