"""Training on a project: its labels as they are now, one person too, and going on where it was."""

import json
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from safetensors.torch import load_file

from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Source, SourceKind
from evface.errors import DatasetError, JobError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.jobs.project_training import TrainProjectJob
from evface.jobs.spec import JobCancelled, read_job, write_job
from evface.jobs.training_trial import TimeTrainingJob
from evface.projects.project import Project
from evface.training.forecast import read_time
from evface.training.runs import DATA, LAST, models_folder, read_curves, read_run
from evface.training_sets.file import TrainingSet

SIZE = (32, 32)
DURATION_US = 700_000
SMALL = (
    "data.split=time", "data.n_frames=4", "data.side_px=32", "data.per_clip=2", "run.batch_size=2",
    "run.epochs=1", "run.device=cpu", "run.threads=1",
)  # fmt: skip


def silent(*_):
    pass


@pytest.fixture
def project(tmp_path):
    """Return the path of a project of one person with landmarks on its events."""
    random = np.random.default_rng(4)
    t = np.sort(random.integers(0, DURATION_US, 6000))
    t[-1] = DURATION_US - 1
    x, y = random.integers(0, 32, (2, 6000)).astype(np.uint16)
    path = tmp_path / "face.h5"
    write_events_hdf5(path, [Events(t, x, y, random.random(6000) < 0.5)], resolution=SIZE)
    times_us = np.arange(0, DURATION_US, 10_000, dtype=np.int64)
    points = random.uniform(8, 24, (68, 2))
    points[36], points[45] = (8, 12), (24, 12)
    n = len(times_us)
    track = LandmarkTrack(
        times_us=times_us,
        valid=np.ones(n, np.bool_),
        source=Source(SourceKind.FIT, "test"),
        landmarks=np.repeat(points[None].astype(np.float32), n, axis=0),
        confidence=np.ones(n, np.float32),
        state=np.zeros((n, 68), np.uint8),
        camera=Camera.EVENTS,
    )
    with Project.create(tmp_path / "face.evface") as made:
        entry = made.add_recording(path)
        made.apply(ReplaceTracks(entry.id, {"transferred": track}, "Process"))
    return tmp_path / "face.evface"


def job_of(project, name="first", *settings, preset="kp_slpt_tiny", **fields):
    changes = ("model.modality=event", "data.uses_rgb=false") if preset.startswith("kp") else ()
    return TrainProjectJob(
        str(project),
        preset,
        str(models_folder(project) / name),
        (*SMALL, *changes, *settings),
        **fields,
    )


def test_a_project_of_one_person_is_trained_on_and_says_what_that_proves(project, tmp_path):
    job = job_of(project)
    write_job(tmp_path / "job.json", job)
    assert read_job(tmp_path / "job.json") == job
    job.run(silent)
    run = read_run(models_folder(project) / "first")
    assert run.has_network
    assert run.is_finished
    assert run.problem == ""
    assert np.isfinite(run.figures["nme"])
    assert any("say nothing of others" in note for note in run.training["notes"])
    assert {line.get("validation/loss") is not None for line in read_curves(run.folder)} == {
        True,
        False,
    }


def test_training_again_uses_the_corrected_label(project):
    job_of(project).run(silent)
    with Project.open(project) as opened:
        entry = opened.recordings()[0]
        opened.apply(MoveLandmarks(entry.id, "transferred", 330_000, {30: (3.0, 29.0)}))
    job_of(project, "second").run(silent)
    places = {}
    for name in ("first", "second"):
        with TrainingSet(models_folder(project) / name / DATA) as made:
            clips = [made.clip(index) for index in range(len(made))]
            corrected = made.count_states()[LandmarkState.CORRECTED]
        moments = {
            int(clip.start_us + t_us): clip.landmarks[row, 30].tolist()
            for clip in clips
            for row, t_us in enumerate(clip.times_us)
        }
        places[name] = moments.get(330_000), corrected
    assert places["second"] == ([3.0, 29.0], 1)
    assert places["first"][1] == 0


def test_only_landmarks_that_somebody_stands_behind_are_learnt(project):
    with pytest.raises(DatasetError, match="would be empty"):
        job_of(project, least_state="corrected").run(silent)


def test_a_set_is_not_made_anew_while_labels_stay_as_they_are(project):
    job = job_of(project, "first", "run.epochs=2")
    folder = models_folder(project) / "first"

    def stop(_fraction, message, *_):
        if message == "Loading PyTorch":
            raise JobCancelled

    with pytest.raises(JobCancelled):
        job.run(stop)
    made = (folder / DATA).stat().st_mtime_ns
    with pytest.raises(JobCancelled):
        job.run(stop)
    assert (folder / DATA).stat().st_mtime_ns == made
    with Project.open(project) as opened:
        entry = opened.recordings()[0]
        opened.apply(MoveLandmarks(entry.id, "transferred", 330_000, {30: (3.0, 29.0)}))
    with pytest.raises(JobCancelled):
        job.run(stop)
    assert (folder / DATA).stat().st_mtime_ns != made


def test_a_training_that_was_cancelled_goes_on_with_the_labels_it_began_with(project):
    settings = ("run.epochs=3", "run.checkpoint_every_s=0.0")
    whole = job_of(project, "whole", *settings)
    whole.run(silent)
    job = job_of(project, "stopped", *settings)
    folder = models_folder(project) / "stopped"

    def stop(_fraction, _message="", metrics=None):
        if metrics and metrics.get("step") == 2:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        job.run(stop)
    stopped = read_run(folder)
    assert 2 <= stopped.step < stopped.n_steps
    assert not stopped.is_finished
    with Project.open(project) as opened:
        entry = opened.recordings()[0]
        opened.apply(MoveLandmarks(entry.id, "transferred", 330_000, {30: (3.0, 29.0)}))
    job.run(silent)
    assert read_run(folder).is_finished
    one, other = (load_file(models_folder(project) / name / LAST) for name in ("whole", "stopped"))
    assert all(bool((one[key] == other[key]).all()) for key in one)


def test_a_folder_is_trained_in_by_one_process_at_a_time(project):
    folder = models_folder(project) / "first"
    folder.mkdir(parents=True)
    with (
        FileLock(folder / ".training.lock"),
        pytest.raises(JobError, match="first is being trained by another process"),
    ):
        job_of(project).run(silent)


def test_without_labels_nothing_is_trained(project):
    with Project.open(project) as opened:
        entry = opened.recordings()[0]
        opened.apply(ReplaceTracks(entry.id, {"transferred": None}, "Forget"))
    with pytest.raises(DatasetError, match="nothing was found to learn from"):
        job_of(project, preset="au_light_tiny").run(silent)


def test_how_long_a_training_takes_is_measured(project, tmp_path):
    (tmp_path / "trial").mkdir()
    settings = job_of(project, "first", "run.epochs=50").settings
    job = TimeTrainingJob(str(project), "kp_slpt_tiny", str(tmp_path / "trial"), settings)
    found = read_time(Path(job.run(silent)))
    # 21 moments: four clips, and a last one that ends where the recording does.
    assert found.n_clips == 5
    assert found.n_steps == 4
    assert found.n_measured == 3
    assert 0 < found.step_s < found.epoch_s
    assert found.total_s(2) - found.total_s(1) == pytest.approx(found.epoch_s)
    assert not models_folder(project).exists()


def test_a_measurement_that_is_damaged_is_told(tmp_path):
    (tmp_path / "time.json").write_text(json.dumps({"step_s": 1}))
    with pytest.raises(JobError, match="is no measurement"):
        read_time(tmp_path / "time.json")
