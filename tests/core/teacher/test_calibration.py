from dataclasses import dataclass

import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.fitting import fit_action_units, fit_identity, project_landmarks
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import load_open_head
from evface.teacher.calibration import (
    CalibrationFrames,
    calibrate,
    load_calibration,
    write_calibration,
)

MODEL = load_open_head()


@dataclass
class Someone:
    name: str = "mediapipe"
    version: str = "1.2.2+64184e22"


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
            rows["scores"].append(0.5 * units + 0.1)
            rows["mesh"].append(pose.project(shape))
    arrays = {name: np.array(values) for name, values in rows.items()}
    seen = CalibrationFrames(
        arrays["px"], arrays["mm"], arrays["person"], arrays["neutral"], arrays["intensity"],
        arrays["scores"], MODEL.unit_names,
    )  # fmt: skip
    return seen, bias_mm, arrays["mesh"]


@pytest.fixture(scope="module")
def measured(frames):
    return calibrate(MODEL, frames[0])


def test_the_bias_is_found_but_for_a_motion_of_the_whole_head(frames, measured):
    _, bias_mm, _ = frames
    away = measured.errors.bias_mm - bias_mm
    # A shift, turn or growth of all landmarks cannot be told from another camera.
    shape = MODEL.mean_shape[MODEL.landmarks]
    turns = [np.cross(axis, shape) for axis in np.eye(3)]
    shifts = [np.tile(axis, (68, 1)) for axis in np.eye(3)]
    motions = np.stack([motion.ravel() for motion in (*turns, *shifts, shape)], axis=1)
    rest = away.ravel() - motions @ np.linalg.lstsq(motions, away.ravel(), rcond=None)[0]
    assert np.linalg.norm(rest.reshape(68, 3), axis=1).mean() < 0.5
    assert np.linalg.norm(bias_mm, axis=1).mean() > 4.0


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


def test_covariances_can_be_inverted_and_weights_are_bounded(measured):
    for covariance in (measured.errors.identity_mm2, measured.errors.expression_mm2):
        assert np.linalg.eigvalsh(covariance).min() > 0.1
    for weights in (measured.fusion.fit_weights, measured.fusion.score_weights):
        assert (weights >= 0).all()
        assert (weights <= 2).all()
    assert measured.is_measured


def test_measurements_are_read_as_they_were_written(tmp_path, measured):
    path = tmp_path / "bias.npz"
    write_calibration(path, measured, name="t", version="9+abc", head=MODEL.key)
    again = load_calibration(Someone("t", "10+abc"), MODEL, path)
    assert again.is_measured
    np.testing.assert_allclose(again.errors.bias_mm, measured.errors.bias_mm, atol=1e-5)
    np.testing.assert_allclose(again.fusion.fit_weights, measured.fusion.fit_weights)
    assert [entry.name for entry in tmp_path.iterdir()] == ["bias.npz"]


@pytest.mark.parametrize(
    "teacher", [Someone("t", "9+other weights"), Someone("fan", "9+abc"), Someone("t", "9")]
)
def test_of_other_weights_or_teachers_nothing_is_known(tmp_path, measured, teacher):
    path = tmp_path / "bias.npz"
    write_calibration(path, measured, name="t", version="9+abc", head=MODEL.key)
    unknown = load_calibration(teacher, MODEL, path)
    assert not unknown.is_measured
    assert unknown.fusion is None
    np.testing.assert_array_equal(unknown.errors.bias_mm, 0.0)


def test_on_another_head_nothing_is_known(tmp_path, measured):
    path = tmp_path / "bias.npz"
    write_calibration(path, measured, name="t", version="9+abc", head="flame-2023")
    assert not load_calibration(Someone("t", "9+abc"), MODEL, path).is_measured


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"text"])
def test_a_damaged_file_is_said_to_be(tmp_path, content):
    path = tmp_path / "bias.npz"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"bias\.npz"):
        load_calibration(Someone(), MODEL, path)


def test_what_ships_was_measured_on_the_head_that_ships():
    assert load_calibration(Someone(), MODEL).is_measured
    assert not load_calibration(Someone("fan", "1.5.0+7835d9f1"), MODEL).is_measured
