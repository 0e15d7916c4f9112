import io
import itertools
import threading
import time

import pytest

from evface.errors import EventFileError
from evface.jobs.protocol import Done, Failed, Progress, decode
from evface.jobs.runner import JobRunner
from evface.jobs.spec import JobCancelled


class _Job:
    kind = "sample"

    def __init__(self, work):
        self._work = work

    def run(self, report):
        return self._work(report)


def _run(work):
    stream = io.StringIO()
    runner = JobRunner(stream)
    code = runner.run(lambda: _Job(work))
    return code, [decode(line) for line in stream.getvalue().splitlines()]


def _raiser(error):
    def work(report):  # noqa: ARG001
        raise error

    return work


def test_reports_end_with_the_result():
    def work(report):
        report(0.25, "a quarter")
        return "out.npz"

    assert _run(work) == (0, [Progress(0.25, "a quarter"), Done("out.npz")])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EventFileError("ev.raw", "is cut short"), "ev.raw: is cut short"),
        (OSError(28, "No space left on device", "o.npz"), "o.npz: No space left on device"),
        (JobCancelled(), "cancelled"),
        (KeyboardInterrupt(), "cancelled"),
    ],
)
def test_the_world_s_faults_are_said_in_words(error, words, capsys):
    assert _run(_raiser(error)) == (1, [Failed(words)])
    assert capsys.readouterr().err == ""


def test_a_bug_leaves_its_traceback(capsys):
    code, reports = _run(_raiser(TypeError("a bug")))
    assert (code, reports) == (1, [Failed("internal error: TypeError: a bug")])
    assert "Traceback" in capsys.readouterr().err


def test_a_job_that_cannot_be_loaded_fails_with_a_report():
    stream = io.StringIO()

    def load():
        raise EventFileError("job.json", "is not a job")

    assert JobRunner(stream).run(load) == 1
    assert decode(stream.getvalue()) == Failed("job.json: is not a job")


def test_cancelling_ends_the_job_at_its_next_report():
    stream = io.StringIO()
    runner = JobRunner(stream)
    reported = []

    def work(report):
        for k in itertools.count():
            if k == 3:
                runner.obey([b"something else\n", b" cancel \n"])
            report(0.0, str(k))
            reported.append(k)

    assert runner.run(lambda: _Job(work)) == 1
    assert reported == [0, 1, 2]
    assert decode(stream.getvalue().splitlines()[-1]) == Failed("cancelled")


def test_reports_too_fast_for_anyone_are_left_out():
    def work(report):
        for k in range(100_000):
            report(k / 1e5, "fast")
        return ""

    _, reports = _run(work)
    assert reports[0] == Progress(0.0, "fast")
    assert len(reports) < 200


def test_fractions_stay_between_0_and_1():
    _, low = _run(lambda report: report(-3.0, "") or "")
    _, high = _run(lambda report: report(7.0, "") or "")
    assert (low[0].fraction, high[0].fraction) == (0.0, 1.0)


def test_a_job_whose_starter_is_gone_stops():
    class Gone(io.StringIO):
        def write(self, text):  # noqa: ARG002
            raise BrokenPipeError

    def work(report):
        for _ in range(2):
            report(0.0, "")
        pytest.fail("went on")

    assert JobRunner(Gone()).run(lambda: _Job(work)) == 1


def test_what_was_measured_is_never_left_out():
    def work(report):
        for k in range(200):
            report(0.5, "", {"loss": float(k)})
        return ""

    _, reports = _run(work)
    assert [one.metrics["loss"] for one in reports[:-1]] == list(range(200))


def test_a_job_that_is_to_wait_waits_and_goes_on():
    stream = io.StringIO()
    runner = JobRunner(stream)
    reached = []

    def work(report):
        report(0.0, "begins")
        runner.pause()
        threading.Timer(0.2, reached.append, ["timer"]).start()
        threading.Timer(0.3, runner.go_on).start()
        report(0.5, "went on")
        reached.append("job")
        return ""

    assert runner.run(lambda: _Job(work)) == 0
    assert reached == ["timer", "job"]
    told = [decode(line) for line in stream.getvalue().splitlines()]
    assert told[1] == Progress(0.5, "Paused")
    assert told[-1] == Done("")


@pytest.mark.parametrize("order", [b"cancel\n", b""])
def test_a_job_that_waits_can_be_cancelled_and_does_not_wait_for_nobody(order):
    runner = JobRunner(io.StringIO())

    def requests():
        yield b"pause\n"
        time.sleep(0.1)
        yield order

    def work(report):
        thread = threading.Thread(target=runner.obey, args=(requests(),))
        thread.start()
        time.sleep(0.05)
        report(0.0, "")
        thread.join()
        return ""

    assert runner.run(lambda: _Job(work)) == (1 if order else 0)
