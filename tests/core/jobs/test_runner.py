import io
import itertools

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
