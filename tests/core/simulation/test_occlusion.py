import numpy as np

from evface.simulation.occlusion import bake_occlusion, spread_directions

# A floor of 100 mm with a roof over its right half.
FLOOR = np.array([[x, 0, z] for x in range(-50, 51, 10) for z in range(-50, 51, 10)], float)
ROOF = np.array([[0, 30, -50], [0, 30, 50], [50, 30, 50], [50, 30, -50]], float)


def scene():
    corners = []
    for i in range(10):
        for j in range(10):
            a = i * 11 + j
            corners += [[a, a + 1, a + 12], [a, a + 12, a + 11]]
    n = len(FLOOR)
    roof = [[n, n + 1, n + 2], [n, n + 2, n + 3]]
    roof += [triangle[::-1] for triangle in roof]
    return np.concatenate([FLOOR, ROOF]), np.array(corners + roof, np.int32)


def test_directions_are_unit_vectors_spread_evenly():
    directions = spread_directions(500)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(directions.mean(axis=0), 0, atol=0.01)
    nearest = np.sort(directions @ directions.T, axis=1)[:, -2]
    assert np.degrees(np.arccos(nearest)).min() > 5


def test_light_from_above_reaches_only_what_has_no_roof():
    points, triangles = scene()
    baked = bake_occlusion(points, triangles, n_receivers=len(FLOOR))
    lit = baked.from_light(np.array([0.0, 1.0, 0.0]), breadth_deg=8.0)
    inner = np.abs(FLOOR[:, 2]) < 45
    assert lit[(FLOOR[:, 0] < -15) & inner].min() > 0.9
    assert lit[(FLOOR[:, 0] > 15) & (FLOOR[:, 0] < 45) & inner].max() < 0.1


def test_a_broader_light_makes_a_softer_shadow():
    points, triangles = scene()
    baked = bake_occlusion(points, triangles, n_receivers=len(FLOOR))
    place = int(np.flatnonzero((FLOOR[:, 0] == 20) & (FLOOR[:, 2] == 0))[0])
    sharp, soft = (
        baked.from_light(np.array([0.0, 1.0, 0.0]), breadth_deg=breadth)[place]
        for breadth in (8.0, 40.0)
    )
    assert soft > sharp + 0.1


def test_ambient_light_is_less_under_the_roof():
    points, triangles = scene()
    ambient = bake_occlusion(points, triangles, n_receivers=len(FLOOR)).ambient
    assert ambient[FLOOR[:, 0] < -35].mean() > 0.8
    assert ambient[(FLOOR[:, 0] > 15) & (FLOOR[:, 0] < 45)].mean() < 0.6
