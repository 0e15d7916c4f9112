import numpy as np
import pytest

from evface.morphable.open_head.identities import _draw_macro_weights, _pair_features, _thirds


def test_opposites_become_one_feature_and_the_rest_only_add():
    targets = dict.fromkeys(
        ("nose/nose-width-decr", "nose/nose-width-incr", "chin/chin-bump", "ears/l-ear-scale-incr"),
        np.zeros(3),
    )
    features = _pair_features(targets, skip=set())
    assert features["nose-width"].below == "nose/nose-width-decr"
    assert features["nose-width"].above == "nose/nose-width-incr"
    assert features["chin-bump"].below is None
    assert features["l-ear-scale"].side == "l"


@pytest.mark.parametrize("value", [0.0, 0.3, 0.5, 1.0])
def test_a_share_is_spread_over_least_average_and_most(value):
    thirds = _thirds(value)
    assert sum(thirds.values()) == pytest.approx(1.0)
    assert min(thirds.values()) >= 0


def test_the_macro_weights_of_a_person_add_up():
    weights = _draw_macro_weights(np.random.default_rng(0))
    of_origin = [v for name, v in weights.items() if not name.startswith("universal")]
    of_build = [v for name, v in weights.items() if name.startswith("universal")]
    assert sum(of_origin) == pytest.approx(1.0)
    assert sum(of_build) == pytest.approx(1.0)
