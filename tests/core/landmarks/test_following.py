import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.landmarks.following import follow_in_region, nearness
from evface.landmarks.schemes import FIVE, IBUG68, SCHEMES, WFLW98

OFFSETS = st.tuples(st.floats(-60, 60), st.floats(-60, 60))
RANDOM = np.random.default_rng(0)
FACE = RANDOM.uniform(100, 300, (68, 2))


def held(landmarks, by):
    return {i: (float(landmarks[i, 0] + x), float(landmarks[i, 1] + y)) for i, (x, y) in by.items()}


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_dragging_by_nothing_moves_nothing(scheme):
    face = RANDOM.uniform(0, 300, (scheme.n_landmarks, 2)).astype(np.float32)
    follower = follow_in_region(face, scheme)
    np.testing.assert_array_equal(follower.follow({}), face)
    everyone = {i: (float(x), float(y)) for i, (x, y) in enumerate(face)}
    np.testing.assert_allclose(follower.follow(everyone), face, atol=1e-3)


@given(st.dictionaries(st.integers(0, 67), OFFSETS, max_size=20))
def test_held_landmarks_are_exactly_where_they_are_put(by):
    places = held(FACE, by)
    followed = follow_in_region(FACE, IBUG68).follow(places)
    for i, place in places.items():
        assert followed[i].tolist() == np.float32(place).tolist()


def test_a_drag_stays_in_its_region_and_fades_with_distance():
    line = np.stack([np.linspace(0, 320, 68), np.linspace(0, 50, 68)], axis=1)
    followed = follow_in_region(line, IBUG68).follow(held(line, {8: (0.0, 20.0)}))
    moved = np.linalg.norm(followed - line, axis=1)
    assert (np.diff(moved[8:17]) < 0).all()
    assert (np.diff(moved[:9]) > 0).all()
    assert moved[7] > 10
    assert (moved[17:] < 1e-4).all()


def test_the_mouth_is_one_region_and_so_is_the_nose():
    face = FACE.copy()
    face[61], face[28] = face[51] + 3, face[33] + 3
    followed = follow_in_region(face, IBUG68).follow(held(face, {51: (9, 0), 33: (9, 0)}))
    assert (followed[[61, 28], 0] - face[[61, 28], 0] > 5).all()


def test_two_that_are_dragged_apart_fling_no_other_away():
    face = np.stack([np.linspace(0, 200, 68), np.zeros(68)], axis=1)
    followed = follow_in_region(face, IBUG68).follow(held(face, {50: (0, 20), 51: (0, -20)}))
    assert np.abs(followed - face)[52:68].max() < 20


def test_missing_landmarks_stay_missing_unless_they_are_put_somewhere():
    face = FACE.copy()
    face[[20, 21]] = np.nan
    followed = follow_in_region(face, IBUG68).follow({20: (5.0, 6.0)})
    assert followed[20].tolist() == [5, 6]
    assert np.isnan(followed[21]).all()
    others = np.delete(np.arange(68), [20, 21])
    np.testing.assert_allclose(followed[others], face[others], rtol=1e-6)
    nothing = follow_in_region(np.full((5, 2), np.nan), FIVE).follow({1: (2.0, 3.0)})
    assert nothing[1].tolist() == [2, 3]


def test_landmarks_of_another_scheme_are_refused():
    with pytest.raises(ValueError, match="\\(98, 2\\)"):
        follow_in_region(FACE, WFLW98)


def test_nearness_is_that_of_a_bell():
    near = nearness(np.array([[0.0, 0], [3, 4], [np.nan, 0]]), 5.0)
    np.testing.assert_allclose(near, [[1, np.exp(-0.5), 0], [np.exp(-0.5), 1, 0], [0, 0, 1]])
