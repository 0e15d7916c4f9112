import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.transfer.clock_fit import clock_residuals, fit_clock


@given(st.integers(-(10**8), 10**8), st.floats(-200, 200))
def test_an_exact_map_is_recovered(offset_us, drift_ppm):
    video = np.arange(0, 600_000_000, 10_000_000)
    sensor = video * (1 + drift_ppm * 1e-6) + offset_us
    sync = fit_clock(video, sensor, np.full(len(video), 100.0), method="marks")
    assert sync.drift_ppm == pytest.approx(drift_ppm, abs=0.1)
    assert np.abs(clock_residuals(sync, video, sensor)).max() < 50


def test_pairs_that_do_not_fit_count_little():
    video = np.arange(0, 100_000_000, 5_000_000)
    sensor = video + 7_000.0
    sensor[[3, 12]] += 400_000
    sync = fit_clock(video, sensor, np.full(len(video), 500.0), method="marks")
    assert abs(sync.to_sensor_us(np.array([50_000_000]))[0] - 50_007_000) < 300


def test_one_pair_gives_the_offset_and_no_drift():
    sync = fit_clock(np.array([2_000_000]), np.array([2_300_000.0]), np.array([900.0]), method="m")
    assert (sync.offset_us, sync.drift_ppm) == (300_000, 0)
    assert sync.residual_us == pytest.approx(900)


def test_two_pairs_that_are_near_one_another_say_nothing_of_the_drift():
    video = np.array([1_000_000, 2_000_000])
    sync = fit_clock(video, video + np.array([0.0, 10_000.0]), np.full(2, 8000.0), method="m")
    assert abs(sync.drift_ppm) < 1


def test_no_pair_is_the_callers_mistake():
    with pytest.raises(ValueError, match="at least one"):
        fit_clock(np.empty(0), np.empty(0), np.empty(0), method="m")
