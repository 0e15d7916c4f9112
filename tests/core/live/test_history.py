import numpy as np

from evface.cameras.base import Frame
from evface.events.events import Events
from evface.live.history import History, HistorySettings
from evface.live.picture import Overlay
from evface.live.replayed_media import ReplayedEvents

SIZE = (64, 48)


def _filled(history, make_events, stop_us, step_us=5_000, rate_hz=1e6):
    history.reset(SIZE)
    for start_us in range(0, stop_us, step_us):
        history.add_events(make_events(start_us, start_us + step_us, rate_hz, SIZE))


def test_at_least_the_time_asked_for_is_kept_and_hardly_more(make_events):
    history = History(HistorySettings(keep_us=2_000_000))
    _filled(history, make_events, 5_000_000)
    packed = history.moments().packed
    kept_us = packed[-1].last_us - packed[0].start_us
    assert 2_000_000 <= kept_us < 2_600_000


def test_no_more_bytes_are_kept_than_allowed(make_events):
    history = History(HistorySettings(max_event_bytes=3 << 20))
    _filled(history, make_events, 3_000_000)
    packed = history.moments().packed
    assert sum(one.words.nbytes for one in packed) <= 3 << 20
    assert packed[-1].last_us > 2_990_000


def test_what_was_taken_out_stays_while_the_history_goes_on(make_events):
    history = History(HistorySettings(keep_us=100_000))
    _filled(history, make_events, 500_000)
    taken = history.moments()
    source = ReplayedEvents(taken.packed, SIZE, "camera")
    before = source.read(0, source.duration_us)
    for start_us in range(500_000, 3_000_000, 5_000):
        history.add_events(make_events(start_us, start_us + 5_000, 1e6, SIZE))
    after = source.read(0, source.duration_us)
    assert np.array_equal(before.t, after.t)
    assert np.array_equal(before.x, after.x)


def test_replayed_events_are_those_that_came(make_events):
    history = History(HistorySettings())
    _filled(history, make_events, 700_000, step_us=7_000)
    source = ReplayedEvents(history.moments().packed, SIZE, "camera")
    wanted = make_events(0, 700_000, 1e6, SIZE)
    assert (source.n_events, source.duration_us) == (len(wanted), int(wanted.t[-1]) + 1)
    for start_us, stop_us in ((0, 700_000), (12_345, 98_765), (699_999, 800_000), (-50, 1)):
        found, expected = source.read(start_us, stop_us), wanted.between(start_us, stop_us)
        assert np.array_equal(found.t, expected.t)
        assert np.array_equal(found.x, expected.x)
    counts = np.bincount(wanted.t // 10_000)
    assert np.array_equal(source.rate(10_000), counts)


def test_a_long_silence_between_events_is_kept():
    history = History(HistorySettings())
    history.reset(SIZE)
    t = np.array([0, 5, 80_000_000, 80_000_001], np.int64)
    xy = np.arange(4, dtype=np.uint16)
    history.add_events(Events(t, xy, xy, np.ones(4, bool)))
    source = ReplayedEvents(history.moments().packed, SIZE, "camera")
    assert np.array_equal(source.read(0, 90_000_000).t, t)


def test_frames_and_overlays_are_bounded():
    history = History(HistorySettings(keep_us=1_000_000, max_frame_bytes=20 * 300))
    history.reset(SIZE)
    for k in range(200):
        image = np.zeros((10, 10, 3), np.uint8)
        history.add_frame(k * 33_000, Frame(image, k * 33_000, 0.0))
        history.add_overlay(Overlay(k, k * 33_000, 0.0))
    moments = history.moments()
    assert len(moments.frames) == 20
    assert moments.overlays[0].t_us >= 199 * 33_000 - 1_000_000


def test_another_sensor_begins_anew(make_events):
    history = History(HistorySettings())
    _filled(history, make_events, 50_000)
    history.reset((10, 10))
    moments = history.moments()
    assert (moments.packed, moments.resolution) == ((), (10, 10))


def test_pictures_of_a_clock_that_is_gone_make_room_for_those_of_the_new_one():
    history = History(HistorySettings(keep_us=1_000_000))
    for t_us in (7_000_000, 7_033_000, 20_000, 53_000, 40_000):
        history.add_frame(t_us, Frame(np.zeros((2, 2, 3), np.uint8), 0, 0.0))
        history.add_overlay(Overlay(0, t_us, 0.0))
    moments = history.moments()
    assert [one.t_us for one in moments.frames] == [20_000, 40_000]
    assert [one.t_us for one in moments.overlays] == [20_000, 40_000]
