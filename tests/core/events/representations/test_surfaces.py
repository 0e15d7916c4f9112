from __future__ import annotations

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.representations.adaptive import LocallyAdaptiveSurface
from evface.events.representations.surfaces import (
    LeakySum,
    LinearTimeSurface,
    TimeSurface,
    Tore,
)

RESOLUTION = (7, 5)


def test_a_surface_falls_to_1_e_in_its_time_constant(to_events):
    events = to_events([(900, 1, 2, 1), (1000 - 3 * 100, 3, 2, 0)])
    image = TimeSurface(tau_us=100).compute(events, RESOLUTION, start_us=990, stop_us=1000)
    assert image[2, 1].tolist() == pytest.approx([0, np.exp(-1)])
    assert image[2, 3].tolist() == pytest.approx([np.exp(-3), 0])


def test_with_a_time_constant_a_surface_remembers_what_was_before_the_window(to_events):
    events = to_events([(100, 1, 2, 1)])
    window = {"start_us": 500, "stop_us": 600}
    for kind in (TimeSurface, LinearTimeSurface, LeakySum):
        assert not kind().compute(events, RESOLUTION, **window).any()
        assert kind(tau_us=600).compute(events, RESOLUTION, **window).any()


def test_what_is_older_than_the_memory_could_not_be_seen(to_events):
    surface = TimeSurface(tau_us=15_000)
    assert surface.lookback_us == 95_000
    assert np.exp(-surface.lookback_us / 15_000) * 255 < 0.5
    events = to_events([(0, 0, 0, 1)])
    window = {"start_us": 99_999, "stop_us": 100_000}
    assert not surface.compute(events, RESOLUTION, **window).any()


def test_a_linear_surface_ends_at_nothing(to_events):
    events = to_events([(0, 0, 0, 1), (50, 1, 0, 0), (99, 2, 0, 1)])
    image = LinearTimeSurface().compute(events, RESOLUTION, start_us=0, stop_us=100)
    np.testing.assert_allclose(image[0, :3], [[0, 0], [0.5, 0], [0, 0.99]])
    index = LinearTimeSurface().index_image(events, RESOLUTION, start_us=0, stop_us=100)
    assert index[0, :3].tolist() == [0, 64, 128 + 126]


def test_the_index_of_a_surface_is_the_newer_of_its_channels(to_events):
    rng = np.random.default_rng(1)
    rows = zip(*(rng.integers(0, n, 60) for n in (900, 9, 7, 2)), strict=True)
    events = to_events(list(rows))
    for drawn in (TimeSurface(), TimeSurface(tau_us=90), LinearTimeSurface(), Tore(depth=2)):
        window = {"start_us": 300, "stop_us": 900}
        surface = drawn.compute(events, RESOLUTION, **window)
        if isinstance(drawn, Tore):
            surface = np.stack([surface[0], surface[2]], axis=2)
        index = drawn.index_image(events, RESOLUTION, **window).astype(int)
        level = np.where(index > 128, index - 128, index) / 127
        assert np.all(np.abs(level - surface.max(axis=2)) <= 1 / 127 + 1e-6)
        assert np.all((index > 128) == ((surface[..., 1] >= surface[..., 0]) & (level > 0)))


def test_a_large_surface_is_drawn_as_its_parts_are(busy):
    whole = TimeSurface().compute(busy, (64, 48), start_us=0, stop_us=33_000)
    for y in range(0, 48, 16):
        rows = (busy.y >= y) & (busy.y < y + 16)
        part = Events(busy.t[rows], busy.x[rows], busy.y[rows], busy.p[rows])
        image = TimeSurface().compute(part, (64, 48), start_us=0, stop_us=33_000)
        np.testing.assert_array_equal(whole[y : y + 16], image[y : y + 16])


def test_events_of_a_leaky_sum_lose_their_weight_one_by_one(to_events):
    events = to_events([(0, 1, 1, 1), (100, 1, 1, 1), (200, 1, 1, 0)])
    image = LeakySum(tau_us=100).compute(events, RESOLUTION, start_us=0, stop_us=200)
    assert image[1, 1] == pytest.approx(np.exp(-2) + np.exp(-1))


def test_tore_tells_the_last_events_newest_first(to_events):
    times = [100, 400, 700, 900]
    events = to_events([(t, 2, 1, 1) for t in times] + [(850, 2, 1, 0)])
    image = Tore(depth=3, shortest_us=150).compute(events, RESOLUTION, start_us=0, stop_us=1000)
    scale = np.log(1001 / 151)
    on = [1, np.log(1001 / 301) / scale, np.log(1001 / 601) / scale]
    np.testing.assert_allclose(image[3:, 1, 2], on, rtol=1e-6)
    np.testing.assert_allclose(image[:3, 1, 2], [1, 0, 0])


def test_an_adaptive_surface_fades_by_the_events_that_follow(to_events):
    # One patch holds the sensor, so that every later event counts the same.
    surface = LocallyAdaptiveSurface(patch_px=8, fade_count=2)
    events = to_events([(0, 0, 0, 1)] + [(k, 6, 4, 1) for k in range(1, 8)])
    image = surface.compute(events, RESOLUTION, start_us=0, stop_us=100)
    assert image[0, 0] == pytest.approx(np.exp(-7 / 35 / 2))


def test_what_is_still_stays_where_it_is_and_what_moves_does_not(to_events):
    still = [(0, x, 20, 1) for x in range(10)]
    moving = [(k, 50 + k % 14, 20, 1) for k in range(1, 20_000)]
    surface = LocallyAdaptiveSurface(memory_us=50_000)
    events = to_events(still + moving + [(0, 60, 22, 1)])
    image = surface.compute(events, (64, 48), start_us=20_000, stop_us=20_001)
    # Their own nine neighbours fade them by no more than 1 %.
    assert np.all(image[20, :10] > 0.99)
    assert image[22, 60] < 1e-3


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: TimeSurface(tau_us=0), "tau_us must be above 0, got 0"),
        (lambda: LeakySum(tau_us=-1), "tau_us must be above 0, got -1"),
        (lambda: Tore(depth=0), "depth must be 1 to 255, got 0"),
        (lambda: Tore(shortest_us=9, longest_us=9), "longest_us must be above shortest_us"),
        (lambda: LocallyAdaptiveSurface(patch_px=1), "patch_px must be at least 2, got 1"),
        (lambda: LocallyAdaptiveSurface(fade_count=0), "fade_count must be above 0, got 0"),
        (lambda: LocallyAdaptiveSurface(memory_us=-1), "memory_us must not be below 0"),
    ],
)
def test_parameters_without_sense_are_told(make, problem):
    with pytest.raises(ValueError, match=problem):
        make()
