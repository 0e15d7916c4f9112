import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evface.morphable.camera import FRONTAL, head_angles_deg
from evface.training_sets.pose import (
    MIRRORED_POSE,
    pose_of,
    rotation_of,
    turned_with_picture,
)

angles = st.floats(-1.2, 1.2)


@given(angles, angles, angles, st.floats(-3, 3))
def test_a_pose_is_put_together_again(turn, raised, tilt, log_scale):
    pose = np.array([[turn, raised, tilt, log_scale]], np.float32)
    rotation = rotation_of(pose)
    np.testing.assert_allclose(rotation @ rotation.swapaxes(1, 2), np.eye(3)[None], atol=1e-12)
    np.testing.assert_allclose(pose_of(rotation, np.exp(pose[:, 3])), pose, atol=1e-5)


def test_a_frontal_head_has_no_angles():
    np.testing.assert_allclose(pose_of(FRONTAL[None], np.ones(1)), np.zeros((1, 4)), atol=1e-7)


@given(angles, angles, angles)
def test_a_mirrored_head_turns_and_tilts_the_other_way(turn, raised, tilt):
    pose = np.array([[turn, raised, tilt, 0]], np.float32)
    mirror = np.diag([-1.0, 1.0, 1.0])
    mirrored = mirror @ rotation_of(pose) @ mirror
    np.testing.assert_allclose(pose_of(mirrored, np.ones(1)), pose * MIRRORED_POSE, atol=1e-6)


def test_a_picture_turned_clockwise_tilts_a_frontal_head_to_its_left():
    pose = np.zeros((1, 4), np.float32)
    turned = turned_with_picture(pose, np.radians(10), 2.0)
    np.testing.assert_allclose(turned, [[0, 0, np.radians(10), np.log(2)]], atol=1e-6)
    assert head_angles_deg(rotation_of(turned))[0, 2] > 0


def test_unknown_poses_stay_unknown():
    pose = np.full((2, 4), np.nan, np.float32)
    assert np.isnan(turned_with_picture(pose, 0.1, 1.1)).all()
