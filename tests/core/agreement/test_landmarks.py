import numpy as np
import pytest

from evface.agreement.landmarks import PlacedPoints, compare_points, said_places
from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import IBUG68


def face(span_px=100.0):
    points = np.full((68, 2), np.nan)
    points[36], points[45] = (0, 0), (span_px, 0)
    return points


def compare(first, second, faces=face):
    agreements = compare_points([PlacedPoints(first, second, lambda _: faces())], IBUG68)
    return {one.region: one for one in agreements}


def test_distances_are_over_the_inter_ocular_distance_by_region():
    first = {(0, 30): (10.0, 10.0), (0, 48): (0.0, 0.0)}
    second = {(0, 30): (13.0, 14.0), (0, 48): (0.0, 1.0)}
    regions = compare(first, second)
    assert list(regions) == ["nose_bridge", "outer_lips", "all"]
    assert regions["nose_bridge"].nme.value == pytest.approx(0.05)
    assert regions["outer_lips"].nme.value == pytest.approx(0.01)
    assert regions["all"].nme.value == pytest.approx(0.03)
    assert regions["all"].nme.n == 2
    assert regions["nose_bridge"].distance_px.value == pytest.approx(5.0)


def test_points_that_one_alone_placed_are_unmatched_and_in_no_mean():
    regions = compare({(0, 30): (0, 0), (5, 30): (9, 9)}, {(0, 30): (0, 0), (0, 31): (1, 1)})
    assert regions["nose_bridge"].nme.value == 0.0
    assert regions["nose_bridge"].n_first_only == 1
    assert regions["nose_base"].n_second_only == 1
    assert regions["nose_base"].nme.reason == "no point that both placed or verified"


def test_without_eyes_there_is_a_distance_but_no_nme_and_it_says_why():
    for faces in (lambda: None, lambda: np.full((68, 2), np.nan), lambda: face(0.0)):
        region = compare({(0, 30): (0, 0)}, {(0, 30): (3, 4)}, faces)["all"]
        assert region.distance_px.value == 5.0
        assert "eye corners" in region.nme.reason


def test_nobodys_word_gives_no_region():
    assert compare({}, {}) == {}


def test_what_a_machine_carried_is_no_ones_word():
    def placed(landmark, state):
        return PlacedCorrection(7, landmark, Correction((1.0, 2.0), state, "anna", "now"))

    said = said_places(
        [
            placed(0, LandmarkState.CORRECTED),
            placed(1, LandmarkState.VERIFIED),
            placed(2, LandmarkState.INTERPOLATED),
        ]
    )
    assert said == {(7, 0): (1.0, 2.0), (7, 1): (1.0, 2.0)}
