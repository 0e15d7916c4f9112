import multiprocessing
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.representations.counting import MetavisionFrame
from evface.geometry.registration import Registration
from evface.live import inference, shared_memory
from evface.live.drawing import Drawer, View
from evface.live.models import LiveModels
from evface.live.picture import Overlay, Placed
from evface.live.pipeline import LivePipeline
from evface.live.ring import Batch
from evface.live.shared_memory import SharedRoom
from evface.live.state import LiveCounters, Working
from evface.live.worker_messages import MAX_EVENTS, Ready

PATIENCE_S = 60.0


def until(holds):
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, "it never came"
        time.sleep(0.005)


def _overlay(job):
    points = np.full((68, 2), 7.0, np.float32)
    return Overlay(
        job.number,
        job.t_us,
        job.seen_s,
        {"network": Placed(points, 0.9, "ibug68", job.t_us)},
        intensity={"AU12": min(1.0, job.n_events / 1e6)},
        models_s={"all": 0.01},
    )


def answer(connection, room_name, _models):
    """Stand in for the models' process: says how many events it saw."""
    room = SharedRoom(room_name)
    connection.send(Ready((), sees_events=True, sees_frames=False))
    try:
        while True:
            job = connection.recv()
            events = room.events(job.n_events)
            assert len(events) == 0 or events.t[-1] < job.t_us
            connection.send(_overlay(job))
    except (EOFError, OSError):
        room.close()


def answer_slowly(connection, _room_name, _models):
    connection.send(Ready(("one is missing",), sees_events=True, sees_frames=False))
    while True:
        job = connection.recv()
        time.sleep(0.1)
        connection.send(_overlay(job))


def die(connection, _room_name, _models):
    connection.send(Ready((), sees_events=True, sees_frames=False))
    connection.recv()


def hang(connection, _room_name, _models):
    connection.send(Ready((), sees_events=True, sees_frames=False))
    time.sleep(600)


@pytest.fixture
def running(make_camera, monkeypatch):
    """Start a pipeline whose models' process does something else."""
    monkeypatch.setattr(inference, "_FIRST_PAUSE_S", 0.05)
    started = []

    def start(work=None, models=None, frames=None, **options):
        if work is not None:
            monkeypatch.setattr(inference, "work", work)
        pipeline = LivePipeline(
            make_camera(),
            frames,
            view=View(MetavisionFrame(), 20_000),
            models=models or LiveModels(teacher="mediapipe"),
            **options,
        )
        started.append(pipeline)
        pipeline.start()
        return pipeline

    yield start
    for pipeline in started:
        pipeline.stop()
    assert not multiprocessing.active_children()


def test_an_overlay_is_of_its_own_picture_or_says_how_late_it_is(running):
    pipeline = running(answer_slowly)
    until(lambda: pipeline.counters.n_looked_at > 2)
    assert pipeline.state.working is Working.RUNNING
    assert pipeline.state.working_words == "one is missing"
    assert pipeline.state.is_teacher_refused
    for _ in range(100):
        picture = pipeline.latest()
        overlay = picture.overlay
        if overlay is not None:
            assert overlay.number <= picture.number
            assert picture.overlay_age_us == max(picture.t_us - overlay.t_us, 0)
            assert picture.is_overlay_late == (picture.overlay_age_us > 0)
        time.sleep(0.005)
    until(lambda: pipeline.counters.n_not_looked_at > 0)


def test_in_step_with_the_models_each_picture_has_its_own_overlay(running):
    pipeline = running(answer_slowly)
    pipeline.in_step = True
    until(lambda: pipeline.counters.n_looked_at > 3)
    own = set()

    def many_are_seen():
        picture = pipeline.latest()
        if picture.overlay is not None and picture.overlay.number == picture.number:
            own.add(picture.number)
        elif picture.overlay is not None:
            # So late an overlay is not waited for.
            assert picture.overlay_age_us > 400_000
        return len(own) > 5

    until(many_are_seen)
    assert pipeline.latency.overlay.n > 0


def test_models_get_each_event_once_also_those_that_come_late_after_a_pause(make_events):
    drawer = Drawer(View(MetavisionFrame(), 20_000), inference.MEMORY_US)
    link = inference.InferenceLink(drawer, lambda *_: None, LiveCounters())
    room, last, told = SharedRoom(), inference._Last(), []
    said = Ready((), sees_events=True, sees_frames=False)

    def comes(start_us, stop_us):
        events = make_events(start_us, stop_us, 1e5, (64, 48))
        drawer.take([Batch(events, time.monotonic(), 1, (64, 48))])

    def ask(ahead_us=0):
        picture = drawer.draw()
        t_us = int(drawer._last_us) + 1 + ahead_us
        job = link._job(room, replace(picture, t_us=t_us), Registration(), said, last)
        told.append(room.events(job.n_events))

    comes(0, 10_000)
    ask()
    # Nothing comes for long, so that the picture goes on with the computer's clock.
    ask(ahead_us=70_000)
    comes(10_000, 50_000)
    comes(50_000, 120_000)
    ask()
    ask()
    comes(120_000, 500_000)
    ask()
    room.remove()
    wanted = make_events(0, 120_000, 1e5, (64, 48)), make_events(300_000, 500_000, 1e5, (64, 48))
    assert [len(events) for events in told] == [1_000, 0, 11_000, 0, 20_000]
    assert np.array_equal(Events.concatenate(told[:4]).t, wanted[0].t)
    assert np.array_equal(told[4].t, wanted[1].t)


@pytest.mark.parametrize("work", [die, hang])
def test_a_process_that_ends_or_hangs_is_started_anew_and_the_view_goes_on(
    running, monkeypatch, work
):
    monkeypatch.setattr(inference, "_FIRST_LOOK_S", 0.3)
    pipeline = running(work)
    until(lambda: pipeline.counters.n_worker_ends >= 2)
    seen = pipeline.counters.n_pictures
    until(lambda: pipeline.counters.n_pictures > seen + 5)
    monkeypatch.setattr(inference, "_FIRST_LOOK_S", 30.0)
    monkeypatch.setattr(inference, "work", answer)
    until(lambda: pipeline.counters.n_looked_at > 0)
    assert pipeline.state.working is Working.RUNNING


def test_other_models_take_the_place_of_those_before(running, monkeypatch):
    pipeline = running(answer)
    until(lambda: pipeline.counters.n_looked_at > 0)
    pipeline.choose_models(None)
    until(lambda: pipeline.state.working is Working.OFF)
    until(lambda: pipeline.latest().overlay is None)
    monkeypatch.setattr(inference, "work", answer_slowly)
    pipeline.choose_models(LiveModels())
    until(lambda: pipeline.latest().overlay is not None)


def test_models_that_cannot_be_had_are_told_and_the_view_goes_on(running, tmp_path):
    models = LiveModels((tmp_path / "none.safetensors",), teacher="")
    pipeline = running(models=models)
    until(lambda: pipeline.state.working_words and pipeline.state.working is Working.OFF)
    assert "none.safetensors" in pipeline.state.working_words
    seen = pipeline.counters.n_pictures
    until(lambda: pipeline.counters.n_pictures > seen)


@pytest.mark.slow
def test_the_teacher_sees_no_face_in_grey_pictures(running, make_frames):
    pipeline = running(models=LiveModels(teacher="mediapipe"), frames=make_frames())
    until(lambda: pipeline.counters.n_looked_at > 2 or pipeline.state.is_teacher_refused)
    if pipeline.state.is_teacher_refused:
        pytest.skip(pipeline.state.working_words)
    assert pipeline.latest().overlay.landmarks == {}
    assert "teacher" in pipeline.latency.models


def test_what_does_not_fit_into_shared_memory_is_the_oldest(make_events):
    room = SharedRoom()
    try:
        other = SharedRoom(room.name)
        n = MAX_EVENTS // 2 + 10
        parts = [make_events(k * n, (k + 1) * n, 1e6, (64, 48)) for k in range(3)]
        held = room.put_events(parts)
        found, wanted = other.events(held), Events.concatenate(parts)
        assert held == MAX_EVENTS
        for name in ("t", "x", "y", "p"):
            assert np.array_equal(getattr(found, name), getattr(wanted, name)[-held:])
        assert room.put_events([]) == 0
        other.close()
    finally:
        room.remove()


def test_an_rgb_picture_that_is_too_large_is_thinned():
    room = SharedRoom()
    try:
        image = np.random.default_rng(0).integers(0, 255, (2160, 3840, 3), dtype=np.uint8)
        shape, step = room.put_frame(image)
        assert step == 2
        assert np.array_equal(room.frame(shape), image[::2, ::2])
        small = image[:48, :64]
        assert room.put_frame(small) == ((48, 64), 1)
        assert np.array_equal(room.frame((48, 64)), small)
    finally:
        room.remove()


def test_too_little_shared_memory_is_told_and_the_view_goes_on(running, monkeypatch):
    free = [1000]
    monkeypatch.setattr(shared_memory.shutil, "disk_usage", lambda _: SimpleNamespace(free=free[0]))
    monkeypatch.setattr(shared_memory, "_SYSTEM", Path())
    pipeline = running(answer)
    until(lambda: "too little shared memory" in pipeline.state.working_words)
    assert "--shm-size" in pipeline.state.working_words
    drawn = pipeline.counters.n_pictures
    until(lambda: pipeline.counters.n_pictures > drawn + 3)
    free[0] = 1 << 40
    until(lambda: pipeline.latest().overlay is not None)
