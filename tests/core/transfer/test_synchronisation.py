from dataclasses import dataclass

import numpy as np
import pytest

from evface.errors import RecordingError
from evface.transfer.motion_energy import EventMotion, VideoMotion
from evface.transfer.synchronisation import find_sync

N_CELLS = 12


@dataclass(frozen=True)
class Scene:
    """Bursts of motion, seen by both cameras."""

    rates: np.ndarray  # (n_ms, n_cells), events a millisecond

    @classmethod
    def draw(cls, seed, duration_s):
        rng = np.random.default_rng(seed)
        ms = np.arange(int(duration_s * 1000))
        rates = np.full((len(ms), N_CELLS), 0.05)
        at = 200.0
        while at < len(ms):
            course = np.exp(-0.5 * ((ms - at) / rng.uniform(25, 80)) ** 2)
            rates += course[:, None] * rng.gamma(0.5, 8.0, N_CELLS)
            at += rng.exponential(500) + 150
        return cls(rates)

    def events(self, start_ms=0, stop_ms=None, *, seed=0, cells=slice(None)):
        """What the sensor sees of the part; zero is the part's start."""
        counts = np.random.default_rng([seed, 1]).poisson(self.rates[start_ms:stop_ms, cells])
        return EventMotion(np.vstack([np.zeros((1, N_CELLS), int), counts.cumsum(axis=0)]))

    def video(self, start_ms, stop_ms, *, drift_ppm=0.0, keep=1.0, seed=0):
        """What the video sees of the part; its clock is zero at the first frame."""
        rng = np.random.default_rng([seed, 2])
        times_ms = np.arange(start_ms, stop_ms, 1000 / 30)
        times_ms = times_ms[rng.random(len(times_ms)) < keep]
        before = np.vstack([np.zeros((1, N_CELLS)), self.rates.cumsum(axis=0)])
        place = np.arange(len(before))
        levels = np.stack([np.interp(times_ms, place, column) for column in before.T], axis=1)
        crossings = np.diff(levels, axis=0) * 0.7
        crossings *= rng.normal(1.0, 0.05, crossings.shape).clip(0)
        times_us = (times_ms - times_ms[0]) * 1000 / (1 + drift_ppm * 1e-6)
        start_us = times_ms[0] * 1000
        return VideoMotion(np.rint(times_us).astype(np.int64), crossings.astype("f4")), start_us


def error_us(finding, video, offset_us, drift_ppm=0.0):
    """The error in the middle of the video."""
    middle_us = float(video.times_us[-1]) / 2
    found = finding.offset_us + finding.drift_ppm * 1e-6 * middle_us
    return found - offset_us - drift_ppm * 1e-6 * middle_us


@pytest.fixture(scope="module")
def scene():
    return Scene.draw(1, 12)


@pytest.mark.parametrize(("first_ms", "start_ms"), [(0, 700), (2500, 0), (0, 0)])
def test_the_offset_is_found_whichever_began_first(scene, first_ms, start_ms):
    video, start_us = scene.video(start_ms, 10_000)
    finding = find_sync(video, scene.events(first_ms))
    assert abs(error_us(finding, video, start_us - first_ms * 1000)) < 1500
    assert finding.quality == "good"
    assert finding.sync.method == "correlation"


def test_the_drift_of_a_long_recording_is_found():
    scene = Scene.draw(2, 120)
    video, start_us = scene.video(300, 119_000, drift_ppm=80)
    finding = find_sync(video, scene.events(), largest_offset_us=2_000_000)
    assert finding.drift_ppm == pytest.approx(80, abs=20)
    assert abs(error_us(finding, video, start_us, 80)) < 1000
    assert len(finding.window_times_us) >= 6
    assert np.median(np.abs(finding.window_residuals_us)) < 2000


def test_nothing_is_said_of_the_drift_of_a_short_recording(scene):
    video, _ = scene.video(0, 4000, drift_ppm=80)
    assert find_sync(video, scene.events(0, 4000)).drift_ppm == 0


def test_a_mirrored_picture_changes_nothing(scene):
    video, start_us = scene.video(500, 10_000)
    finding = find_sync(video, scene.events(cells=slice(None, None, -1)))
    assert abs(error_us(finding, video, start_us)) < 1500
    assert finding.quality == "good"


def test_half_of_the_frames_may_be_missing(scene):
    video, start_us = scene.video(500, 11_000, keep=0.5)
    finding = find_sync(video, scene.events())
    assert abs(error_us(finding, video, start_us)) < 3000
    assert finding.quality != "bad"


@pytest.mark.parametrize("seed", range(6))
def test_recordings_of_different_scenes_are_never_called_alike(scene, seed):
    video, _ = scene.video(500, 10_000)
    finding = find_sync(video, Scene.draw(50 + seed, 9).events())
    assert finding.quality == "bad"
    assert finding.confidence < 0.5
    assert finding.problem


def test_parts_of_one_scene_without_common_time_are_not_called_alike(scene):
    video, _ = scene.video(0, 5500)
    assert find_sync(video, scene.events(6000)).quality == "bad"


def test_a_repeated_movement_is_ambiguous():
    scene = Scene.draw(3, 6)
    period = scene.rates[1000:2000]
    again = Scene(np.vstack([period] * 8))
    video, _ = again.video(0, 7000)
    finding = find_sync(video, again.events())
    assert finding.quality == "bad"
    assert "another offset" in finding.problem


def test_a_short_clip_is_never_called_good(scene):
    video, _ = scene.video(0, 1700)
    assert find_sync(video, scene.events(0, 1700)).quality != "good"


def test_frames_that_were_dropped_without_a_trace_are_noticed(scene):
    video, _ = scene.video(0, 12_000, keep=0.5)
    retimed = VideoMotion(
        np.rint(np.arange(len(video.times_us)) * 1e6 / 30).astype(np.int64), video.crossings
    )
    assert find_sync(retimed, scene.events()).quality == "bad"


def test_a_gap_that_was_closed_up_is_noticed():
    scene = Scene.draw(5, 24)
    whole, _ = scene.video(0, 24_000)
    kept = np.r_[0:380, 470 : len(whole.times_us)]
    crossings = np.diff(
        np.vstack([[np.zeros(N_CELLS)], whole.crossings.cumsum(axis=0)])[kept], axis=0
    )
    retimed = VideoMotion(whole.times_us[: len(kept)], crossings.astype("f4"))
    finding = find_sync(retimed, scene.events())
    assert finding.quality == "bad"


def test_a_sensor_that_did_not_see_the_face_is_noticed(scene):
    video, _ = scene.video(0, 10_000)
    nothing_but_noise = Scene(np.full((10_000, N_CELLS), 0.5))
    finding = find_sync(video, nothing_but_noise.events())
    assert finding.quality == "bad"
    assert "does not resemble" in finding.problem


def test_a_still_video_is_refused(scene):
    video, _ = scene.video(0, 2000)
    still = VideoMotion(video.times_us, np.zeros_like(video.crossings))
    with pytest.raises(RecordingError, match="nothing moves in the video"):
        find_sync(still, scene.events())


def test_a_sensor_that_saw_nothing_is_refused(scene):
    video, _ = scene.video(0, 2000)
    with pytest.raises(RecordingError, match="no events"):
        find_sync(video, EventMotion(np.zeros((2001, N_CELLS), int)))


def test_an_offset_beyond_what_is_allowed_is_refused(scene):
    video, _ = scene.video(0, 300)
    with pytest.raises(RecordingError, match="too little time in common"):
        find_sync(video, scene.events(0, 300))


def test_the_signals_of_the_finding_lie_over_one_another(scene):
    video, _ = scene.video(500, 10_000)
    finding = find_sync(video, scene.events())
    assert len(finding.signal_times_us) == len(finding.video_signal) == len(finding.event_signal)
    assert np.corrcoef(finding.video_signal, finding.event_signal)[0, 1] > 0.95
    assert finding.video_signal.mean() == pytest.approx(0, abs=1e-4)
    assert finding.curve_offsets_us[np.argmax(finding.curve)] == pytest.approx(
        finding.offset_us, abs=20_000
    )


def test_a_single_cell_is_enough():
    scene = Scene.draw(4, 12)
    video, start_us = scene.video(500, 11_000)
    finding = find_sync(video, scene.events().as_one())
    assert abs(error_us(finding, video, start_us)) < 2000
