"""Each planted fault gives its reason, and only that; a clean recording is good."""

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.health import checking
from evface.events.health.checking import check_health
from evface.events.health.model import Fault, Lamp
from evface.events.triggers import Triggers

from .conftest import ArraySource, kept, merged, scene


def faults_of(source, **options):
    return [reason.fault for reason in check_health(source, **options).reasons]


def square(rate_hz, low=0.3):
    return lambda t: np.where((t * rate_hz // 1_000_000) % 2 == 0, 1.0, low)


def sine(rate_hz, swing):
    return lambda t: (1 + swing * np.sin(2 * np.pi * rate_hz * t * 1e-6)) / (1 + swing)


@pytest.mark.parametrize(
    "modulation",
    [None, sine(0.7, 0.9), square(1), square(3, 0.05), sine(30, 0.9), square(60, 0.0)],
    ids=["even", "slow", "steps", "rests", "frames of a video", "bursts"],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_clean_recording_is_good(modulation, seed):
    health = check_health(ArraySource(scene(modulation=modulation, seed=seed)))
    assert health.lamp is Lamp.GOOD, health.reasons
    assert health.notes == ()
    assert health.facts.share_read == 1.0


def test_a_quiet_recording_is_good():
    assert not faults_of(ArraySource(scene(rate_hz=500)))


def test_rates_and_shares_of_on_follow_the_recording():
    early, late = scene(on_share=0.3), scene(on_share=0.7, seed=1, rate_hz=400_000)
    events = merged(early, Events(late.t + 3_000_000, late.x, late.y, late.p))
    facts = check_health(ArraySource(events)).facts
    half = len(facts.rates_hz) // 2
    np.testing.assert_allclose(facts.rates_hz[:half].mean(), 200_000, rtol=0.02)
    np.testing.assert_allclose(facts.rates_hz[half:].mean(), 400_000, rtol=0.02)
    np.testing.assert_allclose(facts.on_shares[:half].mean(), 0.3, atol=0.02)
    np.testing.assert_allclose(facts.on_shares[half:].mean(), 0.7, atol=0.02)
    np.testing.assert_allclose(facts.on_share, (0.3 + 2 * 0.7) / 3, atol=0.01)


def test_a_sudden_silence_is_told_with_its_place():
    events = scene()
    events = kept(events, (events.t < 1_000_000) | (events.t >= 1_400_000))
    (reason,) = check_health(ArraySource(events)).reasons
    assert (reason.fault, reason.lamp) == (Fault.SILENT, Lamp.BAD)
    assert abs(reason.at_us - 1_000_000) <= 1_000
    assert "400 ms at 1.000 s" in reason.words


def test_blocks_that_are_dropped_again_and_again_are_told_with_their_period():
    events = scene()
    events = kept(events, events.t % 100_000 >= 4_000)
    health = check_health(ArraySource(events))
    assert [reason.fault for reason in health.reasons] == [Fault.DROPPED]
    assert abs(health.facts.gaps.period_us - 100_000) <= 1_000
    assert health.facts.gaps.n_gaps in (29, 30)
    assert "every 100 ms" in health.reasons[0].words


def test_blocks_dropped_now_and_then_have_no_period():
    events, rng = scene(), np.random.default_rng(5)
    is_kept = np.ones(len(events), bool)
    for start_us in np.sort(rng.integers(100_000, 2_900_000, 9)):
        is_kept &= ~((events.t >= start_us) & (events.t < start_us + 3_000))
    health = check_health(ArraySource(kept(events, is_kept)))
    assert [(one.fault, one.lamp) for one in health.reasons] == [(Fault.DROPPED, Lamp.LOOK)]
    assert health.facts.gaps.period_us is None


def test_a_clock_that_jumps_is_told():
    events = scene()
    t = events.t + 3_600_000_000 * (events.t >= 1_500_000)
    (reason,) = check_health(ArraySource(Events(t, events.x, events.y, events.p))).reasons
    assert (reason.fault, reason.lamp) == (Fault.JUMPED, Lamp.BAD)
    assert "3,600 s at 1.49" in reason.words or "3,600 s at 1.5" in reason.words


def test_a_rate_controller_is_told_by_counts_that_vary_less_than_chance():
    t = np.arange(0, 1_000_000, 10).repeat(80)
    rng = np.random.default_rng(0)
    events = Events(
        t,
        rng.integers(0, 96, len(t)).astype("u2"),
        rng.integers(0, 72, len(t)).astype("u2"),
        rng.random(len(t)) < 0.5,
    )
    health = check_health(ArraySource(events))
    assert [reason.fault for reason in health.reasons] == [Fault.SATURATED]
    assert health.facts.saturation.limit_hz == pytest.approx(8e6, rel=0.01)


def test_a_link_that_is_full_is_told_by_a_rate_that_is_cut_off():
    # It comes and goes faster than the scene would.
    events = scene(800_000, 6_500_000, modulation=square(2, 0.5), seed=3)
    health = check_health(ArraySource(events))
    assert [reason.fault for reason in health.reasons] == [Fault.SATURATED]
    assert health.facts.saturation.limit_hz == pytest.approx(6.5e6, rel=0.01)
    assert health.facts.saturation.held_us == pytest.approx(500_000, abs=30_000)


def test_a_busy_scene_that_changes_is_not_saturated():
    assert not faults_of(ArraySource(scene(1_000_000, 8_000_000, modulation=sine(1, 0.3))))


@pytest.mark.parametrize("light_hz", [100, 120])
def test_light_that_flickers_is_told_with_its_rate_and_swing(light_hz):
    health = check_health(ArraySource(scene(modulation=sine(light_hz, 0.5))))
    assert [reason.fault for reason in health.reasons] == [Fault.FLICKER]
    (flicker,) = health.facts.flicker
    assert flicker.rate_hz == light_hz
    # A bin of a millisecond smooths a little.
    assert flicker.modulation == pytest.approx(0.5, abs=0.06)
    assert flicker.share > 0.9


def test_light_whose_on_and_off_alternate_is_told_too():
    light = scene(modulation=sine(100, 0.9))
    later = Events(light.t + 5_000, light.x, light.y, light.p)
    events = merged(kept(light, light.p), kept(later, ~later.p))
    (flicker,) = check_health(ArraySource(events)).facts.flicker
    assert flicker.rate_hz == 100


def test_a_lamp_in_a_corner_is_told_with_its_place():
    light = scene(modulation=sine(100, 0.9), seed=1)
    in_corner = (light.x >= 84) & (light.y < 24)
    health = check_health(ArraySource(merged(scene(rate_hz=60_000), kept(light, in_corner))))
    (flicker,) = health.facts.flicker
    assert flicker.place_px == (84, 0, 96, 24)
    assert "x 84 to 96, y 0 to 24" in health.reasons[0].words


def test_square_light_has_harmonics():
    (flicker,) = check_health(ArraySource(scene(modulation=square(200, 0.0)))).facts.flicker
    assert (flicker.rate_hz, flicker.harmonics_hz) == (100, (300,))


def test_hot_pixels_are_told_with_the_share_of_events_they_make():
    rng = np.random.default_rng(2)
    t = np.sort(rng.integers(0, 3_000_000, 30_000))
    hot = Events(t, np.full(len(t), 40, "u2"), np.full(len(t), 30, "u2"), rng.random(len(t)) < 0.5)
    health = check_health(ArraySource(merged(scene(), hot)))
    assert [(one.fault, one.lamp) for one in health.reasons] == [(Fault.HOT_PIXELS, Lamp.LOOK)]
    assert health.facts.hot_pixels.n_pixels == 1
    (pixel,) = health.facts.hot_pixels.busiest
    assert (pixel.x, pixel.y) == (40, 30)
    assert health.facts.hot_pixels.share == pytest.approx(30 / 630, rel=0.02)


@pytest.mark.parametrize(("on_share", "lamp"), [(1.0, Lamp.BAD), (0.0, Lamp.BAD), (0.03, "look")])
def test_a_polarity_that_is_missing_is_told(on_share, lamp):
    (reason,) = check_health(ArraySource(scene(on_share=on_share))).reasons
    assert (reason.fault, reason.lamp) == (Fault.ONE_SIDED, lamp)


@pytest.mark.parametrize(
    ("findings", "fault", "lamp"),
    [
        (Findings(n_cut_bytes=3, cut_at_us=2_999_999), Fault.CUT, Lamp.LOOK),
        (Findings(n_damaged_words=3), Fault.DAMAGED, Lamp.LOOK),
        (Findings(n_damaged_words=30_000), Fault.DAMAGED, Lamp.BAD),
        (Findings(n_outside=5), Fault.OUTSIDE, Lamp.LOOK),
        (Findings(n_outside=50_000), Fault.OUTSIDE, Lamp.BAD),
        (Findings(n_restarts=1), Fault.RESTARTED, Lamp.BAD),
        (Findings(n_late=9_000, max_late_us=20_000), Fault.LATE, Lamp.LOOK),
    ],
)
def test_what_the_decoder_found_is_told(findings, fault, lamp):
    (reason,) = check_health(ArraySource(scene(), findings=findings)).reasons
    assert (reason.fault, reason.lamp) == (fault, lamp)
    assert reason.words.endswith(".")
    assert reason.advice.endswith(".")


def test_what_is_usual_is_no_reason():
    usual = Findings(n_wraps=30, n_late=50_000, max_late_us=60)
    assert not faults_of(ArraySource(scene(), findings=usual))


def test_events_outside_are_told_of_sources_that_do_not_count_them():
    events = scene()
    source = ArraySource(events)
    inside = ArraySource(kept(events, events.x < 90))
    source.read = inside.read
    (reason,) = check_health(source).reasons
    assert reason.fault is Fault.OUTSIDE


def pulses(times_us):
    times = np.repeat(np.asarray(times_us, np.int64), 2)
    times[1::2] += 500
    is_rising = np.tile([True, False], len(times_us))
    return Triggers(times, np.zeros(len(times), np.uint8), is_rising)


FRAMES_US = 10_000 + 33_333 * np.arange(80)


def test_triggers_that_fit_the_video_are_no_reason():
    source = ArraySource(scene(), edges=pulses(FRAMES_US))
    health = check_health(source, video_times_us=FRAMES_US)
    assert not health.reasons
    (one,) = health.facts.triggers
    assert (one.n_rising, one.n_falling, one.n_frames, one.n_missing) == (80, 80, 80, 0)
    assert one.period_us == 33_333


def test_a_trigger_that_is_missing_is_told_with_its_place():
    source = ArraySource(scene(), edges=pulses(np.delete(FRAMES_US, [20, 21, 50])))
    health = check_health(source, video_times_us=FRAMES_US)
    (reason,) = health.reasons
    assert (reason.fault, reason.at_us) == (Fault.TRIGGERS, FRAMES_US[20])
    assert "3 pulses" in reason.words
    assert "80 frames" in reason.words
    # Without a video the rhythm alone tells it.
    assert faults_of(source) == [Fault.TRIGGERS]


def test_frames_that_are_missing_and_another_rhythm_are_told():
    source = ArraySource(scene(), edges=pulses(FRAMES_US))
    assert faults_of(source, video_times_us=FRAMES_US[:-2]) == [Fault.TRIGGERS]
    assert faults_of(source, video_times_us=FRAMES_US[::2]) == [Fault.TRIGGERS]


def test_triggers_without_a_rhythm_are_no_reason():
    times_us = np.sort(np.random.default_rng(0).integers(0, 3_000_000, 40))
    assert not faults_of(ArraySource(scene(), edges=pulses(times_us)))


def test_motion_beside_the_events_is_noted_and_is_no_reason():
    health = check_health(ArraySource(scene(), findings=Findings(n_motion=7)))
    assert health.lamp is Lamp.GOOD
    assert "motion sensor (IMU)" in health.notes[0]


def test_a_recording_without_events_is_bad_and_a_single_event_is_not():
    (reason,) = check_health(ArraySource(Events.empty())).reasons
    assert (reason.fault, reason.lamp) == (Fault.EMPTY, Lamp.BAD)
    one = kept(scene(), slice(0, 1))
    health = check_health(ArraySource(one))
    assert health.lamp is Lamp.GOOD
    assert "less than 500 ms" in health.notes[0]


def test_a_long_recording_is_read_in_stretches_which_is_said(monkeypatch):
    monkeypatch.setattr(checking, "MOST_EVENTS_READ", 150_000)
    events = scene(12_000_000, 100_000)
    events = kept(events, (events.t < 6_000_000) | (events.t >= 6_400_000))
    source, n_read = ArraySource(events), []
    read = source.read
    source.read = lambda *span: n_read.append(len(read(*span))) or read(*span)
    health = check_health(source)
    assert sum(n_read) < 600_000
    assert health.facts.share_read == pytest.approx(sum(n_read) / len(events))
    assert "read in stretches" in health.notes[0]
    # Gaps are found everywhere.
    assert [reason.fault for reason in health.reasons] == [Fault.SILENT]


def test_the_check_reports_and_can_be_ended():
    said = []
    check_health(ArraySource(scene()), report=lambda share, _words: said.append(share))
    assert said == sorted(said)
    assert 0 <= said[0] <= said[-1] < 1

    class EndedError(Exception):
        pass

    def end(_share, _words):
        raise EndedError

    with pytest.raises(EndedError):
        check_health(ArraySource(scene()), report=end)


def test_the_worst_reason_comes_first_and_makes_the_lamp():
    findings = Findings(n_outside=5, n_restarts=2)
    health = check_health(ArraySource(scene(), findings=findings))
    assert [reason.lamp for reason in health.reasons] == [Lamp.BAD, Lamp.LOOK]
    assert health.lamp is Lamp.BAD
