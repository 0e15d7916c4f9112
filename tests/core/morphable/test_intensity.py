import numpy as np
import pytest

from evface.morphable.facs import LEVEL_STARTS
from evface.morphable.intensity import (
    IntensityModel,
    distinct_facs,
    facs_components,
    read_intensity,
    score_contrast,
)
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import load_open_head

MODEL = load_open_head()
N_FACS, N_AU = len(MODEL.facs_names), len(MODEL.action_unit_basis)
KNOTS = np.tile(LEVEL_STARTS, (N_FACS, 1))


def reader(n_scores=0, noise=0.02, knots=KNOTS):
    """Return a reader of coefficients that are the model's own, and scores of their own units."""
    gain = np.zeros((N_AU + n_scores, N_FACS))
    gain[:N_AU] = facs_components(MODEL).T
    gain[N_AU:, :n_scores] = np.eye(n_scores)
    names = tuple(f"s{i}" for i in range(n_scores))
    return IntensityModel(gain, noise**2 * np.eye(len(gain)), names, knots)


def face(**active):
    """Return intensities and the coefficients that they cause, of one frame."""
    intensity = np.zeros((1, N_FACS))
    for name, amount in active.items():
        intensity[0, MODEL.facs_names.index(name)] = amount
    return intensity, intensity @ facs_components(MODEL)


def test_what_a_face_does_is_read_and_nothing_else():
    truth, coefficients = face(AU1=0.6, AU12=0.9, AU25=0.5)
    read = read_intensity(MODEL, reader(), coefficients)
    np.testing.assert_allclose(read.intensity, truth, atol=0.08)
    np.testing.assert_allclose(read.coefficients, coefficients, atol=0.05)


def test_intensities_stay_within_their_bounds():
    rng = np.random.default_rng(1)
    wild = rng.normal(0, 2, (50, N_AU))
    before = wild.copy()
    read = read_intensity(MODEL, reader(), wild).intensity
    assert (read >= 0).all()
    assert (read <= 1.2).all()
    np.testing.assert_array_equal(wild, before)


def test_scores_put_right_what_the_coefficients_say_badly():
    truth, coefficients = face(AU2=0.7)
    coefficients += np.random.default_rng(2).normal(0, 0.4, coefficients.shape)
    alone = reader(n_scores=N_FACS, noise=0.4)
    alone.covariance[N_AU:, N_AU:] *= 0.01
    told = read_intensity(MODEL, alone, coefficients, truth)
    untold = read_intensity(MODEL, alone, coefficients)
    _, exact = face(AU2=0.7)
    assert np.abs(told.intensity - truth)[:, :16].max() < 0.1
    assert np.abs(untold.intensity - truth).max() > 0.1
    away = [np.linalg.norm(found.coefficients - exact) for found in (told, untold)]
    assert away[0] < 0.8 * away[1]


def test_frames_without_scores_are_read_from_their_coefficients():
    truth, coefficients = face(AU4=0.8)
    coefficients = np.repeat(coefficients, 2, axis=0)
    scores = np.repeat(truth, 2, axis=0)
    scores[1] = np.nan
    both = read_intensity(MODEL, reader(n_scores=N_FACS), coefficients, scores).intensity
    alone = read_intensity(MODEL, reader(n_scores=N_FACS), coefficients).intensity
    np.testing.assert_allclose(both[1], alone[1])
    assert np.abs(both[0] - alone[0]).max() > 1e-6


def test_errors_larger_than_were_measured_are_seen_as_such():
    truth, coefficients = face(AU12=0.5)
    errors = np.random.default_rng(3).normal(0, 0.2, (300, N_AU))
    read = read_intensity(MODEL, reader(noise=0.01), coefficients + errors).intensity
    # What nobody did is not read from the errors: half of what the stated noise alone would say.
    assert read[:, (truth == 0)[0]].mean() < 0.035
    told = read_intensity(MODEL, reader(noise=0.2), coefficients + errors).intensity
    assert np.abs(read - told).mean() < 0.01


def test_no_face_has_no_intensity():
    read = read_intensity(MODEL, reader(), np.full((2, N_AU), np.nan))
    assert np.isnan(read.intensity).all()
    assert np.isnan(read.coefficients).all()
    assert read_intensity(MODEL, reader(), np.empty((0, N_AU))).intensity.shape == (0, N_FACS)


def test_readings_are_bent_so_that_levels_begin_where_they_were_measured():
    knots = KNOTS.copy()
    brow = MODEL.facs_names.index("AU1")
    knots[brow] /= 2
    _, coefficients = face(AU1=0.325)
    plain = read_intensity(MODEL, reader(knots=knots), coefficients, is_calibrated=False)
    bent = read_intensity(MODEL, reader(knots=knots), coefficients)
    assert plain.intensity[0, brow] == pytest.approx(0.325, abs=0.05)
    assert bent.intensity[0, brow] == pytest.approx(2 * plain.intensity[0, brow], rel=1e-6)


def test_action_units_that_look_alike_are_read_alike():
    _, copies = distinct_facs(MODEL)
    shut, blink = (MODEL.facs_names.index(name) for name in ("AU43", "AU45"))
    assert copies[shut] == copies[blink]
    assert len(set(copies)) == N_FACS - 1
    _, coefficients = face(AU43=0.8)
    read = read_intensity(MODEL, reader(), coefficients).intensity[0]
    assert read[shut] == read[blink] > 0.7


def test_without_a_calibration_the_model_itself_tells():
    errors = LandmarkErrors.uncalibrated()
    truth, coefficients = face(AU27=0.8)
    read = read_intensity(MODEL, IntensityModel.uncalibrated(MODEL, errors), coefficients)
    assert read.intensity[0].argmax() == truth[0].argmax()


def test_contrasts_are_differences_of_roots():
    contrast = score_contrast(np.array([[0.25, 0.0], [0.01, np.nan]]), np.array([0.01, 0.04]))
    np.testing.assert_allclose(contrast, [[0.4, -0.2], [0.0, np.nan]])


def test_a_reader_of_other_shapes_is_refused():
    with pytest.raises(ValueError, match="covariance"):
        IntensityModel(np.zeros((3, N_FACS)), np.eye(2), (), KNOTS)
    with pytest.raises(ValueError, match="increase"):
        IntensityModel(np.zeros((3, N_FACS)), np.eye(3), (), KNOTS[:, ::-1])
