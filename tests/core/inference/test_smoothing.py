import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.inference.smoothing import OneEuro, Smoother, smooth_landmarks
from evface.training.keypoint_metrics import LandmarkMetrics, LandmarksTold

from .conftest import landmark_track

PERIOD_US = 10_000


def run(values, settings, size=1.0):
    smoother = Smoother(settings, size)
    return np.array(
        [smoother.step(np.array([[v, 0.0]]), i * PERIOD_US)[0, 0] for i, v in enumerate(values)]
    )


def test_what_rests_hardly_flickers():
    noise = np.random.default_rng(0).normal(0, 0.002, 400)
    smoothed = run(noise, OneEuro())
    assert smoothed[50:].std() < 0.5 * noise[50:].std()


@pytest.mark.parametrize("speed", [0.1, 1.0, 2.0])
def test_a_steady_motion_arrives_as_late_as_stated(speed):
    settings = OneEuro()
    path = speed * np.arange(300) * PERIOD_US * 1e-6
    smoothed = run(path, settings)
    lag_us = (path[-1] - smoothed[-1]) / speed * 1e6
    assert lag_us == pytest.approx(settings.lag_us(speed), rel=0.02)


def test_the_lag_is_that_of_the_cutoff():
    assert OneEuro(least_cutoff_hz=2.0).lag_us() == round(1e6 / (4 * math.pi))
    assert OneEuro().lag_us(2.0) < 10_000


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30), st.integers(0, 29))
def test_the_past_does_not_depend_on_what_comes(values, cut):
    cut = min(cut, len(values))
    np.testing.assert_array_equal(run(values, OneEuro())[:cut], run(values[:cut], OneEuro()))


@given(st.floats(0.1, 100))
def test_larger_faces_are_smoothed_alike(size):
    path = np.random.default_rng(1).normal(size=40).cumsum()
    np.testing.assert_allclose(run(size * path, OneEuro(), size), size * run(path, OneEuro()))


def test_missing_frames_begin_anew():
    smoother = Smoother()
    smoother.step(np.array([[0.0, 0.0], [5.0, 5.0]]), 0)
    gone = smoother.step(np.array([[np.nan, np.nan], [5.0, 5.0]]), PERIOD_US)
    back = smoother.step(np.array([[9.0, 9.0], [5.0, 5.0]]), 2 * PERIOD_US)
    assert np.isnan(gone[0]).all()
    np.testing.assert_allclose(back, [[9, 9], [5, 5]])


def test_a_long_pause_begins_anew():
    smoother = Smoother()
    smoother.step(np.zeros((1, 2)), 0)
    np.testing.assert_array_equal(smoother.step(np.full((1, 2), 7.0), 1_000_000), [[7, 7]])


def test_time_goes_forward_only():
    smoother = Smoother()
    smoother.step(np.zeros((1, 2)), 5)
    with pytest.raises(ValueError, match="above 5, got 5"):
        smoother.step(np.zeros((1, 2)), 5)


def test_a_smoothed_track_says_how_late_it_is():
    track = landmark_track(gap=(100_000, 150_000))
    smoothed = smooth_landmarks(track, OneEuro(least_cutoff_hz=1.0))
    assert smoothed.source.settings["lag_at_rest_us"] == 159_155
    np.testing.assert_array_equal(np.isnan(smoothed.landmarks), np.isnan(track.landmarks))
    assert np.nanmax(np.abs(smoothed.landmarks - track.landmarks)) < 1.0


def test_smoothing_lowers_the_flicker_that_is_measured_and_hardly_the_accuracy():
    random = np.random.default_rng(0)
    n = 90
    times_us = np.arange(n) * 33_333
    # A face that sways and rests by turns, 0 to 1 across its square.
    sway = 0.1 * np.sin(times_us * 1e-6)[:, None, None] ** 3
    true = random.uniform(0.2, 0.8, (1, 5, 2)) + sway
    told = true + random.normal(0, 0.01, true.shape)
    smoother = Smoother(OneEuro(), 0.8)
    smoothed = np.stack([smoother.step(row, int(t)) for row, t in zip(told, times_us, strict=True)])

    def figures(landmarks):
        return LandmarkMetrics(
            LandmarksTold(
                landmarks,
                true,
                np.ones((n, 5), bool),
                np.full(n, 0.5),
                np.tile(100 * np.eye(2, 3), (n, 1, 1)),
                np.zeros(n, np.int64),
                np.arange(n),
            )
        ).figures()

    before, after = figures(told), figures(smoothed)
    assert after["nmf"] < 0.6 * before["nmf"]
    assert after["nme"] < before["nme"]
