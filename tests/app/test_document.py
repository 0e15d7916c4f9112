import os
import shutil
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments
from evface.annotations.edits import Place, ReplaceTracks, SetSync, Together
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.segments import Segment
from evface.annotations.tracks import Source, SourceKind
from evface.geometry.clock import ClockSync
from evface.projects.project import Project
from evface_studio.document import Document


@pytest.fixture
def document(qtbot):
    del qtbot
    document = Document()
    yield document
    document.shut_down()


@pytest.fixture
def landmark_track_like(opened):
    return replace(opened.tracks["teacher"], source=Source(SourceKind.MODEL, "another"))


@pytest.fixture
def opened(qtbot, document, project_path):
    with qtbot.waitSignal(document.tracks_changed, timeout=10_000):
        document.open_project(project_path)
    return document


def settle(qtbot, document):
    qtbot.waitUntil(lambda: not document.is_busy, timeout=10_000)


def test_a_project_opens_with_its_first_recording(opened):
    assert [row.entry.name for row in opened.listed.values()] == ["face", "other"]
    assert opened.recording.name == "face"
    assert set(opened.tracks) == {"action_units", "face", "teacher"}


def test_media_alone_open_without_a_project(qtbot, document, media):
    with qtbot.waitSignal(document.recording_changed, timeout=10_000):
        document.open([media / "face.h5", media / "face.mp4"])
    assert document.project is None
    assert document.recording.video.n_frames == 15
    assert document.paths == (media / "face.h5", media / "face.mp4")


def test_opening_something_else_closes_what_was_open(qtbot, opened, media):
    before = opened.project
    with qtbot.waitSignal(opened.recording_changed, timeout=10_000):
        opened.open([media / "other.h5"])
    settle(qtbot, opened)
    assert opened.project is None
    with pytest.raises(Exception, match="clos"):
        before.recordings()


def test_what_cannot_be_opened_leaves_all_as_it_was(qtbot, opened, tmp_path):
    broken = tmp_path / "broken.evface"
    broken.write_bytes(b"not a project")
    recording = opened.recording
    with qtbot.waitSignal(opened.failed, timeout=10_000) as failed:
        opened.open_project(broken)
    assert "broken.evface" in failed.args[0]
    assert opened.recording is recording


def test_another_recording_is_shown_on_demand(qtbot, opened):
    other = list(opened.listed)[1]
    with qtbot.waitSignal(opened.tracks_changed, timeout=10_000):
        opened.show_recording(other)
    assert opened.recording.name == "other"
    assert opened.tracks == {}


def test_closing_shows_nothing(qtbot, opened):
    with qtbot.waitSignal(opened.recording_changed, timeout=10_000):
        opened.close()
    assert opened.project is None
    assert opened.recording is None
    assert opened.paths == ()


def test_an_edit_is_on_disk_before_it_is_shown(qtbot, opened, project_path):
    seen = []

    def look():
        with Project.open(project_path, read_only=True) as project:
            seen.append(project.read_track(opened.recording_id, "teacher").landmarks[0, 3])

    opened.labels_changed.connect(look)
    with qtbot.waitSignal(opened.labels_changed, timeout=10_000) as changed:
        opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {3: (12.0, 34.0)}))
    np.testing.assert_array_equal(seen, [[12.0, 34.0]])
    assert changed.args == [{"teacher"}]


def shown(opened, row, landmark):
    return opened.labels["teacher"].frame(row).landmarks[landmark].tolist()


def test_undo_and_redo_go_through_the_project(qtbot, opened):
    def point():
        return shown(opened, 0, 3)

    before = point()
    opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {3: (12.0, 34.0)}))
    settle(qtbot, opened)
    assert (point(), opened.undo_label) == ([12.0, 34.0], "Move landmark")
    opened.undo()
    settle(qtbot, opened)
    assert (point(), opened.redo_label) == (before, "Move landmark")
    opened.redo()
    settle(qtbot, opened)
    assert point() == [12.0, 34.0]


def test_undo_and_redo_go_to_the_recording_that_they_change(qtbot, opened):
    face = opened.recording_id
    before = shown(opened, 3, 7)
    opened.edit(MoveLandmarks(face, "teacher", 99_999, {7: (12.0, 34.0)}))
    opened.edit(Together((SetSync(face, ClockSync(500)),), "Set sync"))
    for step in (opened.undo, opened.undo, opened.redo):
        opened.show_recording(list(opened.listed)[1])
        step()
        settle(qtbot, opened)
        assert opened.recording.name == "face"
        assert opened.recording.sync.offset_us == 0
    assert shown(opened, 3, 7) == [12.0, 34.0]
    with qtbot.waitSignal(opened.edited) as edited:
        opened.show_recording(list(opened.listed)[1])
        opened.undo()
    assert edited.args == [Place(face, 99_999, "teacher")]
    assert opened.recording_id == face
    assert shown(opened, 3, 7) == before


def test_undo_asked_for_in_haste_is_done_as_often_as_asked(qtbot, opened):
    before = opened.labels["teacher"].frame(0).landmarks.copy()
    for landmark in range(5):
        opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {landmark: (1.0, 2.0)}))
    for _ in range(5):
        opened.undo()
    settle(qtbot, opened)
    np.testing.assert_array_equal(opened.labels["teacher"].frame(0).landmarks, before)
    # What was done before the project was opened can be taken back too, and then no more.
    assert opened.undo_label == "Process face"
    for _ in range(9):
        opened.undo()
    settle(qtbot, opened)
    assert opened.undo_label == ""
    assert not opened.tracks


def test_what_was_done_can_be_taken_back_after_a_restart(qtbot, opened, project_path):
    before = shown(opened, 0, 3)
    opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {3: (12.0, 34.0)}))
    settle(qtbot, opened)
    opened.close()
    opened.open_project(project_path)
    settle(qtbot, opened)
    assert (shown(opened, 0, 3), opened.undo_label) == ([12.0, 34.0], "Move landmark")
    opened.undo()
    settle(qtbot, opened)
    assert (shown(opened, 0, 3), opened.redo_label) == (before, "Move landmark")


def test_edits_that_wait_are_on_disk_when_the_window_closes(opened, project_path):
    recording_id = opened.recording_id
    for landmark in range(20):
        opened.edit(MoveLandmarks(recording_id, "teacher", 0, {landmark: (1.0, 2.0)}))
    opened.shut_down()
    with Project.open(project_path, read_only=True) as project:
        assert len(project.labelled(recording_id, "teacher").frame(0).corrections) == 20


def test_an_edit_asked_for_while_something_else_opens_is_one_of_what_was_open(
    qtbot, opened, project_path, tmp_path
):
    other = tmp_path / "copy.evface"
    with Project.open(project_path) as project:
        recording_id = project.recordings()[0].id
    shutil.copy(project_path, other)
    opened.open_project(other)
    opened.edit(MoveLandmarks(recording_id, "teacher", 0, {3: (12.0, 34.0)}))
    opened.undo()  # nothing of the copy is taken back, either
    settle(qtbot, opened)
    assert opened.project.path == other
    with Project.open(project_path, read_only=True) as project:
        assert project.labelled(recording_id, "teacher").frame(0).corrections
    assert not opened.labels["teacher"].frame(0).corrections
    assert opened.tracks


def test_the_list_of_recordings_follows_what_happens_to_others(qtbot, opened, landmark_track_like):
    other = list(opened.listed)[1]
    opened.edit(ReplaceTracks(other, {"teacher": landmark_track_like}))
    settle(qtbot, opened)
    assert opened.listed[other].roles == {"teacher"}


def test_damage_in_one_recording_hides_no_other(qtbot, document, project_path):
    with sqlite3.connect(project_path) as connection:
        connection.execute("UPDATE tracks SET manifest = '{}' WHERE role = 'face'")
    connection.close()
    document.open_project(project_path)
    settle(qtbot, document)
    assert "face" in document.problem
    _, other = document.listed
    assert document.recording is not None
    document.show_recording(other)
    settle(qtbot, document)
    assert document.problem == ""
    assert document.recording.name == "other"


def test_what_could_not_be_written_at_closing_is_told(opened, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device", "p.evface")

    monkeypatch.setattr(type(opened.project), "apply", fail)
    for landmark in range(3):
        opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {landmark: (1.0, 2.0)}))
    assert opened.shut_down() == ["p.evface: No space left on device"] * 3


def test_a_window_closed_while_something_opens_is_closed(qtbot, document, project_path):
    document.open_project(project_path)
    document.shut_down()
    document.show_recording("any")
    qtbot.wait(50)  # what the thread said meanwhile arrives, and is in nobody's way
    assert document.project is None


def test_the_view_goes_where_something_was_taken_back_also_where_it_is_gone_now(qtbot, opened):
    segment = Segment("a", "AU12", 40_000, 90_000)
    opened.edit(SetSegments(opened.recording_id, {"a": segment}))
    with qtbot.waitSignal(opened.stepped) as stepped:
        opened.undo()
    assert stepped.args == [Place(opened.recording_id, 40_000, None, "AU12")]
    assert not opened.segments


def test_the_second_window_on_a_project_only_reads(qtbot, opened, project_path):
    second = Document()
    try:
        second.open_project(project_path)
        settle(qtbot, second)
        assert second.is_read_only
        assert "open in another window" in second.read_only_reason
        with qtbot.waitSignal(second.failed, timeout=10_000) as failed:
            second.edit(MoveLandmarks(second.recording_id, "teacher", 0, {3: (1.0, 2.0)}))
        assert "can only be read: it is open in another window" in failed.args[0]
        # It sees what the first one does.
        opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {3: (12.0, 34.0)}))
        settle(qtbot, opened)
        second.refresh()
        settle(qtbot, second)
        assert shown(second, 0, 3) == [12.0, 34.0]
        # Once the first has closed it, the project can be edited here.
        opened.close()
        settle(qtbot, opened)
        second.close()
        second.open_project(project_path)
        settle(qtbot, second)
        assert not second.is_read_only
    finally:
        second.shut_down()


def test_a_blind_annotator_sees_only_their_own_labels(qtbot, opened):
    before = shown(opened, 0, 3)
    opened.set_annotator("anna")
    opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {3: (12.0, 34.0)}))
    opened.set_annotator("ben")
    opened.set_blind(True)
    settle(qtbot, opened)
    assert (opened.annotator, shown(opened, 0, 3)) == ("ben", before)
    assert opened.undo_label == ""  # Nobody takes back what another did.
    opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {3: (56.0, 78.0)}))
    settle(qtbot, opened)
    assert shown(opened, 0, 3) == [56.0, 78.0]
    opened.set_annotator("anna")
    settle(qtbot, opened)
    assert shown(opened, 0, 3) == [12.0, 34.0]
    opened.set_blind(False)
    settle(qtbot, opened)
    assert shown(opened, 0, 3) == [56.0, 78.0]  # The last word counts.


def test_after_an_edit_the_view_is_sent_to_its_time(qtbot, opened):
    opened.edit(MoveLandmarks(opened.recording_id, "teacher", 33_333, {3: (1.0, 2.0)}))
    with qtbot.waitSignal(opened.edited, timeout=10_000) as edited:
        pass
    assert edited.args == [Place(opened.recording_id, 33_333, "teacher")]


def test_an_edit_that_fails_changes_nothing(qtbot, opened):
    before = opened.undo_label
    with qtbot.waitSignal(opened.failed, timeout=10_000):
        opened.edit(MoveLandmarks("no such recording", "teacher", 0, {3: (1.0, 2.0)}))
    assert opened.undo_label == before


def test_lone_media_cannot_be_edited_and_say_so(qtbot, document, media):
    document.open([media / "other.h5"])
    settle(qtbot, document)
    with qtbot.waitSignal(document.failed, timeout=10_000) as failed:
        document.edit(SetSync("x", ClockSync()))
    assert "Save as project" in failed.args[0]


def test_a_changed_sync_moves_the_video_and_can_be_undone(qtbot, opened):
    before = opened.recording.video_times_us.copy()
    opened.edit(SetSync(opened.recording_id, ClockSync(offset_us=5_000)))
    settle(qtbot, opened)
    np.testing.assert_array_equal(opened.recording.video_times_us, before + 5_000)
    opened.undo()
    settle(qtbot, opened)
    np.testing.assert_array_equal(opened.recording.video_times_us, before)


def test_missing_media_leave_the_rest_usable(qtbot, document, project_path):
    (project_path.parent / "face.h5").unlink()
    document.open_project(project_path)
    settle(qtbot, document)
    assert document.recording.name == "other"
    face = next(iter(document.listed))
    with qtbot.waitSignal(document.failed, timeout=10_000) as failed:
        document.show_recording(face)
    assert "face.h5" in failed.args[0]
    assert document.recording is None
    assert "face" in document.tracks
    assert document.problem == failed.args[0]


def test_media_that_moved_are_found_again(qtbot, document, project_path, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("face.h5", "face.mp4", "other.h5"):
        shutil.move(project_path.parent / name, elsewhere / f"moved {name}")
    document.open_project(project_path)
    settle(qtbot, document)
    assert document.recording is None
    document.relink(elsewhere)
    settle(qtbot, document)
    assert document.recording.events.path == elsewhere / "moved face.h5"


def test_searching_the_wrong_folder_says_so(qtbot, opened, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with qtbot.waitSignal(opened.failed, timeout=10_000) as failed:
        opened.relink(empty)
    assert str(empty) in failed.args[0]


def test_lone_media_become_a_project(qtbot, document, media):
    document.open([media / "face.h5", media / "face.mp4"])
    settle(qtbot, document)
    document.save_as_project(media / "new.evface")
    settle(qtbot, document)
    assert document.project.path == media / "new.evface"
    assert document.recording.video is not None
    assert document.recording.sync.method == "simulated"


def test_a_recording_is_added_and_shown(qtbot, opened, media):
    shutil.copy(media / "other.h5", media / "third.h5")
    with (media / "third.h5").open("ab") as file:
        file.write(b"another content")
    opened.add_recording(media / "third.h5")
    settle(qtbot, opened)
    assert opened.recording.name == "third"
    assert len(opened.listed) == 3


def test_what_another_program_did_is_shown_on_return(qtbot, opened, project_path):
    with Project.open(project_path) as project:
        project.apply(ReplaceTracks(opened.recording_id, {"teacher": None}))
    with qtbot.waitSignal(opened.tracks_changed, timeout=10_000):
        opened.refresh()
    assert "teacher" not in opened.tracks


def test_without_changes_by_others_a_return_keeps_the_undo_history(qtbot, opened):
    opened.edit(MoveLandmarks(opened.recording_id, "teacher", 0, {3: (1.0, 2.0)}))
    opened.refresh()
    settle(qtbot, opened)
    assert opened.undo_label == "Move landmark"


def test_a_result_for_a_project_closed_since_is_not_lost(qtbot, opened, project_path, media):
    recording_id = opened.recording_id
    opened.open([media / "other.h5"])
    edit = ReplaceTracks(recording_id, {"face": None})
    done = []
    opened.edit_in(project_path, "Writing", lambda: edit, lambda: done.append(True))
    settle(qtbot, opened)
    assert done == [True]
    with Project.open(project_path) as project:
        assert "face" not in project.tracks(recording_id)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="all may write here")
def test_a_project_that_cannot_be_written_opens_and_refuses_edits(qtbot, document, project_path):
    project_path.chmod(0o444)
    project_path.parent.chmod(0o555)
    try:
        document.open_project(project_path)
        settle(qtbot, document)
        with qtbot.waitSignal(document.failed, timeout=10_000):
            document.edit(MoveLandmarks(document.recording_id, "teacher", 0, {3: (1.0, 2.0)}))
    finally:
        project_path.parent.chmod(0o755)
