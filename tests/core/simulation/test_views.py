import numpy as np
import pytest

from evface.geometry.cameras import PinholeCamera, RigidTransform
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.simulation.rigs import look_at
from evface.simulation.views import WALL_DEPTH_MM, View, view_of_pose

CAMERA = PinholeCamera((320, 240), (400.0, 410.0), (158.0, 121.0))
POINTS = np.random.default_rng(0).uniform(-90, 90, (50, 3)).astype(np.float32)


def view():
    return View(CAMERA, look_at(np.array([60.0, 30.0, 500.0]), np.zeros(3), roll_deg=3.0))


def test_points_fall_where_the_camera_projects_them():
    own = RigidTransform(rotation_matrix(np.array([0.1, 0.3, 0.0])), np.array([5.0, -3.0, 8.0]))
    placed = view().place(POINTS, own)
    exact = view().camera_from_room.after(own).apply(POINTS)
    np.testing.assert_allclose(placed[:, 2] + view().depth_mm, exact[:, 2], atol=1e-3)
    np.testing.assert_allclose(view().project(placed), CAMERA.project(exact), atol=1e-3)


@pytest.mark.parametrize("turn_deg", [0.0, 25.0])
def test_a_pose_is_drawn_as_a_camera_very_far_away(turn_deg):
    rotation = FRONTAL @ rotation_matrix(np.radians([0.0, turn_deg, 5.0]))
    pose = HeadPose(rotation, np.array(1.7), np.array([160.0, 118.0]))
    own, far = view_of_pose(pose, (320, 240))
    np.testing.assert_allclose(far.project(far.place(POINTS, own)), pose.project(POINTS), atol=0.03)


def test_light_from_the_side_stays_in_the_room_when_the_camera_turns():
    axes = view().axes()
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    # A camera to the right of the head has what lies before the head on its left.
    assert (axes @ [0.0, 0.0, 1.0])[0] < 0
    frontal = View(CAMERA, look_at(np.array([0.0, 0.0, 500.0]), np.zeros(3)))
    np.testing.assert_allclose(frontal.axes(), np.eye(3), atol=1e-12)


def test_the_wall_lies_behind_the_person():
    homography = view().wall_homography((160, 120))
    middle = homography @ [79.5, 59.5, 1.0]
    expected = CAMERA.project(view().camera_from_room.apply(np.array([[0.0, 0.0, WALL_DEPTH_MM]])))[
        0
    ]
    np.testing.assert_allclose(middle[:2] / middle[2], expected, atol=1e-6)


def test_views_that_see_the_same_have_the_same_key():
    assert view().key == view().key
    assert view().key != View(CAMERA, RigidTransform.identity()).key
