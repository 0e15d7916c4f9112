import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.carrying import RIGID, carry_to_model
from evface.morphable.fitting import (
    fit_action_units,
    project_landmarks,
    refit_pose,
)
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import load_open_head

MODEL = load_open_head()
N_AU = len(MODEL.action_unit_basis)
RNG = np.random.default_rng(3)
IDENTITY = RNG.normal(0, 0.8, len(MODEL.identity_basis))


def make_landmarks(action_units, *, identity=IDENTITY, turn=None, scale=2.0, bias_mm=0.0):
    """Return exact landmarks with depth, as a teacher would see this face, and the camera."""
    action_units = np.atleast_2d(action_units)
    n = len(action_units)
    turn = np.zeros((n, 3)) if turn is None else np.broadcast_to(turn, (n, 3))
    pose = HeadPose(
        FRONTAL @ rotation_matrix(turn), np.full(n, scale), np.tile([320.0, 240.0], (n, 1))
    )
    shape = MODEL.shape(identity, action_units)[:, MODEL.landmarks] + bias_mm
    depth = -(shape @ pose.rotation[:, 2, :, None]) * scale
    return np.concatenate([pose.project(shape), depth], axis=-1), pose


def expressions(n, size=0.7):
    rng = np.random.default_rng(n)
    deviation = np.sqrt(MODEL.action_unit_weights)
    return rng.normal(0, size, (n, N_AU)) * deviation


@pytest.mark.parametrize(("n_axes", "agreement"), [(2, 0.35), (3, 0.8)])
def test_known_faces_are_found_again(n_axes, agreement):
    turn = np.random.default_rng(0).normal(0, 0.12, (40, 3))
    truth = expressions(40)
    landmarks, pose = make_landmarks(truth, turn=turn)
    fit = fit_action_units(MODEL, landmarks[..., :n_axes], identity=IDENTITY, ridge=0.02)
    assert fit.valid.all()
    again = project_landmarks(MODEL, fit.pose, identity=IDENTITY, action_units=fit.action_units)
    away_mm = np.linalg.norm(again - landmarks[..., :2], axis=-1) / pose.scale_px_per_mm[:, None]
    assert away_mm.mean() < 0.25
    # Components that move no landmark cannot be seen.
    moved = np.linalg.norm(MODEL.action_unit_basis[:, MODEL.landmarks], axis=-1).sum(axis=1)
    for component in np.flatnonzero(moved > 40.0):
        found, true = fit.action_units[:, component], truth[:, component]
        assert np.corrcoef(found, true)[0, 1] > agreement, component


@settings(max_examples=15)
@given(size=st.floats(0.2, 10.0), x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_the_size_and_place_of_the_face_in_the_picture_do_not_matter(size, x, y):
    landmarks, _ = make_landmarks(expressions(4), turn=[0.1, 0.3, -0.1])
    fit = fit_action_units(MODEL, landmarks, identity=IDENTITY)
    moved = fit_action_units(MODEL, landmarks * size + np.array([x, y, 0.0]), identity=IDENTITY)
    np.testing.assert_allclose(moved.action_units, fit.action_units, atol=1e-6)
    np.testing.assert_allclose(moved.pose.rotation, fit.pose.rotation, atol=1e-7)
    np.testing.assert_allclose(moved.residual_px, size * fit.residual_px, rtol=1e-6)


def test_frames_without_a_face_are_nan_and_leave_the_others_alone():
    landmarks, _ = make_landmarks(expressions(3))
    holed = landmarks.copy()
    holed[1, 5, 0] = np.nan
    before = holed.copy()
    fit = fit_action_units(MODEL, holed, identity=IDENTITY)
    alone = fit_action_units(MODEL, landmarks[[2]], identity=IDENTITY)
    assert fit.valid.tolist() == [True, False, True]
    for values in (fit.action_units, fit.pose.rotation, fit.pose.translation_px, fit.residual_px):
        assert np.isnan(values[1]).all()
        assert np.isfinite(values[[0, 2]]).all()
    np.testing.assert_allclose(fit.action_units[2], alone.action_units[0], atol=1e-9)
    np.testing.assert_array_equal(holed, before)


def test_no_frames_give_no_fits():
    fit = fit_action_units(MODEL, np.empty((0, 68, 3)), identity=IDENTITY)
    assert len(fit.action_units) == len(fit.valid) == 0


def test_a_landmark_without_depth_does_not_spoil_the_others():
    landmarks, _ = make_landmarks(expressions(2))
    known = fit_action_units(MODEL, landmarks, identity=IDENTITY)
    landmarks[0, 50, 2] = np.nan
    fit = fit_action_units(MODEL, landmarks, identity=IDENTITY)
    assert fit.valid.all()
    np.testing.assert_allclose(fit.action_units, known.action_units, atol=0.1)


def test_a_neutral_face_of_known_identity_needs_no_action_units():
    landmarks, pose = make_landmarks(np.zeros((1, N_AU)), turn=[0.05, -0.2, 0.1])
    fit = fit_action_units(MODEL, landmarks, identity=IDENTITY)
    np.testing.assert_allclose(fit.action_units, 0.0, atol=1e-3)
    np.testing.assert_allclose(fit.pose.rotation, pose.rotation, atol=1e-4)
    assert fit.residual_px[0] < 0.02


def test_the_bias_of_a_teacher_is_taken_off():
    bias = np.random.default_rng(8).normal(0, 3, (68, 3))
    plain = LandmarkErrors.uncalibrated()
    knowing = LandmarkErrors(bias, plain.identity_mm2, plain.expression_mm2)
    landmarks, _ = make_landmarks(expressions(5), bias_mm=bias)
    exact, _ = make_landmarks(expressions(5))
    fit = fit_action_units(MODEL, landmarks, identity=IDENTITY, errors=knowing)
    wanted = fit_action_units(MODEL, exact, identity=IDENTITY, errors=plain)
    np.testing.assert_allclose(fit.action_units, wanted.action_units, atol=0.02)
    mesh = project_landmarks(MODEL, fit.pose, identity=IDENTITY, action_units=fit.action_units)
    assert np.linalg.norm(mesh - exact[..., :2], axis=-1).mean() < 1.5


def test_one_landmark_far_off_pulls_little():
    landmarks, _ = make_landmarks(np.zeros((1, N_AU)))
    landmarks[0, 57, 1] += 80.0  # the lower lip, 40 mm down
    fit = fit_action_units(MODEL, landmarks, identity=IDENTITY)
    mesh = project_landmarks(MODEL, fit.pose, identity=IDENTITY, action_units=fit.action_units)
    others = np.delete(np.arange(68), 57)
    away_px = np.linalg.norm(mesh - landmarks[..., :2], axis=-1)[0, others]
    assert away_px.max() < 6.0


def test_the_outline_that_is_turned_away_counts_less():
    def opened_mm(turn_deg):
        turn = [0.0, np.radians(turn_deg), 0.0]
        landmarks, _ = make_landmarks(np.zeros((1, N_AU)), turn=turn)
        landmarks[0, 9:17, 1] += 10.0  # the outline on the subject's left
        fit = fit_action_units(MODEL, landmarks, identity=IDENTITY)
        return float(np.abs(fit.action_units).sum())

    # To the subject's left, their left cheek is hidden.
    assert opened_mm(25.0) < 0.6 * opened_mm(0.0)


def test_the_closed_form_finds_more_of_the_truth_than_the_papers_single_pass():
    rng = np.random.default_rng(5)
    truth = expressions(120)
    landmarks, _ = make_landmarks(truth, turn=rng.normal(0, 0.12, (120, 3)), scale=1.5)
    landmarks[..., :2] += rng.normal(0, 1.2, (120, 68, 2))
    landmarks[..., 2] += rng.normal(0, 5.0, (120, 68))

    def agreement(method):
        fit = fit_action_units(MODEL, landmarks, identity=IDENTITY, method=method)
        return np.corrcoef(fit.action_units.ravel(), truth.ravel())[0, 1]

    assert agreement("closed_form") > agreement("paper") + 0.1


def test_points_go_to_the_picture_and_back():
    landmarks, pose = make_landmarks(expressions(3), turn=[0.2, -0.3, 0.1])
    shape = MODEL.shape(IDENTITY, expressions(3))[:, MODEL.landmarks]
    np.testing.assert_allclose(carry_to_model(landmarks, pose, shape), shape, atol=1e-3)
    far = landmarks + np.array([0.0, 0.0, 700.0])  # depth has no origin
    np.testing.assert_allclose(carry_to_model(far, pose, shape), shape, atol=1e-3)


def test_the_rigid_landmarks_move_least():
    moved = np.linalg.norm(MODEL.action_unit_basis[:, MODEL.landmarks], axis=-1).max(axis=0)
    others = np.setdiff1d(np.arange(68), RIGID)
    assert np.median(moved[RIGID]) < 0.5 * np.median(moved[others])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"landmarks": np.zeros((68, 2))}, r"\(68, 2\)"),
        ({"landmarks": np.zeros((1, 5, 2))}, r"\(1, 5, 2\)"),
        ({"landmarks": np.zeros((1, 68, 2)), "method": "magic"}, "magic"),
    ],
)
def test_wrong_arguments_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        fit_action_units(MODEL, identity=IDENTITY, **arguments)


def test_errors_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="bias_mm"):
        LandmarkErrors(np.zeros((5, 3)), np.eye(204), np.eye(204))


def test_geman_and_mcclure_believe_an_outlier_less_than_huber():
    landmarks, _ = make_landmarks(np.zeros((1, N_AU)))
    landmarks[0, 57, 1] += 80.0
    away = [
        np.abs(fit_action_units(MODEL, landmarks, identity=IDENTITY, loss=loss).action_units).sum()
        for loss in ("huber", "geman_mcclure")
    ]
    assert away[1] < 0.95 * away[0]


def test_a_face_that_hides_behind_a_hand_agrees_less_with_its_fit():
    landmarks, _ = make_landmarks(expressions(3))
    landmarks[1, 48:68, 1] += np.random.default_rng(1).normal(0, 30, 20)
    fit = fit_action_units(MODEL, landmarks, identity=IDENTITY)
    assert fit.agreement[1] < 0.9 < min(fit.agreement[[0, 2]])
    assert (fit.agreement <= 1).all()


def test_cameras_are_fitted_anew_to_what_became_known():
    truth = expressions(4)
    landmarks, pose = make_landmarks(truth, turn=[0.1, 0.2, 0.0])
    landmarks[2] = np.nan
    errors = LandmarkErrors.uncalibrated()
    fit = fit_action_units(MODEL, landmarks, identity=IDENTITY, errors=errors)
    before = fit.action_units.copy()
    again = refit_pose(MODEL, landmarks, fit, identity=IDENTITY, errors=errors, action_units=truth)
    known = fit.valid
    np.testing.assert_allclose(again.pose.rotation[known], pose.rotation[known], atol=1e-4)
    assert again.residual_px[known].max() < 0.05
    assert np.isnan(again.pose.rotation[2]).all()
    np.testing.assert_array_equal(fit.action_units, before)
