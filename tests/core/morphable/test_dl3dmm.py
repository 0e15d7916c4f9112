import numpy as np
import pytest
import scipy.io

from evface.errors import ModelFileError
from evface.morphable.dl3dmm import import_dl3dmm
from evface.morphable.model import load_open_head


@pytest.fixture
def released(tmp_path):
    """Return files as the authors released them, of the open head: metres, counted from 1."""
    head = load_open_head()
    moves = head.action_unit_basis[:4].reshape(4, -1)
    length = np.linalg.norm(moves, axis=1, keepdims=True)
    expression = {"Components_e": (moves / length).T, "Weights_e": (length.ravel() * 1e-3) ** 2}
    people = head.identity_basis[:3].reshape(3, -1)
    size = np.linalg.norm(people, axis=1, keepdims=True)
    # The last of the released identities is all 0.
    identity = {
        "Components": np.concatenate([people / size, 0 * people[:1]]).T,
        "Weights": np.append((size.ravel() * 1e-3) ** 2, 0.0)[:, None],
    }
    template = {"template_n": 1e-3 * head.mean_shape.T, "f": (head.triangles + 1).T}
    landmarks = {"landmarks_idx": (head.landmarks + 1)[:, None]}
    paths = [tmp_path / f"{name}.mat" for name in ("expr", "id", "template", "landmarks")]
    for path, content in zip(paths, (expression, identity, template, landmarks), strict=True):
        scipy.io.savemat(path, content)
    return paths


def test_the_released_bases_become_a_model(released):
    head = load_open_head()
    model = import_dl3dmm(*released)
    np.testing.assert_array_equal(model.landmarks, head.landmarks)
    np.testing.assert_array_equal(model.triangles, head.triangles)
    assert model.identity_basis.shape[0] == 3
    np.testing.assert_allclose(model.action_unit_basis, head.action_unit_basis[:4], atol=1e-3)
    np.testing.assert_allclose(model.identity_basis, head.identity_basis[:3], atol=1e-3)
    np.testing.assert_array_equal(model.action_unit_weights, 1)
    assert model.key.startswith("dl3dmm-")


def test_files_that_do_not_belong_together_are_named(released):
    scipy.io.savemat(released[0], {"Components_e": np.ones((300, 4)), "Weights_e": np.ones(4)})
    with pytest.raises(ModelFileError, match=r"expr\.mat: has components of \(300, 4\)"):
        import_dl3dmm(*released)


def test_other_weights_are_another_model(released):
    before = import_dl3dmm(*released).key
    stored = scipy.io.loadmat(released[1])
    scipy.io.savemat(
        released[1], {"Components": stored["Components"], "Weights": 2 * stored["Weights"]}
    )
    assert import_dl3dmm(*released).key != before


def test_a_template_without_faces_is_named(released):
    shape = scipy.io.loadmat(released[2])["template_n"]
    scipy.io.savemat(released[2], {"template_n": shape, "f": np.empty((0, 3))})
    with pytest.raises(ModelFileError, match=r"template\.mat: has faces without vertices"):
        import_dl3dmm(*released)


@pytest.mark.parametrize("which", range(4))
def test_a_file_without_its_arrays_is_named(released, which):
    scipy.io.savemat(released[which], {"other": 1})
    with pytest.raises(ModelFileError, match=rf"{released[which].name}: holds no"):
        import_dl3dmm(*released)


def test_a_damaged_or_missing_file_is_named(released):
    released[1].write_bytes(b"MATLAB?")
    with pytest.raises(ModelFileError, match="is no MATLAB file"):
        import_dl3dmm(*released)
    released[1].unlink()
    with pytest.raises(ModelFileError, match="cannot be read: No such file"):
        import_dl3dmm(*released)
