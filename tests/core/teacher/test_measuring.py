import dataclasses

import numpy as np
import pytest

from evface.morphable.camera import (
    FRONTAL,
    HeadPose,
    fit_pose,
    head_angles_deg,
    rotation_matrix,
)
from evface.morphable.facs import LEVEL_STARTS
from evface.morphable.fitting import fit_action_units, project_landmarks
from evface.morphable.identity import fit_identity
from evface.morphable.intensity import distinct_facs, read_intensity
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import load_open_head
from evface.morphable.outline import OutlineSlide
from evface.teacher.measuring import CalibrationFrames, calibrate, measure_people

MODEL = load_open_head()


@pytest.fixture(scope="module")
def frames():
    """People as seen by a teacher whose bias is known, whose scores are half the truth."""
    rng = np.random.default_rng(4)
    bias_mm = rng.normal(0, 3, (68, 3))
    rows = {name: [] for name in ("px", "mm", "person", "neutral", "intensity", "scores", "mesh")}
    for person in range(24):
        identity = rng.normal(0, 0.8, len(MODEL.identity_basis))
        for number in range(9):
            intensity = np.zeros(len(MODEL.facs_names))
            if number > 2:
                intensity[rng.integers(len(intensity))] = rng.uniform(0.3, 1.0)
            units = intensity @ MODEL.facs_units
            shape = MODEL.unit_shape(units, identity)[MODEL.landmarks].astype(np.float64)
            turn = rotation_matrix(rng.normal(0, 0.06, 3))
            pose = HeadPose(FRONTAL @ turn, np.array(1.5), np.array([320.0, 240.0]))
            seen = shape + bias_mm
            depth = -1.5 * (seen @ pose.rotation[2])[:, None]
            landmarks = np.concatenate([pose.project(seen), depth], axis=1)
            rows["px"].append(landmarks + rng.normal(0, 0.4, landmarks.shape))
            rows["mm"].append(shape)
            rows["person"].append(person)
            rows["neutral"].append(number <= 2)
            rows["intensity"].append(intensity)
            rows["scores"].append(0.8 * units**2)
            rows["mesh"].append(pose.project(shape))
    arrays = {name: np.array(values) for name, values in rows.items()}
    seen = CalibrationFrames(
        arrays["px"], arrays["mm"], arrays["mesh"], arrays["person"], arrays["neutral"],
        arrays["intensity"], arrays["scores"], MODEL.unit_names,
    )  # fmt: skip
    return seen, bias_mm, arrays["mesh"]


@pytest.fixture(scope="module")
def measured(frames):
    return calibrate(MODEL, frames[0])


def test_the_bias_is_found_but_for_a_shift_in_depth(frames, measured):
    away = measured.errors.bias_mm - frames[1]
    # Depth has no origin.
    away[:, 2] -= away[:, 2].mean()
    assert np.linalg.norm(away, axis=1).mean() < 0.3
    assert np.linalg.norm(frames[1], axis=1).mean() > 4.0


def test_a_teacher_that_takes_every_head_for_a_raised_one_is_put_right(frames):
    seen, _, _ = frames
    raised = rotation_matrix(np.array([0.06, 0.0, 0.0]))
    shape = seen.shapes_mm @ raised.T
    pose = fit_pose(seen.shapes_mm, seen.true_px)
    depth = -1.5 * (shape @ pose.rotation[:, 2, :, None])
    landmarks = np.concatenate([pose.project(shape), depth], axis=2)
    errors = calibrate(MODEL, dataclasses.replace(seen, landmarks=landmarks)).errors
    found = fit_pose(seen.shapes_mm + errors.bias_mm, landmarks[..., :2])
    away_deg = head_angles_deg(found.rotation) - head_angles_deg(pose.rotation)
    assert np.abs(away_deg[seen.neutral].mean(axis=0)).max() < 0.2
    plain = fit_pose(seen.shapes_mm, landmarks[..., :2])
    assert np.abs(head_angles_deg(plain.rotation) - head_angles_deg(pose.rotation)).max() > 3.0


def test_with_the_measurements_the_mesh_lies_on_the_truth(frames, measured):
    seen, _, mesh_px = frames
    own = seen.persons == 3

    def error_px(errors):
        neutral = seen.landmarks[own & seen.neutral]
        identity = fit_identity(MODEL, neutral, errors=errors).identity
        fit = fit_action_units(MODEL, seen.landmarks[own], identity=identity, errors=errors)
        mesh = project_landmarks(MODEL, fit.pose, identity=identity, action_units=fit.action_units)
        return np.linalg.norm(mesh - mesh_px[own], axis=-1).mean()

    assert error_px(measured.errors) < 0.5 * error_px(LandmarkErrors.uncalibrated())


def test_covariances_can_be_inverted(measured):
    parts = (measured.errors.identity_mm2, measured.errors.expression_mm2)
    for covariance in (*parts, measured.intensity.covariance):
        assert np.linalg.eigvalsh(covariance).min() > 0
    assert measured.is_measured


def test_action_units_are_read_as_they_were(frames, measured):
    seen, _, _ = frames
    read = np.zeros(seen.intensity.shape)
    for own, moved, contrasts in measure_people(MODEL, seen, measured.errors):
        read[own] = read_intensity(MODEL, measured.intensity, moved, contrasts).intensity
    first, _ = distinct_facs(MODEL)
    active = np.corrcoef(read[:, first].ravel(), seen.intensity[:, first].ravel())[0, 1]
    assert active > 0.9
    assert read[seen.neutral].max() < 0.2


def test_levels_begin_in_order_also_for_what_was_never_seen(frames, measured):
    assert (np.diff(measured.intensity.knots, axis=1) > 0).all()
    seen, _, _ = frames
    still = calibrate(MODEL, dataclasses.replace(seen, intensity=np.zeros(seen.intensity.shape)))
    np.testing.assert_allclose(still.intensity.knots[0], LEVEL_STARTS)


def test_a_teacher_without_scores_is_measured_by_its_landmarks(frames):
    bare = calibrate(MODEL, dataclasses.replace(frames[0], scores=None, score_names=()))
    assert bare.intensity.score_names == ()
    assert len(bare.intensity.gain) == len(MODEL.action_unit_basis)


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_how_far_the_outline_slides_is_measured(frames, share):
    seen, _, _ = frames
    turn = np.tile([0.0, 0.5, 0.0], (len(seen.persons), 1))
    turn[::2, 1] = -0.5
    turn[seen.neutral] = 0.0
    pose = HeadPose(
        FRONTAL @ rotation_matrix(turn), np.full(len(turn), 1.5), np.full((len(turn), 2), 240.0)
    )
    slid = OutlineSlide(MODEL, share).shift_mm(np.degrees(turn[:, 1]))
    shape = seen.shapes_mm + slid
    depth = -1.5 * (shape @ pose.rotation[:, 2, :, None])
    turned = dataclasses.replace(
        seen,
        landmarks=np.concatenate([pose.project(shape), depth], axis=2),
        true_px=pose.project(seen.shapes_mm),
    )
    assert calibrate(MODEL, turned).errors.outline_slide == pytest.approx(share, abs=0.05)
