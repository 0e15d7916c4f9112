"""What the journal says last is what the tables hold."""

import json
import sqlite3

import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import (
    RenameRecording,
    ReplaceTracks,
    SetFilters,
    SetSync,
    Together,
)
from evface.annotations.landmark_edits import (
    MoveLandmarks,
    OccludeLandmarks,
    SetInterpolation,
    VerifyLandmarks,
)
from evface.annotations.reviews import Review, SetReview, Verdict
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera
from evface.events.filters.flicker import Flicker
from evface.geometry.clock import ClockSync
from evface.projects import schema
from evface.projects.project import Project
from evface.projects.snapshots import write_snapshot


@pytest.fixture
def worked_on(project, entry, landmark_track):
    """A project in which everything was labelled, and some of it taken back."""
    project.author = "anna"
    tracks = {
        "transferred": landmark_track(),
        "teacher": landmark_track(seed=1, camera=Camera.RGB),
    }
    project.apply(ReplaceTracks(entry.id, tracks))
    for edit in (
        MoveLandmarks(entry.id, "transferred", 40_000, {5: (1.25, 2.5), 6: (3.0, 4.0)}),
        VerifyLandmarks(entry.id, "transferred", 80_000, (1, 2)),
        OccludeLandmarks(entry.id, "teacher", 40_000, (7,), is_occluded=True),
        MoveLandmarks(entry.id, "box_events", 40_000, {0: (1.0, 1.0)}),
        SetSegments(entry.id, {"s1": Segment("s1", "AU12", 10, 90)}),
        SetSegments(entry.id, {"s2": Segment("s2", "AU1", 10, 90)}),
        SetSegments(entry.id, {"s2": None}),
        SetVideoClass(entry.id, "AU12"),
        SetReview(entry.id, "teacher", 40_000, Review(Verdict.FIXED, ("jump",))),
        SetInterpolation(entry.id, "teacher", 0),
        SetSync(entry.id, ClockSync(700, 30.0, "given")),
        SetFilters(entry.id, (Flicker(),)),
        Together(
            (
                MoveLandmarks(entry.id, "teacher", 80_000, {8: (5.0, 6.0)}),
                RenameRecording(entry.id, "smile"),
            ),
            "Both",
        ),
    ):
        project.apply(edit)
    project.undo()
    project.redo()
    project.undo()
    return project


def _change(project, statement):
    with project._database.writing() as connection:
        assert connection.execute(statement).rowcount == 1


def test_after_any_edits_all_are_in_place(worked_on):
    assert worked_on.check() == []
    assert worked_on.count_edits() == 17


def test_what_several_people_say_is_compared_by_person(worked_on, entry):
    worked_on.author = "ben"
    worked_on.apply(MoveLandmarks(entry.id, "transferred", 40_000, {5: (9.0, 9.0)}))
    worked_on.apply(SetVideoClass(entry.id, "AU1"))
    assert worked_on.check() == []


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (
            "DELETE FROM corrections WHERE landmark = 5",
            "by anna to anna's landmark 5 of 'transferred' at 0.040 s is missing",
        ),
        (
            "UPDATE corrections SET x_px = 1 WHERE landmark = 5",
            "anna's landmark 5 of 'transferred' at 0.040 s is not what the edit of",
        ),
        (
            "UPDATE corrections SET state = 2 WHERE landmark = 1",
            "anna's landmark 1 of 'transferred' at 0.080 s is not what the edit of",
        ),
        (
            "UPDATE corrections SET is_occluded = 0 WHERE landmark = 7",
            "anna's landmark 7 of 'teacher' at 0.040 s is not what the edit of",
        ),
        (
            "UPDATE corrections SET t_us = 41000 WHERE landmark = 5",
            "anna's landmark 5 of 'transferred' at 0.040 s is missing",
        ),
        ("DELETE FROM segments WHERE id = 's1'", "to the segment s1 is missing"),
        ("UPDATE segments SET offset_us = 91", "the segment s1 is not what the edit of"),
        (
            "INSERT INTO segments SELECT recording_id, 's2', unit, onset_us, offset_us, apex_us, "
            "presence, intensity, scale, side, decision, author, made_at, source FROM segments",
            "the segment s2 is still there after the edit of",
        ),
        (
            "INSERT INTO segments SELECT recording_id, 's3', unit, onset_us, offset_us, apex_us, "
            "presence, intensity, scale, side, decision, author, made_at, source FROM segments",
            "no edit made the segment s3",
        ),
        ("UPDATE video_classes SET unit = 'AU9'", "anna's class of the recording is not"),
        ("DELETE FROM reviews", "anna's verdict on 'teacher'"),
        ("DELETE FROM interpolations", "the interpolation of 'teacher' is missing"),
        ("UPDATE recordings SET name = 'other'", "the recording's name is not what"),
        ("UPDATE recordings SET sync = json_set(sync, '$.offset_us', 9)", "the recording's sync"),
        ("UPDATE recordings SET filters = '[]'", "the recording's filters is not what"),
        ("DELETE FROM tracks WHERE role = 'teacher'", "to the track 'teacher' is missing"),
        (
            "DELETE FROM journal WHERE id = 4",
            "its journal has 16 of 17 edits",
        ),
    ],
)
def test_what_is_not_as_the_edits_made_it_is_named(worked_on, statement, text):
    _change(worked_on, statement)
    assert any(text in problem.text for problem in worked_on.check()), worked_on.check()


def test_many_lost_edits_are_told_in_few_lines(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    project.apply(VerifyLandmarks(entry.id, "transferred", 40_000, tuple(range(68))))
    with project._database.writing() as connection:
        connection.execute("DELETE FROM corrections")
    problems = project.check()
    assert len(problems) == 11
    assert problems[-1].text == "58 more labels are not as edits made them"


def test_a_damaged_entry_of_the_journal_is_named(worked_on):
    _change(worked_on, "UPDATE journal SET edit = '{' WHERE id = 3")
    (problem,) = worked_on.check()
    assert "its journal is damaged (edit 3:" in problem.text


def test_an_edit_that_is_on_its_way_is_no_problem(worked_on):
    with (
        Project.open(worked_on.path, read_only=True) as other,
        worked_on._database.writing() as connection,
    ):
        connection.execute("DELETE FROM corrections")
        assert other.check() == []
        connection.execute("ROLLBACK")
        connection.execute("BEGIN")


def test_a_snapshot_which_begins_with_labels_gives_no_alarm(worked_on):
    with Project.open(write_snapshot(worked_on.path, "evening").path) as snapshot:
        assert snapshot.check() == []
        (entry,) = snapshot.recordings()
        snapshot.apply(SetVideoClass(entry.id, "AU1"))
        snapshot.apply(RenameRecording(entry.id, "grin"))
        assert snapshot.check() == []
        _change(snapshot, "UPDATE recordings SET name = 'other'")
        assert len(snapshot.check()) == 1


def test_labels_from_before_they_were_kept_by_author_give_no_alarm(tmp_path, media):
    path = tmp_path / "old.evface"
    with Project.create(path) as project:
        project.author = "anna"
        entry = project.add_recording(media / "ev.h5")
    connection = sqlite3.connect(path)
    for table in ("interpolations", "segments", "video_classes", "reviews"):
        connection.execute(f"DROP TABLE {table}")
    for column in ("action", "is_shared"):
        connection.execute(f"ALTER TABLE journal DROP COLUMN {column}")
    connection.execute("ALTER TABLE recordings DROP COLUMN filters")
    connection.execute("DROP TABLE corrections")
    for statement in schema.MIGRATIONS[0]:
        if "TABLE corrections" in statement:
            connection.execute(statement)
    # Of two people who said where a landmark was, the later one's word was kept alone.
    place = {"recording_id": entry.id, "role": "transferred", "t_us": 40_000, "label": "Move"}
    inverse = {"kind": "SetCorrections", "corrections": [[5, None]], **place}
    for author, x in (("anna", 1.0), ("ben", 2.0)):
        edit = {"kind": "MoveLandmark", "landmark": 5, "xy_px": [x, 2.0], **place}
        connection.execute(
            "INSERT INTO journal (made_at, author, label, edit, inverse) "
            "VALUES ('2026-01-01T00:00:00.000+00:00', ?, 'Move', ?, ?)",
            (author, json.dumps(edit), json.dumps(inverse)),
        )
    connection.execute(
        "INSERT INTO corrections VALUES (?, 'transferred', 'events', 'ibug68', 5, 40000, 2.0, 2.0, "
        "2, 'ben', '2026-01-01T00:00:00.000+00:00', 'person')",
        (entry.id,),
    )
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()
    with Project.open(path) as project:
        assert project.check() == []
        assert project.count_edits() == 2
