"""Lanes, pausing and measuring: what the queue does with long jobs."""

import pytest

from evface_studio.dialogs.stop_jobs import what_is_lost
from evface_studio.jobs.queue import JobQueue, JobState
from evface_studio.look.theme import DARK
from evface_studio.panels.jobs_panel import JobCard

SAY = """
import json, sys, threading, time
def say(type, **fields): print(json.dumps({"type": type, **fields}), flush=True)
"""
# Obeys as `evface.jobs` does, and works until it is told to stop.
LONG = (
    SAY
    + """
from evface.jobs.runner import JobRunner
class Long:
    def run(self, report):
        for step in range(100_000):
            report(step / 100_000, f"step {step}", {"step": step, "train/loss": 1.0})
            time.sleep(0.01)
runner = JobRunner(sys.stdout)
requests = open(0, "rb", buffering=0, closefd=False)
threading.Thread(target=runner.obey, args=(requests,), daemon=True).start()
sys.exit(runner.run(Long))
"""
)
SHORT = SAY + "say('Done', output='out')"


@pytest.fixture
def queue(qtbot):  # noqa: ARG001  an application must be there
    queue = JobQueue()
    yield queue
    queue.stop_all()


@pytest.fixture
def submit(queue, job_command):
    def submit(title, code=LONG, lane="training"):
        return queue.submit(title, job_command(code), lane=lane)

    return submit


def test_jobs_of_a_lane_wait_for_one_another_and_for_no_others(qtbot, submit):
    first, second = submit("one"), submit("two")
    short = submit("process", SHORT, lane="")
    qtbot.waitUntil(lambda: short.state is JobState.SUCCEEDED, timeout=10_000)
    assert first.state is JobState.RUNNING
    assert second.state is JobState.WAITING
    first.cancel()
    qtbot.waitUntil(lambda: second.state is JobState.RUNNING, timeout=10_000)
    assert first.state is JobState.CANCELLED


def test_what_a_job_measures_is_told(qtbot, submit):
    job = submit("one")
    with qtbot.waitSignal(job.measured, timeout=10_000) as told:
        pass
    assert told.args[0]["train/loss"] == 1.0


def test_a_job_that_is_paused_stands_still_and_goes_on(qtbot, submit):
    job = submit("one")
    steps = []
    job.measured.connect(lambda figures: steps.append(figures["step"]))
    qtbot.waitUntil(lambda: len(steps) > 3, timeout=10_000)
    job.pause()
    assert job.state is JobState.PAUSED
    qtbot.waitUntil(lambda: job.message == "", timeout=10_000)
    n = len(steps)
    qtbot.wait(200)
    assert len(steps) == n
    assert job.time_left_s is None
    job.go_on()
    assert job.state is JobState.RUNNING
    qtbot.waitUntil(lambda: len(steps) > n, timeout=10_000)
    assert steps == sorted(set(steps))


def test_a_job_that_is_paused_can_be_cancelled(qtbot, submit):
    job = submit("one")
    with qtbot.waitSignal(job.measured, timeout=10_000):
        pass
    job.pause()
    job.cancel()
    qtbot.waitUntil(lambda: job.state is JobState.CANCELLED, timeout=10_000)


def test_all_jobs_of_all_lanes_end_with_the_queue(qtbot, queue, submit):
    jobs = [submit("one"), submit("two"), submit("other", lane="")]
    qtbot.waitUntil(lambda: jobs[0].fraction > 0 and jobs[2].fraction > 0, timeout=10_000)
    jobs[0].pause()
    queue.stop_all()
    assert {job.state for job in jobs} == {JobState.CANCELLED}


def test_the_card_pauses_and_resumes(qtbot, submit):
    job = submit("one")
    card = JobCard(job, DARK)
    qtbot.addWidget(card)
    card.show()
    qtbot.waitUntil(lambda: job.fraction > 0, timeout=10_000)
    button = card.pause_button
    assert button.toolTip() == "Pause"
    button.click()
    assert job.state is JobState.PAUSED
    assert button.toolTip() == "Resume"
    qtbot.waitUntil(lambda: "paused" in card.words, timeout=10_000)
    button.click()
    assert job.state is JobState.RUNNING


def test_only_what_can_be_paused_offers_it(qtbot, submit):
    card = JobCard(submit("process", lane=""), DARK)
    qtbot.addWidget(card)
    card.show()
    assert not card.pause_button.isVisible()


def test_closing_says_that_trainings_can_be_resumed_and_others_cannot(submit):
    training, other = submit("train"), submit("process", lane="")
    assert "can be resumed from the models" in what_is_lost([training])
    assert "lost" not in what_is_lost([training])
    assert what_is_lost([other]).endswith("what they did so far is lost.")
    assert what_is_lost([training, other]).endswith("what else was done is lost.")
