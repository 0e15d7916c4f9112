import numpy as np
import pytest

from evface.errors import RecordingError
from evface.events.triggers import Triggers
from evface.geometry.clock import ClockSync
from evface.transfer.sync_finding import SyncFinding
from evface.transfer.trigger_sync import sync_from_triggers, trigger_times

OFFSET_US, DRIFT_PPM = 412_345, 37.0


def frames(n, *, keep=1.0, seed=0):
    """Frame times on the video's clock, and a trigger on the sensor's for each that was taken."""
    rng = np.random.default_rng(seed)
    taken = np.rint(np.arange(n) * 1e6 / 30).astype(np.int64)
    triggers = taken * (1 + DRIFT_PPM * 1e-6) + OFFSET_US + rng.normal(0, 20, n)
    kept = rng.random(n) < keep
    kept[0] = True
    return taken[kept], np.rint(triggers).astype(np.int64)


def near(offset_us, quality="good"):
    return SyncFinding(sync=ClockSync(offset_us), confidence=0.9, quality=quality)


def test_as_many_triggers_as_frames_belong_together_one_to_one():
    video, triggers = frames(3000)
    finding = sync_from_triggers(video, triggers)
    assert finding.quality == "good"
    assert abs(finding.offset_us - OFFSET_US) < 60
    assert finding.drift_ppm == pytest.approx(DRIFT_PPM, abs=1)
    assert len(finding.window_residuals_us) == 3000
    assert np.abs(finding.window_residuals_us).max() < 150
    assert finding.sync.method == "triggers"


def test_half_of_the_frames_may_be_missing():
    video, triggers = frames(2000, keep=0.5)
    early = triggers[0] - 33_333 * np.arange(3, 0, -1)
    finding = sync_from_triggers(video, np.concatenate([early, triggers]), near=near(OFFSET_US))
    assert finding.quality == "good"
    assert abs(finding.offset_us - OFFSET_US) < 60
    assert len(finding.window_times_us) == len(video)


def test_even_frames_among_more_triggers_need_the_motion_to_choose():
    video, triggers = frames(600)
    more = np.concatenate([triggers[0] - 33_333 * np.arange(9, 0, -1), triggers])
    unsure = sync_from_triggers(video, more)
    assert unsure.quality == "bad"
    assert "fit at" in unsure.problem
    sure = sync_from_triggers(video, more, near=near(OFFSET_US + 4_000))
    assert sure.quality == "good"
    assert abs(sure.offset_us - OFFSET_US) < 100
    assert sync_from_triggers(video, more, near=near(OFFSET_US, "bad")).quality == "bad"


def test_pauses_of_the_triggers_tell_where_the_video_began():
    video, triggers = frames(600)
    kept = np.r_[0:60, 80:130, 190:220, 240:280, 300:600]
    more = np.concatenate([triggers[0] - 33_333 * np.arange(9, 0, -1), triggers[kept]])
    finding = sync_from_triggers(video[kept], more)
    assert finding.quality == "good"
    assert abs(finding.offset_us - OFFSET_US) < 100


def test_triggers_of_another_rate_are_refused():
    video, _ = frames(600)
    with pytest.raises(RecordingError, match="not this video's"):
        sync_from_triggers(video, np.arange(500) * 50_000 + 1000)


def test_too_few_triggers_are_refused():
    with pytest.raises(RecordingError, match="too few"):
        sync_from_triggers(np.arange(5) * 33_333, np.array([7]))


def test_the_middle_lies_between_a_rising_edge_and_the_falling_one_after_it():
    times = np.array([5, 10, 20, 30, 36, 40], np.int64)
    rising = np.array([False, True, False, True, False, True])
    triggers = Triggers(times, np.array([1, 1, 1, 1, 1, 1], np.uint8), rising)
    assert trigger_times(triggers, edge="middle", channel=1).tolist() == [15, 33]
    assert trigger_times(triggers, edge="rising", channel=1).tolist() == [10, 30, 40]
    assert trigger_times(triggers, edge="falling", channel=1).tolist() == [5, 20, 36]
    assert len(trigger_times(triggers, edge="middle", channel=0)) == 0
