import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks, Together
from evface.annotations.reviews import Review, Verdict
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera
from evface.errors import FileError, RecordingError
from evface.interchange.importing import plan_import
from evface.interchange.labels import ImportedLabels
from evface.interchange.plan_file import (
    SaidFacts,
    TrackFacts,
    preview_of,
    read_plan,
    read_preview,
    write_plan,
)

ROLE = "imported_coco_events"


@pytest.fixture
def imported(landmark_track, said):
    return ImportedLabels(
        tracks={ROLE: landmark_track([10_000, 50_000], camera=Camera.EVENTS)},
        corrections={ROLE: (said(50_000, 7, author=""), said(50_000, 8), said(10_000, 8))},
        longest_gaps_us={ROLE: 0},
        segments=(Segment("x1", "AU12", 5, 9), Segment("x2", "AU6", 5, 9, author="ben")),
        video_classes={"zoe": "AU12"},
        reviews={(ROLE, 10_000, "anna"): Review(Verdict.FIXED, (), "2026-01-01")},
        notes=("a note",),
    )


def planned(project, entry, imported, path):
    project.author = "carl"
    plan = plan_import(project, entry.id, imported, label="Import f.json")
    preview = preview_of("coco", plan, imported, "carl", leaves_tracks=False)
    write_plan(path, preview, plan.edit)
    return plan, preview


def test_a_preview_counts_what_is_new_by_person(project, entry, imported, tmp_path):
    _, preview = planned(project, entry, imported, tmp_path / "plan")
    assert read_preview(tmp_path / "plan") == preview
    assert preview.tracks == (TrackFacts(ROLE, "landmarks", 2, 68, "events", "tester"),)
    assert set(preview.said) == {
        SaidFacts("points", "carl", ROLE, 1, 1),
        SaidFacts("points", "anna", ROLE, 2, 2),
        SaidFacts("segments", "carl", "", 1),
        SaidFacts("segments", "ben", "", 1),
        SaidFacts("classes", "zoe", "", 1),
        SaidFacts("reviews", "anna", "", 1),
    }
    assert preview.notes == ("a note",)
    assert not preview.is_empty


def test_a_plan_that_was_written_brings_what_it_says(project, entry, imported, tmp_path):
    plan, _ = planned(project, entry, imported, tmp_path / "plan")
    edit = read_plan(tmp_path / "plan", project)
    assert edit.label == "Import f.json"
    assert [type(one) for one in edit.edits] == [type(one) for one in plan.edit.edits]
    assert edit.edits[1:] == plan.edit.edits[1:]
    inverse = project.apply(edit)
    track = project.read_track(entry.id, ROLE, with_corrections=False)
    np.testing.assert_array_equal(track.landmarks, imported.tracks[ROLE].landmarks)
    again, preview = planned(project, entry, imported, tmp_path / "again")
    assert again.edit is None
    assert preview.is_empty
    assert preview.there_already == (ROLE,)
    assert isinstance(inverse, Together)


def test_a_track_that_came_meanwhile_is_not_replaced(project, entry, imported, tmp_path):
    planned(project, entry, imported, tmp_path / "plan")
    other = imported.tracks[ROLE]
    project.apply(ReplaceTracks(entry.id, {ROLE: other}, "Process"))
    with pytest.raises(RecordingError, match="nothing was changed; import the file again"):
        read_plan(tmp_path / "plan", project)


@pytest.mark.parametrize("content", ["", "{}", "[1]", "no"])
def test_what_is_no_plan_is_said_so(tmp_path, content):
    (tmp_path / "plan").write_text(content)
    with pytest.raises(FileError, match="is not the plan of an import"):
        read_preview(tmp_path / "plan")
