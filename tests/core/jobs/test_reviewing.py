import subprocess
import sys

import numpy as np
import pytest

from evface.annotations.edits import RenameRecording, ReplaceTracks
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.errors import ProjectFileError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.jobs.reviewing import ReviewJob
from evface.jobs.spec import read_job, write_job
from evface.projects.project import Project
from evface.review.queue_file import read_queue
from evface.review.reviewing import review_recording


@pytest.fixture
def project(tmp_path):
    """A project of two recordings whose landmarks are noise, so that all is doubtful."""
    n = 30
    with Project.create(tmp_path / "p.evface") as made:
        for name in ("one", "two"):
            t = np.arange(1_000, dtype=np.int64) * 300 + len(made.recordings())
            zeros = np.zeros(len(t), np.uint16)
            events = Events(t, zeros, zeros, np.ones(len(t), bool))
            write_events_hdf5(tmp_path / f"{name}.h5", [events], resolution=(64, 48))
            entry = made.add_recording(tmp_path / f"{name}.h5")
            landmarks = np.random.default_rng(1).uniform(0, 40, (n, 68, 2)).astype(np.float32)
            track = LandmarkTrack(
                times_us=np.arange(n, dtype=np.int64) * 10_000,
                valid=np.ones(n, bool),
                source=Source(SourceKind.TRANSFERRED, "tester"),
                landmarks=landmarks,
                confidence=np.full(n, np.nan, np.float32),
                state=np.zeros((n, 68), np.uint8),
                camera=Camera.EVENTS,
            )
            made.apply(ReplaceTracks(entry.id, {"transferred": track}))
        yield made


def test_the_job_writes_the_queue_of_the_recordings_it_is_asked_for(project, tmp_path):
    two = project.find_recording("two")
    job = ReviewJob(str(project.path), str(tmp_path / "queue.jsonl"), recordings=(two.id,))
    write_job(tmp_path / "job.json", job)
    told = []
    output = read_job(tmp_path / "job.json").run(lambda fraction, _: told.append(fraction))
    queue = read_queue(tmp_path / "queue.jsonl")
    assert output == str(tmp_path / "queue.jsonl")
    assert [one.recording for one in queue.recordings] == ["two"]
    assert queue.items
    assert told == sorted(told)


def test_a_project_that_is_not_there_is_said_to_be_missing(tmp_path):
    job = ReviewJob(str(tmp_path / "none.evface"), str(tmp_path / "q"))
    with pytest.raises(ProjectFileError, match="does not exist"):
        job.run(lambda *_: None)


def test_the_log_of_a_project_that_is_open_elsewhere_stays(project, tmp_path):
    # As in a window that opened the file twice, and lost its hold on it by closing one.
    Project.open(project.path, read_only=True).close()
    command = [sys.executable, "-m", "evface.jobs", str(tmp_path / "job.json")]
    write_job(tmp_path / "job.json", ReviewJob(str(project.path), str(tmp_path / "q")))
    subprocess.run(command, check=True, capture_output=True)
    project.apply(RenameRecording(project.recordings()[0].id, "still here"))
    assert project.find_recording("still here")


def test_without_a_choice_all_recordings_are_looked_at(project, tmp_path):
    ReviewJob(str(project.path), str(tmp_path / "q")).run(lambda *_: None)
    queue = read_queue(tmp_path / "q")
    assert [one.recording for one in queue.recordings] == ["one", "two"]


def test_the_landmarks_that_are_shown_are_those_to_be_corrected(project):
    (one, _) = project.recordings()
    track = project.read_track(one.id, "transferred")
    published, imported = "published_landmarks_events", "imported_coco_events"
    project.apply(
        ReplaceTracks(one.id, {"transferred": None, published: track, imported: track, "a": track})
    )
    assert review_recording(project, one).role == published
    project.apply(ReplaceTracks(one.id, {published: None}))
    assert review_recording(project, one).role == imported
