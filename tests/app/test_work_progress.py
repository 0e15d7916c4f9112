from __future__ import annotations

import threading
import time

import pytest

from evface_studio.tasks import SerialTasks
from evface_studio.work_progress import Stopped, WorkProgress


@pytest.fixture
def progress(monkeypatch):
    monkeypatch.setattr("evface_studio.work_progress._FIRST_S", 0.0)
    monkeypatch.setattr("evface_studio.work_progress._EVERY_S", 0.0)
    return WorkProgress()


def test_what_a_thread_says_is_told(qtbot, progress):
    report = progress.begin()
    with qtbot.waitSignal(progress.told) as told:
        threading.Thread(target=report, args=(0.256, "Converting a.es")).start()
    assert told.args == ["Converting a.es: 26%"]


def test_work_done_at_once_is_not_told(qtbot):
    progress = WorkProgress()
    report = progress.begin()
    with qtbot.assertNotEmitted(progress.told, wait=50):
        report(0.5, "Decoding a.es")


def test_stopped_work_ends_where_it_next_says_how_far_it_is(progress):
    report = progress.begin()
    report(0.1, "a")
    progress.stop()
    with pytest.raises(Stopped):
        report(0.2, "a")


def test_new_work_ends_the_old(qtbot, progress):
    old = progress.begin()
    new = progress.begin()
    with pytest.raises(Stopped):
        old(0.2, "old")
    with qtbot.waitSignal(progress.told) as told:
        new(0.0, "new")
    assert told.args == ["new: 0%"]


def test_a_stopped_task_fails_in_silence_and_the_next_one_runs(qtbot, progress):
    tasks = SerialTasks()
    failures, done = [], []
    tasks.failed.connect(failures.append)
    report = progress.begin()

    def work():
        while True:
            report(0.5, "work")
            time.sleep(0.005)

    tasks.submit("work", lambda: work, done.append)
    tasks.submit("next", lambda: lambda: "next", done.append)
    progress.stop()
    qtbot.waitUntil(lambda: done == ["next"])
    assert failures == []
    tasks.close()
