import numpy as np
import pytest

from evface.landmarks.mappings import can_convert, convert_landmarks
from evface.landmarks.schemes import FIVE, IBUG68, SCHEMES, WFLW98

PAIRS = [(WFLW98, IBUG68), (WFLW98, FIVE), (IBUG68, FIVE)]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_converting_and_mirroring_can_be_done_in_either_order(source, target):
    landmarks = np.random.default_rng(0).uniform(0, 100, (3, source.n_landmarks, 2))
    kept = landmarks.copy()
    converted = convert_landmarks(landmarks, source, target)
    assert converted.shape == (3, target.n_landmarks, 2)
    np.testing.assert_allclose(
        convert_landmarks(source.mirrored(landmarks, width=200), source, target),
        target.mirrored(converted, width=200),
    )
    np.testing.assert_array_equal(landmarks, kept)


def test_points_of_one_name_are_the_same_point():
    landmarks = np.arange(98 * 2, dtype=float).reshape(98, 2)
    converted = convert_landmarks(landmarks, WFLW98, IBUG68)
    for name in ("chin", "nose_tip", "right_eye_outer", "left_mouth_corner", "inner_lower_lip"):
        np.testing.assert_array_equal(
            converted[IBUG68.names.index(name)], landmarks[WFLW98.names.index(name)]
        )


def test_the_five_points_are_the_pupils_the_tip_of_the_nose_and_the_corners_of_the_mouth():
    landmarks = np.arange(98 * 2, dtype=float).reshape(98, 2)
    expected = landmarks[[96, 97, 54, 76, 82]]
    np.testing.assert_array_equal(convert_landmarks(landmarks, WFLW98, FIVE), expected)


def test_an_eye_without_pupil_is_the_middle_of_its_contour():
    landmarks = np.zeros((68, 2))
    landmarks[36:42] = [[0, 0], [2, -3], [4, -3], [6, 0], [4, 3], [2, 3]]
    landmarks[43] = np.nan
    five = convert_landmarks(landmarks, IBUG68, FIVE)
    np.testing.assert_array_equal(five[0], [3, 0])
    assert np.isnan(five[1]).all()


def test_the_same_scheme_gives_a_copy():
    landmarks = np.zeros((68, 2))
    converted = convert_landmarks(landmarks, IBUG68, IBUG68)
    converted[0] = 1
    assert not landmarks.any()


def test_what_cannot_be_converted_is_said():
    with pytest.raises(ValueError, match="five cannot be read as ibug68"):
        convert_landmarks(np.zeros((5, 2)), FIVE, IBUG68)
    with pytest.raises(ValueError, match=r"must be \(..., 98, 2\), got \(68, 2\)"):
        convert_landmarks(np.zeros((68, 2)), WFLW98, IBUG68)


def test_what_can_be_converted_is_known_before():
    for source in SCHEMES.values():
        for target in SCHEMES.values():
            points = np.zeros((source.n_landmarks, 2))
            if can_convert(source, target):
                converted = convert_landmarks(points, source, target)
                assert len(converted) == target.n_landmarks
            else:
                with pytest.raises(ValueError, match="cannot be read"):
                    convert_landmarks(points, source, target)
