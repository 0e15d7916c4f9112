import numpy as np
import pytest

from evface.landmarks.schemes import IBUG68
from evface.morphable.contour import YAW_DEG, slide_contour
from evface.morphable.model import load_open_head


@pytest.fixture(scope="module")
def head():
    return load_open_head()


def _seen_from(shape, yaw_deg):
    yaw = np.radians(yaw_deg)
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    return shape @ turn.T


def test_the_open_head_ships_the_contour_of_its_own_mean_face(head):
    skin = np.unique(head.triangles[head.regions == 0])
    table = slide_contour(head.mean_shape, head.landmarks, skin)
    np.testing.assert_array_equal(head.contour, table)
    np.testing.assert_array_equal(head.contour_yaw_deg, YAW_DEG)


def test_seen_from_the_front_the_contour_is_the_landmarks(head):
    front = int(np.flatnonzero(head.contour_yaw_deg == 0)[0])
    np.testing.assert_array_equal(head.contour[front], head.landmarks[:17])


@pytest.mark.parametrize("yaw_deg", [-40, -20, 20, 40])
def test_only_the_hidden_side_slides_and_it_stands_out_further(head, yaw_deg):
    row = int(np.flatnonzero(head.contour_yaw_deg == yaw_deg)[0])
    hidden, shown = np.arange(0, 8), np.arange(8, 17)
    if yaw_deg > 0:
        hidden, shown = IBUG68.mirror[hidden], IBUG68.mirror[shown]
    slid, fixed = head.contour[row], head.landmarks[:17]
    np.testing.assert_array_equal(slid[shown], fixed[shown])
    seen = _seen_from(head.mean_shape, yaw_deg)
    outwards_mm = (seen[slid[hidden]] - seen[fixed[hidden]])[:, 0] * np.sign(yaw_deg)
    assert outwards_mm.min() > -2.0
    assert outwards_mm[np.abs(hidden - 8) > 3].min() > 4.0
    # Nothing of the cheek stands out beyond them by more than the mesh is coarse; below, the
    # outline is more of the chin's and runs aslant.
    heights = seen[slid[hidden], 1]
    skin = np.unique(head.triangles[head.regions == 0])
    cheek = skin[(head.mean_shape[skin, 2] > 0) & (np.abs(seen[skin, 1]) < 30)]
    for vertex, height in zip(slid[hidden], heights, strict=True):
        level = cheek[np.abs(seen[cheek, 1] - height) < 3]
        if abs(height) < 25 and len(level):
            furthest = (seen[level, 0] * np.sign(yaw_deg)).max()
            assert furthest - seen[vertex, 0] * np.sign(yaw_deg) < 6


def test_the_table_of_a_symmetric_face_is_symmetric(head):
    points = head.mean_shape
    left = points[head.contour[-1][::-1][:8]] * [-1, 1, 1]
    right = points[head.contour[0][:8]]
    np.testing.assert_allclose(left, right, atol=0.2)


def test_the_shape_is_not_changed_and_any_angles_can_be_asked_for(head):
    before = head.mean_shape.copy()
    table = slide_contour(
        before, head.landmarks, np.arange(head.n_vertices), np.array([0.0, 30.0], np.float32)
    )
    assert table.shape == (2, 17)
    np.testing.assert_array_equal(before, head.mean_shape)
