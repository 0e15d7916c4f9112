"""Filters on events of which it is known which are noise."""

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.filters.activity import Neighbours
from evface.events.filters.chain import FilterChain
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixel_search import find_hot_pixels
from evface.events.filters.hot_pixels import HotPixels
from evface.simulation.events import EventSimulator, SimulatorParameters

RESOLUTION = (64, 48)


def noise(random, rate_hz, duration_us, events_of):
    n = random.poisson(rate_hz * duration_us * 1e-6 * RESOLUTION[0] * RESOLUTION[1])
    return events_of(
        random.integers(0, duration_us, n),
        random.integers(0, RESOLUTION[0], n),
        random.integers(0, RESOLUTION[1], n),
        random.integers(0, 2, n),
    )


def shares_kept(one, signal, other):
    """Return the shares of two streams that pass a filter together."""
    t, x, y, p = (np.concatenate([getattr(signal, name), getattr(other, name)]) for name in "txyp")
    is_signal = np.arange(len(t)) < len(signal)
    order = np.argsort(t, kind="stable")
    both = Events(t[order], x[order], y[order], p[order])
    stays = one.selector(RESOLUTION)(both)
    return stays[is_signal[order]].mean(), stays[~is_signal[order]].mean()


def test_background_noise_goes_and_an_edge_stays(moving_edge, events_of):
    random = np.random.default_rng(1)
    edge = moving_edge(random)
    lone = noise(random, 1.0, 1_000_000, events_of)
    of_edge, of_noise = shares_kept(Neighbours(within_us=10_000), edge, lone)
    assert of_edge > 0.97
    assert of_noise < 0.15


@pytest.mark.parametrize(("mains_hz", "n_bursts"), [(50, 1), (50, 3), (60, 2)])
def test_flicker_goes_and_an_edge_that_crosses_it_stays(moving_edge, events_of, mains_hz, n_bursts):
    random = np.random.default_rng(2)
    duration_us = 1_000_000
    period_us = 1e6 / (2 * mains_hz)
    edge = moving_edge(random, duration_us)
    # Every pixel of the left half flickers in a phase of its own, on and then off, each flash
    # early or late by some 0.3 ms; one in ten fails.
    columns, rows, flashes = np.meshgrid(
        np.arange(32), np.arange(48), np.arange(int(duration_us / period_us) - 1)
    )
    phase_us = random.uniform(0, period_us, (48, 32, 1))
    t, x, y, p = [], [], [], []
    for polarity, delay_us in ((True, 0.0), (False, period_us / 2)):
        for burst in range(n_bursts):
            is_there = random.random(columns.shape) > 0.1
            at_us = flashes * period_us + phase_us + delay_us + 500 * burst
            at_us = at_us + random.normal(0, 300, columns.shape)
            t.append(np.maximum(at_us, 0)[is_there].astype(np.int64))
            x.append(columns[is_there])
            y.append(rows[is_there])
            p.append(np.full(is_there.sum(), polarity))
    flicker = events_of(*map(np.concatenate, (t, x, y, p)))
    filtering = Flicker(mains_hz=mains_hz)
    _, of_flicker = shares_kept(filtering, edge, flicker)
    lit, unlit = (
        Events(edge.t[at], edge.x[at], edge.y[at], edge.p[at]) for at in (edge.x < 32, edge.x >= 32)
    )
    # Where an edge meets a pixel just when it would flicker, nobody can tell.
    assert shares_kept(filtering, lit, flicker)[0] > 0.6
    assert shares_kept(filtering, unlit, flicker)[0] == 1.0
    assert of_flicker < 0.25
    # The first periods pass; after them hardly any does.
    settled_us = 6 * period_us
    late = flicker.between(int(settled_us), duration_us)
    stream = FilterChain((Flicker(mains_hz=mains_hz),)).stream(RESOLUTION)
    kept = stream.apply(flicker)
    assert len(kept.between(int(settled_us), duration_us)) / len(late) < 0.2
    assert shares_kept(Flicker(mains_hz=110 - mains_hz), edge, flicker)[1] > 0.8


def simulated_face(depth, mains_hz):
    """Return the events of a dark face that moves in front of a wall, in light that swings."""
    width, height = RESOLUTION
    sensor = SimulatorParameters(threshold_sigma=0.03, cutoff_hz=200.0, refractory_us=1000)
    simulator = EventSimulator(RESOLUTION, sensor, seed=5)
    rows, columns = np.mgrid[:height, :width]
    parts = []
    for t_us in range(0, 500_000, 1_000):
        x = 20 + 24 * t_us / 500_000
        face = ((columns - x) / 11) ** 2 + ((rows - 24) / 16) ** 2
        light = 0.7 - 0.2 * (1 - np.tanh(3 * (face - 1)))
        for side in (-4, 4):
            eye = ((columns - x - side) / 2) ** 2 + ((rows - 19) / 1.5) ** 2
            light -= 0.1 * (1 - np.tanh(2 * (eye - 1)))
        light *= 1 + depth * np.sin(2e-6 * np.pi * 2 * mains_hz * t_us)
        parts.append(simulator.step(light.astype(np.float32), t_us + 1))
    return Events.concatenate([part for part in parts if len(part)])


def share_found(events, others):
    """Return the share of events that have one of the others at their pixel within 5 ms."""
    (key, other) = (
        np.sort(((e.y.astype(np.int64) * 64 + e.x) * 2 + e.p) * 10**7 + e.t)
        for e in (events, others)
    )
    at = np.searchsorted(other, key - 5_000).clip(max=len(other) - 1)
    return np.mean(np.abs(other[at] - key) <= 5_000)


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_a_face_that_moves_in_flickering_light_stays_and_the_wall_behind_it_goes(mains_hz):
    def late(events):
        # Flicker is known after some periods.
        return events.between(100_000, 500_000)

    def on_wall(events):
        return np.sum((events.x < 6) | (events.x > 58) | (events.y < 5) | (events.y > 43))

    def filtered(events):
        return FilterChain((Flicker(mains_hz=mains_hz),)).stream(RESOLUTION).apply(events)

    strong = simulated_face(0.18, mains_hz)
    n_wall = on_wall(late(strong))
    assert n_wall > 3_000
    assert on_wall(late(filtered(strong))) < 0.03 * n_wall
    # Little flicker disturbs the face itself little: its events are those of still light.
    still_light, weak = late(simulated_face(0.0, mains_hz)), simulated_face(0.13, mains_hz)
    found = share_found(still_light, late(weak))
    assert share_found(still_light, late(filtered(weak))) > 0.9 * found
    surplus = len(late(weak)) - found * len(still_light)
    assert len(late(filtered(weak))) - found * len(still_light) < 0.7 * surplus


def test_planted_hot_pixels_are_found_and_no_others(moving_edge, events_of, source_of):
    random = np.random.default_rng(4)
    duration_us = 1_500_000
    edge = moving_edge(random, duration_us)
    lone = noise(random, 1.0, duration_us, events_of)
    hot = ((0, 0), (63, 47), (20, 7), (21, 7), (40, 30), (5, 40))
    rates_hz = (60, 3000, 200, 120, 5000, 90)
    parts = [edge, lone]
    for (x, y), rate_hz in zip(hot, rates_hz, strict=True):
        n = int(rate_hz * duration_us * 1e-6)
        parts.append(
            events_of(
                random.integers(0, duration_us, n),
                np.full(n, x),
                np.full(n, y),
                random.integers(0, 2, n),
            )
        )
    fields = [np.concatenate([getattr(part, name) for part in parts]) for name in "txyp"]
    source = source_of(events_of(*fields), RESOLUTION)
    told = []
    found = find_hot_pixels(source, HotPixels(), report=lambda share, _: told.append(share))
    assert sorted(found.pixels) == sorted(hot)
    assert told == sorted(told)
    # A burst is not a hot pixel.
    n = 5000
    burst = events_of(
        random.integers(500_000, 600_000, n), np.full(n, 10), np.full(n, 10), np.ones(n)
    )
    fields = [np.concatenate([getattr(part, name) for part in (*parts, burst)]) for name in "txyp"]
    source = source_of(events_of(*fields), RESOLUTION)
    assert sorted(find_hot_pixels(source, HotPixels()).pixels) == sorted(hot)


def test_a_thin_line_under_flickering_light_and_an_empty_recording_have_no_hot_pixels(
    events_of, source_of
):
    flashes, row = np.meshgrid(np.arange(0, 1_000_000, 10_000), np.arange(5, 40))
    line = events_of(flashes.ravel(), np.full(row.size, 30), row.ravel(), np.ones(row.size))
    assert find_hot_pixels(source_of(line, RESOLUTION), HotPixels()).pixels == ()
    empty = source_of(Events.empty(), RESOLUTION)
    assert find_hot_pixels(empty, HotPixels(pixels=((1, 1),))).pixels == ()
