import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.inference.windows import Blend, cover


@given(st.integers(0, 200), st.integers(1, 50), st.data())
def test_windows_leave_no_moment_out_and_are_of_one_length(n, length, data):
    stride = data.draw(st.integers(1, length))
    windows = cover(n, length, stride)
    seen = np.zeros(n, int)
    for window in windows:
        assert window.stop - window.start == min(n, length)
        seen[window] += 1
    assert (seen > 0).all()
    assert [w.start for w in windows] == sorted({w.start for w in windows})


def test_a_stride_that_leaves_moments_out_is_refused():
    with pytest.raises(ValueError, match="stride must be 1 to 4, got 5"):
        cover(20, 4, 5)


@given(st.integers(1, 40), st.integers(1, 12))
def test_windows_that_agree_blend_to_what_they_say(n, length):
    values = np.random.default_rng(n).normal(size=(n, 3))
    blend = Blend(n, 3)
    windows = cover(n, length, max(1, length // 2))
    for window in windows:
        blend.add(window, values[window])
    np.testing.assert_allclose(blend.mean(), values, rtol=1e-5, atol=1e-6)
    spread = blend.spread()
    np.testing.assert_allclose(spread[np.isfinite(spread)], 0, atol=1e-6)


def test_a_window_counts_most_in_its_middle():
    blend = Blend(4, 1)
    blend.add(slice(0, 3), np.zeros((3, 1)))
    blend.add(slice(1, 4), np.ones((3, 1)))
    np.testing.assert_allclose(blend.mean()[:, 0], [0, 1 / 3, 2 / 3, 1])
    assert np.isnan(blend.spread()[[0, 3]]).all()
    assert (blend.spread()[1:3] > 0.3).all()


def test_moments_that_no_window_saw_are_unknown():
    blend = Blend(3, 2)
    blend.add(slice(0, 2), np.ones((2, 2)))
    assert np.isnan(blend.mean()[2]).all()
