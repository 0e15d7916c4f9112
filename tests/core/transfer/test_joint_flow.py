import numpy as np
import pytest

from evface.transfer.joint_flow import find_motion


def scene(shift=(0.0, 0.0), *, seed=0, size=120):
    """A smooth random picture, shifted by less than a pixel or by many."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size].astype(np.float64)
    picture = np.zeros((size, size))
    for _ in range(60):
        kx, ky = random.normal(0, 0.25, 2)
        phase = kx * (x - shift[0]) + ky * (y - shift[1]) + random.uniform(0, 6.3)
        picture += random.normal() * np.cos(phase)
    return picture.astype(np.float32)


POINTS = np.array([[40.0, 40.0], [60.5, 55.2], [80.0, 70.0], [45.3, 77.7]])
LOOSE = np.eye(8) / 100.0


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.4, -0.3), (2.6, 1.7)])
def test_a_shift_is_found_to_a_fraction_of_a_pixel(shift):
    first, second = scene(), scene(shift)
    before = first.copy()
    found = find_motion(first, second, POINTS, POINTS, LOOSE, half_px=12)
    np.testing.assert_allclose(found.places, POINTS + shift, atol=0.1)
    assert (found.misfit <= found.expected_misfit + 1e-9).all()
    assert (found.energy > 1).all()
    np.testing.assert_array_equal(first, before)


def test_a_good_guess_bridges_a_long_way():
    shift = np.array([14.0, -9.0])
    found = find_motion(scene(), scene(shift), POINTS, POINTS + shift + 1.0, LOOSE, half_px=12)
    np.testing.assert_allclose(found.places, POINTS + shift, atol=0.1)


def test_where_nothing_is_to_be_seen_points_go_where_they_are_expected():
    empty = np.zeros((120, 120), np.float32)
    found = find_motion(empty, empty, POINTS, POINTS + 3.0, LOOSE, half_px=12)
    np.testing.assert_array_equal(found.places, POINTS + 3.0)
    assert (found.energy == 0).all()


def test_along_an_edge_a_point_goes_with_its_neighbour():
    first, second = scene(), scene((1.0, 1.5))
    for picture, x in ((first, 0.0), (second, 1.0)):
        # About the first point there is an upright edge alone.
        column = np.tanh((np.arange(120) - 40.0 - x) / 2.0)[None]
        picture[20:62, 20:62] = 3 * column[:, 20:62]
    together = np.kron(np.full((4, 4), 25.0) + 0.01 * np.eye(4), np.eye(2))
    found = find_motion(first, second, POINTS, POINTS, np.linalg.inv(together), half_px=10)
    np.testing.assert_allclose(found.places[0] - POINTS[0], (1.0, 1.5), atol=0.25)


def test_points_outside_the_picture_stay_where_they_are_expected():
    far = POINTS + np.array([500.0, 0.0])
    found = find_motion(scene(), scene((1, 1)), far, far, LOOSE, half_px=12)
    np.testing.assert_array_equal(found.places, far)
