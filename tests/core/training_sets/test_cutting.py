import numpy as np
import pytest

from evface.projects.recording import Recording
from evface.training_sets.cutting import Cutting, read_footage


@pytest.fixture
def recording(recording_of, tmp_path):
    folder = recording_of(tmp_path / "r", 0, "AU12")
    opened = Recording.from_files(folder / "events.h5", folder / "video.mp4")
    yield opened
    opened.close()


def test_moments_end_windows_of_one_period():
    cutting = Cutting(period_us=100)
    assert cutting.moments(350).tolist() == [100, 200, 300]
    assert cutting.moments(99).tolist() == []


def parts(cutting, n):
    return [(s.start, s.stop) for s in cutting.stretches(n)]


def test_short_recordings_stay_whole_and_long_ones_lose_nothing():
    cutting = Cutting(n_frames=10, stride=10)
    assert parts(cutting, 0) == []
    assert parts(cutting, 3) == [(0, 3)]
    assert parts(cutting, 15) == [(0, 15)]
    assert parts(cutting, 20) == [(0, 10), (10, 20)]
    assert parts(cutting, 24) == [(0, 10), (10, 20), (14, 24)]
    assert parts(Cutting(n_frames=10, stride=5), 20) == [(0, 10), (5, 15), (10, 20)]


def test_moments_go_to_the_keyframes_near_them():
    cutting = Cutting(period_us=100)
    moments = cutting.moments(500)
    keyframes = np.array([10, 130, 190, 215, 250, 480, 900])
    assert cutting.snapped(moments, keyframes).tolist() == [130, 190, 300, 400, 480]
    assert moments.tolist() == [100, 200, 300, 400, 500]
    assert cutting.snapped(moments, np.empty(0, int)).tolist() == moments.tolist()
    assert cutting.snapped(moments[:0], keyframes).tolist() == []


def test_the_busiest_stretch_of_a_long_recording_is_taken(recording, monkeypatch):
    cutting = Cutting(n_frames=2, period_us=10_000)
    times_us = cutting.moments(recording.events.duration_us)
    rate = np.ones(170, np.int64)
    rate[70:100] = 50
    monkeypatch.setattr(type(recording.events), "rate", lambda _self, _bin_us: rate)
    chosen = cutting.busiest(recording, times_us)
    assert times_us[chosen].tolist() == [80_000, 90_000, 100_000]
    assert cutting.busiest(recording, times_us[:3]) == slice(0, 3)


def test_footage_has_the_events_before_each_moment_on_its_own_clock(recording):
    cutting = Cutting(period_us=20_000)
    footage = read_footage(recording, np.array([150_000, 170_000]), cutting)
    assert footage.start_us == 30_000
    assert footage.times_us.tolist() == [120_000, 140_000]
    expected = recording.events.read(30_000, 170_000)
    np.testing.assert_array_equal(footage.events.t, expected.t - 30_000)


def test_each_moment_has_the_frame_that_was_on(recording):
    cutting = Cutting(rgb_px=24)
    times_us = np.array([1_000, 34_000, 60_000, 140_000])
    footage = read_footage(recording, times_us, cutting)
    assert footage.rgb.shape == (4, 24, 24, 3)
    shades = footage.rgb.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(shades, [0, 40, 40, 160], atol=6)
    # Nobody measured how this video lies.
    assert footage.event_from_rgb is None
    assert read_footage(recording, times_us, Cutting(with_rgb=False)).rgb is None


def test_impossible_settings_are_told():
    with pytest.raises(ValueError, match="stride must be at least 1, got 0"):
        Cutting(stride=0)
