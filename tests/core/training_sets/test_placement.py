import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.training_sets.placement import (
    Jitter,
    Square,
    drawing_side,
    face_square,
    lay_square,
    middle_square,
    move_events,
)

jitters = st.builds(
    Jitter, st.floats(0.7, 1.4), st.floats(-0.6, 0.6), st.tuples(*[st.floats(-0.2, 0.2)] * 2)
)


def test_squares_of_pictures_and_faces():
    assert middle_square((1280, 720)) == Square((639.5, 359.5), 720.0)
    boxes = np.array([[10, 20, 30, 60], [12, 22, 32, 62], [np.nan] * 4, [11, 21, 31, 61]])
    assert face_square(boxes, margin=1.5) == Square((21.0, 41.0), 60.0)
    assert face_square(np.full((3, 4), np.nan), margin=1.5) is None
    assert face_square(np.zeros((3, 4)), margin=1.5) is None


def test_the_square_s_corners_become_the_picture_s():
    laid = lay_square(Square((20.0, 30.0), 10.0), 50)
    # Half a pixel beyond the centres of the outermost ones.
    np.testing.assert_allclose(laid.apply(np.array([15.0, 25.0])), [-0.5, -0.5])
    np.testing.assert_allclose(laid.apply(np.array([25.0, 35.0])), [49.5, 49.5])
    whole = lay_square(middle_square((48, 48)), 48)
    np.testing.assert_allclose(whole.matrix, np.eye(3), atol=1e-12)


def test_jitter_turns_from_x_to_y_about_the_middle_and_shifts_in_sides():
    laid = lay_square(Square((0.0, 0.0), 10.0), 10, Jitter(2.0, math.pi / 2, (0.1, 0.0)))
    np.testing.assert_allclose(laid.apply(np.array([1.0, 0.0])), [4.5 + 1, 4.5 + 2], atol=1e-12)


@given(jitters, st.integers(0, 2**32 - 1))
def test_events_go_where_landmarks_go(jitter, seed):
    random = np.random.default_rng(seed)
    x, y = random.integers(0, 48, (2, 30)).astype(np.uint16)
    events = Events(np.arange(30), x, y, random.random(30) < 0.5)
    laid = lay_square(Square((23.5, 23.5), 40.0), 64, jitter)
    moved = move_events(events, laid, (64, 64))
    points = laid.apply(np.stack([x, y], axis=1).astype(float))
    # t says which event it was. Those that fall within the picture by any rounding are kept.
    assert (np.abs(np.stack([moved.x, moved.y], axis=1) - points[moved.t]) <= 0.5 + 1e-9).all()
    np.testing.assert_array_equal(moved.p, events.p[moved.t])
    inside = ((points > -0.5 + 1e-9) & (points < 63.5 - 1e-9)).all(axis=1)
    assert set(np.flatnonzero(inside)) <= set(moved.t)
    np.testing.assert_array_equal(events.x, x)


def test_many_events_go_where_few_do():
    random = np.random.default_rng(3)
    n = 250_000
    x, y = (random.integers(0, side, n).astype(np.uint16) for side in (1280, 720))
    events = Events(np.arange(n), x, y, random.random(n) < 0.5)
    laid = lay_square(Square((611.3, 402.7), 333.3), 96)
    moved = move_events(events, laid, (96, 96))
    few = [move_events(events.between(k, k + 50_000), laid, (96, 96)) for k in range(0, n, 50_000)]
    for name in ("t", "x", "y", "p"):
        np.testing.assert_array_equal(
            getattr(moved, name), np.concatenate([getattr(one, name) for one in few])
        )


def test_no_events_stay_no_events():
    assert len(move_events(Events.empty(), PlanarTransform(), (4, 4))) == 0


@pytest.mark.parametrize(("size", "side"), [(48.0, 48), (20.3, 20), (300.0, 96), (0.2, 1)])
def test_what_would_be_enlarged_is_drawn_as_it_is(size, side):
    assert drawing_side(Square((0.0, 0.0), size), 96) == side
