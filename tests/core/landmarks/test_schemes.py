import numpy as np
import pytest

from evface.landmarks.metrics import IBUG68_EYE_CORNERS
from evface.landmarks.schemes import IBUG68, SCHEMES


def test_every_point_has_one_name_and_one_region():
    assert IBUG68.n_landmarks == 68
    assert len(set(IBUG68.names)) == 68
    points = sorted(point for region in IBUG68.regions.values() for point in region)
    assert points == list(range(68))
    assert IBUG68.region_of(30) == "nose_bridge"
    assert SCHEMES["ibug68"] is IBUG68


def test_mirroring_twice_changes_nothing():
    assert (IBUG68.mirror[IBUG68.mirror] == np.arange(68)).all()


def test_mirroring_swaps_right_and_left_by_name():
    for point, name in enumerate(IBUG68.names):
        swapped = name
        if "right" in name:
            swapped = name.replace("right", "left")
        elif "left" in name:
            swapped = name.replace("left", "right")
        assert IBUG68.names[IBUG68.mirror[point]] == swapped


def test_the_corners_of_the_eyes_agree_with_the_metrics():
    assert IBUG68.eye_corners == IBUG68_EYE_CORNERS
    assert [IBUG68.names[i] for i in IBUG68.eye_corners] == ["right_eye_outer", "left_eye_outer"]


def test_lines_join_neighbours_and_close_eyes_and_lips():
    edges = {tuple(edge) for edge in IBUG68.edges.tolist()}
    assert {(0, 1), (15, 16), (41, 36), (47, 42), (59, 48), (67, 60)} <= edges
    assert not edges & {(16, 17), (16, 0), (21, 22), (30, 31), (35, 36)}
    assert len(edges) == 16 + 4 + 4 + 3 + 4 + 6 + 6 + 12 + 8


def test_mirrored_points_lie_in_the_mirrored_picture():
    rng = np.random.default_rng(0)
    landmarks = rng.uniform(0, 100, (2, 68, 2))
    landmarks[0, 5] = np.nan
    kept = landmarks.copy()
    mirrored = IBUG68.mirrored(landmarks, width=101)
    np.testing.assert_array_equal(landmarks, kept)
    np.testing.assert_allclose(mirrored[1, 16], [100 - kept[1, 0, 0], kept[1, 0, 1]])
    assert np.isnan(mirrored[0, 11]).all()
    np.testing.assert_allclose(IBUG68.mirrored(mirrored, width=101), kept)


@pytest.mark.parametrize("region", ["jaw", "right_brow", "outer_lips"])
def test_a_region_is_listed_in_the_order_of_its_points(region):
    assert list(IBUG68.regions[region]) == sorted(IBUG68.regions[region])
