from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.corrections import PlacedCorrection
from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.reviews import Review, Verdict
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera
from evface.errors import RecordingError
from evface.geometry.clock import ClockSync
from evface.interchange.importing import imported_from_labels, plan_import
from evface.interchange.labels import ImportedLabels, ImportTarget
from evface.interchange.reading import import_target, read_labels

ROLE = "imported_cvat"


@pytest.fixture
def imported(landmark_track, said):
    """What a file might say: a track, words of a person unknown and of one who is named."""
    unnamed = said(50_000, 7, (8.5, 9.5), author="", source="imported from cvat")
    unnamed = replace(unnamed, correction=replace(unnamed.correction, made_at=""))
    return ImportedLabels(
        tracks={ROLE: landmark_track([10_000, 50_000], camera=Camera.EVENTS)},
        corrections={ROLE: (unnamed, said(10_000, 8))},
        longest_gaps_us={ROLE: 0},
        segments=(
            Segment("s1", "AU12", 5, 9, source="imported from elan"),
            Segment("s2", "AU6", 5, 9, author="anna", made_at="2026-01-01"),
        ),
        video_classes={"anna": "AU12"},
        reviews={(ROLE, 10_000, "anna"): Review(Verdict.FIXED, (), "2026-01-01")},
        notes=("a note",),
    )


def take_in(project, entry, imported, **choices):
    plan = plan_import(project, entry.id, imported, label="Import f.xml", **choices)
    if plan.edit is not None:
        project.apply(plan.edit)
    return plan


def state_of(project, entry):
    labels = read_labels(project, entry.id)
    said = (labels.corrections, labels.segments, labels.video_classes, labels.reviews)
    return (*said, sorted(labels.tracks), labels.longest_gaps_us)


def test_all_of_it_is_one_step_that_can_be_taken_back(project, entry, imported):
    project.author = "carl"
    before = state_of(project, entry)
    plan = take_in(project, entry, imported)
    assert plan.counts == {"tracks": 1, "corrections": 2, "segments": 2, "other_labels": 2}
    assert (plan.roles, plan.notes) == ((ROLE,), ("a note",))
    labels = read_labels(project, entry.id)
    authors = {one.landmark: one.correction.author for one in labels.corrections[ROLE]}
    # Whose words the file does not say are those of who brings them.
    assert authors == {7: "carl", 8: "anna"}
    assert all(one.correction.made_at for one in labels.corrections[ROLE])
    assert {key: one.author for key, one in labels.segments.items()} == {"s1": "carl", "s2": "anna"}
    assert labels.video_classes == {"anna": "AU12"}
    assert labels.longest_gaps_us[ROLE] == 0
    assert project.history().undo_label == "Import f.xml"
    after = state_of(project, entry)
    project.undo()
    assert state_of(project, entry) == before
    project.redo()
    assert state_of(project, entry) == after


def test_importing_again_changes_nothing(project, entry, imported):
    take_in(project, entry, imported)
    before = state_of(project, entry)
    again = take_in(project, entry, imported)
    assert again.edit is None
    assert state_of(project, entry) == before
    assert set(again.notes) == {
        "a note",
        "corrected points there already: 2",
        "segments there already: 2",
    }


def test_a_role_that_is_taken_is_left_alone(project, entry, imported, landmark_track):
    mine = landmark_track([3], camera=Camera.EVENTS, seed=9)
    project.apply(ReplaceTracks(entry.id, {ROLE: mine}))
    plan = take_in(project, entry, imported)
    assert plan.roles == (f"{ROLE}_2",)
    assert project.read_track(entry.id, ROLE).times_us.tolist() == [3]
    assert f"{ROLE}_2" in read_labels(project, entry.id).corrections
    teacher = {"teacher": imported.tracks[ROLE]}
    project.apply(ReplaceTracks(entry.id, {"teacher": mine}))
    own = take_in(project, entry, ImportedLabels(tracks=teacher))
    assert own.roles == ("imported_teacher",)


def test_later_words_here_are_kept(project, entry, imported, said):
    take_in(project, entry, imported)
    project.author = "anna"
    project.apply(MoveLandmarks(entry.id, ROLE, 10_000, {8: (1.0, 1.0)}))
    plan = take_in(project, entry, imported)
    assert "corrected points said anew here since: 1" in plan.notes
    (word,) = (
        one.correction.xy_px
        for one in read_labels(project, entry.id).corrections[ROLE]
        if one.landmark == 8
    )
    assert word == (1.0, 1.0)
    newer = replace(
        imported, corrections={ROLE: (said(10_000, 8, (2.0, 2.0), made_at="2099-01-01T00:00:00"),)}
    )
    take_in(project, entry, newer)
    assert (project.labelled(entry.id, ROLE, author="anna").corrections.at(8, 10_000).xy_px) == (
        2.0,
        2.0,
    )


def test_later_segments_and_other_peoples_classes_here_are_kept(project, entry, imported):
    take_in(project, entry, imported)
    older = replace(
        imported,
        segments=(Segment("s2", "AU6", 5, 99, author="anna", made_at="2020-01-01"),),
        video_classes={"anna": "AU1"},
    )
    plan = take_in(project, entry, older)
    assert "segments changed here since: 1" in plan.notes
    assert "anna says AU12 of the recording here, not AU1: left alone" in plan.notes
    assert project.segments(entry.id)["s2"].offset_us == 9
    newer = replace(imported, segments=(replace(older.segments[0], made_at="2099-01-01"),))
    take_in(project, entry, newer)
    assert project.segments(entry.id)["s2"].offset_us == 99


def test_a_segment_without_identity_comes_but_once(project, entry):
    first = ImportedLabels(segments=(Segment("x", "AU1", 1, 2, author="a"),))
    again = ImportedLabels(segments=(Segment("y", "AU1", 1, 2, author="a"),))
    take_in(project, entry, first)
    assert take_in(project, entry, again).edit is None


def test_corrections_can_be_taken_onto_a_track_of_the_recording(
    project, entry, imported, landmark_track
):
    track = landmark_track([10_000, 50_000, 60_000], camera=Camera.EVENTS, seed=4)
    project.apply(ReplaceTracks(entry.id, {"transferred": track}))
    plan = take_in(project, entry, imported, onto="transferred")
    assert plan.counts["tracks"] == 0
    assert sorted(project.tracks(entry.id)) == ["transferred"]
    labelled = project.labelled(entry.id, "transferred")
    assert labelled.frame(1).landmarks[7].tolist() == [8.5, 9.5]
    assert labelled.longest_gap_us > 0
    with pytest.raises(RecordingError, match="has no landmarks 'none'"):
        take_in(project, entry, imported, onto="none")
    project.apply(ReplaceTracks(entry.id, {"teacher": landmark_track([1])}))
    with pytest.raises(RecordingError, match=r"ibug68 on events, those of 'teacher' .* on rgb"):
        take_in(project, entry, imported, onto="teacher")


def test_what_a_recording_holds_goes_into_another_project_whole(
    project, entry, labels, other_project
):
    sync_us = import_target(entry, camera=Camera.RGB).video_times_us
    teacher = replace(labels.tracks["teacher"], **_rows(labels.tracks["teacher"], sync_us))
    moved = replace(
        labels,
        sync=entry.sync,
        video_times_us=sync_us,
        tracks={"teacher": teacher, "transferred": labels.tracks["transferred"]},
        corrections={"transferred": labels.corrections["transferred"]},
        reviews={},
    )
    target = import_target(entry, camera=Camera.RGB)
    take_in(project, entry, imported_from_labels(moved, target))
    there = read_labels(project, entry.id)
    assert there.segments == labels.segments
    assert there.corrections == moved.corrections
    assert there.tracks["teacher"].source == teacher.source
    other, other_entry = other_project
    whole = imported_from_labels(there, import_target(other_entry, camera=Camera.RGB))
    take_in(other, other_entry, whole)
    assert state_of(other, other_entry) == state_of(project, entry)


def _rows(track, times_us):
    fields = {name: getattr(track, name)[: len(times_us)] for name in track.layout}
    return fields | {"times_us": times_us}


def test_what_lies_on_the_video_stays_on_its_frames(labels):
    sync = ClockSync(99_000, -30.0)
    moved = imported_from_labels(labels, ImportTarget(sync=sync))
    video_us = labels.sync.to_video_us(labels.video_times_us)
    for role in ("teacher", "face", "action_units"):
        np.testing.assert_array_equal(moved.tracks[role].times_us, sync.to_sensor_us(video_us))
    np.testing.assert_array_equal(
        moved.tracks["transferred"].times_us, labels.tracks["transferred"].times_us
    )
    assert moved.corrections["transferred"] == labels.corrections["transferred"]
    (first, *_) = moved.corrections["teacher"]
    assert isinstance(first, PlacedCorrection)
    assert first.t_us == int(sync.to_sensor_us(video_us)[2])
    assert {one.id: one for one in moved.segments} == labels.segments
