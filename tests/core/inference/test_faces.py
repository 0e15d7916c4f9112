from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.tracks import Camera
from evface.errors import ModelFileError
from evface.inference.action_units import tell_units
from evface.inference.faces import tell_face
from evface.inference.guide import Guide
from evface.training_sets.clips import boxes_around
from evface.training_sets.pose import rotation_of
from evface.transfer.face_points import face_points

from .conftest import HEAD, SIZE, face_track, landmark_track


@pytest.fixture
def told(open_media, make_trained):
    return tell_units(open_media(), make_trained("au_light"), Guide(landmark_track()))


def test_the_fitted_head_is_driven_by_the_coefficients(told):
    fitted = face_track()
    face = tell_face(told, Guide(landmark_track(), fitted), model=HEAD.key, resolution=SIZE)
    assert face.camera == fitted.camera
    assert face.source.settings["pose_from"] == "face"
    known = face.valid
    assert known.any()
    np.testing.assert_array_equal(face.action_units[known], told.coefficients[known])
    np.testing.assert_array_equal(face.identity, fitted.identity)
    np.testing.assert_allclose(face.scale_px_per_mm[known], 0.3, rtol=1e-5)
    assert np.isnan(face.action_units[~known]).all()


def test_the_networks_pose_lies_on_the_landmarks(told):
    guide = Guide(landmark_track())
    face = tell_face(told, guide, model=HEAD.key, resolution=SIZE)
    assert face.camera == Camera.EVENTS
    assert face.source.settings["pose_from"] == "network"
    boxes = boxes_around(face_points(HEAD, face, HEAD.landmarks).points_px.astype(np.float32))
    wanted = guide.boxes_px(told.times_us)
    areas, aimed = (np.prod(b[:, 2:] - b[:, :2], axis=1)[face.valid] for b in (boxes, wanted))
    np.testing.assert_allclose(areas, aimed, rtol=1e-3)
    middles, aims = ((b[:, :2] + b[:, 2:]) / 2 for b in (boxes, wanted))
    np.testing.assert_allclose(middles[face.valid], aims[face.valid], atol=0.05)
    eye = face.rotation[face.valid] @ face.rotation[face.valid].swapaxes(1, 2)
    np.testing.assert_allclose(eye, np.tile(np.eye(3), (len(eye), 1, 1)), atol=1e-5)


def test_without_landmarks_the_head_is_in_the_middle(open_media, make_trained):
    told = tell_units(open_media(), make_trained("au_light"), Guide())
    face = tell_face(told, Guide(), model=HEAD.key, resolution=SIZE)
    np.testing.assert_allclose(face.scale_px_per_mm, np.exp(told.pose[:, 3]), rtol=1e-5)
    boxes = boxes_around(face_points(HEAD, face, HEAD.landmarks).points_px.astype(np.float32))
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    np.testing.assert_allclose(middle, np.tile([31.5, 23.5], (len(middle), 1)), atol=0.05)


def test_the_networks_pose_can_be_asked_for(told):
    guide = Guide(landmark_track(), face_track())
    face = tell_face(told, guide, model=HEAD.key, resolution=SIZE, pose_from="network")
    assert face.camera == Camera.EVENTS
    np.testing.assert_array_equal(face.identity, face_track().identity)


def test_a_head_that_is_told_to_be_at_rest_is_held_as_it_was_fitted(told):
    fitted = face_track()
    held = rotation_of(np.array([[0.3, -0.1, 0.2, 0.0]]))
    fitted = replace(fitted, rotation=np.tile(held, (len(fitted.times_us), 1, 1)).astype("f"))
    at_rest = replace(told, pose=told.pose * np.array([0, 0, 0, 1], np.float32))
    guide = Guide(landmark_track(), fitted)
    face = tell_face(at_rest, guide, model=HEAD.key, resolution=SIZE, pose_from="network")
    known = face.rotation[face.valid]
    np.testing.assert_allclose(known, np.tile(held, (len(known), 1, 1)), atol=1e-5)


def test_coefficients_never_drive_another_head(told):
    guide = Guide(landmark_track(), face_track("other-head-1"))
    with pytest.raises(ModelFileError, match="the one there is other-head-1"):
        tell_face(told, guide, model=HEAD.key, resolution=SIZE, pose_from="face")
    face = tell_face(told, guide, model=HEAD.key, resolution=SIZE)
    assert face.model == HEAD.key
    assert not face.identity.any()
    with pytest.raises(ModelFileError):
        tell_face(told, Guide(landmark_track()), model="lost-head-1", resolution=SIZE)
