import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from evface.cameras.base import Packet
from evface.events.events import Events
from evface.events.filters.chain import FilterChain
from evface.events.filters.regions import Polarity
from evface.events.representations.counting import Histogram, MetavisionFrame
from evface.events.sources import open_events
from evface.geometry.clock import ClockSync
from evface.live import connection
from evface.live.drawing import View
from evface.live.pipeline import LivePipeline
from evface.live.recorder import Recorder
from evface.live.ring import Batch, EventRing
from evface.live.state import Link

WINDOW_US = 20_000
VIEW = View(MetavisionFrame(), WINDOW_US)
PATIENCE_S = 60.0


def until(holds):
    """Wait until something holds; fail if it never does."""
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, "it never came"
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(connection, "_FIRST_PAUSE_S", 0.02)


@pytest.fixture
def running():
    """Start pipelines, and stop them in the end; no thread of theirs is left then."""
    before = set(threading.enumerate())
    started = []

    def start(camera, *rest, **options):
        pipeline = LivePipeline(camera, *rest, **{"view": VIEW, **options})
        started.append(pipeline)
        pipeline.start()
        return pipeline

    yield start
    for pipeline in started:
        pipeline.stop()
    until(lambda: {t for t in threading.enumerate() if t.name != "evface-images_0"} <= before)


class Listener:
    def __init__(self):
        self.said = []

    def camera_opened(self, camera):
        self.said.append(camera.info.key)

    def packet_came(self, packet):
        self.said.append(packet)

    def frame_came(self, frame):
        self.said.append(frame)


def test_pictures_show_the_window_up_to_the_newest_event(running, make_camera, make_events):
    camera = make_camera()
    pipeline = running(camera)
    n_in_window = pytest.approx(camera.rate_hz * WINDOW_US / 1e6, rel=0.05)
    seen = []

    def is_seen():
        # One that was drawn while nothing came for long has fewer.
        seen[:] = [pipeline.latest()]
        return seen[0] and seen[0].t_us > 2 * WINDOW_US and seen[0].n_events == n_in_window

    until(is_seen)
    picture = seen[0]
    events = make_events(0, picture.t_us, camera.rate_hz, camera.resolution)
    wanted = set(events.x[events.t >= picture.start_us].tolist())
    assert picture.t_us - picture.start_us == WINDOW_US
    assert set(np.flatnonzero(picture.image.any(axis=0)).tolist()) <= wanted
    until(lambda: pipeline.state.link is Link.RUNNING)


def test_the_newest_picture_wins_and_those_nobody_saw_are_counted(running, make_camera):
    pipeline = running(make_camera())
    until(lambda: pipeline.counters.n_pictures > 10)
    first = pipeline.latest()
    until(lambda: pipeline.counters.n_pictures > first.number + 5)
    assert pipeline.latest().number > first.number + 4
    assert pipeline.counters.n_unseen > 5


def test_latency_is_that_of_what_was_handed_out(running, make_camera):
    pipeline = running(make_camera())
    number = 0
    while number < 30:
        assert pipeline.wait(number, PATIENCE_S)
        picture = pipeline.latest()
        number = picture.number
    latency = pipeline.latency.picture
    assert latency.n >= 20
    assert 0 < latency.p50_ms <= latency.p99_ms < 1e3 * PATIENCE_S


def test_a_camera_that_is_unplugged_again_and_again_comes_back(running, make_camera):
    camera = make_camera()
    camera.is_plugged = False
    pipeline = running(camera)
    until(lambda: pipeline.state.link is Link.LOST)
    assert "plug it in" in pipeline.state.words
    for n in range(5):
        camera.is_plugged = True
        until(lambda n=n: pipeline.counters.n_reconnected >= n)
        seen = pipeline.counters.n_pictures
        until(lambda seen=seen: pipeline.counters.n_pictures > seen)
        camera.is_plugged = False
        until(lambda: pipeline.state.link in (Link.LOST, Link.RECONNECTING))
    assert camera.n_opened == 5
    assert pipeline.counters.n_reconnected == 4


def test_a_camera_that_stalls_is_told_and_goes_on(running, make_camera, monkeypatch):
    monkeypatch.setattr(connection, "_STALLED_S", 0.2)
    camera = make_camera()
    pipeline = running(camera)
    until(lambda: pipeline.counters.n_pictures > 2)
    camera.is_silent = True
    until(lambda: pipeline.state.link is Link.STALLED)
    assert "Nothing came" in pipeline.state.words
    until(lambda: not pipeline.latest().image.any())
    camera.is_silent = False
    until(lambda: pipeline.state.link is Link.RUNNING and pipeline.latest().image.any())
    assert (pipeline.counters.n_stalls, camera.n_opened) == (1, 1)


def test_a_camera_that_is_silent_for_long_is_opened_anew(running, make_camera, monkeypatch):
    monkeypatch.setattr(connection, "_STALLED_S", 0.05)
    monkeypatch.setattr(connection, "_SILENT_S", 0.2)
    camera = make_camera()
    camera.is_silent = True
    pipeline = running(camera)
    until(lambda: camera.n_opened > 2)
    camera.is_silent = False
    until(lambda: pipeline.state.link is Link.RUNNING and pipeline.latest() is not None)


def test_a_read_that_hangs_is_ended_by_closing_the_camera(running, make_camera, monkeypatch):
    monkeypatch.setattr(connection, "_HUNG_S", 0.2)
    camera = make_camera()
    read = camera.read
    hangs = threading.Event()

    def read_or_hang(timeout_s):
        if hangs.is_set():
            hangs.clear()
            camera._closed.wait(PATIENCE_S)
            return None
        return read(timeout_s)

    camera.read = read_or_hang
    pipeline = running(camera)
    until(lambda: pipeline.counters.n_pictures > 2)
    closed = []
    close = camera.close
    camera.close = lambda: (closed.append(True), close())
    hangs.set()
    until(lambda: closed)
    until(lambda: not hangs.is_set())


def test_a_driver_that_raises_anything_does_not_end_the_view(running, make_camera):
    camera = make_camera()
    fails = threading.Event()
    read = camera.read

    def read_or_fail(timeout_s):
        if fails.is_set():
            raise RuntimeError("Other error")
        return read(timeout_s)

    camera.read = read_or_fail
    fails.set()
    pipeline = running(camera)
    until(lambda: pipeline.state.link is Link.LOST and "Other error" in pipeline.state.words)
    fails.clear()
    until(lambda: pipeline.latest() is not None)


@pytest.mark.parametrize("jump_us", [-3_600_000_000, 3_600_000_000])
def test_a_clock_that_jumps_begins_everything_anew(running, make_camera, jump_us):
    camera = make_camera()
    camera.jump_us = 7_200_000_000
    pipeline = running(camera)
    until(lambda: pipeline.counters.n_pictures > 3)
    before = pipeline.latest()
    camera.jump_us += jump_us
    until(lambda: pipeline.latest().epoch != before.epoch)
    assert pipeline.counters.n_clock_jumps == 1
    replay = pipeline.replay()
    assert replay.stop_us - replay.start_us < 1_000_000_000


def test_another_resolution_in_mid_stream_begins_everything_anew(running, make_camera):
    camera = make_camera()
    pipeline = running(camera)
    until(lambda: pipeline.counters.n_pictures > 3)
    camera.resolution = (32, 16)
    until(lambda: pipeline.latest().resolution == (32, 16))
    assert pipeline.replay().moments.resolution == (32, 16)


@pytest.mark.parametrize("resolution", [None, (0, 48), (64, 5000), (-1, 3)])
def test_an_impossible_resolution_is_told_and_nothing_drawn(running, make_camera, resolution):
    camera = make_camera()
    camera.state_resolution = lambda: resolution
    pipeline = running(camera)
    until(lambda: pipeline.state.link is Link.LOST)
    assert "sensor" in pipeline.state.words
    assert pipeline.latest() is None


def _outside(events):
    return Events(events.t, events.x + np.uint16(1000), events.y, events.p)


def _backwards(events):
    return Events(events.t[::-1].copy(), events.x, events.y, events.p)


def _absurd(events):
    t = events.t.copy()
    t[len(t) // 2 :] = np.iinfo(np.int64).max
    return Events(t, events.x, events.y, events.p)


@pytest.mark.parametrize("spoiled", [_outside, _backwards, _absurd])
def test_impossible_events_are_left_out_and_counted(running, make_camera, spoiled):
    camera = make_camera()
    camera.spoiled = spoiled
    pipeline = running(camera)
    until(lambda: pipeline.counters.n_refused > 100)
    camera.spoiled = None
    until(lambda: pipeline.latest() is not None and pipeline.latest().image.any())
    until(lambda: pipeline.state.link is Link.RUNNING)


def test_another_view_holds_from_the_next_picture_on(running, make_camera):
    pipeline = running(make_camera())
    until(lambda: pipeline.latest() is not None)
    pipeline.show(View(Histogram(), 50_000))
    until(lambda: pipeline.latest().representation == "histogram")
    picture = pipeline.latest()
    assert picture.t_us - picture.start_us == 50_000


def test_filters_hold_for_pictures_and_replay_but_not_for_the_recorder(running, make_camera):
    listener = Listener()
    pipeline = running(make_camera(), filters=FilterChain((Polarity(keeps="on"),)))
    pipeline.listen(listener)
    until(lambda: pipeline.latest() is not None and pipeline.latest().image.any())
    until(lambda: len(listener.said) > 5)
    assert set(np.unique(pipeline.latest().image).tolist()) <= {0, 2}
    assert pipeline.replay().events().read(0, 1 << 40).p.all()
    packets = [one for one in listener.said if isinstance(one, Packet)]
    assert not all(packet.events.p.all() for packet in packets)


def test_a_recorder_is_told_of_the_camera_before_its_packets_and_again_when_it_is_back(
    running, make_camera
):
    camera, listener = make_camera(), Listener()
    pipeline = running(camera)
    until(lambda: pipeline.counters.n_pictures > 2)
    pipeline.listen(listener)
    until(lambda: len(listener.said) > 3)
    camera.is_plugged = False
    until(lambda: pipeline.state.link in (Link.LOST, Link.RECONNECTING))
    camera.is_plugged = True
    until(lambda: listener.said.count("test:0") == 2 and listener.said[-1] != "test:0")
    assert listener.said[0] == "test:0"
    pipeline.listen(None)


def test_rgb_pictures_lie_on_the_events_clock(running, make_camera, make_frames):
    camera = make_camera()
    pipeline = running(camera, make_frames())
    until(lambda: pipeline.latest() is not None and pipeline.latest().frame_t_us is not None)
    until(lambda: pipeline.counters.n_frames > 10)

    def agree():
        picture = pipeline.latest()
        return abs(picture.frame_t_us - picture.t_us) < 200_000

    # Both arrive at once, so their times agree up to the packets and pictures of a moment.
    until(agree)
    assert pipeline.latest_frame() is not None
    until(lambda: pipeline.state.frame_link is Link.RUNNING)


def test_pictures_of_the_same_device_are_on_its_clock_and_wait_for_it(
    running, make_camera, make_frames
):
    camera, frames = make_camera(), make_frames(offset_us=0)
    camera.frame_camera, camera.is_plugged = frames, False
    pipeline = running(camera, frames)
    until(lambda: pipeline.state.link is Link.LOST)
    assert pipeline.counters.n_frames == 0
    camera.is_plugged = True
    until(lambda: pipeline.latest() is not None and pipeline.latest().frame is not None)
    assert pipeline.latest().frame_t_us == pipeline.latest().frame.t_us


def test_a_known_sync_is_used_as_it_is(running, make_camera, make_frames):
    pipeline = running(make_camera(), make_frames(), sync=ClockSync(123))
    until(lambda: pipeline.latest() is not None and pipeline.latest().frame is not None)
    picture = pipeline.latest()
    assert picture.frame_t_us == picture.frame.t_us + 123


def test_the_last_seconds_can_be_seen_again(running, make_camera, make_events):
    camera = make_camera()
    pipeline = running(camera)
    until(lambda: pipeline.replay().stop_us > 300_000)
    replay = pipeline.replay()
    events = make_events(0, replay.stop_us, camera.rate_hz, camera.resolution)
    for t_us in range(replay.start_us + WINDOW_US, replay.stop_us, 50_000):
        wanted = MetavisionFrame().index_image(
            events, camera.resolution, start_us=t_us - WINDOW_US, stop_us=t_us
        )
        assert replay.picture_at(t_us).image.shape == wanted.shape
        assert replay.picture_at(t_us, replace(VIEW, window_us=1_000)).n_events <= 120
    assert replay.recording().events.n_events == replay.events().n_events


def test_what_comes_can_be_recorded(running, make_camera, make_frames, tmp_path):
    pipeline = running(make_camera(), make_frames())
    until(lambda: pipeline.latest() is not None)
    recorder = Recorder(tmp_path / "live.raw")
    pipeline.listen(recorder)
    until(lambda: recorder.state.n_events > 10_000 and recorder.state.n_frames > 5)
    pipeline.listen(None)
    recorder.stop()
    (part,) = recorder.parts
    events = open_events(part.events)
    assert events.n_events >= 10_000
    assert part.video.exists()
    events.close()


def test_stopping_twice_or_at_once_is_fine(make_camera):
    pipeline = LivePipeline(make_camera(), view=VIEW)
    pipeline.start()
    pipeline.stop()
    pipeline.stop()
    assert pipeline.state.link is Link.STOPPED


def test_a_full_ring_lets_the_oldest_go_and_counts_them(make_events):
    ring = EventRing(1000)
    for k in range(30):
        ring.put(Batch(make_events(k * 1000, k * 1000 + 1000, 1e5, (8, 8)), float(k), 1, (8, 8)))
    held = ring.take()
    n_held = sum(len(batch.events) for batch in held)
    assert n_held <= 1000
    assert ring.n_dropped == 30 * 100 - n_held
    assert held[-1].received_s == 29.0
    assert not ring.take()


def test_a_ring_of_empty_batches_is_bounded_too():
    ring = EventRing(100)
    for _ in range(500):
        ring.put(Batch(Events.empty(), 0.0, 1, (8, 8)))
    assert len(ring.take()) <= 100
    assert ring.n_dropped == 0
