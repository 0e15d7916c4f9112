import dataclasses

import numpy as np
import pytest

from evface.morphable.assembling import assemble, check_face, digest, file_step_mm
from evface.morphable.model import load_model, load_open_head, write_model


@pytest.fixture(scope="module")
def parts():
    head = load_open_head()
    return {
        "name": "a",
        "version": "1",
        "mean_shape": head.mean_shape + np.array([3.0, 50.0, -20.0]),
        "triangles": head.triangles,
        "landmarks": head.landmarks,
        "identity_basis": head.identity_basis[:2],
        "action_unit_basis": head.action_unit_basis[:3],
        "action_unit_weights": np.ones(3),
    }


def test_a_model_has_its_origin_in_the_head_and_a_contour_of_its_own(parts):
    head, model = load_open_head(), assemble(**parts)
    np.testing.assert_allclose(model.mean_shape, head.mean_shape, atol=12)
    assert model.contour.shape == (17, 17)
    assert model.facs_names == ()
    assert model.facs_readout.shape == (0, 3)
    assert model.shape(np.ones(2), np.ones((4, 3))).shape == (4, head.n_vertices, 3)


@pytest.mark.parametrize(
    "name", ["mean_shape", "identity_basis", "action_unit_basis", "action_unit_weights"]
)
def test_values_that_are_no_numbers_are_an_error(parts, name):
    broken = np.array(parts[name], np.float64)
    broken.flat[0] = np.nan
    with pytest.raises(ValueError, match="no numbers"):
        assemble(**{**parts, name: broken})


def test_a_face_must_be_upright_look_ahead_and_be_of_human_size():
    points = load_open_head().mean_shape[load_open_head().landmarks]
    check_face(points)
    for turned in (points * [-1, 1, -1], points[:, [1, 0, 2]], points * [1, -1, 1]):
        with pytest.raises(ValueError, match="not a face"):
            check_face(turned)
    for scaled in (points * 1e-3, points * 10):
        with pytest.raises(ValueError, match="mm apart"):
            check_face(scaled)


def test_a_digest_tells_values_shapes_and_types_apart():
    ones = np.ones((2, 3))
    all_of_them = [ones, ones.astype(np.float32), ones.T, ones + 1e-12, np.ones(6)]
    assert len({digest([array]) for array in all_of_them}) == 5
    assert digest([ones]) == digest([np.asfortranarray(ones)])
    assert len(digest([ones])) == 8


def test_small_components_are_kept_finely_and_large_ones_at_all(parts, tmp_path):
    model = assemble(**parts)
    assert file_step_mm(model) == 0.002
    large = dataclasses.replace(model, action_unit_basis=10 * model.action_unit_basis)
    path = tmp_path / "large.npz"
    write_model(path, large, step_mm=file_step_mm(large))
    error = np.abs(load_model(path).action_unit_basis - large.action_unit_basis)
    assert error.max() <= file_step_mm(large) * 0.51
