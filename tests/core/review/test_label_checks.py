import numpy as np
import pytest

from evface.landmarks.schemes import IBUG68
from evface.review.reasons import ReasonKind

EYES = (*IBUG68.regions["right_eye"], *IBUG68.regions["left_eye"])
MOUTH = (*IBUG68.regions["outer_lips"], *IBUG68.regions["inner_lips"])
AT = 200


def _swap(points):
    def spoil(landmarks):
        landmarks[AT, points] = landmarks[AT, IBUG68.mirror[points]]

    return spoil


def _move(points, by, rows=slice(AT, AT + 1)):
    def spoil(landmarks):
        landmarks[rows, points] += np.array(by, np.float32)

    return spoil


def _shrink(points, share):
    def spoil(landmarks):
        middle = landmarks[AT, points].mean(axis=0)
        landmarks[AT, points] = middle + share * (landmarks[AT, points] - middle)

    return spoil


@pytest.mark.parametrize("period_us", [1_000, 10_000, 33_333])
def test_nothing_is_found_in_a_track_without_faults(make_track, reasons_of, period_us):
    assert reasons_of(make_track(period_us=period_us)) == []


@pytest.mark.parametrize(
    ("spoil", "kind", "landmarks"),
    [
        (_swap(list(EYES)), ReasonKind.SWAPPED, EYES),
        (_swap(list(range(68))), ReasonKind.SWAPPED, EYES),
        (_shrink(list(range(68)), 0.2), ReasonKind.COLLAPSED, EYES),
        (_shrink(list(range(36, 42)), 0.05), ReasonKind.COLLAPSED, range(36, 42)),
        (_move([61, 62, 63], (0, 14)), ReasonKind.CROSSED_LIPS, (61, 62, 63)),
        (_move([50, 51], (40, 0)), ReasonKind.CROSSED_LIPS, (51, 52)),
        (_move([37, 38], (0, 30)), ReasonKind.CROSSED_EYELIDS, (37, 38)),
        (_move([30], (250, 0)), ReasonKind.OUTSIDE_FACE, (30,)),
        (_move(list(MOUTH), (0, 150)), ReasonKind.OUTSIDE_FACE, MOUTH),
        (_move([8], (0, 90)), ReasonKind.OUTSIDE_FACE, (8,)),
        (_move([16], (300, 0)), ReasonKind.OUTSIDE_PICTURE, (16,)),
        (_move(list(range(17, 22)), (0, -24)), ReasonKind.LOPSIDED, range(17, 27)),
        (_move(list(MOUTH), (14, 0)), ReasonKind.JUMP, MOUTH),
        (_move([54], (20, 10)), ReasonKind.JUMP, (54,)),
    ],
)
def test_each_planted_fault_is_found_for_what_it_is(make_track, reasons_of, spoil, kind, landmarks):
    found = [one for one in reasons_of(make_track(spoil)) if one.kind is kind]
    assert any(abs(one.t_us - AT * 10_000) <= 10_000 for one in found)
    assert all(set(landmarks) <= set(one.landmarks) for one in found)
    assert all(one.value > one.threshold for one in found)


def test_a_fault_is_found_at_the_time_where_it_is_and_nowhere_else(make_track, reasons_of):
    for one in reasons_of(make_track(_swap(list(EYES)))):
        assert abs(one.t_us - AT * 10_000) <= 20_000


def test_a_fault_is_found_alike_however_the_head_is_tilted(make_track, reasons_of):
    def tilted(landmarks):
        _swap(list(EYES))(landmarks)
        turn = np.array([[0.5, -(0.75**0.5)], [0.75**0.5, 0.5]], np.float32)
        landmarks[:] = (landmarks - (320, 240)) @ turn.T + (320, 240)

    kinds = {one.kind for one in reasons_of(make_track(tilted))}
    assert ReasonKind.SWAPPED in kinds
    assert ReasonKind.CROSSED_LIPS not in kinds


def test_a_face_swapped_throughout_is_found_throughout(make_track, reasons_of):
    def spoil(landmarks):
        landmarks[:] = landmarks[:, IBUG68.mirror]

    found = [one for one in reasons_of(make_track(spoil)) if one.kind is ReasonKind.SWAPPED]
    assert len(found) >= 15


def test_a_missing_point_hides_no_fault_of_another_part(make_track, reasons_of):
    def spoil(landmarks):
        landmarks[AT - 50 : AT + 50, 3] = np.nan
        _swap(list(EYES))(landmarks)

    assert any(one.kind is ReasonKind.SWAPPED for one in reasons_of(make_track(spoil)))


def test_nothing_is_found_in_an_empty_track(make_track, reasons_of):
    def spoil(landmarks):
        landmarks[:] = np.nan

    assert reasons_of(make_track(spoil)) == []
