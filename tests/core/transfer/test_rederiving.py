from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.tracks import (
    Camera,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.transfer.projection import event_frame_times, transfer_landmarks
from evface.transfer.rederiving import rederive

MODEL = load_open_head()
FRAMES_US = np.arange(20, dtype=np.int64) * 33_333
SYNC = ClockSync(12_000, 40.0, "correlation", 800.0)
LATER = ClockSync(32_000, -15.0, "marks", 300.0)
MOVED = Registration(
    PlanarTransform.from_affine(np.eye(2) * 1.1, [40, -25]), None, "pairs", 0.8, "good"
)
SETTINGS = {"longest_gap_us": 150_000, "by": "linear"}


@pytest.fixture
def tracks(make_face):
    """What processing makes, with a head that turns and moves across the picture."""
    times_us = SYNC.to_sensor_us(FRAMES_US)
    face = make_face(times_us)
    teacher = LandmarkTrack(
        times_us=times_us,
        valid=face.valid,
        source=Source(SourceKind.TEACHER, "t"),
        landmarks=np.full((20, 68, 2), 7, np.float32),
        confidence=np.ones(20, np.float32),
        state=np.zeros((20, 68), np.uint8),
        camera=Camera.RGB,
    )
    transferred = transfer_landmarks(
        MODEL,
        face,
        event_frame_times(0, 700_000, 10_000),
        event_from_rgb=Registration(),
        **SETTINGS,
    )
    return {"teacher": teacher, "face": face, "transferred": transferred}


@pytest.fixture
def project(tmp_path):
    zeros = np.zeros(10, np.uint16)
    events = Events(np.arange(10, dtype=np.int64), zeros, zeros, np.ones(10, bool))
    write_events_hdf5(tmp_path / "ev.h5", [events], resolution=(64, 48))
    with Project.create(tmp_path / "p.evface") as made:
        yield made


def derived(tracks, **changes):
    edit = rederive("id", tracks, model=MODEL, sync=SYNC, event_from_rgb=Registration(), **changes)
    return edit.edits[-1].tracks


def as_made(project, entry):
    return {
        role: project.read_track(entry.id, role, with_corrections=False)
        for role in project.tracks(entry.id)
    }


def assert_same(first, second):
    assert set(first) == set(second)
    for role, track in first.items():
        for name in track.layout:
            np.testing.assert_array_equal(getattr(track, name), getattr(second[role], name))
        assert track.source == second[role].source


def test_another_sync_moves_the_frames_and_carries_the_landmarks_over_anew(tracks):
    new = derived(tracks, new_sync=LATER)
    assert set(new) == {"teacher", "face", "transferred"}
    for role in ("teacher", "face"):
        np.testing.assert_array_equal(new[role].times_us, LATER.to_sensor_us(FRAMES_US))
    np.testing.assert_array_equal(new["face"].action_units, tracks["face"].action_units)
    # The face that was seen at a moment is now seen 20 ms later.
    before, after = tracks["transferred"], new["transferred"]
    np.testing.assert_array_equal(after.times_us, before.times_us)
    np.testing.assert_allclose(after.landmarks[20:40], before.landmarks[18:38], rtol=0.0, atol=0.01)
    assert {name: after.source.settings[name] for name in SETTINGS} == SETTINGS


def test_whatever_lies_on_the_video_goes_with_its_clock(tracks):
    imported = replace(tracks["teacher"], source=Source(SourceKind.IMPORTED, "labels.json"))
    on_events = replace(imported, camera=Camera.EVENTS)
    truth = replace(imported, source=Source(SourceKind.TRUTH, "synthetic"))
    more = {"imported_coco": imported, "imported_coco_events": on_events, "truth_landmarks": truth}
    new = derived({**tracks, **more}, new_sync=LATER)
    np.testing.assert_array_equal(new["imported_coco"].times_us, LATER.to_sensor_us(FRAMES_US))
    assert not {"imported_coco_events", "truth_landmarks"} & new.keys()


def test_another_registration_moves_the_transferred_landmarks_alone(tracks):
    new = derived(tracks, new_event_from_rgb=MOVED)
    assert set(new) == {"transferred"}
    expected = MOVED.planar.apply(tracks["transferred"].landmarks)
    np.testing.assert_allclose(new["transferred"].landmarks, expected, atol=1e-3)
    assert new["transferred"].source.settings["registration_quality"] == "good"


def test_there_and_back_again_is_where_it_was(tracks):
    there = {**tracks, **derived(tracks, new_sync=LATER, new_event_from_rgb=MOVED)}
    back = rederive(
        "id",
        there,
        model=MODEL,
        sync=LATER,
        event_from_rgb=MOVED,
        new_sync=SYNC,
        new_event_from_rgb=Registration(),
    )
    assert back.label == "Align"
    again = back.edits[-1].tracks
    # Times are whole microseconds on either clock.
    np.testing.assert_allclose(again["face"].times_us, tracks["face"].times_us, rtol=0.0, atol=1.0)
    np.testing.assert_allclose(
        again["transferred"].landmarks, tracks["transferred"].landmarks, rtol=0.0, atol=0.01
    )


def test_in_a_project_corrections_stay_and_undoing_restores_the_very_tracks(project, tracks):
    entry = project.add_recording(project.path.with_name("ev.h5"), sync=SYNC)
    project.apply(ReplaceTracks(entry.id, tracks))
    frame_us = int(tracks["teacher"].times_us[5])
    project.apply(MoveLandmarks(entry.id, "teacher", frame_us, {3: (1.0, 2.0)}))
    project.apply(MoveLandmarks(entry.id, "transferred", 200_000, {30: (5.0, 6.0)}))
    project.apply(VerifyLandmarks(entry.id, "transferred", 210_000, (31,)))
    verified = project.read_track(entry.id, "transferred").landmarks[21, 31]
    before = as_made(project, entry)

    edit = rederive(
        entry.id,
        before,
        model=MODEL,
        sync=entry.sync,
        event_from_rgb=entry.event_from_rgb,
        new_sync=LATER,
        new_event_from_rgb=MOVED,
    )
    inverse = project.apply(edit)

    now = project.recording(entry.id)
    assert (now.sync, now.event_from_rgb.method) == (LATER, "pairs")
    transferred = project.read_track(entry.id, "transferred")
    assert transferred.landmarks[20, 30].tolist() == [5.0, 6.0]
    np.testing.assert_array_equal(transferred.landmarks[21, 31], verified)
    assert transferred.state[20, 30] == LandmarkState.CORRECTED
    assert transferred.state[21, 31] == LandmarkState.VERIFIED
    assert (transferred.state > LandmarkState.AUTO).sum() == 2
    was = before["transferred"].landmarks
    moved_px = np.linalg.norm(transferred.landmarks[20] - was[20], axis=1)
    assert np.delete(moved_px, 30).min() > 10.0
    teacher = project.read_track(entry.id, "teacher")
    assert len(teacher) == len(FRAMES_US)
    assert teacher.landmarks[5, 3].tolist() == [1.0, 2.0]

    project.apply(inverse)
    assert_same(as_made(project, entry), before)
    assert project.recording(entry.id).sync == SYNC
    undone = project.read_track(entry.id, "transferred")
    assert undone.landmarks[20, 30].tolist() == [5.0, 6.0]


def test_a_recording_without_tracks_gets_its_sync_alone():
    edit = rederive("id", {}, model=MODEL, sync=SYNC, event_from_rgb=Registration(), new_sync=LATER)
    assert [type(part).__name__ for part in edit.edits] == ["SetSync"]
    assert edit.label == "Set sync"


def test_landmarks_on_events_that_were_not_carried_over_stay(tracks):
    own = LandmarkTrack(
        **{name: getattr(tracks["transferred"], name) for name in LandmarkTrack.layout},
        source=Source(SourceKind.MODEL, "m"),
        camera=Camera.EVENTS,
    )
    assert "transferred" not in derived({**tracks, "transferred": own}, new_sync=LATER)


def test_what_changes_nothing_or_turns_time_round_is_refused(tracks):
    with pytest.raises(ValueError, match="new sync or a new registration"):
        derived(tracks)
    with pytest.raises(ValueError, match="strictly increasing"):
        derived(tracks, new_sync=ClockSync(0, -1_100_000.0))
