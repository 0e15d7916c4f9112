import dataclasses

import pytest

import evface.jobs.demo as demo
from evface.errors import JobError, TeacherError
from evface.jobs.demo import DemoJob
from evface.jobs.spec import JobCancelled, read_job, write_job
from evface.projects.project import Project
from evface.projects.recording import open_recording
from evface.simulation.performance import Gesture, Performance
from evface.simulation.protocols import plan_demo
from evface.simulation.recordings import make_recording
from evface.simulation.truth import read_truth, truth_tracks

ROLES = {
    "truth_landmarks", "truth_face", "truth_action_units", "teacher", "face", "action_units",
    "transferred",
}  # fmt: skip


class Stub:
    def close(self):
        pass


@pytest.fixture
def made(monkeypatch):
    """Replace the five seconds at full size by a third of one at a small one; count the work."""
    counts = {"drawn": 0, "processed": 0}

    def draw(folder, plan, *, n_processes, report):
        assert n_processes is None
        counts["drawn"] += 1
        blink = Gesture(100_000, 75_000, 20_000, 100_000, {"AU45": 1.0})
        small = plan_demo(plan.seed, resolution=(64, 48), texture_width=256)
        performance = Performance(330_000, (blink,))
        small = dataclasses.replace(small, performance=performance, n_frames=9)
        return make_recording(folder, small, report=report)

    def process(recording, *, report, **_settings):
        counts["processed"] += 1
        report(0.5, "Processing")
        truth = truth_tracks(read_truth(recording.events.path.parent / "truth.h5"))
        kinds = {"teacher": "landmarks", "transferred": "landmarks"}
        return {
            role: truth[f"truth_{kinds.get(role, role)}"]
            for role in ("teacher", "face", "action_units", "transferred")
        }

    monkeypatch.setattr(demo, "make_recording", draw)
    monkeypatch.setattr(demo, "process_recording", process)
    monkeypatch.setattr(demo, "open_teacher", lambda _name: Stub())
    return counts


def run(folder, report=lambda _fraction, _message: None):
    return DemoJob(str(folder)).run(report)


def test_the_demo_is_a_whole_project_with_truth_and_results(made, tmp_path):
    path = run(tmp_path)
    with Project.open(path, read_only=True) as project:
        (entry,) = project.recordings()
        assert set(project.tracks(entry.id)) == ROLES
        assert not project.check()
        recording = open_recording(entry, needs_video=True)
        assert recording.video.n_frames == 9
        assert recording.sync.method == "simulated"
        recording.close()
    assert made == {"drawn": 1, "processed": 1}


def test_a_second_start_finds_the_first_ones_demo(made, tmp_path):
    first = run(tmp_path)
    assert run(tmp_path) == first
    assert made == {"drawn": 1, "processed": 1}


def test_without_a_teacher_the_recording_is_kept_for_the_next_time(made, tmp_path, monkeypatch):
    def missing(_name):
        raise TeacherError("the bundle is not on this machine")

    with monkeypatch.context() as patch:
        patch.setattr(demo, "open_teacher", missing)
        with pytest.raises(TeacherError):
            run(tmp_path)
    run(tmp_path)
    assert made == {"drawn": 1, "processed": 1}


@pytest.mark.parametrize("missing", ["events.h5", "demo.evface"])
def test_half_a_demo_is_made_again(made, tmp_path, missing):
    path = run(tmp_path)
    (tmp_path / "demo-2-2" / missing).unlink()
    assert run(tmp_path) == path
    assert made["drawn"] == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo-2-2"]


@pytest.mark.usefixtures("made")
def test_a_cancelled_demo_leaves_nothing(tmp_path):
    def report(fraction, _message):
        if fraction > 0.2:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        run(tmp_path, report)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("made")
def test_what_a_killed_process_left_is_removed(tmp_path):
    left = tmp_path / ".demo-2-2.999999999.part"
    left.mkdir()
    (left / "video.mp4").write_bytes(b"")
    run(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo-2-2"]


@pytest.mark.usefixtures("made")
def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(JobError, match=r"file.*name another folder"):
        run(blocked)


def test_the_job_can_be_written_down(tmp_path):
    job = DemoJob(str(tmp_path), seed=3)
    write_job(tmp_path / "job.json", job)
    assert read_job(tmp_path / "job.json") == job
    assert dataclasses.asdict(job) == {"folder": str(tmp_path), "seed": 3}
