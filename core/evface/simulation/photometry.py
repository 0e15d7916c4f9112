"""From the numbers of a video to light, and from light to what a pixel senses."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Rec. 709, the primaries of sRGB.
_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
# Where the response goes from linear to logarithmic: 20 of 255, as v2e has it, in linear light.
LINEAR_BELOW = 0.00699


def _linear_of_srgb() -> NDArray[np.float32]:
    encoded = np.arange(256) / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR_OF_SRGB = _linear_of_srgb()
_PARTS = tuple(np.float32(part) * _LINEAR_OF_SRGB for part in (_RED, _GREEN, _BLUE))


def luminance_from_rgb(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the linear luminance of an sRGB picture.

    Parameters
    ----------
    rgb : (height, width, 3) uint8
        Not modified.

    Returns
    -------
    (height, width) float32, 0 black to 1 white

    References
    ----------
    IEC 61966-2-1 (sRGB), the transfer function and the luminance of its primaries.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(f"rgb must be (height, width, 3) uint8, got {rgb.shape} {rgb.dtype}")
    luminance = np.empty(rgb.shape[:2], np.float32)
    _weigh(np.ascontiguousarray(rgb).reshape(-1, 3), *_PARTS, luminance.reshape(-1))
    return luminance


def lin_log(
    luminance: NDArray[np.float32], out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    r"""Return what a pixel senses of light: its logarithm, and a straight line in the dark.

    .. math:: \ell(I) = \ln I \;(I \ge k), \qquad \ln k + I / k - 1 \;(I < k)

    so value and slope agree at the knee `LINEAR_BELOW`.

    Parameters
    ----------
    luminance : (...) float32
        Linear, 1 is white; below 0 counts as 0. Not modified.
    out : (...) float32
        Contiguous; takes the result where given.

    Returns
    -------
    (...) float32, natural logarithm of luminance

    References
    ----------
    Hu, Liu, Delbruck, "v2e: From Video Frames to Realistic DVS Events", CVPRW 2021. Differs: it
    takes the coded numbers of the video for light, and its slope jumps at the knee.
    """
    if out is None:
        out = np.empty(luminance.shape, np.float32)
    light = np.ascontiguousarray(luminance, np.float32).reshape(-1)
    sensed = out.reshape(-1)
    # numpy's logarithm is several times as fast as one inside a kernel.
    _lift(light, sensed)
    np.log(sensed, out=sensed)
    _bend(light, sensed)
    return out


@njit(cache=True, nogil=True)
def _lift(light, lifted):  # type: ignore[no-untyped-def]
    """Raise the dark to the knee."""
    knee = np.float32(LINEAR_BELOW)
    for i in range(light.size):
        lifted[i] = max(light[i], knee)


@njit(cache=True, nogil=True)
def _bend(light, sensed):  # type: ignore[no-untyped-def]
    """Lower the dark again, along the straight line."""
    knee, per_knee = np.float32(LINEAR_BELOW), np.float32(1 / LINEAR_BELOW)
    for i in range(light.size):
        sensed[i] += min(max(light[i], np.float32(0)), knee) * per_knee - np.float32(1)


@njit(cache=True, nogil=True)
def _weigh(rgb, red, green, blue, luminance):  # type: ignore[no-untyped-def]
    for i in range(luminance.size):
        luminance[i] = red[rgb[i, 0]] + green[rgb[i, 1]] + blue[rgb[i, 2]]
