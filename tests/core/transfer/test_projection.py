import numpy as np
import pytest

from evface.annotations.tracks import (
    Camera,
    LandmarkState,
    SourceKind,
)
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.morphable.camera import HeadPose
from evface.morphable.fitting import project_landmarks
from evface.morphable.model import load_open_head
from evface.transfer.projection import (
    event_frame_times,
    transfer_landmarks,
)

MODEL = load_open_head()


def test_event_frames_lie_at_multiples_of_the_period_within_the_recording():
    assert event_frame_times(-5, 30_001, 10_000).tolist() == [0, 10_000, 20_000, 30_000]
    assert event_frame_times(1, 10_000, 10_000).tolist() == []
    with pytest.raises(ValueError, match="period_us"):
        event_frame_times(0, 10, 0)


@pytest.mark.parametrize("valid", [[], [False, False, False]])
def test_without_any_face_nothing_is_valid(make_face, valid):
    face = make_face(np.arange(len(valid)) * 1000, valid=valid)
    track = transfer_landmarks(MODEL, face, np.array([0, 500, 1000]), event_from_rgb=Registration())
    assert not track.valid.any()
    assert np.isnan(track.landmarks).all()


def test_landmarks_are_those_of_the_mesh_mapped_to_the_event_picture(make_face):
    face = make_face([0, 33_000, 66_000])
    planar = PlanarTransform.from_affine([[2.0, 0.1], [-0.1, 2.0]], [11, -7])
    event_from_rgb = Registration(planar, quality="fair")
    track = transfer_landmarks(MODEL, face, face.times_us, event_from_rgb=event_from_rgb)
    on_rgb = project_landmarks(
        MODEL,
        HeadPose(face.rotation, face.scale_px_per_mm, face.translation_px),
        identity=face.identity,
        action_units=face.action_units,
    )
    np.testing.assert_allclose(track.landmarks, planar.apply(on_rgb), atol=1e-3)
    assert track.camera is Camera.EVENTS
    assert track.source.kind is SourceKind.TRANSFERRED
    assert track.source.settings["registration_quality"] == "fair"


def test_a_face_of_another_model_is_refused(make_face):
    face = make_face([0, 1000])
    object.__setattr__(face, "model", "flame-2023")
    with pytest.raises(ValueError, match="flame-2023"):
        transfer_landmarks(MODEL, face, face.times_us, event_from_rgb=Registration())


def test_many_times_are_carried_over_in_parts_that_fit_together(make_face, monkeypatch):
    face = make_face(np.arange(12) * 33_333, valid=np.arange(12) != 7)
    times_us = event_frame_times(-10_000, 400_000, 1_000)
    whole = transfer_landmarks(MODEL, face, times_us, event_from_rgb=Registration())
    monkeypatch.setattr("evface.transfer.projection._CHUNK", 37)
    parts = transfer_landmarks(MODEL, face, times_us, event_from_rgb=Registration())
    for name in ("valid", "state"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    np.testing.assert_allclose(parts.landmarks, whole.landmarks, atol=1e-4)


def test_landmarks_across_a_gap_are_said_to_be_interpolated(make_face):
    face = make_face(np.arange(5) * 40_000, valid=[True, True, False, True, True])
    at_us = np.array([0, 20_000, 50_000, 80_000, 130_000])
    track = transfer_landmarks(MODEL, face, at_us, event_from_rgb=Registration())
    assert track.valid.all()
    bridged = [LandmarkState.AUTO, LandmarkState.AUTO, *[LandmarkState.INTERPOLATED] * 2]
    np.testing.assert_array_equal(track.state[:, 0], [*bridged, LandmarkState.AUTO])
    assert (track.state == track.state[:, :1]).all()
