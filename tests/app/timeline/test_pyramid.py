import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface_studio.timeline.pyramid import Pyramid

VALUES = st.lists(st.one_of(st.just(np.nan), st.floats(-1e6, 1e6)), min_size=1, max_size=3_000)


def make(values):
    return Pyramid(np.arange(len(values), dtype=float), np.array(values))


def test_a_short_curve_is_drawn_as_it_is():
    times_s, low, high = make([1.0, 3.0, 2.0]).between(0, 3, 100)
    assert times_s.tolist() == [0, 1, 2]
    assert low.tolist() == high.tolist() == [1, 3, 2]


def test_seen_from_afar_a_single_peak_is_still_there():
    values = np.zeros(1_000_000)
    values[123_456] = 7.0
    times_s, low, high = make(values).between(0, 1e6, 1_000)
    assert len(times_s) <= 1_000 + 3
    assert high.max() == 7.0
    assert low.max() == 0.0
    assert abs(times_s[high.argmax()] - 123_456) <= 1_024


def test_a_curve_of_a_track_is_not_copied_at_its_finest():
    values = np.random.default_rng(1).random((5_000, 3), np.float32)[:, 1]
    _, low, high = Pyramid(np.arange(5_000.0), values).between(0, 5_000, 5_000)
    assert np.shares_memory(low, values)
    assert np.shares_memory(high, values)


@pytest.mark.parametrize("n_buckets", [3_000, 1_500, 700, 300])
def test_buckets_that_are_made_when_seen_are_as_those_that_are_kept(n_buckets):
    values = np.random.default_rng(1).random(5_003)
    times_s, low, high = make(values).between(1_000, 4_000, n_buckets)
    size = int(times_s[1] - times_s[0])
    for t, least, greatest in zip(times_s, low, high, strict=True):
        bucket = values[int(t) : int(t) + size]
        assert (least, greatest) == (bucket.min(), bucket.max())


def test_a_stretch_reaches_beyond_its_ends():
    times_s, _, _ = make(np.arange(100.0)).between(20.5, 30.5, 100)
    assert times_s[0] <= 20.5
    assert times_s[-1] >= 30.5


def test_a_gap_larger_than_a_bucket_stays_a_gap():
    values = np.ones(10_000)
    values[4_000:6_000] = np.nan
    _, low, high = make(values).between(0, 1e4, 300)
    assert np.isnan(low).sum() > 25
    np.testing.assert_array_equal(np.isnan(low), np.isnan(high))


def test_no_samples_are_no_obstacle():
    empty = Pyramid(np.empty(0), np.empty(0))
    assert len(empty) == 0
    assert np.isnan(empty.highest)
    assert all(len(part) == 0 for part in empty.between(0, 1, 10))


def test_the_values_given_are_not_changed():
    values = np.arange(1_000.0)
    Pyramid(np.arange(1_000.0), values)
    np.testing.assert_array_equal(values, np.arange(1_000.0))


@given(VALUES, st.integers(1, 50))
def test_the_extremes_are_kept_at_every_coarseness(values, n_buckets):
    pyramid = make(values)
    _, low, high = pyramid.between(0, len(values), n_buckets)
    if np.isnan(values).all():
        assert np.isnan(high).all()
        assert np.isnan(pyramid.highest)
    else:
        assert np.nanmax(high) == np.nanmax(values) == pyramid.highest
        assert np.nanmin(low) == np.nanmin(values)


@given(VALUES)
def test_buckets_do_not_move_with_the_view(values):
    pyramid = make(values)
    times_s, low, _ = pyramid.between(0, len(values), 50)
    all_of_it = dict(zip(times_s.tolist(), low.tolist(), strict=True))
    middle = len(values) // 2
    shifted_s, shifted, _ = pyramid.between(middle, middle + len(values), 25)
    shared = [t for t in shifted_s.tolist() if t in all_of_it]
    if len(times_s) < 2 or len(shifted_s) < 2 or shifted_s[1] - shifted_s[0] != times_s[1]:
        return
    np.testing.assert_array_equal(
        [all_of_it[t] for t in shared], shifted[np.isin(shifted_s, shared)]
    )


@pytest.mark.parametrize("n", [255, 256, 257, 1023, 1024, 1025])
def test_any_length_is_covered_to_its_end(n):
    times_s, low, _ = make(np.arange(float(n))).between(0, n, 10)
    assert low[0] == 0
    assert times_s[-1] < n
    assert make(np.arange(float(n))).highest == n - 1
