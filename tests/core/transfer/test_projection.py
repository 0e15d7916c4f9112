import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from evface.annotations.tracks import (
    Camera,
    FaceTrack,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.geometry.clock import ClockSync
from evface.geometry.transforms import PlanarTransform
from evface.morphable.camera import FRONTAL, HeadPose
from evface.morphable.fitting import project_landmarks
from evface.morphable.model import load_open_head
from evface.transfer.projection import (
    event_frame_times,
    face_at_times,
    transfer_landmarks,
    transfer_tracks,
)

MODEL = load_open_head()


def make_face(times_us, *, valid=None, turn_deg=30.0):
    times_us = np.array(times_us, np.int64)
    n = len(times_us)
    share = np.linspace(0, 1, n) if n > 1 else np.zeros(n)
    valid = np.ones(n, bool) if valid is None else np.array(valid, bool)
    turns = np.empty((n, 3, 3))
    if n:
        axis = np.array([0.0, np.radians(turn_deg), 0.0])
        turns = Rotation.from_rotvec(np.outer(share, axis)).as_matrix()
    action_units = np.zeros((n, len(MODEL.action_unit_basis)), np.float32)
    action_units[:, 3] = share
    face = {
        "action_units": action_units,
        "rotation": (FRONTAL @ turns).astype(np.float32),
        "scale_px_per_mm": np.full(n, 1.5, np.float32),
        "translation_px": np.stack([300 + 40 * share, np.full(n, 200.0)], axis=1).astype("f4"),
        "residual_px": np.ones(n, np.float32),
    }
    for values in face.values():
        values[~valid] = np.nan
    return FaceTrack(
        times_us=times_us,
        valid=valid,
        source=Source(SourceKind.FIT, "closed_form"),
        identity=np.full(len(MODEL.identity_basis), 0.1, np.float32),
        camera=Camera.RGB,
        model=MODEL.key,
        **face,
    )


def test_event_frames_lie_at_multiples_of_the_period_within_the_recording():
    assert event_frame_times(-5, 30_001, 10_000).tolist() == [0, 10_000, 20_000, 30_000]
    assert event_frame_times(1, 10_000, 10_000).tolist() == []
    with pytest.raises(ValueError, match="period_us"):
        event_frame_times(0, 10, 0)


def test_halfway_between_two_frames_the_face_is_halfway():
    face = make_face([0, 40_000], turn_deg=30.0)
    half = face_at_times(face, np.array([20_000]))
    assert half.valid.all()
    assert half.action_units[0, 3] == pytest.approx(0.5)
    assert half.translation_px[0, 0] == pytest.approx(320.0)
    turned = Rotation.from_matrix(FRONTAL.T @ half.rotation[0]).as_euler("yxz", degrees=True)
    np.testing.assert_allclose(turned, [15.0, 0.0, 0.0], atol=1e-3)


@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=30, unique=True))
@settings(deadline=None, max_examples=40)
def test_at_its_own_times_a_track_stays_as_it_is(times_us):
    face = make_face(sorted(times_us))
    again = face_at_times(face, face.times_us)
    assert again.valid.all()
    for name in ("action_units", "rotation", "scale_px_per_mm", "translation_px"):
        np.testing.assert_allclose(getattr(again, name), getattr(face, name), atol=1e-5)


def test_a_short_gap_is_bridged_and_a_long_one_masked():
    times_us = np.arange(0, 1_000_001, 100_000)
    valid = [True, False, True, True, False, False, False, True, True, True, True]
    at_us = np.array([100_000, 450_000])
    bridged = face_at_times(make_face(times_us, valid=valid), at_us, longest_gap_us=200_000)
    assert bridged.valid.tolist() == [True, False]
    assert np.isfinite(bridged.rotation[0]).all()
    assert np.isnan(bridged.rotation[1]).all()


def test_nothing_is_said_before_the_first_and_after_the_last_face():
    face = make_face([100_000, 133_000, 166_000], valid=[False, True, True])
    at_us = np.array([90_000, 132_999, 133_000, 166_000, 166_001])
    assert face_at_times(face, at_us).valid.tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("valid", [[], [False, False, False]])
def test_without_any_face_nothing_is_valid(valid):
    face = make_face(np.arange(len(valid)) * 1000, valid=valid)
    track = transfer_landmarks(
        MODEL, face, np.array([0, 500, 1000]), event_from_rgb=PlanarTransform()
    )
    assert not track.valid.any()
    assert np.isnan(track.landmarks).all()


def test_landmarks_are_those_of_the_mesh_mapped_to_the_event_picture():
    face = make_face([0, 33_000, 66_000])
    event_from_rgb = PlanarTransform.from_affine([[2.0, 0.1], [-0.1, 2.0]], [11, -7])
    track = transfer_landmarks(MODEL, face, face.times_us, event_from_rgb=event_from_rgb)
    on_rgb = project_landmarks(
        MODEL,
        HeadPose(face.rotation, face.scale_px_per_mm, face.translation_px),
        identity=face.identity,
        action_units=face.action_units,
    )
    np.testing.assert_allclose(track.landmarks, event_from_rgb.apply(on_rgb), atol=1e-3)
    assert track.camera is Camera.EVENTS
    assert track.source.kind is SourceKind.TRANSFERRED


def test_a_face_of_another_model_is_refused():
    face = make_face([0, 1000])
    object.__setattr__(face, "model", "flame-2023")
    with pytest.raises(ValueError, match="flame-2023"):
        transfer_landmarks(MODEL, face, face.times_us, event_from_rgb=PlanarTransform())


def test_the_nearest_frame_can_be_taken_as_it_is():
    face = make_face([0, 40_000, 80_000])
    at_us = np.array([10_000, 30_000, 75_000])
    nearest = face_at_times(face, at_us, by="nearest")
    for name in ("action_units", "rotation", "translation_px"):
        np.testing.assert_allclose(
            getattr(nearest, name), getattr(face, name)[[0, 1, 2]], atol=1e-6
        )


def test_landmarks_across_a_gap_are_said_to_be_interpolated():
    face = make_face(np.arange(5) * 40_000, valid=[True, True, False, True, True])
    at_us = np.array([0, 20_000, 50_000, 80_000, 130_000])
    track = transfer_landmarks(MODEL, face, at_us, event_from_rgb=PlanarTransform())
    assert track.valid.all()
    bridged = [LandmarkState.AUTO, LandmarkState.AUTO, *[LandmarkState.INTERPOLATED] * 2]
    np.testing.assert_array_equal(track.state[:, 0], [*bridged, LandmarkState.AUTO])
    assert (track.state == track.state[:, :1]).all()


def test_another_sync_and_alignment_need_no_teacher():
    face = make_face(np.arange(20) * 33_000)
    teacher = LandmarkTrack(
        times_us=face.times_us,
        valid=face.valid,
        source=Source(SourceKind.TEACHER, "t"),
        landmarks=np.ones((20, 68, 2), np.float32),
        confidence=np.ones(20, np.float32),
        state=np.zeros((20, 68), np.uint8),
        camera=Camera.RGB,
    )
    sync = ClockSync(offset_us=5_000, drift_ppm=200.0)
    video_us = sync.to_sensor_us(np.arange(20, dtype=np.int64) * 33_000)
    moved = PlanarTransform.from_affine(np.eye(2), [100, 50])
    derived = transfer_tracks(
        MODEL,
        {"teacher": teacher, "face": face},
        video_times_us=video_us,
        event_from_rgb=moved,
        stop_us=400_000,
    )
    assert list(derived) == ["teacher", "face", "transferred"]
    np.testing.assert_array_equal(derived["teacher"].times_us, video_us)
    np.testing.assert_array_equal(derived["face"].action_units, face.action_units)
    before = transfer_landmarks(MODEL, face, np.array([33_000]), event_from_rgb=PlanarTransform())
    after = transfer_landmarks(MODEL, derived["face"], video_us[[1]], event_from_rgb=moved)
    np.testing.assert_allclose(after.landmarks, before.landmarks + np.array([100, 50]), atol=1e-3)
    # There and back again is where it was.
    again = transfer_tracks(
        MODEL, derived, video_times_us=face.times_us, event_from_rgb=moved, stop_us=400_000
    )
    np.testing.assert_array_equal(again["face"].times_us, face.times_us)


def test_tracks_of_another_video_are_refused():
    face = make_face(np.arange(5) * 1000)
    arguments = {"event_from_rgb": PlanarTransform(), "stop_us": 10}
    with pytest.raises(ValueError, match="5 frames, the video 3"):
        transfer_tracks(MODEL, {"face": face}, video_times_us=np.arange(3), **arguments)
    with pytest.raises(ValueError, match="no face track"):
        transfer_tracks(MODEL, {}, video_times_us=np.arange(3), **arguments)
