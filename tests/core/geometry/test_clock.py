import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evface.geometry.clock import ClockSync

syncs = st.builds(
    ClockSync,
    offset_us=st.integers(-(10**9), 10**9),
    drift_ppm=st.floats(-500, 500),
)
times = st.lists(st.integers(0, 4 * 3600 * 10**6), min_size=0, max_size=20)


@given(syncs, times)
def test_mapping_to_the_sensor_and_back_restores_times_to_a_microsecond(sync, video_us):
    video_us = np.array(video_us, np.int64)
    restored = sync.to_video_us(sync.to_sensor_us(video_us))
    assert restored.dtype == np.int64
    assert np.abs(restored - video_us).max(initial=0) <= 1
    # Where two lead to the same time, either will do: the time itself is never lost.
    np.testing.assert_array_equal(sync.to_sensor_us(restored), sync.to_sensor_us(video_us))


def test_drift_adds_a_hundred_microseconds_a_second_at_100_ppm():
    sync = ClockSync(offset_us=7, drift_ppm=100.0)
    assert sync.to_sensor_us(np.array([0, 1_000_000, 10_000_000])).tolist() == [
        7,
        1_000_107,
        10_001_007,
    ]


@given(syncs, times)
def test_order_in_time_is_kept(sync, video_us):
    video_us = np.sort(np.array(video_us, np.int64))
    assert (np.diff(sync.to_sensor_us(video_us)) >= 0).all()
