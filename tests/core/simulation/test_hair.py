import dataclasses

import numpy as np
import pytest

from evface.morphable.model import load_open_head
from evface.simulation.appearance import HAIR_STYLES, Appearance
from evface.simulation.hair import grow_hair, scalp_cover


def grown(style, seed=2):
    head = load_open_head()
    rng = np.random.default_rng(seed)
    neutral = head.shape(rng.normal(0, 0.8, 100))
    look = dataclasses.replace(Appearance.draw(seed), hair_style=style)
    return neutral[head.landmarks], grow_hair(head, neutral, look)


def test_hair_grows_on_the_scalp_alone():
    head = load_open_head()
    points = head.mean_shape[head.landmarks]
    assert scalp_cover(points).max() == 0
    crown = head.mean_shape[np.argmax(head.mean_shape[:, 1])]
    assert scalp_cover(crown) == 1
    forehead = np.array([0.0, points[27, 1] + 45.0, points[27, 2] - 5.0])
    assert scalp_cover(forehead) == 0


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_every_style_covers_the_crown_and_leaves_the_face_free(style):
    face, hair = grown(style)
    assert np.isfinite(hair.points).all()
    tall = hair.points[:, 1] > face[27, 1] + 75
    assert tall.sum() > 1000
    x, y, z = hair.points.T
    in_front = (np.abs(x) < 40) & (y < face[19, 1]) & (y > face[8, 1]) & (z > face[36, 2] - 15)
    assert not in_front.any()


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_ribbons_are_as_wide_as_said_and_lie_on_the_head(style):
    _, hair = grown(style)
    edges = hair.ribbons().reshape(-1, 2, 3)
    width = np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1)
    np.testing.assert_allclose(width, 2 * hair.half_width_mm, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose((hair.tangents * hair.normals).sum(axis=1), 0, atol=1e-4)
    assert hair.triangles.max() < len(edges) * 2


def test_the_same_seed_grows_the_same_hair():
    first, again, other = (grown("short", seed)[1].points for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or np.abs(first - other).max() > 1


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_coarse_hair_has_far_fewer_ribbons_and_covers_as_much(style):
    head = load_open_head()
    look = dataclasses.replace(Appearance.draw(2), hair_style=style)
    fine, coarse = (grow_hair(head, head.mean_shape, look, coarseness=k) for k in (1, 2))
    assert len(coarse.triangles) < 0.6 * len(fine.triangles)

    def area(hair):
        corners = hair.ribbons()[hair.triangles].astype(float)
        sides = corners[:, 1:] - corners[:, :1]
        return np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).sum() / 2

    assert area(coarse) == pytest.approx(area(fine), rel=0.2)
