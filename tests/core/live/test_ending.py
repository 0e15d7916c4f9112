"""A live view begins and ends at any moment, whatever its camera and its users are doing."""

import multiprocessing
import random
import threading
import time

import pytest

from evface.errors import CameraError
from evface.events.filters.chain import FilterChain
from evface.events.filters.regions import Polarity
from evface.events.representations.counting import Histogram, MetavisionFrame
from evface.geometry.clock import ClockSync
from evface.live import connection, inference
from evface.live.drawing import View
from evface.live.models import LiveModels
from evface.live.picture import Overlay
from evface.live.pipeline import LivePipeline
from evface.live.shared_memory import SharedRoom
from evface.live.state import Link
from evface.live.worker_messages import Ready

PATIENCE_S = 60.0
VIEW = View(MetavisionFrame(), 20_000)


def until(holds):
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, "it never came"
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """See that every thread, process and shared memory is gone in the end."""
    monkeypatch.setattr(connection, "_FIRST_PAUSE_S", 0.02)
    rooms = []
    make = SharedRoom.__init__
    remove = SharedRoom.remove

    def made(room, name=None):
        make(room, name)
        rooms.append(room.name)

    def removed(room):
        name = room.name
        remove(room)
        rooms.remove(name)

    monkeypatch.setattr(SharedRoom, "__init__", made)
    monkeypatch.setattr(SharedRoom, "remove", removed)
    before = set(threading.enumerate())
    made_views = []
    make_view = LivePipeline.__init__

    def made_view(self, *rest, **options):
        made_views.append(self)
        make_view(self, *rest, **options)

    monkeypatch.setattr(LivePipeline, "__init__", made_view)
    yield
    for view in made_views:
        view.stop()
    until(lambda: set(threading.enumerate()) <= before)
    until(lambda: not multiprocessing.active_children())
    assert not rooms


def answer(connection_, room_name, _models):
    """Stand in for the models' process."""
    room = SharedRoom(room_name)
    connection_.send(Ready((), sees_events=True, sees_frames=True))
    try:
        while True:
            job = connection_.recv()
            connection_.send(Overlay(job.number, job.t_us, job.seen_s, models_s={"all": 0.0}))
    except (EOFError, OSError):
        room.close()


class Listener:
    def __init__(self):
        self.n = 0

    def camera_opened(self, camera):
        assert camera.info.resolution

    def packet_came(self, packet):
        self.n += len(packet.events)

    def frame_came(self, frame):
        assert frame.image.size


def test_ending_before_and_beginning_after_the_end_are_fine(make_camera):
    pipeline = LivePipeline(make_camera(), view=VIEW)
    pipeline.stop()
    pipeline.start()
    pipeline.stop()
    assert pipeline.state.link is Link.STOPPED
    assert pipeline.latest() is None


def test_beginning_twice_is_beginning_once(make_camera):
    camera = make_camera()
    pipeline = LivePipeline(camera, view=VIEW)
    pipeline.start()
    pipeline.start()
    until(lambda: pipeline.latest() is not None)
    pipeline.stop()
    assert camera.n_opened == 1


def test_whoever_ends_it_second_waits_for_the_end_too(make_camera):
    pipeline = LivePipeline(make_camera(), view=VIEW)
    pipeline.start()
    alive = []

    def end():
        pipeline.stop()
        alive.append(pipeline._drawing.is_alive())

    threads = [threading.Thread(target=end) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert alive == [False] * 4


def test_every_event_sent_is_accounted_for_in_the_end(make_camera, make_frames):
    camera, listener = make_camera(), Listener()
    n_sent = 0
    read = camera.read

    def counted_read(timeout_s):
        nonlocal n_sent
        packet = read(timeout_s)
        n_sent += 0 if packet is None else len(packet.events)
        return packet

    camera.read = counted_read
    pipeline = LivePipeline(
        camera, make_frames(), view=VIEW, filters=FilterChain((Polarity(keeps="on"),))
    )
    pipeline.listen(listener)
    pipeline.start()
    until(lambda: pipeline.counters.n_drawn > 3_000)
    pipeline.stop()
    counted = pipeline.counters
    assert counted.n_filtered > 3_000
    assert counted.n_events == listener.n == n_sent
    n_seen = counted.n_refused + counted.n_filtered + counted.n_drawn
    assert n_seen + counted.n_dropped_by_ring == n_sent


def test_a_driver_that_hangs_while_it_is_closed_does_not_hold_up_the_view(make_camera, monkeypatch):
    monkeypatch.setattr(connection, "_HUNG_S", 0.1)
    monkeypatch.setattr(connection, "_END_S", 0.2)
    camera, comes_back, hangs = make_camera(), threading.Event(), threading.Event()
    read = camera.read

    def hang(*_):
        if hangs.is_set():
            comes_back.wait(PATIENCE_S)
        return None

    camera.read = lambda timeout_s: hang() if hangs.is_set() else read(timeout_s)
    camera.close = hang
    pipeline = LivePipeline(camera, view=VIEW)
    pipeline.start()
    until(lambda: pipeline.latest() is not None)
    hangs.set()
    until(lambda: pipeline.state.link is Link.STALLED)
    assert "does not answer; pull its plug" in pipeline.state.words
    seen = pipeline.counters.n_pictures
    until(lambda: pipeline.counters.n_pictures > seen + 5)
    pipeline.stop()
    assert pipeline.state.link is Link.STOPPED
    comes_back.set()


def test_a_read_that_hung_is_followed_by_a_new_beginning(make_camera, monkeypatch):
    monkeypatch.setattr(connection, "_HUNG_S", 0.2)
    camera, hangs = make_camera(), threading.Event()
    read = camera.read

    def read_or_hang(timeout_s):
        if hangs.is_set() and camera.n_opened == 1:
            camera._closed.wait(PATIENCE_S)
            return None
        return read(timeout_s)

    camera.read = read_or_hang
    pipeline = LivePipeline(camera, view=VIEW)
    pipeline.start()
    until(lambda: pipeline.latest() is not None)
    hangs.set()
    until(lambda: pipeline.counters.n_reconnected == 1)
    pipeline.stop()


def test_work_that_takes_long_is_not_the_cameras_fault(make_camera, monkeypatch):
    monkeypatch.setattr(connection, "_HUNG_S", 0.05)
    camera, goes_on, listener = make_camera(), threading.Event(), Listener()
    listener.packet_came = lambda _: goes_on.wait(PATIENCE_S)
    pipeline = LivePipeline(camera, view=VIEW)
    pipeline.start()
    until(lambda: pipeline.latest() is not None)
    pipeline.listen(listener)
    drawn = pipeline.counters.n_pictures
    until(lambda: pipeline.counters.n_pictures > drawn + 10)
    assert pipeline.state.link is Link.RUNNING
    goes_on.set()
    pipeline.stop()
    assert camera.n_opened == 1


def test_a_camera_that_is_being_opened_is_told_and_ended(make_camera, monkeypatch):
    monkeypatch.setattr(connection, "_HUNG_S", 0.05)
    camera, began = make_camera(), threading.Event()

    def opens_for_long():
        # As a camera does that clears its closing when it begins.
        camera._closed.clear()
        began.set()
        camera._closed.wait(PATIENCE_S)
        raise CameraError("Test camera", "does not begin")

    camera.open = opens_for_long
    pipeline = LivePipeline(camera, view=VIEW)
    pipeline.start()
    assert began.wait(PATIENCE_S)
    until(lambda: "takes long to open" in pipeline.state.words)
    pipeline.stop()
    assert not pipeline._connection._thread.is_alive()


def test_closing_that_fails_does_not_end_the_view(make_camera):
    camera = make_camera()
    camera.is_plugged = False

    def close():
        raise RuntimeError("Other error")

    camera.close = close
    pipeline = LivePipeline(camera, view=VIEW)
    pipeline.start()
    until(lambda: pipeline.state.link is Link.LOST)
    camera.is_plugged = True
    until(lambda: pipeline.latest() is not None)
    pipeline.stop()


def test_a_view_that_cannot_be_drawn_is_told_and_another_one_helps(make_camera):
    class Failing(Histogram):
        def index_image(self, *_, **__):
            raise MemoryError

    pipeline = LivePipeline(make_camera(), view=VIEW)
    pipeline.start()
    until(lambda: pipeline.latest() is not None)
    pipeline.show(View(Failing(), 20_000))
    until(lambda: "cannot be drawn (MemoryError); choose another" in pipeline.state.words)
    pipeline.show(VIEW)
    until(lambda: "is running" in pipeline.state.words)
    number = pipeline.latest().number
    until(lambda: pipeline.latest().number > number)
    pipeline.stop()


def test_a_picture_of_a_clock_that_is_gone_has_no_time(make_camera, make_frames):
    pipeline = LivePipeline(make_camera(), make_frames(), view=VIEW, sync=ClockSync(0))
    seen = pipeline._capture
    seen.opened()
    frame = make_frames().read(1.0)
    pipeline._take_frame(frame)
    assert pipeline._newest_frame.epoch == seen.epoch
    seen.opened()
    assert pipeline._newest_frame.epoch != seen.epoch
    assert not pipeline.replay().moments.frames


def test_overlays_of_models_that_were_given_up_are_not_shown(make_camera, monkeypatch):
    monkeypatch.setattr(inference, "work", answer)
    pipeline = LivePipeline(make_camera(), view=VIEW, models=LiveModels(teacher="any"))
    pipeline.start()
    until(lambda: pipeline.latest() is not None and pipeline.latest().overlay is not None)
    pipeline.choose_models(None)
    assert pipeline._matcher.latest(in_step=False).overlay is None
    number = pipeline.latest().number
    while pipeline.latest().number < number + 10:
        assert pipeline.latest().overlay is None
    pipeline.stop()


@pytest.mark.parametrize("seed", range(2))
def test_anything_may_be_asked_at_any_time_from_any_thread(
    make_camera, make_frames, monkeypatch, seed
):
    monkeypatch.setattr(inference, "work", answer)
    models = LiveModels(teacher="any")
    failures = []
    pipelines = []

    def hammer(number):
        chance = random.Random(100 * seed + number)
        try:
            for _ in range(80):
                time.sleep(chance.random() * 0.02)
                pipeline = pipelines[-1]
                chance.choice(
                    [
                        lambda p: p.show(View(Histogram(), chance.randint(1_000, 90_000))),
                        lambda p: p.show(VIEW),
                        lambda p: p.choose_models(models),
                        lambda p: p.choose_models(None),
                        lambda p: p.filter_by(FilterChain((Polarity(keeps="on"),))),
                        lambda p: p.filter_by(FilterChain()),
                        lambda p: p.listen(Listener()),
                        lambda p: p.listen(None),
                        lambda p: p.latest(),
                        lambda p: p.wait(p._matcher.number, 0.01),
                        lambda p: (p.state, p.latency, p.latest_frame()),
                        lambda p: p.replay().tracks(),
                        lambda p: setattr(p.camera, "is_plugged", chance.random() < 0.7),
                        lambda p: setattr(
                            p.camera, "resolution", chance.choice([(9, 7), (64, 48)])
                        ),
                        lambda p: setattr(p.camera, "jump_us", chance.randint(0, 1 << 40)),
                        lambda p: p.start(),
                        lambda p: p.stop() if chance.random() < 0.05 else None,
                    ]
                )(pipeline)
        except Exception as error:  # noqa: BLE001  told below
            failures.append(error)

    for _ in range(3):
        pipelines.append(LivePipeline(make_camera(), make_frames(), view=VIEW, models=models))
        pipelines[-1].start()
        threads = [threading.Thread(target=hammer, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        pipelines[-1].stop()
        counted = pipelines[-1].counters
        n_seen = counted.n_refused + counted.n_filtered + counted.n_drawn
        assert n_seen + counted.n_dropped_by_ring == counted.n_events
    assert not failures
