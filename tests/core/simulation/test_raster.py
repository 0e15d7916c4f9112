import numpy as np
import pytest

from evface.simulation.raster import Visibility, rasterise

# Seen from outside: clockwise in the picture, whose y points down.
TRIANGLE = np.array([[0, 1, 2]], np.int32)


def drawn(points, triangles=TRIANGLE, size=(10, 8)):
    seen = Visibility.empty(size)
    seen.clear()
    rasterise(np.array(points, np.float32), triangles, seen)
    return seen


def test_a_triangle_covers_the_samples_inside_it():
    seen = drawn([[0, 0, 5], [0, 6, 5], [6, 0, 5]])
    y, x = np.mgrid[:8, :10]
    np.testing.assert_array_equal(seen.triangle == 0, x + y <= 6)
    assert np.isinf(seen.depth[seen.triangle < 0]).all()


def test_a_triangle_seen_from_behind_is_left_out():
    assert (drawn([[0, 0, 5], [6, 0, 5], [0, 6, 5]]).triangle == -1).all()


def test_the_nearer_triangle_hides_the_farther_in_either_order():
    points = [[0, 0, 5], [0, 9, 5], [9, 0, 5], [0, 0, 2], [0, 4, 2], [4, 0, 2]]
    for order in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        seen = drawn(points, np.array(order, np.int32))
        near = order.index([3, 4, 5])
        assert seen.triangle[1, 1] == near
        assert seen.depth[1, 1] == 2
        assert seen.triangle[5, 1] == 1 - near


def test_weights_and_depth_are_linear_over_the_triangle():
    corners = np.array([[1, 1, 10], [1, 7, 20], [9, 1, 40]], np.float32)
    seen = drawn(corners)
    y, x = np.nonzero(seen.triangle == 0)
    w = seen.weights[y, x].astype(float)
    w = np.column_stack([w, 1 - w.sum(axis=1)])
    np.testing.assert_allclose(w @ corners[:, :2], np.column_stack([x, y]), atol=1e-4)
    np.testing.assert_allclose(w @ corners[:, 2], seen.depth[y, x], atol=1e-3)


def test_neighbours_leave_no_gap():
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b, c, d = [-3, -3, 1], [-3, 20, 1], [25, 20, 1], [25, -3, 1]
        middle = [rng.uniform(0, 9), rng.uniform(0, 7), 1]
        points = [a, b, c, d, middle]
        fan = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], np.int32)
        assert (drawn(points, fan).triangle >= 0).all()


@pytest.mark.parametrize("shift", [-1000.0, 1000.0])
def test_what_lies_outside_the_picture_is_not_drawn(shift):
    assert (drawn([[shift, 0, 5], [shift, 6, 5], [shift + 6, 0, 5]]).triangle == -1).all()


def test_degenerate_triangles_are_not_drawn():
    assert (drawn([[1, 1, 5], [1, 1, 5], [6, 1, 5]]).triangle == -1).all()
    assert (drawn([[np.nan, 1, 5], [1, 5, 5], [6, 1, 5]]).triangle == -1).all()
