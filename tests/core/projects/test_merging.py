from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import ReplaceTracks, SetFilters, SetSync
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.reviews import Review, SetReview, Verdict
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera
from evface.events.filters.flicker import Flicker
from evface.geometry.clock import ClockSync
from evface.projects.label_merging import Choice
from evface.projects.merging import plan_merge, prepare_merge, preview_merge, read_labels
from evface.projects.project import Project


@pytest.fixture
def process(landmark_track):
    """Return what gives a recording landmarks on both pictures."""

    def run(project, recording_id):
        tracks = {
            "teacher": landmark_track((400, 40_400, 80_400), camera=Camera.RGB),
            "transferred": landmark_track((0, 40_000, 80_000), camera=Camera.EVENTS),
        }
        project.apply(ReplaceTracks(recording_id, tracks))

    return run


@pytest.fixture
def label():
    """Return what labels a recording as somebody."""

    def run(project, recording_id, author, *, x=1.0, onset_us=0):
        project.author = author
        project.apply(MoveLandmarks(recording_id, "teacher", 40_400, {30: (x, 2.0)}))
        project.apply(MoveLandmarks(recording_id, "transferred", 40_000, {30: (x, 3.0)}))
        project.apply(MoveLandmarks(recording_id, "box_rgb", 40_400, {0: (x, x)}))
        project.apply(VerifyLandmarks(recording_id, "transferred", 80_000, (1, 2)))
        segment = Segment(f"{author}{onset_us}", "AU12", onset_us, onset_us + 1000)
        project.apply(SetSegments(recording_id, {segment.id: segment}))
        project.apply(SetVideoClass(recording_id, "AU12"))
        review = Review(Verdict.ACCEPTED, ("jerk",))
        project.apply(SetReview(recording_id, "teacher", 40_400, review))

    return run


@pytest.fixture
def two(tmp_path, media, process):
    """Two processed projects of one recording, under other names, opened."""
    mine = Project.create(tmp_path / "mine.evface")
    process(mine, mine.add_recording(media / "ev.h5", media / "video.mp4", name="one").id)
    theirs = Project.create(tmp_path / "theirs.evface")
    process(theirs, theirs.add_recording(media / "ev.h5", media / "video.mp4", name="two").id)
    yield mine, theirs
    mine.close()
    theirs.close()


def only(project):
    (entry,) = project.recordings()
    return entry


def labels_of(project):
    (labels,) = read_labels(project).values()
    return labels


def merge(mine, theirs, choices=None):
    plan = plan_merge(mine, theirs)
    edit = prepare_merge(mine, plan, choices)
    if edit is not None:
        mine.apply(edit)
    return plan


def test_what_both_annotators_said_is_there_after_merging_and_one_undo_takes_it_out(two, label):
    mine, theirs = two
    label(mine, only(mine).id, "anna")
    label(theirs, only(theirs).id, "ben", x=5.0, onset_us=7)
    before = labels_of(mine)
    plan = plan_merge(mine, theirs)
    result = preview_merge(mine, plan)
    assert (result.n_recordings, result.n_changed, result.n_removed) == (0, 0, 0)
    assert result.n_added == labels_of(theirs).n_labels
    assert result.left_out == {}
    merge(mine, theirs)
    merged = labels_of(mine)
    assert mine.annotators() == ["anna", "ben"]
    for kind in ("corrections", "segments", "video_classes", "reviews"):
        both = {**getattr(before, kind), **getattr(labels_of(theirs), kind)}
        assert getattr(merged, kind) == both
    assert mine.history().undo_label == "Merge projects"
    assert mine.check() == []
    mine.undo()
    assert labels_of(mine) == before
    assert mine.check() == []


def test_either_way_round_gives_the_same_labels_and_merging_again_nothing(two, label, tmp_path):
    mine, theirs = two
    label(mine, only(mine).id, "anna")
    label(theirs, only(theirs).id, "anna", x=5.0, onset_us=7)
    with (
        closing(sqlite3.connect(mine.path)) as source,
        closing(sqlite3.connect(tmp_path / "copy.evface")) as target,
    ):
        source.backup(target)
    with Project.open(tmp_path / "copy.evface") as copy:
        merge(mine, theirs)
        merge(theirs, copy)
    assert labels_of(mine) == labels_of(theirs)
    plan = plan_merge(mine, theirs)
    assert plan.n_conflicts == 0
    assert prepare_merge(mine, plan) is None


def test_conflicts_are_resolved_as_chosen_and_undone(two, label):
    mine, theirs = two
    label(mine, only(mine).id, "anna")
    label(theirs, only(theirs).id, "anna", x=5.0)
    before = labels_of(mine)
    plan = plan_merge(mine, theirs)
    assert plan.n_conflicts > 0
    (one,) = plan.recordings
    kept = {only(mine).id: {conflict.key: Choice.MINE for conflict in one.conflicts}}
    assert prepare_merge(mine, plan, kept) is None
    taken = {only(mine).id: {conflict.key: Choice.THEIRS for conflict in one.conflicts}}
    mine.apply(prepare_merge(mine, plan, taken))
    assert labels_of(mine) == labels_of(theirs)
    mine.undo()
    assert labels_of(mine) == before


def test_planning_changes_nothing(two, label):
    mine, theirs = two
    label(theirs, only(theirs).id, "ben")
    before = [path.read_bytes() for path in (mine.path, theirs.path)]
    journal = len(mine.journal())
    preview_merge(mine, plan_merge(mine, theirs))
    assert len(mine.journal()) == journal
    assert [path.read_bytes() for path in (mine.path, theirs.path)] == before


def test_recordings_that_only_the_other_has_come_with_all_that_is_known_of_them(
    project, two, label, media
):
    _, theirs = two
    label(theirs, only(theirs).id, "ben")
    project.add_recording(media / "ev.h5", name="two")
    (media / "video.mp4").rename(media / "gone.mp4")  # recognised, not read
    merge(project, theirs)
    entry = only(project)  # events alone are the same recording
    assert entry.video is not None
    assert entry.video.is_missing
    assert labels_of(project) == labels_of(theirs)
    assert project.tracks(entry.id).keys() == theirs.tracks(only(theirs).id).keys()


def test_an_empty_project_takes_over_everything(project, two, label):
    _, theirs = two
    label(theirs, only(theirs).id, "ben")
    plan = plan_merge(project, theirs)
    result = preview_merge(project, plan)
    assert (result.n_recordings, result.n_added) == (1, labels_of(theirs).n_labels)
    merge(project, theirs)
    assert only(project).name == "two"
    assert only(project).sync == only(theirs).sync
    assert labels_of(project) == labels_of(theirs)
    assert project.check() == []
    project.undo()
    assert only(project).name == "two"
    assert labels_of(project).n_labels == 0


def test_corrections_stay_on_their_video_frames_where_clocks_are_aligned_differently(two, label):
    mine, theirs = two
    label(theirs, only(theirs).id, "ben")
    mine.apply(SetSync(only(mine).id, ClockSync(9_000, 40.0, "given")))
    plan = merge(mine, theirs)
    assert plan.notes
    assert only(mine).sync.offset_us == 9_000
    assert labels_of(mine).corrections == labels_of(theirs).corrections


def test_filters_come_with_a_new_recording_and_stay_as_they_are_else(project, two):
    mine, theirs = two
    theirs.apply(SetFilters(only(theirs).id, (Flicker(),)))
    plan = merge(mine, theirs)
    assert only(mine).filters == ()
    assert "filtered differently" in " ".join(plan.notes)
    merge(project, theirs)
    assert only(project).filters == (Flicker(),)
    assert project.check() == []


def test_corrections_of_another_scheme_are_left_out_and_said_so(two, label, landmark_track):
    mine, theirs = two
    label(theirs, only(theirs).id, "ben")
    other = replace(landmark_track((0, 40_000), camera=Camera.EVENTS), scheme="wflw98")
    mine.apply(ReplaceTracks(only(mine).id, {"transferred": other}))
    result = preview_merge(mine, plan_merge(mine, theirs))
    ((reason, n),) = result.left_out.items()
    assert n == 3
    assert "wflw98" in reason
    merge(mine, theirs)
    assert len(labels_of(mine).corrections) == len(labels_of(theirs).corrections) - 3


def test_names_and_order_do_not_matter_and_two_videos_are_two_recordings(project, media, two):
    shutil.copy(media / "ev.h5", media / "copy.h5")
    with (media / "copy.h5").open("ab") as file:
        file.write(b"another end")
    mine, _ = two
    other = project.add_recording(media / "copy.h5", name="one")
    same = project.add_recording(media / "ev.h5", media / "video.mp4", name="zzz")
    plan = plan_merge(project, mine)
    assert [one.recording_id for one in plan.recordings] == [same.id]
    assert other.id != same.id
