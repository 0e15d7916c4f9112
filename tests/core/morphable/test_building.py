import dataclasses

import numpy as np
import pytest

from evface.errors import FitError
from evface.morphable.building import BuildSettings, build_identity, build_model
from evface.morphable.components import METHODS
from evface.morphable.model import load_model, load_open_head, write_model
from evface.morphable.registered_faces import read_registered

SETTINGS = BuildSettings(name="test", version="1", n_identity=22, n_components=12)


@pytest.fixture(scope="module")
def faces(vocaset):
    return read_registered([vocaset])


@pytest.fixture(scope="module")
def built(faces):
    landmarks = load_open_head().landmarks
    return build_model(faces, landmarks, SETTINGS, compare=tuple(METHODS))


def test_a_built_model_is_one_of_ours(built, tmp_path):
    model, quality = built
    # Five people differ in four ways, whatever was asked for.
    assert model.identity_basis.shape[0] == 4
    assert model.action_unit_basis.shape[0] == 12
    assert model.key.startswith("test-1-")
    assert model.contour.shape[1] == 17
    np.testing.assert_allclose(model.mean_shape[model.landmarks[30], 0], 0, atol=3)
    write_model(tmp_path / "built.npz", model, step_mm=0.002)
    assert load_model(tmp_path / "built.npz").key == model.key
    assert quality.n_subjects == 5
    assert quality.n_expressive == 40


def test_it_rebuilds_the_people_that_it_was_built_of(built, faces):
    model, _ = built
    rows = model.identity_basis.reshape(4, -1)
    wanted = (faces.neutral - faces.neutral.mean(axis=0)).reshape(5, -1)
    codes = np.linalg.lstsq(rows.T, wanted.T, rcond=None)[0].T
    assert np.abs(codes @ rows - wanted).max() < 0.05
    # In standard deviations.
    np.testing.assert_allclose((codes**2).mean(axis=0), 1, rtol=0.05)


def test_errors_are_those_of_people_held_out(built, faces):
    _, quality = built
    assert len(quality.held_out) == 1
    assert set(quality.held_out) <= set(faces.subjects)
    assert quality.identity_mm < quality.identity_mean_mm
    assert set(quality.expressions) == set(METHODS)
    assert all(0 < q.rest < 1 for q in quality.expressions.values())


def test_the_same_faces_and_seed_give_the_same_model_and_other_faces_another(faces, built):
    landmarks = load_open_head().landmarks
    again, _ = build_model(faces, landmarks, SETTINGS)
    assert again.key == built[0].key
    np.testing.assert_array_equal(again.action_unit_basis, built[0].action_unit_basis)
    other = dataclasses.replace(faces, offsets=faces.offsets * np.float32(1.01))
    assert build_model(other, landmarks, SETTINGS)[0].key != built[0].key
    sparse = dataclasses.replace(SETTINGS, method="pca")
    assert build_model(faces, landmarks, sparse)[0].key != built[0].key


def test_too_few_people_or_faces_are_told(faces):
    landmarks = load_open_head().landmarks
    two = dataclasses.replace(
        faces,
        subjects=faces.subjects[:2],
        neutral=faces.neutral[:2],
        offsets=faces.offsets[faces.subject_of < 2],
        subject_of=faces.subject_of[faces.subject_of < 2],
    )
    with pytest.raises(FitError, match="give more people"):
        build_model(two, landmarks, SETTINGS)
    many = dataclasses.replace(SETTINGS, n_components=100)
    with pytest.raises(FitError, match="ask for fewer components"):
        build_model(faces, landmarks, many)


def test_landmarks_that_are_no_face_are_told(faces):
    with pytest.raises(ValueError, match="not a face"):
        build_model(faces, load_open_head().landmarks[::-1], SETTINGS)


def test_equal_heads_have_no_identities():
    mean, basis = build_identity(np.ones((3, 5, 3)), 2)
    np.testing.assert_array_equal(mean, np.ones((5, 3)))
    assert basis.shape == (0, 5, 3)
