import numpy as np
import pytest

from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.identity import fit_identity
from evface.morphable.model import load_open_head

MODEL = load_open_head()
IDENTITY = np.random.default_rng(3).normal(0, 0.8, len(MODEL.identity_basis))


def neutral_landmarks(turn, scale=2.0):
    """Return exact landmarks with depth of the neutral face, turned like this."""
    n = len(turn)
    pose = HeadPose(
        FRONTAL @ rotation_matrix(turn), np.full(n, scale), np.tile([320.0, 240.0], (n, 1))
    )
    shape = np.tile(MODEL.shape(IDENTITY)[MODEL.landmarks], (n, 1, 1))
    depth = -(shape @ pose.rotation[:, 2, :, None]) * scale
    return np.concatenate([pose.project(shape), depth], axis=-1)


def error_mm(identity):
    away = MODEL.shape(identity) - MODEL.shape(IDENTITY)
    return np.linalg.norm(away[MODEL.landmarks] - away[MODEL.landmarks].mean(0), axis=1).mean()


def test_an_identity_is_found_from_several_views():
    turn = np.random.default_rng(1).normal(0, 0.15, (8, 3))
    landmarks = neutral_landmarks(turn)
    before = landmarks.copy()
    fit = fit_identity(MODEL, landmarks)

    assert error_mm(fit.identity) < 0.45 * error_mm(np.zeros(1))
    assert fit.residual_px.max() < 2.5
    np.testing.assert_array_equal(landmarks, before)


def test_a_mouth_that_is_a_little_open_is_not_taken_for_the_shape_of_the_face():
    wide = MODEL.facs_names.index("AU27")
    units = np.zeros(len(MODEL.unit_names)) + 0.35 * MODEL.facs_units[wide]
    shape = MODEL.unit_shape(units, IDENTITY)[MODEL.landmarks]
    pose = HeadPose(FRONTAL, np.array(2.0), np.array([320.0, 240.0]))
    landmarks = np.concatenate([pose.project(shape), shape[:, 2:] * 2.0], axis=1)[None]
    fit = fit_identity(MODEL, np.repeat(landmarks, 3, axis=0))
    neutral = MODEL.shape(fit.identity)[MODEL.landmarks]
    true = MODEL.shape(IDENTITY)[MODEL.landmarks]
    opened = shape[62, 1] - shape[66, 1] - (true[62, 1] - true[66, 1])
    taken = neutral[62, 1] - neutral[66, 1] - (true[62, 1] - true[66, 1])
    assert taken < 0.3 * opened


def test_a_hand_before_the_face_in_some_frames_does_not_move_it():
    landmarks = neutral_landmarks(np.random.default_rng(1).normal(0, 0.15, (9, 3)))
    landmarks += np.random.default_rng(2).normal(0, 0.3, landmarks.shape)
    plain = fit_identity(MODEL, landmarks)
    hidden = landmarks.copy()
    hidden[:3, 48:68, 1] += 40.0
    fit = fit_identity(MODEL, hidden)
    away = MODEL.shape(fit.identity) - MODEL.shape(plain.identity)
    assert np.abs(away[MODEL.landmarks]).mean() < 0.5


def test_frames_count_by_their_weights():
    landmarks = neutral_landmarks(np.zeros((4, 3)))
    landmarks[2:, 17:27, 1] -= 4.0
    first, last = (
        fit_identity(MODEL, landmarks, weights=weights).identity
        for weights in (np.array([1, 1, 1e-3, 1e-3]), np.array([1e-3, 1e-3, 1, 1]))
    )
    alone = fit_identity(MODEL, landmarks[:2]).identity
    assert np.abs(first - alone).max() < 0.5 * np.abs(last - alone).max()
    with pytest.raises(ValueError, match="one positive number"):
        fit_identity(MODEL, landmarks, weights=np.zeros(4))


def test_an_identity_needs_whole_frames():
    with pytest.raises(ValueError, match="at least one frame"):
        fit_identity(MODEL, np.empty((0, 68, 2)))
    with pytest.raises(ValueError, match="all its landmarks"):
        fit_identity(MODEL, np.full((1, 68, 2), np.nan))
