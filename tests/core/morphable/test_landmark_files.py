import json

import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.morphable.landmark_files import read_landmark_vertices
from evface.morphable.model import load_open_head, write_model


@pytest.fixture(scope="module")
def head():
    return load_open_head()


def _read(path, head):
    return read_landmark_vertices([path], head.mean_shape, head.triangles)


def test_lists_and_heads_give_the_same_vertices(tmp_path, head):
    vertices = head.landmarks.tolist()
    (tmp_path / "a.json").write_text(json.dumps(vertices))
    (tmp_path / "ict.json").write_text(json.dumps({"idx_to_landmark_verts": vertices}))
    (tmp_path / "a.txt").write_text(", ".join(map(str, vertices)))
    write_model(tmp_path / "head.npz", head)
    for name in ("a.json", "ict.json", "a.txt", "head.npz"):
        np.testing.assert_array_equal(_read(tmp_path / name, head), head.landmarks)


def test_an_embedding_gives_the_nearest_vertices(tmp_path, head):
    triangle = [int(np.flatnonzero((head.triangles == v).any(axis=1))[0]) for v in head.landmarks]
    corners = head.triangles[triangle]
    weights = np.where(corners == head.landmarks[:, None], 0.9, 0.05)
    np.savez(tmp_path / "embedding.npz", lmk_face_idx=triangle, lmk_b_coords=weights)
    np.testing.assert_array_equal(_read(tmp_path / "embedding.npz", head), head.landmarks)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[1, 2, 3]", "holds 3 landmarks"),
        (json.dumps([99999] * 68), "does not have"),
        ('{"other": 1}', "is no list of landmark vertices"),
        ("[1,", "is no list of landmark vertices"),
        (json.dumps([1.5] * 68), "is no list of landmark vertices"),
    ],
)
def test_what_is_no_list_of_68_vertices_is_named(tmp_path, head, content, problem):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(ModelFileError, match=problem):
        _read(path, head)


def test_a_head_of_another_mesh_is_refused(tmp_path, head):
    write_model(tmp_path / "head.npz", head)
    with pytest.raises(ModelFileError, match="is a head of 5082 vertices"):
        read_landmark_vertices([tmp_path / "head.npz"], head.mean_shape[:100], head.triangles[:0])


def test_the_two_files_of_an_embedding_are_read_together(tmp_path, flame_arrays, flame_embedding):
    arrays, place = flame_arrays
    paths = []
    for part in ("static", "dynamic"):
        values = {k: v for k, v in flame_embedding.items() if k.startswith(part)}
        paths.append(tmp_path / f"{part}.npy")
        np.save(paths[-1], np.array(values, object))
    vertices = read_landmark_vertices(paths, arrays["v_template"], arrays["f"])
    np.testing.assert_array_equal(vertices, place[load_open_head().landmarks])
    with pytest.raises(ValueError, match="at least one file"):
        read_landmark_vertices([], arrays["v_template"], arrays["f"])
