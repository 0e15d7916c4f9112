import pytest

from evface.errors import FileError
from evface.interchange.formats import ExportChoices, Format, write_labels
from evface.interchange.plan_file import SaidFacts, read_plan, read_preview
from evface.interchange.reading import read_labels
from evface.jobs.importing import ImportJob
from evface.jobs.spec import read_job, write_job


@pytest.fixture
def exported(labelled_project, tmp_path):
    """Return the first recording's landmarks as COCO has them."""
    entry = labelled_project.recordings()[0]
    choices = ExportChoices(camera="events")
    write_labels(Format.COCO, tmp_path / "f.json", read_labels(labelled_project, entry.id), choices)
    return tmp_path / "f.json"


def plan(project, path, tmp_path, *, recording="one", **more):
    entry = project.find_recording(recording)
    output = str(tmp_path / "plan")
    job = ImportJob(str(project.path), entry.id, str(path), output, "carl", **more)
    write_job(tmp_path / "job.json", job)
    read_job(tmp_path / "job.json").run(lambda *_: None)
    return read_preview(tmp_path / "plan")


def test_format_and_picture_are_told_from_the_file(labelled_project, exported, tmp_path):
    preview = plan(labelled_project, exported, tmp_path)
    assert preview.form == "coco"
    assert [(one.role, one.camera) for one in preview.tracks] == [
        ("imported_coco_events", "events")
    ]
    assert SaidFacts("points", "anna", "imported_coco_events", 1, 1) in preview.said


def test_planning_changes_nothing_and_the_plan_is_one_undoable_edit(
    labelled_project, exported, tmp_path
):
    before = labelled_project.count_edits()
    plan(labelled_project, exported, tmp_path)
    assert labelled_project.count_edits() == before
    labelled_project.apply(read_plan(tmp_path / "plan", labelled_project))
    assert labelled_project.history().undo_label == "Import f.json"
    labelled_project.undo()
    entry = labelled_project.find_recording("one")
    assert "imported_coco_events" not in labelled_project.tracks(entry.id)


def test_corrections_can_come_onto_a_track_that_is_there(labelled_project, exported, tmp_path):
    preview = plan(labelled_project, exported, tmp_path, recording="two", onto="transferred")
    assert preview.tracks == preview.there_already == ()
    assert preview.said == (SaidFacts("points", "anna", "transferred", 1, 1),)


def test_a_file_of_something_else_is_refused(labelled_project, tmp_path):
    (tmp_path / "f.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FileError, match="is not a file of labels"):
        plan(labelled_project, tmp_path / "f.csv", tmp_path)
