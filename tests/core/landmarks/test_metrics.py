from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.landmarks.metrics import (
    area_under_curve,
    failure_rate,
    landmark_errors,
    normalised_mean_error,
)


def _face() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(68, 2)) * 50


def test_a_shift_of_a_tenth_of_the_eye_distance_is_ten_percent() -> None:
    truth = _face()
    eyes = np.linalg.norm(truth[36] - truth[45])
    shifted = truth + np.array([0.1 * eyes, 0.0])
    assert normalised_mean_error(shifted, truth) == pytest.approx(0.1)


@given(scale=st.floats(0.01, 100), angle=st.floats(-3, 3))
def test_the_error_does_not_depend_on_the_size_or_turn_of_the_picture(
    scale: float, angle: float
) -> None:
    truth, predicted = _face(), _face() + 3.0
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert normalised_mean_error(predicted @ turn, truth @ turn) == pytest.approx(
        float(normalised_mean_error(predicted, truth))
    )


def test_a_face_whose_eyes_are_one_point_has_no_error() -> None:
    truth = _face()
    truth[45] = truth[36]
    assert np.isnan(normalised_mean_error(truth + 1.0, truth))


def test_missing_points_are_left_out_and_missing_eyes_make_the_face_unknown() -> None:
    truth = np.stack([_face()] * 3)
    predicted = truth + 1.0
    predicted[0, 3] = np.nan
    truth[1, 36] = np.nan
    predicted[2] = np.nan
    before = predicted.copy()
    errors, mean = landmark_errors(predicted, truth)
    assert np.isnan(errors[0, 3])
    assert mean[0] == pytest.approx(float(np.nanmean(errors[0])))
    assert np.isnan(mean[1:]).all()
    np.testing.assert_array_equal(predicted, before)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(68, 2\) and \(68, 3\)"):
        normalised_mean_error(np.zeros((68, 2)), np.zeros((68, 3)))


def test_a_face_not_found_is_a_failure() -> None:
    assert failure_rate(np.array([0.05, 0.2, np.nan, 0.1])) == 0.5
    assert np.isnan(failure_rate(np.empty(0)))


def test_the_area_is_one_for_perfect_faces_and_none_for_missed_ones() -> None:
    assert area_under_curve(np.zeros(3)) == 1.0
    assert area_under_curve(np.array([np.nan, 0.2])) == 0.0
    assert area_under_curve(np.array([0.025, 0.075])) == pytest.approx(0.5)
    assert np.isnan(area_under_curve(np.empty(0)))
