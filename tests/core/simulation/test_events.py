from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.events.events import Events
from evface.simulation.events import PRESETS, EventSimulator, SimulatorParameters

IDEAL = SimulatorParameters(threshold_sigma=0.0)


def run(frames, times_us, parameters=IDEAL, seed=0) -> Events:
    frames = [np.asarray(frame, np.float32) for frame in frames]
    simulator = EventSimulator(frames[0].shape[::-1], parameters, seed)
    return Events.concatenate(
        [simulator.step(frame, t) for frame, t in zip(frames, times_us, strict=True)]
    )


def log_ramp(rate_hz, times_us, shape=(1, 1), begin=0.05):
    return [np.full(shape, begin * math.exp(rate_hz * t * 1e-6)) for t in times_us]


@pytest.mark.parametrize("n_steps", [1, 7, 100])
@pytest.mark.parametrize("rate_hz", [2.0, -2.0])
def test_a_ramp_of_the_logarithm_gives_evenly_spaced_events(n_steps, rate_hz):
    times_us = np.linspace(0, 1_000_000, n_steps + 1).astype(int)
    begin = 0.05 if rate_hz > 0 else 0.5
    events = run(log_ramp(rate_hz, times_us, begin=begin), times_us)
    # ln rises by 2 in a second, so a threshold of 0.2 is crossed every 0.1 s: 9 times inside.
    assert len(events) in (9, 10)
    assert np.abs(events.t[:9] - 100_000 * np.arange(1, 10)).max() <= 3
    assert (events.p == (rate_hz > 0)).all()


def test_a_refractory_period_delays_each_event_by_itself():
    times_us = np.linspace(0, 1_000_000, 41).astype(int)
    parameters = replace(IDEAL, refractory_us=30_000)
    events = run(log_ramp(2.0, times_us), times_us, parameters)
    # Blind for 30 ms, then 100 ms of the ramp to the next threshold; longer than a step at times.
    assert np.abs(events.t - (100_000 + 130_000 * np.arange(7))).max() <= 5


@pytest.mark.parametrize("n_steps", [1, 4, 50])
def test_the_steps_do_not_matter_to_a_ramp_with_a_refractory_period(n_steps):
    times_us = np.linspace(0, 500_000, n_steps + 1).astype(int)
    parameters = replace(IDEAL, refractory_us=25_000)
    events = run(log_ramp(4.0, times_us, begin=0.05), times_us, parameters)
    assert np.abs(events.t - (50_000 + 75_000 * np.arange(7))[: len(events)]).max() <= 5
    assert len(events) in (6, 7)


def test_a_still_scene_gives_no_events():
    scene = np.random.default_rng(0).random((20, 30))
    assert len(run([scene] * 20, range(0, 200_000, 10_000), PRESETS["clean"])) == 0


@pytest.mark.parametrize(("contrast", "n_expected"), [(0.19, 0), (0.21, 1), (0.5, 2), (1.05, 5)])
def test_a_step_of_contrast_gives_as_many_events_as_thresholds(contrast, n_expected):
    up = [np.full((2, 3), 0.1), np.full((2, 3), 0.1 * math.exp(contrast))]
    events = run(up, [0, 10_000])
    assert len(events) == 6 * n_expected
    assert events.p.all()
    down = run(up[::-1], [0, 10_000])
    assert len(down) == 6 * n_expected
    assert not down.p.any()
    # There and back again, a hair further so as not to end on a threshold.
    assert len(run([*up, up[0] * 0.97], [0, 10_000, 20_000])) == 12 * n_expected


def test_thresholds_differ_for_on_and_off():
    parameters = replace(IDEAL, threshold_on=0.1, threshold_off=0.4)
    frames = [np.full((1, 1), 0.1 * math.exp(level)) for level in (0.0, 0.82, 0.0)]
    events = run(frames, [0, 1000, 2000], parameters)
    assert events.p.tolist() == [True] * 8 + [False] * 2


def test_thresholds_are_spread_as_asked():
    parameters = replace(IDEAL, threshold_sigma=0.04)
    times_us = [0, 1_000_000]
    frames = [np.full((100, 100), level) for level in (0.1, 0.1 * math.exp(0.6))]
    events = run(frames, times_us, parameters)
    first_us = np.full((100, 100), np.iinfo(np.int64).max)
    np.minimum.at(first_us, (events.y, events.x), events.t)
    thresholds = first_us * 0.6e-6
    assert thresholds.mean() == pytest.approx(0.2, abs=0.002)
    assert thresholds.std() == pytest.approx(0.04, rel=0.05)


def test_events_lie_where_the_light_changes():
    before = np.full((4, 5), 0.2)
    after = before.copy()
    after[2, 3] = 0.25
    events = run([before, after], [0, 1000])
    assert (events.x.tolist(), events.y.tolist(), events.p.tolist()) == ([3], [2], [True])
    assert events.t.tolist() == [round(1000 * 0.2 / math.log(0.25 / 0.2))]


def test_leak_gives_on_events_at_its_rate():
    parameters = replace(IDEAL, leak_hz=2.0)
    scene = np.full((50, 50), 0.3)
    events = run([scene] * 101, np.arange(101) * 50_000, parameters)
    assert events.p.all()
    # Every pixel leaks 10 thresholds in 5 s, wherever it began.
    counts = np.zeros((50, 50), int)
    np.add.at(counts, (events.y, events.x), 1)
    assert counts.min() >= 9
    assert counts.max() <= 11
    assert len(events) == pytest.approx(25_000, rel=0.01)
    # They do not come all at once.
    assert np.histogram(events.t, 50, (0, 5_000_000))[0].max() < 700


@pytest.mark.parametrize(("light", "share"), [(0.0, 1.0), (0.4, 0.7), (1.0, 0.25)])
def test_shot_noise_has_its_rate_and_grows_in_the_dark(light, share):
    parameters = replace(IDEAL, shot_hz=5.0)
    scene = np.full((60, 80), light)
    events = run([scene] * 51, np.arange(51) * 40_000, parameters, seed=3)
    expected = 5.0 * share * 4800 * 2.0
    assert abs(len(events) - expected) < 4.5 * math.sqrt(expected)
    assert abs(events.p.mean() - 0.5) < 4.5 * 0.5 / math.sqrt(expected)
    # Spread over pixels and time as chance has it.
    for counts in (
        np.histogram(events.x, 80, (0, 80))[0],
        np.histogram(events.y, 60, (0, 60))[0],
        np.histogram(events.t, 100, (0, 2_000_001))[0],
    ):
        assert counts.var() / counts.mean() == pytest.approx(1.0, abs=0.7)


def test_a_cutoff_smooths_the_dark_more_than_the_light():
    parameters = replace(IDEAL, cutoff_hz=30.0)
    times_us = np.arange(0, 100_000, 1000)

    def when_first(light):
        frames = [np.full((1, 1), light)] + [np.full((1, 1), light * 2)] * (len(times_us) - 1)
        return run(frames, times_us, parameters).t[0]

    # ln 2 reaches 0.2 after -ln(1 - 0.2 / ln 2) time constants.
    share = (0.4 + 20 / 255) / (1 + 20 / 255)
    expected_us = -math.log(1 - 0.2 / math.log(2)) / (2 * math.pi * 30.0 * share) * 1e6
    assert when_first(0.2) == pytest.approx(expected_us, rel=0.15)
    assert when_first(0.02) > 3 * when_first(0.4)


def test_a_cutoff_is_stable_in_steps_of_any_length():
    parameters = replace(IDEAL, cutoff_hz=300.0)
    frames = [np.full((1, 1), level) for level in (0.1, 0.4, 0.4, 0.4, 0.4)]
    events = run(frames, [0, 10**6, 2 * 10**6, 3 * 10**6, 4 * 10**6], parameters)
    assert len(events) == int(math.log(4) / 0.2)
    assert events.p.all()


@pytest.mark.parametrize("preset", PRESETS)
def test_one_seed_gives_one_stream_and_another_another(preset):
    random = np.random.default_rng(1)
    frames = [random.random((24, 32)) for _ in range(6)]
    times_us = np.arange(6) * 10_000
    streams = [run(frames, times_us, PRESETS[preset], seed) for seed in (7, 7, 8)]
    same, again, other = (stream.to_structured().tobytes() for stream in streams)
    assert same == again
    assert same != other


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 3000), st.sampled_from([0.0, 300.0]))
def test_any_scene_gives_sorted_events_inside_the_sensor(seed, refractory_us, cutoff_hz):
    random = np.random.default_rng(seed)
    parameters = SimulatorParameters(
        threshold_sigma=0.05, cutoff_hz=cutoff_hz, leak_hz=1.0, shot_hz=5.0,
        refractory_us=refractory_us,
    )  # fmt: skip
    times_us = np.cumsum(random.integers(1, 70_000, 8)) - 100_000
    frames = [random.random((9, 13)) ** 3 for _ in times_us]
    events = run(frames, times_us, parameters, seed)
    assert (np.diff(events.t) >= 0).all()
    assert events.t.min(initial=times_us[0]) >= times_us[0]
    assert events.t.max(initial=times_us[0]) <= times_us[-1]
    assert events.x.max(initial=0) < 13
    assert events.y.max(initial=0) < 9


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 20_000))
def test_no_pixel_fires_within_its_refractory_period(seed, refractory_us):
    random = np.random.default_rng(seed)
    times_us = np.cumsum(random.integers(1, 30_000, 12))
    frames = [random.random((5, 5)) for _ in times_us]
    events = run(frames, times_us, replace(IDEAL, refractory_us=refractory_us), seed)
    pixel = events.y.astype(int) * 5 + events.x
    order = np.lexsort((events.t, pixel))
    gaps = np.diff(events.t[order])[np.diff(pixel[order]) == 0]
    # Times are rounded to whole microseconds.
    assert gaps.min(initial=refractory_us) >= refractory_us - 1


def edge(position, width=40):
    """A soft dark-to-light edge, which every pixel sees pass."""
    x = np.arange(width) + 0.5
    return np.repeat((0.1 + 0.5 / (1 + np.exp(-(x - position) / 0.8)))[None], 3, axis=0)


def test_the_number_of_steps_hardly_matters_to_a_moving_edge():
    counts = []
    for n_steps in (30, 60, 240):
        times_us = np.linspace(0, 300_000, n_steps + 1).astype(int)
        frames = [edge(5 + 30 * t / 300_000) for t in times_us]
        events = run(frames, times_us, PRESETS["clean"], seed=2)
        # The light falls as the bright side moves away.
        assert not events.p.any()
        counts.append(len(events))
    assert max(counts) <= 1.02 * min(counts)
    assert min(counts) > 500


def test_frames_are_not_changed_and_may_be_views():
    frames = np.random.default_rng(0).random((2, 6, 8), np.float32)
    before = frames.copy()
    whole = run(frames, [0, 1000], PRESETS["v2e"])
    assert (frames == before).all()
    wide = np.repeat(frames, 2, axis=2)[:, :, ::2]
    assert run(wide, [0, 1000], PRESETS["v2e"]).to_structured().tobytes() == (
        whole.to_structured().tobytes()
    )


def test_what_makes_no_sense_is_refused():
    simulator = EventSimulator((4, 3), IDEAL)
    frame = np.zeros((3, 4), np.float32)
    with pytest.raises(ValueError, match=r"\(3, 4\)"):
        simulator.step(frame.T, 0)
    assert len(simulator.step(frame, 100)) == 0
    with pytest.raises(ValueError, match="after the last frame's 100"):
        simulator.step(frame, 100)
    assert len(simulator.step(frame, 101)) == 0
    with pytest.raises(ValueError, match="resolution"):
        EventSimulator((0, 3), IDEAL)
    with pytest.raises(ValueError, match="thresholds"):
        SimulatorParameters(threshold_on=0.0)
    with pytest.raises(ValueError, match="shot_hz"):
        SimulatorParameters(shot_hz=-1.0)
    with pytest.raises(ValueError, match="leak_hz"):
        SimulatorParameters(leak_hz=math.nan)
