import numpy as np
import pytest

from evface.simulation.conditions import CONDITION_NAMES, Conditions, draw_conditions
from evface.simulation.display import encode_srgb


def grey(value=0.4):
    return np.full((40, 50, 3), value, np.float32)


def random(seed=0):
    return np.random.default_rng(seed)


def noise_of(conditions, value=0.4):
    (exposure_us,) = conditions.exposures_us(np.array([0]))
    frame = conditions.expose(grey(value), 0, int(exposure_us), random())
    return float(frame.astype(float).std())


def test_a_frame_in_good_light_shows_the_scene_with_little_noise():
    frame = Conditions().expose(grey(), 0, 8000, random())
    assert frame.dtype == np.uint8
    assert abs(float(frame.mean()) - int(encode_srgb(np.array([0.4]))[0])) < 0.5
    assert 0.3 < frame.std() < 3


def test_a_tenth_of_the_photons_is_root_ten_times_as_noisy():
    bright = noise_of(Conditions(light=0.1, gain=10.0))
    dim = noise_of(Conditions(light=0.01, gain=100.0))
    # The read noise adds a little in the dark.
    assert 3.0 < dim / bright < 4.0


def test_noise_is_the_seeds_and_the_scene_is_not_modified():
    scene = grey()
    one = Conditions().expose(scene, 0, 8000, random())
    np.testing.assert_array_equal(one, Conditions().expose(scene, 0, 8000, random()))
    np.testing.assert_array_equal(scene, grey())


def test_an_exposure_of_whole_periods_does_not_see_the_flicker():
    flicker = Conditions(flicker_depth=0.5, flicker_hz=100.0)
    frames = [flicker.expose(grey(), t_us, 10_000, random()) for t_us in (0, 2500, 5000)]
    assert np.ptp([frame.mean() for frame in frames]) < 0.5
    short = [flicker.expose(grey(), t_us, 1000, random()).mean() for t_us in (2500, 7500)]
    assert short[0] > 1.2 * short[1]


def test_a_wrong_exposure_is_mended_smoothly():
    conditions = Conditions(exposure_error_ev=1.0, mended_from_us=100, mended_within_us=200)
    exposures = conditions.exposures_us(np.array([0, 100, 200, 300, 900]))
    assert list(exposures[[0, 1, 3, 4]]) == [16_000, 16_000, 8_000, 8_000]
    assert exposures[2] == round(8000 * 2**0.5)


def test_the_event_sensor_is_noisier_in_the_dark():
    dark, good = Conditions(light=0.04).event_sensor(), Conditions().event_sensor()
    assert dark.shot_hz == pytest.approx(5 * good.shot_hz)
    assert dark.threshold_on == good.threshold_on


@pytest.mark.parametrize("name", CONDITION_NAMES)
def test_every_condition_can_be_drawn_and_shows_grey_as_grey_in_the_end(name):
    conditions = draw_conditions(name, 1_700_000, random(3))
    assert conditions.name == name
    t_us = 1_690_000
    (exposure_us,) = conditions.exposures_us(np.array([t_us]))
    assert exposure_us <= 33_000
    frame = conditions.expose(grey(), t_us, int(exposure_us), random())
    assert 100 < frame.mean() < 180


def test_a_condition_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="moonlight"):
        draw_conditions("moonlight", 1, random())
