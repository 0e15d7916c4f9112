import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.roles import PREDICTED_CLASSES, PREDICTED_LANDMARKS
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.errors import JobError, ModelFileError
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.jobs.predicting import (
    PredictJob,
    describe_predictions,
    notes_on,
    predictions_edit,
    read_predictions,
    read_problems,
)
from evface.jobs.spec import JobCancelled, read_job, write_job
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.review.reviewing import review_project

from ..inference.conftest import (  # noqa: TID252
    DURATION_US,
    SIZE,
    face_track,
    landmark_track,
    make_events,
    make_trained,
)

__all__ = ["make_trained"]


@pytest.fixture
def project(tmp_path):
    """A project of two recordings: of one it is known where the face is."""
    with Project.create(tmp_path / "p.evface") as project:
        for seed, name in enumerate(("known", "bare")):
            path = tmp_path / f"{name}.h5"
            write_events_hdf5(path, [make_events(seed)], resolution=SIZE)
            entry = project.add_recording(path)
            if name == "known":
                tracks = {"transferred": landmark_track(), "face": face_track()}
                project.apply(ReplaceTracks(entry.id, tracks))
        yield project


@pytest.fixture
def make_job(project, tmp_path, make_trained):
    networks = [make_trained(name) for name in ("au_light", "kp_slpt")]

    def make(names=("known",), checkpoints=None, **more):
        ids = tuple(project.find_recording(name).id for name in names)
        paths = tuple(str(one.path) for one in networks) if checkpoints is None else checkpoints
        return PredictJob(str(project.path), ids, paths, str(tmp_path / "out.npz"), **more)

    return make


def run(job):
    told = []
    output = job.run(lambda fraction, message: told.append((fraction, message)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    return read_predictions(Path(output)), told


def test_all_recordings_are_predicted_and_put_back_in_one_step(project, make_job):
    predictions, _ = run(make_job(()))
    known, bare = (project.find_recording(name).id for name in ("known", "bare"))
    assert set(predictions) == {known, bare}
    assert set(predictions[known]) == {
        "predicted_landmarks_events",
        "predicted_action_units",
        "predicted_classes",
        "predicted_face",
    }
    before = project.count_edits()
    project.apply(predictions_edit(predictions))
    assert project.count_edits() == before + 1
    assert "predicted_action_units" in project.tracks(bare)
    project.undo()
    assert "predicted_action_units" not in project.tracks(bare)
    assert "transferred" in project.tracks(known)


def test_faces_are_cut_where_people_corrected_them(project, make_job):
    known = project.find_recording("known").id
    before, _ = run(make_job())
    moved = dict.fromkeys(range(5), (60.0, 44.0))
    project.author = "ann"
    times_us = project.read_track(known, "transferred").times_us
    for t_us in times_us.tolist()[30:34]:
        project.apply(MoveLandmarks(known, "transferred", t_us, moved))
    after, _ = run(make_job())
    first, second = (p[known]["predicted_landmarks_events"] for p in (before, after))
    assert not np.array_equal(first.landmarks, second.landmarks, equal_nan=True)


def test_a_face_that_nobody_knows_of_is_told(make_job):
    networks = make_job().checkpoints
    predictions, _ = run(make_job((), checkpoints=networks[:1]))
    (note,) = notes_on(predictions)
    assert "of 1 recordings" in note
    assert "process the recording" in note
    assert not notes_on(run(make_job(()))[0])


def test_one_recording_that_fails_stops_no_other(project, make_job, tmp_path):
    (tmp_path / "bare.h5").unlink()
    predictions, told = run(make_job(()))
    assert list(predictions) == [project.find_recording("known").id]
    assert "bare" in told[-1][1]
    assert read_problems(tmp_path / "out.npz") == [told[-1][1]]
    with pytest.raises(JobError, match=r"bare.*missing"):
        make_job(("bare",)).run(lambda _f, _m: None)


def test_a_file_that_is_no_network_is_refused(make_job, tmp_path):
    (tmp_path / "evil.safetensors").write_bytes(b"\x80\x04code")
    with pytest.raises(ModelFileError, match="could run code"):
        make_job(checkpoints=(str(tmp_path / "evil.safetensors"),)).run(lambda _f, _m: None)


def test_cancelling_leaves_no_file(make_job, tmp_path):
    def cancel(fraction, _message):
        if fraction > 0.3:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        make_job().run(cancel)
    assert not (tmp_path / "out.npz").exists()


def test_it_runs_as_a_process_of_its_own(make_job, tmp_path):
    job = make_job(boxes_from="track", pose_from="network", smooths=True)
    write_job(tmp_path / "job.json", job)
    assert read_job(tmp_path / "job.json") == job
    done = subprocess.run(
        [sys.executable, "-m", "evface.jobs", str(tmp_path / "job.json")],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1])["type"] == "Done"
    tracks = next(iter(read_predictions(tmp_path / "out.npz").values()))
    landmarks = tracks["predicted_landmarks_events"].source.settings
    assert landmarks["boxes_from"] == "track"
    assert landmarks["smoothing"] == "one euro"
    assert tracks["predicted_face"].source.settings["pose_from"] == "network"


def test_the_window_can_read_the_result_without_pytorch():
    code = "import sys, evface.jobs.predicting; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_predictions_are_compared_with_the_transferred_landmarks(project):
    head = load_open_head()
    face = 0.2 * head.mean_shape[head.landmarks, :2] * (1, -1)
    times_us = np.arange(0, DURATION_US, 10_000, dtype=np.int64)

    def track(kind, landmarks):
        return LandmarkTrack(
            times_us=times_us,
            valid=np.ones(len(times_us), bool),
            source=Source(kind, "tester"),
            landmarks=landmarks,
            confidence=np.full(len(times_us), np.nan, np.float32),
            state=np.zeros(landmarks.shape[:2], np.uint8),
            camera=Camera.EVENTS,
        )

    told = np.tile((face - face.mean(axis=0) + (32, 24)).astype(np.float32), (len(times_us), 1, 1))
    strayed = told.copy()
    # The mouth goes away slowly, so that nothing jumps.
    strayed[:, 48:] += np.hanning(len(times_us))[:, None, None] * np.float32(4)
    known = project.find_recording("known")
    tracks = {
        "transferred": track(SourceKind.TRANSFERRED, strayed),
        PREDICTED_LANDMARKS: track(SourceKind.MODEL, told),
    }
    project.apply(ReplaceTracks(known.id, tracks))
    (queue,) = review_project(project, [known]).recordings
    assert queue.role == "transferred"
    said = [reason.sentence for item in queue.items for reason in item.reasons]
    assert any("away from the network's landmarks" in one for one in said)


def test_what_was_found_is_told_in_one_line(make_job):
    predictions, _ = run(make_job())
    tracks = next(iter(predictions.values()))
    # A network that learnt nothing holds everything equally likely.
    assert describe_predictions(tracks) == ("landmarks in 11 of 11 frames, action units over time")
    classes = tracks[PREDICTED_CLASSES]
    sure = {**classes.source.settings, "class": "AU12", "class_probability": 0.9}
    tracks[PREDICTED_CLASSES] = replace(classes, source=replace(classes.source, settings=sure))
    assert describe_predictions(tracks) == "landmarks in 11 of 11 frames, AU12 (90%)"
