import json
import subprocess
import sys

import pytest

from evface.errors import FileError, JobError
from evface.jobs.exporting import ExportJob, read_report
from evface.jobs.spec import read_job, write_job


@pytest.fixture
def job(labelled_project, tmp_path):
    """Return a function that makes a job for the project's two recordings."""

    def make(form, names=("one.x", "two.x"), **more):
        ids = tuple(entry.id for entry in labelled_project.recordings())[: len(names)]
        paths = tuple(str(tmp_path / name) for name in names)
        output = str(tmp_path / "report.json")
        more.setdefault("camera", "events")
        return ExportJob(str(labelled_project.path), output, form, ids, paths, **more)

    return make


def run(job, tmp_path):
    write_job(tmp_path / "job.json", job)
    told = []
    output = read_job(tmp_path / "job.json").run(lambda fraction, _: told.append(fraction))
    assert told == sorted(told)
    return read_report(tmp_path / "report.json") if output == job.output else None


def test_each_recording_gets_its_file_and_its_sidecar(job, tmp_path):
    report = run(job("cvat", ("one.xml", "two.xml")), tmp_path)
    assert [one.recording for one in report.written] == ["one", "two"]
    assert report.problems == ()
    for one in report.written:
        assert [str(tmp_path / f"{one.recording}.xml{end}") for end in ("", ".evface.json")] == [
            *one.files
        ]
        assert all((tmp_path / name).exists() for name in one.files)


def test_only_one_annotators_labels_are_written_where_asked(job, tmp_path):
    report = run(job("elan", ("one.eaf",), author="ben"), tmp_path)
    assert report.written[0].counts == {"segments": 1, "tiers": 1}
    assert run(job("elan", ("one.eaf",)), tmp_path).written[0].counts["segments"] == 2


def test_the_project_is_as_it_was_and_its_log_stays_with_who_edits(job, labelled_project, tmp_path):
    before = labelled_project.count_edits()
    spec = tmp_path / "job.json"
    write_job(spec, job("hdf5", ("out.h5",)))
    log = labelled_project.path.with_name(f"{labelled_project.path.name}-wal")
    assert log.exists()
    done = subprocess.run(
        [sys.executable, "-m", "evface.jobs", str(spec)], capture_output=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1])["type"] == "Done"
    assert log.exists()
    assert labelled_project.count_edits() == before


def test_a_recording_that_cannot_be_written_leaves_the_others(job, labelled_project, tmp_path):
    own = labelled_project.path.name
    report = run(job("npz", (own, "two.npz")), tmp_path)
    assert [one.recording for one in report.written] == ["two"]
    assert len(report.problems) == 1
    assert "belongs to the project" in report.problems[0]


def test_where_nothing_can_be_written_the_job_fails_in_one_line(job, tmp_path):
    with pytest.raises(JobError, match="no landmarks on the video") as failed:
        run(job("coco", ("one.json",), camera="rgb"), tmp_path)
    assert "\n" not in str(failed.value)
    assert not (tmp_path / "one.json").exists()


def test_what_is_no_report_is_said_so(tmp_path):
    (tmp_path / "r").write_text("[]")
    with pytest.raises(FileError, match="is not the report of an export"):
        read_report(tmp_path / "r")
