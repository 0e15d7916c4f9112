import numpy as np
import pytest

from evface.landmarks.metrics import IBUG68_EYE_CORNERS
from evface.landmarks.schemes import FIVE, IBUG68, SCHEMES, WFLW98

every_scheme = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))


@pytest.mark.parametrize(("scheme", "n"), [(IBUG68, 68), (WFLW98, 98), (FIVE, 5)])
def test_every_point_has_one_name_and_one_region(scheme, n):
    assert scheme.n_landmarks == n
    assert len(set(scheme.names)) == n
    points = sorted(point for region in scheme.regions.values() for point in region)
    assert points == list(range(n))
    assert SCHEMES[scheme.name] is scheme


def test_a_point_knows_its_region():
    assert IBUG68.region_of(30) == "nose_bridge"
    assert WFLW98.region_of(54) == "nose_bridge"
    assert WFLW98.region_of(97) == "left_pupil"


@every_scheme
def test_mirroring_twice_changes_nothing(scheme):
    assert (scheme.mirror[scheme.mirror] == np.arange(scheme.n_landmarks)).all()


@every_scheme
def test_mirroring_swaps_right_and_left_by_name(scheme):
    for point, name in enumerate(scheme.names):
        swapped = name
        if "right" in name:
            swapped = name.replace("right", "left")
        elif "left" in name:
            swapped = name.replace("left", "right")
        assert scheme.names[scheme.mirror[point]] == swapped


def test_the_98_points_are_mirrored_as_their_data_set_does():
    # Pairs of the published mirror table, one of each chain.
    pairs = {0: 32, 33: 46, 37: 42, 38: 50, 41: 47, 55: 59, 60: 72, 65: 75, 76: 82, 83: 87}
    pairs |= {88: 92, 93: 95, 96: 97, 16: 16, 51: 51, 57: 57, 79: 79, 85: 85, 90: 90, 94: 94}
    assert {point: int(WFLW98.mirror[point]) for point in pairs} == pairs


@every_scheme
def test_the_corners_of_the_eyes_are_each_others_mirror_images(scheme):
    right, left = scheme.eye_corners
    assert scheme.mirror[right] == left
    assert "right_eye" in scheme.names[right]


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
