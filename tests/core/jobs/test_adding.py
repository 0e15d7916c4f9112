import dataclasses
from pathlib import Path

import numpy as np
import pytest

from evface.errors import JobError
from evface.jobs.adding import AddDatasetJob
from evface.jobs.spec import read_job, write_job
from evface.projects.project import Project
from evface.video.writer import write_video


@pytest.fixture
def job(tmp_path):
    """Adds one short video to a project."""
    folder = tmp_path / "mine"
    folder.mkdir()
    frames = np.full((3, 48, 64, 3), 40, np.uint8)
    for k, frame in enumerate(frames):
        frame[10:30, 10 + 5 * k : 25 + 5 * k] = 220
    write_video(folder / "a.mp4", frames, rate_hz=25)
    (folder / "manifest.csv").write_text("name,video\na,a.mp4\n")
    Project.create(tmp_path / "p.evface").close()
    return AddDatasetJob(str(tmp_path / "p.evface"), "manifest", str(folder), preset="clean")


def test_the_job_adds_what_is_new_and_gives_the_project(job, tmp_path):
    write_job(tmp_path / "job.json", job)
    read = read_job(tmp_path / "job.json")
    assert read == job
    for _ in range(2):
        assert read.run(lambda _fraction, _message: None) == job.project
    with Project.open(Path(job.project)) as project:
        assert [entry.name for entry in project.recordings()] == ["manifest/a"]


def test_what_could_not_be_added_is_said_and_the_rest_is_there(job):
    folder = Path(job.folder)
    (folder / "b.mp4").write_bytes(b"no video")
    (folder / "manifest.csv").write_text("name,video\nc,b.mp4\na,a.mp4\nd,b.mp4\n")
    with pytest.raises(JobError, match=r"b.mp4: not.*\(and 1 more .*\); recordings added: 1"):
        job.run(lambda _fraction, _message: None)
    with Project.open(Path(job.project)) as project:
        assert [entry.name for entry in project.recordings()] == ["manifest/a"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"dataset": "celeba"}, "dataset must be one of facemorphic"),
        ({"preset": "dim"}, "preset must be one of clean"),
        ({"split": "tests"}, "split must be one of train, validation, test, got 'tests'"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(job, change, problem):
    with pytest.raises(ValueError, match=problem):
        dataclasses.replace(job, **change)
