"""Colours for distances, even to the eye and safe for colour-blind people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# From clay through orange and red to dark purple, in OKLCh: lightness, chroma, hue in degrees.
# Lightness falls evenly, so equal steps in distance look equal, and the order survives the loss
# of any colour channel; a face at rest is light and close to grey, so that its shading reads well.
_STOPS = np.array(
    [
        [0.86, 0.015, 85.0],
        [0.77, 0.105, 78.0],
        [0.68, 0.150, 52.0],
        [0.59, 0.175, 32.0],
        [0.50, 0.170, 12.0],
        [0.41, 0.145, -14.0],
        [0.32, 0.110, -40.0],
    ]
)
_LMS_FROM_OKLAB = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_RGB_FROM_LMS = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def heat_colours(n_colours: int = 256) -> NDArray[np.uint8]:
    """Return the colours from no distance to the scale's end.

    Returns
    -------
    (n_colours, 3) uint8, sRGB

    References
    ----------
    Ottosson, "A perceptual color space for image processing", 2020 (OKLab and its matrices).
    """
    place = np.linspace(0.0, 1.0, n_colours)
    stops = np.linspace(0.0, 1.0, len(_STOPS))
    lightness, chroma, hue_deg = (np.interp(place, stops, column) for column in _STOPS.T)
    hue = np.radians(hue_deg)
    oklab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1)
    linear = (oklab @ _LMS_FROM_OKLAB.T) ** 3 @ _RGB_FROM_LMS.T
    linear = np.clip(linear, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def nice_limit(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, ... that is not below `value`; 1 for less."""
    if not value > 1.0:
        return 1.0
    decade = 10.0 ** np.floor(np.log10(value))
    return float(next(step * decade for step in (1, 2, 5, 10) if step * decade >= value * 0.999))
