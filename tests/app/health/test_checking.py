"""The check of the recording shown, off the GUI thread."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.health.model import Lamp
from evface.events.triggers import Triggers
from evface.geometry.clock import ClockSync
from evface_studio.health.checking import HealthChecking, Progress


class Source:
    """A second of events by chance, whose reading can be held up."""

    resolution = (64, 48)
    duration_us = 1_000_000
    n_events = 5_000
    findings = Findings()
    is_complete = True

    def __init__(self, path, *, is_held=False, problem=None):
        self.path = path
        self.problem = problem
        self.may_go_on = threading.Event()
        self.is_read = threading.Event()
        if not is_held:
            self.may_go_on.set()
        rng = np.random.default_rng(0)
        t = np.sort(rng.integers(0, self.duration_us, self.n_events))
        x, y = (rng.integers(0, size, len(t)).astype("u2") for size in self.resolution)
        self.events = Events(t, x, y, rng.random(len(t)) < 0.5)
        self.edges = Triggers(np.array([7], np.int64), np.array([2], "u1"), np.array([True]))

    def rate(self, bin_us):
        return np.bincount(self.events.t // bin_us, minlength=1_000_000 // bin_us).astype(np.int64)

    def read(self, start_us, stop_us):
        self.is_read.set()
        if self.problem is not None:
            raise self.problem
        assert self.may_go_on.wait(10)
        return self.events.between(start_us, stop_us)

    def triggers(self):
        return self.edges


def show(document, source):
    sync = ClockSync()
    document.show(SimpleNamespace(unfiltered_events=source, sync=sync, video=None))


@pytest.fixture
def checking(qapp, document):
    assert qapp is not None
    checking = HealthChecking(document)
    yield checking
    checking.close()


def test_nothing_is_known_while_nothing_is_open(checking):
    assert checking.progress is Progress.NOTHING_OPEN
    assert checking.health is None
    assert checking.is_idle


def test_the_recording_shown_is_checked_and_its_triggers_are_read(
    qtbot, checking, document, tmp_path
):
    with qtbot.waitSignal(checking.triggers_changed):
        show(document, Source(tmp_path / "a.raw"))
        assert checking.progress is Progress.CHECKING
    qtbot.waitUntil(lambda: checking.progress is Progress.DONE, timeout=20_000)
    assert checking.health.lamp is Lamp.GOOD
    assert checking.triggers.times_us.tolist() == [7]


def test_another_recording_overtakes_a_check_at_work(qtbot, checking, document, tmp_path):
    slow = Source(tmp_path / "slow.raw", is_held=True)
    show(document, slow)
    qtbot.waitUntil(slow.is_read.is_set, timeout=20_000)
    next_one = Source(tmp_path / "next.raw")
    next_one.findings = Findings(n_restarts=1)
    show(document, next_one)
    slow.may_go_on.set()
    qtbot.waitUntil(lambda: checking.progress is Progress.DONE, timeout=20_000)
    assert checking.health.lamp is Lamp.BAD


def test_a_recording_that_grows_is_checked_once_it_is_complete(qtbot, checking, document, tmp_path):
    source = Source(tmp_path / "a.raw")
    source.is_complete = False
    show(document, source)
    qtbot.wait(50)
    assert checking.progress is Progress.INCOMPLETE
    assert not source.is_read.is_set()
    source.is_complete = True
    qtbot.waitUntil(lambda: checking.progress is Progress.DONE, timeout=20_000)


def test_other_filters_do_not_check_the_file_again(qtbot, checking, document, tmp_path):
    source = Source(tmp_path / "a.raw")
    show(document, source)
    qtbot.waitUntil(lambda: checking.progress is Progress.DONE, timeout=20_000)
    health = checking.health
    document.recording_changed.emit()
    assert checking.progress is Progress.DONE
    assert checking.health is health


def test_a_file_that_cannot_be_read_says_why(qtbot, checking, document, tmp_path):
    path = tmp_path / "a.raw"
    show(document, Source(path, problem=EventFileError(path, "is gone; look for it")))
    qtbot.waitUntil(lambda: checking.progress is Progress.FAILED, timeout=20_000)
    assert "is gone" in checking.problem
    document.show(None)
    assert checking.progress is Progress.NOTHING_OPEN
    assert not checking.problem


def test_closing_ends_a_check_at_work(qtbot, document, tmp_path):
    checking = HealthChecking(document)
    source = Source(tmp_path / "a.raw", is_held=True)
    show(document, source)
    qtbot.waitUntil(source.is_read.is_set, timeout=20_000)
    threading.Timer(0.1, source.may_go_on.set).start()
    checking.close()
    assert checking.health is None
