import numpy as np
import pytest

from evface.events.events import Events
from evface.landmarks.schemes import FIVE
from evface.transfer.face_tracker import STEP_US, FaceTracker, Stop

FACE = np.array([[45.0, 40], [75, 40], [60, 55], [48, 70], [72, 70]])


class _Silence:
    resolution = (160, 120)

    def read(self, _start_us, _stop_us):
        # One event now and then, far from the face.
        return Events(
            np.arange(0, 300_000, 1_000),
            np.full(300, 159, np.uint16),
            np.full(300, 119, np.uint16),
            np.ones(300, bool),
        )


def tracker_of(start=FACE, *, scheme=FIVE, moved=0.0, n_knots=10):
    automatic = FACE + moved * np.arange(n_knots)[:, None, None] + 2.0
    knots_us = 100_000 + STEP_US * np.arange(n_knots)
    return FaceTracker(_Silence(), start.copy(), automatic, knots_us, scheme=scheme)


@pytest.mark.parametrize("scheme", [FIVE, None])
def test_without_events_it_goes_as_the_automatic_track_does_and_soon_ends(scheme):
    tracker = tracker_of(scheme=scheme, moved=1.5)
    assert [tracker.advance(step) for step in (1, 2)] == [None, None]
    np.testing.assert_allclose(tracker.shifts, np.full((3, 5, 2), -2.0))
    assert tracker.advance(3) is Stop.TOO_FEW_EVENTS
    assert len(tracker.shifts) == len(tracker.confidence) == 3


def test_at_rest_confidence_falls_slowly_and_evenly():
    tracker = tracker_of()
    tracker.advance(1)
    tracker.advance(2)
    first, second, third = (confidence[0] for confidence in tracker.confidence)
    assert first == 1.0
    assert second / first == pytest.approx(third / second)
    assert 0.95 < second < 1.0


def test_missing_landmarks_stay_missing():
    start = FACE.copy()
    start[2] = np.nan
    tracker = tracker_of(start)
    assert tracker.advance(1) is None
    assert np.isnan(tracker.shifts[-1][2]).all()
    assert np.isfinite(np.delete(tracker.shifts[-1], 2, axis=0)).all()


def test_a_face_that_leaves_the_picture_is_no_error():
    tracker = tracker_of(moved=60.0)
    assert [tracker.advance(step) for step in (1, 2, 3)][-1] is Stop.TOO_FEW_EVENTS
