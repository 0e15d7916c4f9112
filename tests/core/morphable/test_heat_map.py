import numpy as np
import pytest

from evface.morphable.heat_map import heat_colours, nice_limit

# Linear RGB as seen without one kind of cone: Machado et al., TVCG 2009, severity 1.
CONE_LOSS = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colours):
    encoded = colours / 255.0
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def lightness(linear_rgb):
    """CIE L*."""
    y = np.clip(linear_rgb, 0, 1) @ [0.2126, 0.7152, 0.0722]
    return np.where(y > 0.008856, 116 * np.cbrt(y) - 16, 903.3 * y)


def test_equal_steps_in_distance_look_equally_large():
    steps = -np.diff(lightness(linear(heat_colours(33))))
    assert (steps > 0).all()
    assert steps.max() < 2 * steps.min()


@pytest.mark.parametrize("kind", CONE_LOSS)
def test_the_order_survives_colour_blindness(kind):
    seen = linear(heat_colours(17)) @ np.array(CONE_LOSS[kind]).T
    assert (np.diff(lightness(seen)) < 0).all()


def test_rest_is_close_to_grey():
    rest = heat_colours()[0].astype(int)
    assert rest.max() - rest.min() < 20


@pytest.mark.parametrize(
    ("value", "limit"),
    [(0.0, 1.0), (float("nan"), 1.0), (1.3, 2.0), (4.2, 5.0), (10.0, 10.0), (11.0, 20.0)],
)
def test_a_scale_ends_on_a_round_number(value, limit):
    assert nice_limit(value) == limit
