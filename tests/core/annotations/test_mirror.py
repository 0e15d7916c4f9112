import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.mirror import check_mirror, swap_edit
from evface.landmarks.schemes import FIVE, IBUG68, WFLW98
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.model import load_open_head


def face(turn_deg=(0.0, 0.0, 0.0)):
    model = load_open_head()
    rotation = rotation_matrix(np.radians(turn_deg)) @ FRONTAL
    pose = HeadPose(rotation, np.float64(2.0), np.array([320.0, 240.0]))
    return pose.project(model.mean_shape[model.landmarks].astype(np.float64))


PAIRS = [(i, int(j)) for i, j in enumerate(IBUG68.mirror) if i != j and "right" in IBUG68.names[i]]
TURNS = st.tuples(st.floats(-25, 25), st.floats(-45, 45), st.floats(-30, 30))


@given(TURNS, st.sets(st.sampled_from(PAIRS), max_size=10))
def test_swapped_pairs_are_found_however_the_head_is_turned(turn_deg, pairs):
    points = face(turn_deg)
    for one, two in pairs:
        points[[one, two]] = points[[two, one]]
    found = check_mirror(points, IBUG68)
    # Points that lie next to one another can hardly be told apart.
    far = {(i, j) for i, j in pairs if np.linalg.norm(points[i] - points[j]) > 15}
    assert far <= set(found.swapped) <= pairs
    assert not found.is_mirrored


@given(TURNS)
def test_a_mirrored_face_is_called_mirrored(turn_deg):
    points = face(turn_deg)[IBUG68.mirror]
    found = check_mirror(points, IBUG68)
    assert found.is_mirrored
    assert check_mirror(face(turn_deg), IBUG68).swapped == ()


def test_an_even_face_is_its_own_mirror_image_and_a_moved_point_stands_out():
    points = face()
    assert check_mirror(points, IBUG68).asymmetry < 0.01
    points[54] += (12.0, 0.0)
    found = check_mirror(points, IBUG68)
    assert int(np.argmax(found.distance)) in (48, 54)
    assert found.swapped == ()


def test_missing_landmarks_are_left_out():
    points = face()
    points[36:48] = np.nan
    found = check_mirror(points, IBUG68)
    assert np.isnan(found.distance[36:48]).all()
    assert np.isfinite(found.asymmetry)
    assert found.swapped == ()  # without eyes, nothing says which way is right
    nothing = check_mirror(np.full((98, 2), np.nan), WFLW98)
    assert np.isnan(nothing.asymmetry)
    assert not nothing.is_mirrored
    with pytest.raises(ValueError, match="must be \\(98, 2\\)"):
        check_mirror(points, WFLW98)


def test_five_points_have_sides_too():
    points = np.array([[100.0, 100], [200, 100], [150, 150], [120, 200], [180, 200]])
    assert check_mirror(points, FIVE).swapped == ()
    assert check_mirror(points[[1, 0, 2, 3, 4]], FIVE).swapped == ((0, 1),)


def test_swapping_puts_them_right():
    points = face()
    points[[48, 54]] = points[[54, 48]]
    edit = swap_edit("r", "teacher", 5, points, check_mirror(points, IBUG68).swapped)
    assert set(edit.xy_px) == {48, 54}
    for landmark, place in edit.xy_px.items():
        points[landmark] = place
    np.testing.assert_array_equal(points, face())
    with pytest.raises(ValueError, match="no landmarks have changed sides"):
        swap_edit("r", "teacher", 5, points, ())
