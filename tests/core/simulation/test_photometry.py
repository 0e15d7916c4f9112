from __future__ import annotations

import math

import numpy as np
import pytest

from evface.simulation.photometry import LINEAR_BELOW, lin_log, luminance_from_rgb


def test_luminance_is_linear_light():
    rgb = np.array([[[255, 255, 255], [0, 0, 0], [188, 188, 188], [0, 255, 0]]], np.uint8)
    before = rgb.copy()
    # Code 188 is half the light of white; green carries 71.52 % of it.
    assert luminance_from_rgb(rgb)[0] == pytest.approx([1.0, 0.0, 0.5029, 0.7152], abs=1e-4)
    assert (rgb == before).all()
    # A picture that is a view of another one, as a rotated video gives.
    tall = np.rot90(np.repeat(rgb, 2, axis=0))
    assert (luminance_from_rgb(tall) == np.rot90(luminance_from_rgb(np.repeat(rgb, 2, 0)))).all()


def test_luminance_takes_only_pictures():
    for wrong in (np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3), np.float32)):
        with pytest.raises(ValueError, match="uint8"):
            luminance_from_rgb(wrong)


def test_the_response_is_logarithmic_in_light_and_linear_in_the_dark():
    light = np.array([1.0, 0.5, LINEAR_BELOW, LINEAR_BELOW / 2, 0.0, -1.0], np.float32)
    knee = math.log(LINEAR_BELOW)
    expected = [0.0, math.log(0.5), knee, knee - 0.5, knee - 1.0, knee - 1.0]
    before = light.copy()
    assert lin_log(light) == pytest.approx(expected, abs=1e-5)
    assert (light == before).all()


def test_the_response_has_no_kink_at_the_knee():
    light = np.linspace(0.5 * LINEAR_BELOW, 1.5 * LINEAR_BELOW, 2001)
    slope = np.diff(lin_log(light.astype(np.float32)).astype(float)) / np.diff(light)
    assert np.abs(np.diff(slope)).max() < 0.05 * slope.max()
    assert (slope > 0).all()
