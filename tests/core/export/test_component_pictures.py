import cv2
import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.export.component_pictures import render_heat_map, write_component_pictures
from evface.morphable.model import load_open_head


@pytest.fixture(scope="module")
def head():
    return load_open_head()


def test_a_place_that_moves_is_coloured_and_the_rest_is_not(head):
    moved = np.zeros((head.n_vertices, 3), np.float32)
    chin = head.mean_shape[head.landmarks[8]]
    near = np.linalg.norm(head.mean_shape - chin, axis=1) < 20
    moved[near, 1] = 1.0
    at_rest = render_heat_map(head, np.zeros_like(moved), 64).astype(int)
    picture = render_heat_map(head, moved, 64).astype(int)
    changed = np.abs(picture - at_rest).max(axis=2) > 40
    rows, columns = np.nonzero(changed)
    assert len(rows) > 10
    assert rows.min() > 32
    assert abs(columns.mean() - 31.5) < 2
    # White paper around the head, and the head in the middle.
    assert (picture[:2] == 255).all()
    assert (picture[32, 32] < 250).any()


def test_the_sheet_has_a_face_for_each_component(head, tmp_path):
    path = tmp_path / "sheet.png"
    write_component_pictures(path, head, n_most=5, tile_px=32)
    sheet = cv2.imread(str(path))
    assert sheet.shape == (2 * (32 + 16), 3 * 32, 3)
    assert (sheet[48:, 64:] == 255).all()
    write_component_pictures(path, head, which="identity", n_most=1, tile_px=32)
    assert cv2.imread(str(path)).shape == (48, 64, 3)
    with pytest.raises(ValueError, match="action_units, identity"):
        write_component_pictures(path, head, which="mood")
    with pytest.raises(ModelFileError, match="cannot be written"):
        write_component_pictures(tmp_path, head, n_most=1, tile_px=32)
