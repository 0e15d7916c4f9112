import time

import pytest

from evface.files import replacing
from evface.jobs.interruption import interruptible
from evface.jobs.spec import JobCancelled


def test_long_work_reports_while_it_works():
    told = []
    with interruptible(lambda *said: told.append(said), 0.5, "Writing"):
        deadline = time.monotonic() + 5
        while len(told) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert told[:3] == [(0.5, "Writing")] * 3


def write_slowly(path, report):
    with interruptible(report, 0.5, "Writing"), replacing(path) as temporary:
        temporary.write_text("half")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            time.sleep(0.01)


def test_cancelling_ends_the_work_and_leaves_no_half_written_file(tmp_path):
    told = []

    def report(*said):
        told.append(said)
        if len(told) > 1:
            raise JobCancelled

    path = tmp_path / "labels.json"
    path.write_text("before")
    with pytest.raises(JobCancelled):
        write_slowly(path, report)
    assert [one.name for one in tmp_path.iterdir()] == ["labels.json"]
    assert path.read_text() == "before"


def test_work_that_swallows_an_interruption_is_interrupted_again():
    swallowed = []

    def report(*_):
        if started:
            raise JobCancelled

    started = []

    def work():
        with interruptible(report, 0.5, "Writing"):
            started.append(True)
            try:
                time.sleep(5)
            except KeyboardInterrupt:
                swallowed.append(True)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                time.sleep(0.01)

    with pytest.raises(JobCancelled):
        work()
    assert swallowed == [True]


def test_an_interruption_by_the_keyboard_is_none_by_the_window():
    with pytest.raises(KeyboardInterrupt), interruptible(lambda *_: None, 0.0, "Writing"):
        raise KeyboardInterrupt
