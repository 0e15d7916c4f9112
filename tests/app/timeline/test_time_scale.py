import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface_studio.timeline.time_scale import TimeScale, panned, zoomed

DURATION_US = 10_000_000
RANGES = st.tuples(st.integers(0, 9_000_000), st.integers(1_000, 1_000_000)).map(
    lambda r: (r[0], r[0] + r[1])
)


@given(RANGES, st.integers(0, 1_000))
def test_a_pixel_maps_to_a_moment_and_back(shown_us, x):
    scale = TimeScale(*shown_us, 1_000)
    assert scale.x_of(scale.t_of(x)) == pytest.approx(x, abs=1 / scale.us_per_px)


@given(RANGES, st.floats(0.01, 100), st.floats(0, 1))
def test_zooming_stays_within_the_recording_and_keeps_the_moment(shown_us, factor, share):
    start_us, stop_us = shown_us
    about_us = round(start_us + share * (stop_us - start_us))
    new_start_us, new_stop_us = zoomed(shown_us, factor, about_us, DURATION_US)
    assert 0 <= new_start_us < new_stop_us <= DURATION_US
    assert new_stop_us - new_start_us >= 1_000
    assert new_start_us <= about_us <= new_stop_us


@given(RANGES, st.integers(-DURATION_US, DURATION_US))
def test_moving_keeps_the_length(shown_us, by_us):
    start_us, stop_us = panned(shown_us, by_us, DURATION_US)
    assert stop_us - start_us == shown_us[1] - shown_us[0]
    assert start_us >= 0
    assert stop_us <= DURATION_US


def test_without_a_recording_there_is_nothing_to_divide_by():
    assert TimeScale(0, 0, 100).x_of(0) == 0
