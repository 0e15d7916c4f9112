import numpy as np
import pytest

from evface.simulation.performance import Gesture, Performance, demo_performance, minimum_jerk


def times(stop_us, step_us=1000):
    return np.arange(0, stop_us, step_us, dtype=np.int64)


def test_a_smooth_movement_begins_and_ends_at_rest():
    np.testing.assert_allclose(minimum_jerk(np.array([-1, 0, 0.5, 1, 2])), [0, 0, 0.5, 1, 1])
    slope = np.diff(minimum_jerk(np.linspace(0, 1, 1001)))
    assert slope[0] < 1e-6
    assert slope.max() == pytest.approx(1.875e-3, rel=1e-3)


def test_a_gesture_grows_stays_and_fades_at_its_times():
    gesture = Gesture(100_000, 50_000, 30_000, 60_000, {"AU12": 0.8})
    course = gesture.strength(np.array([0, 100_000, 125_000, 150_000, 180_000, 210_000, 240_000]))
    np.testing.assert_allclose(course, [0, 0, 0.5, 1, 1, 0.5, 0])
    assert gesture.stop_us == 240_000


def test_the_stronger_of_two_gestures_counts():
    performance = Performance(
        1_000_000,
        (
            Gesture(0, 1000, 900_000, 1000, {"AU1": 0.4, "AU2": 0.1}),
            Gesture(0, 1000, 900_000, 1000, {"AU1": 0.7}),
        ),
    )
    amounts = performance.intensities(np.array([500_000]), ("AU1", "AU2", "AU4"))
    np.testing.assert_allclose(amounts, [[0.7, 0.1, 0.0]])


def test_the_demo_has_a_micro_expression_of_less_than_80_ms():
    performance = demo_performance(0)
    amounts = performance.intensities(times(performance.duration_us), ("AU4",))[:, 0]
    assert amounts.max() > 0.5
    assert 30 < (amounts > 0.01).sum() < 80
    assert max(gesture.stop_us for gesture in performance.gestures) < performance.duration_us
