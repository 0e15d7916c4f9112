"""From linear colour to the bytes of a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def encode_srgb(linear: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Encode linear colour as sRGB bytes; what exceeds 1 is rolled off softly from 0.8.

    Parameters
    ----------
    linear : (...) float
        Not modified.

    Returns
    -------
    (...) uint8
    """
    steps = _SRGB_TABLE[
        np.clip(np.asarray(linear, np.float32) * (_SRGB_STEPS / 2), 0, _SRGB_STEPS).astype(np.int32)
    ]
    return steps


def _srgb_table(n_steps: int) -> NDArray[np.uint8]:
    """Return the sRGB bytes of linear values from 0 to 2."""
    value = np.linspace(0.0, 2.0, n_steps + 1)
    knee = 0.8
    over = np.maximum(value - knee, 0.0)
    value = np.where(value > knee, knee + (1 - knee) * (1 - np.exp(-over / (1 - knee))), value)
    encoded = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.rint(255 * np.clip(encoded, 0, 1)).astype(np.uint8)


_SRGB_STEPS = 16384
_SRGB_TABLE = _srgb_table(_SRGB_STEPS)
