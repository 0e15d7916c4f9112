import numpy as np
import pytest

from evface.morphable.camera import FRONTAL, rotation_matrix
from evface.morphable.facs import (
    HEAD_NAMES,
    LEVEL_STARTS,
    head_intensity,
    levels_of,
    split_eye_closures,
)


def turned(axis, degrees):
    vector = np.zeros(3)
    vector["xyz".index(axis)] = np.radians(degrees)
    return FRONTAL @ rotation_matrix(vector)


@pytest.mark.parametrize(
    ("axis", "degrees", "name"),
    [
        # The model's axes: x to the subject's left, y up, z out of the face.
        ("y", 30, "AU51"),
        ("y", -30, "AU52"),
        ("x", -30, "AU53"),
        ("x", 30, "AU54"),
        ("z", -30, "AU55"),
        ("z", 30, "AU56"),
    ],
)
def test_thirty_degrees_are_one_unit_of_the_heads_action_unit(axis, degrees, name):
    intensity = head_intensity(turned(axis, degrees)[None], FRONTAL)[0]
    expected = [1.0 if other == name else 0.0 for other in HEAD_NAMES]
    np.testing.assert_allclose(intensity, expected, atol=1e-9)


def test_a_head_is_measured_from_how_it_is_held_at_rest():
    at_rest = turned("y", 20)
    np.testing.assert_allclose(head_intensity(at_rest[None], at_rest), 0.0, atol=1e-9)
    further = head_intensity(turned("y", 35)[None], at_rest)[0]
    np.testing.assert_allclose(further[:2], [0.5, 0.0], atol=1e-9)


def test_a_face_without_pose_has_no_head_motion():
    assert np.isnan(head_intensity(np.full((1, 3, 3), np.nan), FRONTAL)).all()


def test_levels_begin_where_they_are_said_to():
    starts = np.array(LEVEL_STARTS)
    np.testing.assert_array_equal(levels_of(starts), [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(levels_of(starts - 1e-9), [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(levels_of(np.array([[np.nan, 0.0, 1.2]])), [[0, 0, 5]])


def test_a_blink_is_no_closed_eye_and_a_closed_eye_no_blink():
    names = ("AU43", "AU1", "AU45")
    times_us = np.arange(60) * 33_333
    closure = np.zeros(60)
    closure[5:9] = [0.4, 1.0, 0.9, 0.3]  # a tenth of a second
    closure[20:50] = 0.9  # a second
    closure[55] = 0.2  # a flutter
    intensity = np.stack([closure, np.full(60, 0.5), closure], axis=1)
    before = intensity.copy()
    split = split_eye_closures(intensity, names, times_us)
    np.testing.assert_array_equal(split[5:9, 0], 0.0)
    np.testing.assert_array_equal(split[5:9, 2], closure[5:9])
    np.testing.assert_array_equal(split[20:50, 2], 0.0)
    np.testing.assert_array_equal(split[20:50, 0], 0.9)
    np.testing.assert_array_equal(split[55], [0.2, 0.5, 0.2])
    np.testing.assert_array_equal(split[:, 1], 0.5)
    np.testing.assert_array_equal(intensity, before)


def test_eyes_are_told_apart_only_where_both_action_units_are_known():
    intensity = np.ones((3, 1))
    np.testing.assert_array_equal(split_eye_closures(intensity, ("AU43",), np.arange(3)), 1.0)
    assert split_eye_closures(np.empty((0, 2)), ("AU43", "AU45"), np.arange(0)).shape == (0, 2)
