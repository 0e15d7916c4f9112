import numpy as np
import pytest

from evface.live.clock_link import ArrivalClock, sync_of


def _arrivals(clock, *, offset_us, least_delay_us, n=300, step_us=33_000, start_us=0):
    delays_us = least_delay_us + np.random.default_rng(1).exponential(5_000, n)
    for k in range(n):
        t_us = start_us + k * step_us
        clock.see(t_us, (t_us + offset_us + delays_us[k]) * 1e-6)


def test_the_offset_is_that_of_the_quickest_arrivals():
    clock = ArrivalClock()
    _arrivals(clock, offset_us=7_000_000, least_delay_us=2_000)
    assert clock.arrival_from_camera_us == pytest.approx(7_002_000, abs=300)


def test_frames_are_mapped_to_the_events_clock():
    events, frames = ArrivalClock(), ArrivalClock()
    assert sync_of(events, frames) is None
    _arrivals(events, offset_us=7_000_000, least_delay_us=1_000)
    assert sync_of(events, frames) is None
    _arrivals(frames, offset_us=-90_000_000, least_delay_us=1_000)
    sync = sync_of(events, frames)
    # 97 s on the frames' clock is when the events' clock was zero.
    assert int(sync.to_sensor_us(np.array([97_000_000]))[0]) == pytest.approx(0, abs=600)


def test_what_pictures_take_longer_is_allowed_for_where_it_is_known():
    events, frames = ArrivalClock(), ArrivalClock()
    _arrivals(events, offset_us=0, least_delay_us=1_000)
    _arrivals(frames, offset_us=0, least_delay_us=81_000)
    assert sync_of(events, frames).offset_us == pytest.approx(80_000, abs=600)
    assert sync_of(events, frames, rgb_delay_us=80_000).offset_us == pytest.approx(0, abs=600)


def test_what_was_long_ago_counts_no_more():
    clock = ArrivalClock()
    _arrivals(clock, offset_us=0, least_delay_us=1_000)
    _arrivals(clock, offset_us=4_000, least_delay_us=1_000, start_us=10_000_000, n=400)
    assert clock.arrival_from_camera_us == pytest.approx(5_000, abs=300)


def test_a_clock_that_begins_anew_forgets():
    clock = ArrivalClock()
    clock.see(0, 1.0)
    clock.reset()
    assert clock.arrival_from_camera_us is None
