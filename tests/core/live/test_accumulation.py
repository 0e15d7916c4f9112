import itertools

import numpy as np
import pytest

from evface.events.catalogue import CATALOGUE
from evface.events.events import Events
from evface.events.representations.registry import representation
from evface.live.accumulation import LastEvents, RecentEvents, accumulator

SIZE = (40, 30)
WINDOW_US = 20_000


@pytest.fixture
def events():
    rng = np.random.default_rng(7)
    n = 6000
    return Events(
        np.sort(rng.integers(5_000_000, 5_200_000, n)),
        rng.integers(0, SIZE[0], n).astype(np.uint16),
        rng.integers(0, SIZE[1], n).astype(np.uint16),
        rng.random(n) < 0.5,
    )


def _parts(events, n):
    ends = np.linspace(0, len(events), n + 1).astype(int)
    for first, last in itertools.pairwise(ends):
        yield Events(
            events.t[first:last], events.x[first:last], events.y[first:last], events.p[first:last]
        )


@pytest.mark.parametrize("name", CATALOGUE)
def test_pictures_of_a_stream_are_those_of_its_windows(events, name):
    drawn = representation(name)
    recent = RecentEvents(WINDOW_US + drawn.lookback_us, 1 << 20)
    live = accumulator(drawn, SIZE, window_us=WINDOW_US, recent=recent)
    seen = []
    for part in _parts(events, 37):
        seen.append(part)
        recent.add(part)
        live.add(part)
        stop_us = int(part.t[-1]) + 1
        wanted = drawn.index_image(
            Events.concatenate(seen), SIZE, start_us=stop_us - WINDOW_US, stop_us=stop_us
        )
        assert np.array_equal(live.draw(stop_us), wanted)


@pytest.mark.parametrize("name", ["time_surface", "time_surface_linear"])
def test_surfaces_with_a_time_constant_remember_what_came_before_the_window(events, name):
    drawn = representation(name, tau_us=15_000)
    live = accumulator(drawn, SIZE, window_us=1_000, recent=RecentEvents(1, 1))
    live.add(events)
    stop_us = int(events.t[-1]) + 1
    wanted = drawn.index_image(events, SIZE, start_us=stop_us - 1_000, stop_us=stop_us)
    assert np.array_equal(live.draw(stop_us), wanted)


def test_a_picture_fades_while_nothing_comes(events):
    live = accumulator(
        representation("metavision"), SIZE, window_us=WINDOW_US, recent=RecentEvents(1, 1)
    )
    live.add(events)
    stop_us = int(events.t[-1]) + 1
    lit = [np.count_nonzero(live.draw(stop_us + ahead)) for ahead in (0, 10_000, 19_000, 20_001)]
    assert lit == sorted(lit, reverse=True)
    assert lit[0] > lit[2] > lit[3] == 0


def test_events_outside_the_sensor_are_left_out():
    live = LastEvents((4, 3), *[np.ones(100, np.uint8)] * 2)
    far = np.array([4, 65535, 0], np.uint16)
    live.add(Events(np.array([1, 1, 1]), far, far[::-1].copy(), np.ones(3, bool)))
    assert not live.draw(2).any()


def test_recent_events_are_bounded_in_time_and_number(events):
    recent = RecentEvents(10_000, 400)
    for part in _parts(events, 100):
        recent.add(part)
        held = recent.parts(0, 1 << 60)
        assert sum(map(len, held)) <= 400 + len(part)
        assert held[0].t[-1] >= part.t[-1] - 10_000


def test_a_part_of_recent_events_is_exact(events):
    recent = RecentEvents(1 << 40, 1 << 20)
    for part in _parts(events, 23):
        recent.add(part)
    found = Events.concatenate(recent.parts(5_050_000, 5_100_000))
    wanted = events.between(5_050_000, 5_100_000)
    assert np.array_equal(found.t, wanted.t)
    assert np.array_equal(found.x, wanted.x)
