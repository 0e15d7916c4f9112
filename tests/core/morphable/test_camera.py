from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from evface.morphable.camera import (
    FRONTAL,
    HeadPose,
    fit_pose,
    head_angles_deg,
    rotation_matrix,
    rotation_vector,
)


def _points(n: int = 12) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 3)) * 40


def test_a_frontal_head_is_drawn_upright_and_as_a_viewer_sees_it() -> None:
    pose = HeadPose(FRONTAL, np.array(2.0), np.array([100.0, 50.0]))
    left_and_up = pose.project(np.array([[10.0, 5.0, 3.0]]))
    np.testing.assert_allclose(left_and_up, [[120.0, 40.0]])


@settings(max_examples=30)
@given(
    turn=st.floats(-60, 60),
    raised=st.floats(-40, 40),
    tilt=st.floats(-45, 45),
    scale=st.floats(0.2, 8),
)
def test_the_camera_of_exact_points_is_recovered(
    turn: float, raised: float, tilt: float, scale: float
) -> None:
    own = Rotation.from_euler("YXZ", [turn, -raised, -tilt], degrees=True).as_matrix()
    pose = HeadPose(FRONTAL @ own, np.array(scale), np.array([300.0, 200.0]))
    points = _points()
    fitted = fit_pose(points, pose.project(points))
    np.testing.assert_allclose(fitted.rotation, pose.rotation, atol=1e-8)
    np.testing.assert_allclose(fitted.scale_px_per_mm, scale)
    np.testing.assert_allclose(fitted.translation_px, [300.0, 200.0], atol=1e-6)
    np.testing.assert_allclose(head_angles_deg(fitted.rotation), [turn, raised, tilt], atol=1e-5)


def test_frames_are_fitted_together_and_a_missing_one_stays_missing() -> None:
    points = _points()
    pixels = np.stack([FRONTAL[:2] @ points.T, 2 * (FRONTAL[:2] @ points.T) + 7]).swapaxes(1, 2)
    pixels = np.concatenate([pixels, np.full_like(pixels[:1], np.nan)])
    before = pixels.copy()
    fitted = fit_pose(points, pixels)
    np.testing.assert_allclose(fitted.scale_px_per_mm, [1, 2, np.nan])
    assert np.isnan(fitted.rotation[2]).all()
    assert np.isnan(fitted.translation_px[2]).all()
    np.testing.assert_array_equal(pixels, before)


def test_points_of_no_weight_do_not_count() -> None:
    points = _points()
    pixels = (FRONTAL[:2] @ points.T).T
    pixels[0] += 1000
    weights = np.ones(len(points))
    weights[0] = 0
    np.testing.assert_allclose(fit_pose(points, pixels, weights).rotation, FRONTAL, atol=1e-9)


def test_three_points_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4 points, got 3"):
        fit_pose(_points(3), np.zeros((3, 2)))


def test_rotation_vectors_go_there_and_back_and_keep_what_is_missing() -> None:
    vectors = np.array([[[0.1, -0.4, 0.7], [0.0, 0.0, 0.0]], [[np.nan] * 3, [1.0, 0, 0]]])
    np.testing.assert_allclose(rotation_vector(rotation_matrix(vectors)), vectors, atol=1e-12)
