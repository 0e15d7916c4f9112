import dataclasses

import numpy as np
import pytest

from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.fitting import fit_action_units
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import load_open_head
from evface.morphable.outline import OutlineSlide

MODEL = load_open_head()


def test_a_frontal_head_slides_nowhere_and_a_turned_one_on_the_hidden_side_only():
    shift = OutlineSlide(MODEL, 1.0).shift_mm(np.array([0.0, 30.0, -30.0]))
    np.testing.assert_array_equal(shift[0], 0.0)
    left, right = (np.linalg.norm(shift[row], axis=1) for row in (1, 2))
    assert left[9:17].max() > 4.0
    assert right[:8].max() > 4.0
    assert left[:8].max() == right[9:17].max() == 0.0
    assert left[17:].max() == 0.0


def test_the_share_scales_the_slide_and_it_ends_with_the_table():
    half, whole = (OutlineSlide(MODEL, share) for share in (0.5, 1.0))
    turn_deg = np.array([17.5, 40.0, 80.0])
    np.testing.assert_allclose(2 * half.shift_mm(turn_deg), whole.shift_mm(turn_deg))
    np.testing.assert_array_equal(*whole.shift_mm(turn_deg)[1:])
    between = whole.shift_mm(np.array([15.0, 17.5, 20.0]))
    np.testing.assert_allclose(between[1], (between[0] + between[2]) / 2, atol=1e-6)


@pytest.mark.parametrize("model", [MODEL, None])
def test_without_a_share_or_a_contour_nothing_slides(model):
    share = 0.0 if model else 1.0
    model = model or dataclasses.replace(MODEL, contour=None, contour_yaw_deg=None)
    outline = OutlineSlide(model, share)
    assert outline.is_still
    np.testing.assert_array_equal(outline.shift_mm(np.array([30.0])), 0.0)


def test_a_detector_that_marks_the_visible_edge_is_fitted_as_one():
    turn_deg = 30.0
    pose = HeadPose(
        FRONTAL @ rotation_matrix(np.array([0.0, np.radians(turn_deg), 0.0])),
        np.array(2.0),
        np.array([320.0, 240.0]),
    )
    face = MODEL.mean_shape[MODEL.landmarks].astype(np.float64)
    face += OutlineSlide(MODEL, 1.0).shift_mm(np.array([turn_deg]))[0]
    landmarks = pose.project(face)[None]
    plain = LandmarkErrors.uncalibrated()
    knowing = dataclasses.replace(plain, outline_slide=1.0)
    identity = np.zeros(1)
    blind, aware = (
        fit_action_units(MODEL, landmarks, identity=identity, errors=errors)
        for errors in (plain, knowing)
    )
    assert aware.residual_px[0] < 0.3
    assert aware.residual_px[0] < 0.2 * blind.residual_px[0]
    assert np.abs(aware.action_units).sum() < 0.3 * np.abs(blind.action_units).sum()
    assert aware.agreement[0] > blind.agreement[0]
