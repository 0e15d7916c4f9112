import numpy as np
import pytest

from evface.morphable.model import load_open_head
from evface.simulation.stills import RESOLUTION, StillsPlan, draw_identity, iter_stills

MODEL = load_open_head()
PLAN = StillsPlan(n_neutral=1, n_turned=1, n_moving=2)


@pytest.fixture(scope="module")
def stills():
    return list(iter_stills(MODEL, 3, PLAN))


def test_a_person_is_taken_as_planned(stills):
    assert [still.is_neutral for still in stills] == [True, False, False, False]
    assert not stills[0].intensity.any()
    assert not stills[1].intensity.any()
    for still in stills[2:]:
        active = still.intensity[still.intensity > 0]
        assert 1 <= len(active) <= 3
        assert active.min() >= 0.1
    for still in stills:
        assert still.frame.shape == (RESOLUTION[1], RESOLUTION[0], 3)
        assert still.frame.std() > 5
        assert still.shape_mm.shape == (68, 3)


def test_a_face_at_rest_has_the_shape_of_its_identity(stills):
    neutral = MODEL.shape(draw_identity(MODEL, 3))[MODEL.landmarks]
    np.testing.assert_allclose(stills[0].shape_mm, neutral, atol=1e-4)
    assert np.abs(stills[2].shape_mm - neutral).max() > 0.1


def test_the_same_seed_gives_the_same_picture_and_another_another_person(stills):
    again = next(iter_stills(MODEL, 3, PLAN))
    np.testing.assert_array_equal(again.frame, stills[0].frame)
    assert np.abs(draw_identity(MODEL, 4) - draw_identity(MODEL, 3)).max() > 0.1
