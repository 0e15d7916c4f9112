import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest

from evface.annotations.corrections import Correction
from evface.annotations.edits import RenameRecording, ReplaceTracks, SetSync, Together
from evface.annotations.landmark_edits import MoveLandmarks, SetCorrections, VerifyLandmarks
from evface.annotations.tracks import Camera, LandmarkState
from evface.errors import EventFileError, ProjectFileError, RecordingError, VideoFileError
from evface.geometry.clock import ClockSync
from evface.projects.project import Project


def test_a_recording_is_kept_with_its_media_and_the_sync_that_its_events_state(project, media):
    made = project.add_recording(media / "ev.h5", media / "video.mp4")
    (kept,) = project.recordings()
    for entry in (made, kept, project.recording(made.id), project.find_recording("ev")):
        assert entry.id == made.id
        assert entry.name == "ev"
        assert entry.events.path.samefile(media / "ev.h5")
        assert entry.events.stored_path == "media/ev.h5"
        assert entry.video.path.samefile(media / "video.mp4")
        assert not entry.events.is_missing
        assert entry.sync == ClockSync(400, 0.0, "simulated", 0.0)
        assert entry.event_from_rgb.quality == "assumed"
        assert (entry.event_from_rgb.planar.matrix == np.eye(3)).all()


def test_media_are_never_written(project, media, media_folder, snapshot):
    project.add_recording(media / "ev.h5", media / "video.mp4")
    project.check()
    project.relink(media)
    assert snapshot(media) == snapshot(media_folder)


def test_the_same_media_are_not_added_twice(project, media):
    project.add_recording(media / "ev.h5", media / "video.mp4", name="first")
    shutil.copy(media / "ev.h5", media / "copy.h5")
    with pytest.raises(RecordingError, match="has these media already, as recording 'first'"):
        project.add_recording(media / "copy.h5", media / "video.mp4")
    project.add_recording(media / "ev.h5")  # the events alone are another recording
    assert [entry.name for entry in project.recordings()] == ["first", "ev"]


def test_names_are_unique_and_visible(project, media):
    first = project.add_recording(media / "ev.h5")
    second = project.add_recording(media / "ev.h5", media / "video.mp4")
    assert second.name == "ev (2)"
    for name in ("ev", "  ", "a\nb"):
        with pytest.raises(RecordingError):
            project.apply(RenameRecording(second.id, name))
    project.apply(RenameRecording(first.id, "ev"))  # its own name is free
    assert project.recording(second.id).name == "ev (2)"


@pytest.mark.parametrize(
    ("events", "video", "error"),
    [
        ("none.h5", None, EventFileError),
        ("video.mp4", None, EventFileError),
        ("ev.h5", "none.mp4", VideoFileError),
        ("ev.h5", "ev.h5", VideoFileError),
    ],
)
def test_media_that_cannot_be_read_are_not_added(project, media, events, video, error):
    with pytest.raises(error):
        project.add_recording(media / events, video and media / video)
    assert project.recordings() == []


def test_what_is_not_there_is_a_clear_error(project, entry, landmark_track):
    for call in (
        lambda: project.recording("nobody"),
        lambda: project.find_recording("nobody"),
        lambda: project.read_track("nobody", "face"),
        lambda: project.apply(ReplaceTracks("nobody", {"t": landmark_track()})),
    ):
        with pytest.raises(RecordingError, match="has no recording 'nobody'"):
            call()
    with pytest.raises(RecordingError, match="has no landmarks 'transferred' to correct"):
        project.apply(MoveLandmarks(entry.id, "transferred", 0, {3: (1, 2)}))
    assert project.read_track(entry.id, "transferred") is None
    assert project.journal() == []


def test_tracks_come_back_as_they_were_given(project, entry, landmark_track):
    track = landmark_track()
    empty = landmark_track((), camera=Camera.RGB)
    project.apply(ReplaceTracks(entry.id, {"transferred": track, "teacher": empty}))
    project.close()
    with Project.open(project.path) as reopened:
        read = reopened.read_track(entry.id, "transferred")
        np.testing.assert_array_equal(read.landmarks, track.landmarks)
        np.testing.assert_array_equal(read.times_us, track.times_us)
        assert read.source == track.source
        assert not read.landmarks.flags.writeable
        assert len(reopened.read_track(entry.id, "teacher")) == 0
        infos = reopened.tracks(entry.id)
    assert list(infos) == ["teacher", "transferred"]
    assert (infos["transferred"].kind, infos["transferred"].n) == ("landmarks", 3)
    assert infos["transferred"].source == track.source


def test_a_correction_lies_over_the_track_and_survives_processing_again(
    project, entry, landmark_track
):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    project.apply(MoveLandmarks(entry.id, "transferred", 40_000, {30: (12.5, 7.25)}))
    again = landmark_track((0, 20_000, 40_000), seed=1)
    project.apply(ReplaceTracks(entry.id, {"transferred": again}))
    read = project.read_track(entry.id, "transferred")
    assert read.landmarks[2, 30].tolist() == [12.5, 7.25]
    assert read.state[2, 30] == LandmarkState.CORRECTED
    assert (read.state != 0).sum() == 1
    automatic = project.read_track(entry.id, "transferred", with_corrections=False)
    np.testing.assert_array_equal(automatic.landmarks, again.landmarks)


def test_a_correction_at_a_time_without_a_frame_is_still_shown(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    project.apply(MoveLandmarks(entry.id, "transferred", 40_000, {30: (1.0, 2.0)}))
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track((0, 33_333, 66_666))}))
    read = project.read_track(entry.id, "transferred")
    assert read.times_us.tolist() == [0, 33_333, 40_000, 66_666]
    assert read.landmarks[2, 30].tolist() == [1.0, 2.0]


def test_verified_landmarks_stay_where_they_were_seen(project, entry, landmark_track):
    track = landmark_track()
    project.apply(ReplaceTracks(entry.id, {"transferred": track}))
    project.apply(MoveLandmarks(entry.id, "transferred", 0, {1: (5.0, 6.0)}))
    project.apply(VerifyLandmarks(entry.id, "transferred", 0, (0, 1)))
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track(seed=9)}))
    read = project.read_track(entry.id, "transferred")
    np.testing.assert_array_equal(read.landmarks[0, 0], track.landmarks[0, 0])
    assert read.landmarks[0, 1].tolist() == [5.0, 6.0]
    assert (read.state[0, :2] == LandmarkState.VERIFIED).all()


def test_another_sync_keeps_corrections_on_their_pictures(project, entry, landmark_track):
    frames_us = np.array([0, 40_000, 80_000], np.int64)
    old, new = entry.sync, ClockSync(-3_333, -81.5, "correlation", 120.0)

    def tracks(sync):
        return {
            "teacher": landmark_track(sync.to_sensor_us(frames_us), camera=Camera.RGB),
            "transferred": landmark_track(frames_us),
        }

    project.apply(ReplaceTracks(entry.id, tracks(old)))
    at_us = int(old.to_sensor_us(frames_us)[1])
    project.apply(MoveLandmarks(entry.id, "teacher", at_us, {0: (1.0, 1.0)}))
    project.apply(MoveLandmarks(entry.id, "transferred", 40_000, {0: (2.0, 2.0)}))
    step = Together((SetSync(entry.id, new), ReplaceTracks(entry.id, tracks(new))), "Set sync")
    inverse = project.apply(step)
    assert project.recording(entry.id).sync == new
    for _ in range(2):
        teacher = project.read_track(entry.id, "teacher")
        assert teacher.landmarks[1, 0].tolist() == [1.0, 1.0]
        assert len(teacher) == 3
        transferred = project.read_track(entry.id, "transferred")
        assert transferred.landmarks[1, 0].tolist() == [2.0, 2.0]
        project.apply(inverse)
    assert project.recording(entry.id).sync == old


def test_the_journal_takes_edits_back_after_the_project_was_closed(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}, "Process"))
    project.apply(MoveLandmarks(entry.id, "transferred", 0, {3: (1.0, 2.0)}))
    project.apply(ReplaceTracks(entry.id, {"transferred": None}, "Remove"))
    project.close()
    with Project.open(project.path) as reopened:
        journal = reopened.journal()
        assert [item.label for item in journal] == ["Process", "Move landmark", "Remove"]
        assert all(item.made_at.endswith("+00:00") for item in journal)
        for item in reversed(journal):
            reopened.apply(item.inverse)
        assert reopened.tracks(entry.id) == {}
        for item in journal[:2]:
            reopened.apply(item.edit)
        assert reopened.read_track(entry.id, "transferred").landmarks[0, 3].tolist() == [1.0, 2.0]
        assert len(reopened.journal()) == 8


def test_an_edit_that_fails_half_way_changes_nothing(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    step = Together(
        (
            SetSync(entry.id, ClockSync(9)),
            MoveLandmarks(entry.id, "transferred", 0, {67: (1.0, 1.0)}),
            MoveLandmarks(entry.id, "transferred", 0, {68: (1.0, 1.0)}),
        ),
        "Fails",
    )
    with pytest.raises(ValueError, match="landmark must be within 0 to 67, got 68"):
        project.apply(step)
    assert project.recording(entry.id).sync == entry.sync
    assert not project.read_track(entry.id, "transferred").state.any()
    assert len(project.journal()) == 1


def test_equal_tracks_are_kept_once(project, entry, landmark_track):
    random = landmark_track(range(3000))
    project.apply(ReplaceTracks(entry.id, {"transferred": random}))
    n_bytes = _bytes_of(project.path)
    project.apply(ReplaceTracks(entry.id, {"transferred": None}))
    project.apply(ReplaceTracks(entry.id, {"transferred": random, "other": random}))
    assert _bytes_of(project.path) - n_bytes < 100_000


def _bytes_of(path):
    return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*"))


def test_changes_of_other_processes_are_noticed_once(project, entry):
    assert not project.changed_outside()
    project.apply(RenameRecording(entry.id, "mine"))
    assert not project.changed_outside()
    code = (
        "import sys; from pathlib import Path; from evface.projects.project import Project\n"
        "from evface.annotations.edits import RenameRecording\n"
        "with Project.open(Path(sys.argv[1])) as p: p.apply(RenameRecording(sys.argv[2], 'yours'))"
    )
    subprocess.run([sys.executable, "-c", code, str(project.path), entry.id], check=True)
    assert project.changed_outside()
    assert not project.changed_outside()
    assert project.recording(entry.id).name == "yours"


def test_many_threads_and_two_connections_lose_no_edit(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))

    def edit(to, first):
        for landmark in range(first, first + 10):
            to.apply(MoveLandmarks(entry.id, "transferred", 0, {landmark: (1.0, 1.0)}))
            to.read_track(entry.id, "transferred")

    with Project.open(project.path) as other:
        threads = [
            threading.Thread(target=edit, args=(to, first))
            for to, first in ((project, 0), (project, 10), (other, 20), (other, 30))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    state = project.read_track(entry.id, "transferred").state
    assert (state[0, :40] == LandmarkState.CORRECTED).all()
    assert len(project.journal()) == 41


def test_media_that_moved_are_found_by_their_content(project, entry, media, tmp_path):
    new = tmp_path / "else" / "where"
    new.mkdir(parents=True)
    (media / "ev.h5").rename(new / "renamed.h5")
    (media / "video.mp4").rename(new / "video.mp4")
    (new / "decoy.h5").write_bytes(b"x" * (new / "renamed.h5").stat().st_size)
    assert all(medium.is_missing for medium in project.recording(entry.id).media)
    found = project.relink(tmp_path / "else")
    assert [medium.path.name for medium in found] == ["renamed.h5", "video.mp4"]
    now = project.recording(entry.id)
    assert not any(medium.is_missing for medium in now.media)
    assert now.events.stored_path == "else/where/renamed.h5"
    assert project.relink(tmp_path) == []


def test_media_that_are_nowhere_stay_missing_and_hide_nothing(
    project, entry, media, tmp_path, landmark_track
):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    shutil.rmtree(media)
    assert project.relink(tmp_path) == []
    assert project.recording(entry.id).events.is_missing
    assert len(project.read_track(entry.id, "transferred")) == 3


def test_a_project_moves_with_its_media_or_alone(project, entry, media, tmp_path):
    project.close()
    copy = tmp_path / "backup"
    shutil.copytree(media, copy / "media")
    shutil.copy(project.path, copy / "p.evface")
    with Project.open(copy / "p.evface") as moved:
        assert moved.recording(entry.id).events.path == (copy / "media" / "ev.h5").resolve()
    alone = tmp_path / "alone" / "deep"
    alone.mkdir(parents=True)
    shutil.copy(project.path, alone / "p.evface")
    with Project.open(alone / "p.evface") as moved:
        assert moved.recording(entry.id).events.path.samefile(media / "ev.h5")


def test_relinking_a_folder_that_is_not_there_says_so(project, tmp_path):
    with pytest.raises(Exception, match="is not a folder"):
        project.relink(tmp_path / "nowhere")


def test_a_read_only_project_refuses_edits_and_leaves_no_files(project, entry, snapshot):
    project.close()
    before = snapshot(project.path.parent)
    with Project.open(project.path, read_only=True) as opened:
        assert opened.is_read_only
        assert opened.recordings()[0].id == entry.id
        with pytest.raises(ProjectFileError, match="open for reading only"):
            opened.apply(RenameRecording(entry.id, "new"))
        with pytest.raises(ProjectFileError, match="open for reading only"):
            opened.relink(project.path.parent)
    assert snapshot(project.path.parent) == before


def test_forgetting_a_correction_shows_the_automatic_landmark_again(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    project.apply(MoveLandmarks(entry.id, "transferred", 0, {3: (1.0, 2.0)}))
    project.apply(SetCorrections(entry.id, "transferred", 0, {3: None}))
    assert not project.read_track(entry.id, "transferred").state.any()


@pytest.mark.parametrize("drift_ppm", [-300.0, -50.0, 0.0, 40.0])
def test_a_correction_is_found_where_it_is_shown_whatever_the_clocks(
    project, entry, landmark_track, drift_ppm
):
    times_us = tuple(range(0, 4_000_000, 33_333))
    track = landmark_track(times_us, camera=Camera.RGB)
    project.apply(SetSync(entry.id, ClockSync(-1_234_567, drift_ppm)))
    project.apply(ReplaceTracks(entry.id, {"teacher": track}))
    for t_us in times_us:
        project.apply(MoveLandmarks(entry.id, "teacher", t_us, {0: (1.0, 2.0)}))
    with Project.open(project.path) as again:
        shown = again.labelled(entry.id, "teacher")
        for index in range(len(shown)):
            # Said again of the frame that is shown: no second word beside the first.
            again.apply(
                MoveLandmarks(entry.id, "teacher", int(shown.times_us[index]), {0: (3.0, 4.0)})
            )
        assert len(again.labelled(entry.id, "teacher").corrections) == len(times_us)
    with Project.open(project.path) as again:
        shown = again.labelled(entry.id, "teacher")
        assert len(shown) == len(times_us)
        for index in range(len(shown)):
            assert shown.frame(index).landmarks[0].tolist() == [3.0, 4.0]
        for t_us in shown.times_us.tolist():
            again.apply(SetCorrections(entry.id, "teacher", t_us, {0: None}))
        assert not len(again.labelled(entry.id, "teacher").corrections)


def test_of_words_of_one_moment_the_same_count_before_and_after_a_restart(
    project, entry, landmark_track
):
    project.apply(ReplaceTracks(entry.id, {"transferred": landmark_track()}))
    for author in ("ben", "ann"):
        said = Correction((1.0, float(len(author))), LandmarkState.CORRECTED, author, "2026")
        project.apply(SetCorrections(entry.id, "transferred", 0, {0: said}, author=author))
    now = project.labelled(entry.id, "transferred").frame(0).corrections[0]
    with Project.open(project.path) as again:
        assert again.labelled(entry.id, "transferred").frame(0).corrections[0] == now
    assert now.author == "ben"
