from dataclasses import dataclass

import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.morphable.facs import LEVEL_STARTS
from evface.morphable.intensity import IntensityModel
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import load_open_head
from evface.teacher.calibration import TeacherCalibration, load_calibration, write_calibration

MODEL = load_open_head()


@dataclass
class Someone:
    name: str = "mediapipe"
    version: str = "1.2.2+64184e22"


@pytest.fixture(scope="module")
def measured():
    rng = np.random.default_rng(4)
    n_facs = len(MODEL.facs_names)
    errors = LandmarkErrors(rng.normal(0, 3, (68, 3)), np.eye(204), 2 * np.eye(204), 0.25)
    intensity = IntensityModel(
        rng.normal(size=(34, n_facs)), np.eye(34), ("jawOpen", "cheekPuff"),
        np.tile(LEVEL_STARTS, (n_facs, 1)),
    )  # fmt: skip
    return TeacherCalibration(errors, intensity, is_measured=True)


def test_measurements_are_read_as_they_were_written(tmp_path, measured):
    path = tmp_path / "bias.npz"
    write_calibration(path, measured, name="t", version="9+abc", head=MODEL.key)
    again = load_calibration(Someone("t", "10+abc"), MODEL, path)
    assert again.is_measured
    np.testing.assert_allclose(again.errors.bias_mm, measured.errors.bias_mm, atol=1e-5)
    assert again.errors.outline_slide == 0.25
    np.testing.assert_allclose(again.intensity.gain, measured.intensity.gain, atol=1e-6)
    np.testing.assert_allclose(again.intensity.knots, measured.intensity.knots, atol=1e-6)
    assert again.intensity.score_names == ("jawOpen", "cheekPuff")
    assert [entry.name for entry in tmp_path.iterdir()] == ["bias.npz"]


@pytest.mark.parametrize(
    "teacher", [Someone("t", "9+other weights"), Someone("fan", "9+abc"), Someone("t", "9")]
)
def test_of_other_weights_or_teachers_nothing_is_known(tmp_path, measured, teacher):
    path = tmp_path / "bias.npz"
    write_calibration(path, measured, name="t", version="9+abc", head=MODEL.key)
    unknown = load_calibration(teacher, MODEL, path)
    assert not unknown.is_measured
    assert unknown.intensity.score_names == ()
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
