from __future__ import annotations

import shutil
import stat
from datetime import date, timedelta

import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import ReplaceTracks, SetFilters
from evface.annotations.landmark_edits import MoveLandmarks, SetInterpolation
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera
from evface.errors import FileError
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.projects.label_set import LabelCounts
from evface.projects.merging import read_labels
from evface.projects.project import Project
from evface.projects.snapshots import (
    N_DAILY,
    find_snapshot,
    list_snapshots,
    plan_restore,
    snapshot_folder,
    write_daily_snapshot,
    write_snapshot,
)

TODAY = date(2026, 11, 21)


@pytest.fixture
def labelled(project, entry, landmark_track):
    """A processed project that somebody labelled."""
    process(project, entry.id, landmark_track)
    project.author = "anna"
    project.apply(MoveLandmarks(entry.id, "teacher", 40_400, {30: (1.0, 2.0), 31: (3.0, 4.0)}))
    project.apply(SetInterpolation(entry.id, "teacher", 0))
    project.apply(SetSegments(entry.id, {"s": Segment("s", "AU12", 0, 1000)}))
    project.author = "ben"
    project.apply(SetVideoClass(entry.id, "AU12"))
    return project


def process(project, recording_id, landmark_track):
    track = landmark_track((400, 40_400, 80_400), camera=Camera.RGB)
    project.apply(ReplaceTracks(recording_id, {"teacher": track}))


def restore(project, name):
    plan = plan_restore(project, find_snapshot(project.path, name))
    project.apply(plan.edit)
    return plan


def test_a_snapshot_holds_everyones_labels_and_no_machines_track(labelled, entry):
    snapshot = write_snapshot(labelled.path, "before review")
    with Project.open(snapshot.path, read_only=True) as opened:
        (copy,) = opened.recordings()
        assert opened.tracks(copy.id) == {}
        assert copy.events.path == entry.events.path
        assert not copy.events.is_missing
        assert read_labels(opened) == read_labels(labelled)
        assert opened.check() == []
    assert snapshot.counts == {"anna": LabelCounts(2, 1, 1), "ben": LabelCounts(n_classes=1)}


def test_restoring_is_one_edit_that_can_be_undone(labelled, entry):
    before = read_labels(labelled)
    write_snapshot(labelled.path, "good")
    labelled.author = "anna"
    labelled.apply(MoveLandmarks(entry.id, "teacher", 40_400, {30: (9.0, 9.0), 33: (1.0, 1.0)}))
    labelled.apply(SetSegments(entry.id, {"s": None}))
    labelled.apply(SetInterpolation(entry.id, "teacher", 5))
    later = read_labels(labelled)
    n_edits = len(labelled.journal())
    plan = restore(labelled, "good")
    assert (plan.n_added, plan.n_changed, plan.n_removed) == (1, 1, 1)
    assert read_labels(labelled) == before
    assert len(labelled.journal()) == n_edits + 1
    assert labelled.history().undo_label == "Restore snapshot good"
    labelled.undo()
    assert read_labels(labelled) == later
    assert labelled.check() == []


def test_filters_come_back_with_the_labels(labelled, entry):
    then = (HotPixels(pixels=((3, 4),)), Flicker(mains_hz=60, is_on=False))
    labelled.apply(SetFilters(entry.id, then))
    write_snapshot(labelled.path, "good")
    labelled.apply(SetFilters(entry.id, ()))
    plan = restore(labelled, "good")
    assert (plan.n_filtered, plan.n_added, plan.n_changed, plan.n_removed) == (1, 0, 0, 0)
    assert labelled.recording(entry.id).filters == then
    labelled.undo()
    assert labelled.recording(entry.id).filters == ()
    assert labelled.check() == []


def test_restoring_what_is_there_changes_nothing(labelled):
    write_snapshot(labelled.path, "now")
    plan = plan_restore(labelled, find_snapshot(labelled.path, "now"))
    assert plan.edit is None
    assert (plan.n_added, plan.n_changed, plan.n_removed) == (0, 0, 0)


def test_labels_come_back_into_a_project_made_anew(labelled, media, tmp_path, landmark_track):
    snapshot = write_snapshot(labelled.path, "good")
    with Project.create(tmp_path / "new.evface") as anew:
        entry = anew.add_recording(media / "ev.h5", media / "video.mp4", name="other name")
        plan = plan_restore(anew, snapshot)
        ((reason, n),) = plan.left_out.items()
        assert (n, "process the recording" in reason) == (2, True)
        process(anew, entry.id, landmark_track)
        plan = plan_restore(anew, snapshot)
        assert plan.left_out == {}
        anew.apply(plan.edit)
        assert list(read_labels(anew).values()) == list(read_labels(labelled).values())


def test_recordings_that_the_snapshot_does_not_know_stay_as_they_are(labelled, media):
    write_snapshot(labelled.path, "good")
    other = labelled.add_recording(media / "ev.h5", name="events alone")
    labelled.apply(SetVideoClass(other.id, "AU1"))
    plan = plan_restore(labelled, find_snapshot(labelled.path, "good"))
    assert plan.edit is None
    assert labelled.video_classes(other.id) == {"ben": "AU1"}


def test_one_snapshot_is_made_a_day(labelled):
    first = write_daily_snapshot(labelled.path, TODAY)
    assert first.is_daily
    assert write_daily_snapshot(labelled.path, TODAY) is None
    assert [one.name for one in list_snapshots(labelled.path)] == ["daily 2026-11-21"]


@pytest.mark.usefixtures("entry")
def test_without_labels_there_is_nothing_to_keep(project):
    assert write_daily_snapshot(project.path, TODAY) is None
    assert not snapshot_folder(project.path).exists()


def test_the_last_days_are_kept_and_named_ones_for_ever(labelled):
    write_snapshot(labelled.path, "good")
    for day in range(N_DAILY + 3):
        write_daily_snapshot(labelled.path, TODAY + timedelta(days=day))
    names = {one.name for one in list_snapshots(labelled.path)}
    assert len(names) == N_DAILY + 1
    assert "good" in names
    assert "daily 2026-11-21" not in names
    assert f"daily {TODAY + timedelta(days=N_DAILY + 2)}" in names


@pytest.mark.parametrize("name", ["", " x", "a/b", "a\nb", "..", "daily 2026-11-21", "x" * 101])
def test_names_that_make_no_file_are_refused(labelled, name):
    with pytest.raises(FileError):
        write_snapshot(labelled.path, name)
    assert not snapshot_folder(labelled.path).exists()


def test_a_name_is_given_once(labelled):
    write_snapshot(labelled.path, "good")
    with pytest.raises(FileError, match="already"):
        write_snapshot(labelled.path, "good")


def test_nothing_is_left_of_a_snapshot_that_could_not_be_written(labelled, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evface.projects.snapshots._fill", fail)
    with pytest.raises(FileError, match="No space left"):
        write_snapshot(labelled.path, "good")
    assert list(snapshot_folder(labelled.path).iterdir()) == []


def test_what_a_killed_process_left_is_in_nobodys_way(labelled):
    folder = snapshot_folder(labelled.path)
    folder.mkdir()
    for end in ("", "-wal", "-shm"):
        (folder / f".good.evface.part{end}").write_bytes(b"half of it")
    write_snapshot(labelled.path, "good")
    assert [path.name for path in folder.iterdir()] == ["good.evface"]


def test_damaged_snapshots_are_left_out_of_the_list(labelled):
    write_snapshot(labelled.path, "good")
    (snapshot_folder(labelled.path) / "bad.evface").write_bytes(b"no project")
    assert [one.name for one in list_snapshots(labelled.path)] == ["good"]
    with pytest.raises(FileError):
        find_snapshot(labelled.path, "bad")
    with pytest.raises(FileError, match="no snapshot"):
        find_snapshot(labelled.path, "none")


def test_where_the_folder_cannot_be_written_snapshots_are_kept_with_the_user(
    labelled, tmp_path, monkeypatch
):
    folder = tmp_path / "read only"
    folder.mkdir()
    labelled.close()
    path = shutil.copy(labelled.path, folder / "p.evface")
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    # The superuser may write anywhere.
    monkeypatch.setattr("evface.projects.snapshots._is_writable", lambda asked: asked != folder)
    try:
        snapshot = write_snapshot(path, "good")
        assert folder not in snapshot.path.parents
        assert [one.name for one in list_snapshots(path)] == ["good"]
    finally:
        folder.chmod(stat.S_IRWXU)
