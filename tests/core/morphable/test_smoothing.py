import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.morphable.smoothing import OneEuroFilter, filter_causally, noise_of, smooth

PERIOD_US = 33_333


def times(n):
    return np.arange(n, dtype=np.int64) * PERIOD_US


def noisy(signal, noise=0.02, seed=1):
    rng = np.random.default_rng(seed)
    return signal[:, None] + rng.normal(0, noise, (len(signal), 3))


def blink(n=120, at=60):
    """Return eyes that shut for three frames."""
    signal = np.zeros(n)
    signal[at - 1 : at + 2] = [0.6, 1.0, 0.6]
    return signal


def test_a_still_face_comes_to_rest():
    still = noisy(np.full(200, 0.3))
    smoothed = smooth(still, times(200))
    assert smoothed.std(axis=0).max() < 0.4 * still.std(axis=0).min()
    np.testing.assert_allclose(smoothed.mean(axis=0), still.mean(axis=0), atol=1e-9)


def test_a_blink_keeps_its_height_and_its_time():
    smoothed = smooth(noisy(blink()), times(120))
    assert smoothed[60].min() > 0.9
    assert (smoothed.argmax(axis=0) == 60).all()
    assert np.abs(smoothed[:55]).max() < 0.04


def test_slow_movements_are_not_late():
    ramp = np.clip((np.arange(150) - 50) / 40.0, 0, 1)
    smoothed = smooth(noisy(ramp, 0.01), times(150))
    assert np.abs(smoothed - ramp[:, None]).max() < 0.04
    assert np.abs((smoothed - ramp[:, None])[60:80].mean()) < 0.004


def test_gaps_stay_gaps_and_long_ones_part_what_they_lie_between():
    signal = np.r_[np.zeros(60), np.ones(60)]
    values = noisy(signal)
    values[50:70] = np.nan
    before = values.copy()
    smoothed = smooth(values, times(120))
    assert np.isnan(smoothed[50:70]).all()
    alone = smooth(values[:50], times(50))
    assert np.abs(smoothed[:50] - alone).max() < 0.02
    np.testing.assert_array_equal(values, before)


@settings(max_examples=20)
@given(n=st.integers(0, 40), level=st.floats(-5, 5), size=st.floats(0.1, 100))
def test_constants_stay_and_the_unit_of_a_signal_does_not_matter(n, level, size):
    constant = np.full((n, 2), level)
    np.testing.assert_allclose(smooth(constant, times(n)), constant, atol=1e-9)
    if n:
        values = noisy(np.linspace(0, 1, n))
        grown = smooth(size * values, times(n)) / size
        np.testing.assert_allclose(grown, smooth(values, times(n)), atol=1e-6)


def test_it_is_the_minimum_of_what_it_states():
    values = noisy(np.zeros(30), 0.01)
    smoothed = smooth(values, times(30), calm_us=100_000)
    # Where nothing moves the weights are near 1, and the normal equations nearly hold.
    tie = (100_000 / PERIOD_US) ** 2
    steps = np.diff(smoothed, axis=0)
    around = np.clip(np.arange(29)[:, None] + [-2, 3], 0, 29)
    moves = np.abs(smoothed[around[:, 1]] - smoothed[around[:, 0]]).clip(np.abs(steps))
    weights = (1 + (moves / (np.sqrt(2) * 3.0 * noise_of(values))) ** 2) ** -2.0
    pull = tie * weights * steps
    gradient = smoothed - values
    gradient[1:] += pull
    gradient[:-1] -= pull
    assert np.abs(gradient).max() < 2e-4


def test_the_noise_is_measured_through_a_movement():
    values = noisy(np.sin(np.arange(400) / 25.0), 0.05)
    np.testing.assert_allclose(noise_of(values), 0.05, rtol=0.2)


def test_the_causal_filter_knows_nothing_of_the_future():
    values = noisy(blink())
    units = np.ones(3)
    whole = filter_causally(values, times(120), units=units)
    part = filter_causally(values[:70], times(70), units=units)
    np.testing.assert_array_equal(whole[:70], part)


def test_the_causal_filter_is_calm_when_still_and_quick_when_moving():
    still = noisy(np.zeros(200), 0.01)
    calm = filter_causally(still, times(200), units=np.ones(3))
    assert calm[30:].std() < 0.6 * still.std()
    shut = filter_causally(noisy(blink(), 0.01), times(120), units=np.ones(3))
    assert shut[59:63].max(axis=0).min() > 0.7


def test_after_a_long_gap_the_causal_filter_starts_afresh():
    one_euro = OneEuroFilter()
    one_euro.update(np.zeros(1), 0)
    assert np.isnan(one_euro.update(np.array([np.nan]), 20_000)).all()
    assert one_euro.update(np.ones(1), 1_000_000)[0] == 1.0
    with pytest.raises(ValueError, match="increase"):
        one_euro.update(np.ones(1), 1_000_000)
