import sys
from pathlib import Path

import pytest

from evface_studio.jobs.queue import NICENESS, JobProcess, JobQueue, JobState, job_command

SAY = """
import json, os, sys, time
def say(type, **fields): print(json.dumps({"type": type, **fields}), flush=True)
"""
DONE = SAY + "say('Done', output='out.npz')"
OBEDIENT = SAY + "say('Progress', fraction=0.1, message=''); sys.stdin.readline(); sys.exit(1)"
STUBBORN = SAY + "say('Progress', fraction=0.1, message=''); time.sleep(60)"


class Witness:
    """Writes down what a process says, in order."""

    def __init__(self, process):
        self.said = []
        process.progressed.connect(lambda fraction, message: self.said.append((fraction, message)))
        process.succeeded.connect(lambda output: self.said.append(("succeeded", output)))
        process.failed.connect(lambda error: self.said.append(("failed", error)))

    @property
    def is_over(self):
        return bool(self.said) and self.said[-1][0] in ("succeeded", "failed")


def run(qtbot, command):
    process = JobProcess(command)
    witness = Witness(process)
    process.start()
    qtbot.waitUntil(lambda: witness.is_over, timeout=10_000)
    return witness.said


def test_progress_comes_before_the_result(qtbot, job_command):
    code = SAY + "\n".join(
        ["say('Progress', fraction=0.5, message='half')", "say('Done', output='out.npz')"]
    )
    assert run(qtbot, job_command(code)) == [(0.5, "half"), ("succeeded", "out.npz")]


def test_a_failure_is_told_in_the_jobs_own_words(qtbot, job_command):
    said = run(qtbot, job_command(SAY + "say('Failed', error='a.raw: is empty'); sys.exit(1)"))
    assert said == [("failed", "a.raw: is empty")]


def test_a_result_is_told_only_after_the_process_is_gone(qtbot, job_command):
    process = JobProcess(job_command(DONE + "; sys.stdout.close(); os.close(1); time.sleep(0.3)"))
    alive = []
    process.succeeded.connect(lambda _: alive.append(process.is_running))
    with qtbot.waitSignal(process.succeeded, timeout=10_000):
        process.start()
    assert alive == [False]


def test_an_end_without_a_result_is_a_failure_that_cites_the_log(qtbot, job_command):
    ((kind, error),) = run(qtbot, job_command("raise SystemExit('no space left')"))
    assert kind == "failed"
    assert "no space left" in error


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_crash_is_a_failure(qtbot, job_command):
    ((kind, error),) = run(qtbot, job_command("import os; os.abort()"))
    assert kind == "failed"
    assert "crashed" in error


def test_a_program_that_cannot_start_is_a_failure(qtbot):
    ((kind, error),) = run(qtbot, ["/no/such/program"])
    assert kind == "failed"
    assert "/no/such/program" in error


def test_lines_that_are_no_reports_go_to_the_log(qtbot, job_command):
    process = JobProcess(job_command(SAY + "print('hello', flush=True); " + DONE))
    log = []
    process.logged.connect(log.append)
    with qtbot.waitSignal(process.succeeded, timeout=10_000):
        process.start()
    assert "hello" in "".join(log)


def test_cancelling_asks_the_job_to_stop(qtbot, job_command):
    process = JobProcess(job_command(OBEDIENT))
    with qtbot.waitSignal(process.progressed, timeout=10_000):
        process.start()
    with qtbot.waitSignal(process.failed, timeout=4_000) as failed:
        process.cancel()
    assert failed.args == ["cancelled"]


def test_a_job_that_does_not_stop_is_killed(qtbot, job_command):
    process = JobProcess(job_command(STUBBORN), kill_after_ms=100)
    with qtbot.waitSignal(process.progressed, timeout=10_000):
        process.start()
    with qtbot.waitSignal(process.failed, timeout=4_000) as failed:
        process.cancel()
    assert failed.args == ["cancelled"]


@pytest.mark.skipif(sys.platform == "win32", reason="priorities are classes there")
def test_a_job_runs_at_low_priority_with_one_thread(qtbot, job_command):
    wait = f"""
for _ in range(500):
    if os.nice(0) == {NICENESS}: break
    time.sleep(0.01)
"""
    tell = "say('Done', output=f'{os.nice(0)} {os.environ[\"OMP_NUM_THREADS\"]}')"
    ((kind, output),) = run(qtbot, job_command(SAY + wait + tell))
    assert kind == "succeeded"
    assert output == f"{NICENESS} 1"


def test_a_frozen_application_runs_jobs_by_itself(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert job_command(Path("a.json")) == [sys.executable, "--job", "a.json"]


def test_an_installed_one_runs_the_module():
    assert job_command(Path("a.json")) == [sys.executable, "-m", "evface.jobs", "a.json"]


def test_a_job_that_is_not_one_fails_in_one_line(qtbot, tmp_path):
    (tmp_path / "a.json").write_text("{}")
    ((kind, error),) = run(qtbot, job_command(tmp_path / "a.json"))
    assert kind == "failed"
    assert "\n" not in error
    assert "a.json" in error


@pytest.fixture
def queue(qtbot):
    del qtbot
    queue = JobQueue()
    yield queue
    queue.stop_all()


def test_jobs_run_one_after_another(qtbot, queue, job_command):
    first = queue.submit("first", job_command(DONE))
    second = queue.submit("second", job_command(DONE))
    assert [job.state for job in queue.jobs] == [JobState.RUNNING, JobState.WAITING]
    with qtbot.waitSignal(first.ended, timeout=10_000):
        pass
    assert second.state is JobState.RUNNING
    with qtbot.waitSignal(second.ended, timeout=10_000):
        pass
    assert [job.state for job in queue.jobs] == [JobState.SUCCEEDED] * 2


def test_the_queue_goes_on_after_a_failure(qtbot, queue, job_command):
    failing = queue.submit("failing", job_command(SAY + "say('Failed', error='no'); sys.exit(1)"))
    following = queue.submit("following", job_command(DONE))
    with qtbot.waitSignal(following.ended, timeout=10_000):
        pass
    assert (failing.state, failing.error) == (JobState.FAILED, "no")
    assert following.state is JobState.SUCCEEDED


def test_a_waiting_job_is_cancelled_without_ever_starting(qtbot, queue, job_command):
    running = queue.submit("running", job_command(OBEDIENT))
    waiting = queue.submit("waiting", job_command(DONE))
    waiting.cancel()
    assert waiting.state is JobState.CANCELLED
    with qtbot.waitSignal(running.ended, timeout=10_000):
        running.cancel()
    assert [job.state for job in queue.jobs] == [JobState.CANCELLED] * 2


def test_a_result_is_handed_over(qtbot, queue, job_command):
    outputs = []
    job = queue.submit("a", job_command(DONE), on_success=outputs.append)
    with qtbot.waitSignal(job.ended, timeout=10_000):
        pass
    assert outputs == ["out.npz"]


def test_stopping_all_leaves_nothing_running(qtbot, queue, job_command):
    running = queue.submit("running", job_command(OBEDIENT))
    queue.submit("waiting", job_command(STUBBORN))
    qtbot.waitUntil(lambda: running.fraction > 0, timeout=10_000)
    queue.stop_all()
    assert queue.unfinished == ()


def test_finished_jobs_can_be_forgotten(qtbot, queue, job_command):
    job = queue.submit("a", job_command(DONE))
    with qtbot.waitSignal(job.ended, timeout=10_000):
        pass
    with qtbot.waitSignal(queue.removed):
        queue.forget_finished()
    assert queue.jobs == ()
