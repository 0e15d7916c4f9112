import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.geometry.cameras import PinholeCamera, RigidTransform
from evface.morphable.camera import rotation_matrix

CAMERA = PinholeCamera((640, 480), (800.0, 820.0), (320.0, 238.0))
numbers = st.lists(st.floats(-3.0, 3.0), min_size=6, max_size=6)


def transform(six):
    return RigidTransform(rotation_matrix(np.array(six[:3])), 100 * np.array(six[3:]))


def test_a_point_on_the_axis_falls_on_the_centre():
    np.testing.assert_allclose(CAMERA.project(np.array([0.0, 0.0, 500.0])), CAMERA.centre_px)


def test_a_point_to_the_right_and_below_falls_there_by_its_share_of_depth():
    seen = CAMERA.project(np.array([[50.0, 25.0, 500.0]]))
    np.testing.assert_allclose(seen, [[320 + 80.0, 238 + 41.0]])


def test_what_lies_behind_the_camera_is_not_seen():
    assert np.isnan(CAMERA.project(np.array([[1.0, 2.0, -5.0], [1.0, 2.0, 0.0]]))).all()


def test_unprojecting_gives_the_points_back():
    points = np.random.default_rng(0).uniform([-90, -80, 300], [90, 80, 900], (5, 7, 3))
    back = CAMERA.unproject(CAMERA.project(points), points[..., 2])
    np.testing.assert_allclose(back, points)


def test_the_matrix_projects_alike():
    point = np.array([30.0, -20.0, 600.0])
    x, y, depth = CAMERA.intrinsics @ point
    np.testing.assert_allclose(CAMERA.project(point), [x / depth, y / depth])


@given(numbers)
def test_the_inverse_undoes_a_transform(six):
    points = np.random.default_rng(1).normal(0, 100, (4, 3))
    there = transform(six)
    np.testing.assert_allclose(there.inverse().apply(there.apply(points)), points, atol=1e-9)


@given(numbers, numbers)
def test_one_after_the_other_is_both(first, second):
    points = np.random.default_rng(2).normal(0, 100, (4, 3))
    both = transform(second).after(transform(first))
    np.testing.assert_allclose(
        both.apply(points), transform(second).apply(transform(first).apply(points)), atol=1e-9
    )


def test_many_transforms_act_on_their_own_points():
    rotations = rotation_matrix(np.random.default_rng(3).normal(0, 1, (5, 3)))
    many = RigidTransform(rotations, np.arange(15.0).reshape(5, 3))
    points = np.random.default_rng(4).normal(0, 100, (5, 6, 3))
    one = RigidTransform(rotations[2], np.arange(15.0).reshape(5, 3)[2])
    np.testing.assert_allclose(many.apply(points)[2], one.apply(points[2]))
    np.testing.assert_allclose(many.inverse().apply(many.apply(points)), points, atol=1e-9)


def test_a_focal_length_must_be_positive():
    with pytest.raises(ValueError, match="focal"):
        PinholeCamera((10, 10), (0.0, 5.0), (1.0, 1.0))
