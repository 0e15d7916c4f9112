import json
import shutil

import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.morphable.ict import import_ict
from evface.morphable.model import load_open_head


def _write_obj(path, vertices, faces):
    lines = [f"v {x:.6g} {y:.6g} {z:.6g}" for x, y, z in vertices]
    lines += ["f " + " ".join(f"{corner + 1}/1/1" for corner in face) for face in faces]
    path.write_text("\n".join(lines))


@pytest.fixture(scope="module")
def facekit(tmp_path_factory):
    """Return a folder as ICT-FaceKit has it, of the open head's landmarks, in centimetres."""
    head = load_open_head()
    folder = tmp_path_factory.mktemp("ict") / "FaceXModel"
    folder.mkdir()
    kept = head.landmarks
    triangles = [[i, i + 1, i + 2] for i in range(66)]
    neutral = head.mean_shape[kept] / 10
    _write_obj(folder / "generic_neutral_mesh.obj", neutral, triangles)
    (folder / "vertex_indices.json").write_text(
        json.dumps({"idx_to_landmark_verts": list(range(68))})
    )
    for i in range(3):
        _write_obj(
            folder / f"identity{i:03}.obj", neutral + head.identity_basis[i, kept] / 10, triangles
        )
    for name, offsets in zip(head.unit_names, head.units[:, kept] / 10, strict=True):
        short = name.replace("Left", "_L").replace("Right", "_R")
        if name in ("browInnerUp", "cheekPuff"):
            for side, half in (("L", neutral[:, 0] >= 0), ("R", neutral[:, 0] < 0)):
                _write_obj(folder / f"{name}_{side}.obj", neutral + half[:, None] * offsets, [])
        else:
            short = {"mouth_L": "mouthLeft", "jaw_L": "jawLeft"}.get(short, short)
            short = {"mouth_R": "mouthRight", "jaw_R": "jawRight"}.get(short, short)
            _write_obj(folder / f"{short}.obj", neutral + offsets, triangles)
    return folder


def test_the_folder_becomes_a_model_with_the_units_of_the_open_head(facekit):
    head, model = load_open_head(), import_ict(facekit.parent)
    assert set(model.unit_names) == set(head.unit_names)
    order = [model.unit_names.index(name) for name in head.unit_names]
    np.testing.assert_allclose(model.units[order], head.units[:, head.landmarks], atol=1e-3)
    np.testing.assert_allclose(
        model.identity_basis, head.identity_basis[:3, head.landmarks], atol=1e-3
    )
    assert model.facs_names == head.facs_names
    np.testing.assert_allclose(model.facs_units[:, order], head.facs_units, atol=1e-6)
    assert "MIT" in model.notice


def test_its_action_units_are_read_from_its_coefficients(facekit):
    model = import_ict(facekit)
    learnt = [
        i
        for i, unit in enumerate(model.units)
        if (np.abs(model.action_unit_basis - unit) < 1e-6).all(axis=(1, 2)).any()
    ]
    assert len(learnt) == len(model.action_unit_basis)
    told = model.facs_units[:, learnt] @ model.facs_readout.T
    alike = {"AU26": "AU27", "AU45": "AU43"}
    for i, name in enumerate(model.facs_names):
        assert model.facs_names[int(np.argmax(told[i]))] in (name, alike.get(name)), name


def test_missing_and_other_meshes_are_named(facekit, tmp_path):
    with pytest.raises(ModelFileError, match=r"holds no generic_neutral_mesh\.obj"):
        import_ict(tmp_path)
    folder = shutil.copytree(facekit, tmp_path / "ict")
    _write_obj(folder / "jawOpen.obj", np.ones((5, 3)), [])
    with pytest.raises(ModelFileError, match=r"jawOpen\.obj: has 5 vertices"):
        import_ict(folder)
    (folder / "jawOpen.obj").unlink()
    with pytest.raises(ModelFileError, match="lacks the expressions jawOpen"):
        import_ict(folder)
    (folder / "vertex_indices.json").write_text("{}")
    with pytest.raises(ModelFileError, match="is no list of landmark vertices"):
        import_ict(folder)
