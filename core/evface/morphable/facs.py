"""Action units of FACS read from a fitted face: 18 of the face, 6 of the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import FRONTAL, head_angles_deg

# Turned left and right, raised and lowered, tilted left and right; the subject's own sides.
HEAD_NAMES = ("AU51", "AU52", "AU53", "AU54", "AU55", "AU56")
HEAD_UNIT_DEG = 30.0
# The intensities at which the levels A to E begin.
LEVELS = "ABCDE"
LEVEL_STARTS = (0.1, 0.2, 0.35, 0.65, 0.85)
# Eyes closed for longer than this are AU43, shorter a blink, AU45.
_BLINK_US = 500_000
# An eye closure begins and ends here, and is one at all if it gets past the second.
_OPEN, _CLOSED = 0.1, 0.35


def levels_of(intensity: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return the levels of FACS: 0 absent, 1 to 5 for A (a trace) to E (the most there can be).

    Parameters
    ----------
    intensity : (...) float
        Of the face's action units, 1 the model's full activation; NaN counts as absent.

    Returns
    -------
    (...) uint8

    References
    ----------
    Ekman, Friesen and Hager, "Facial Action Coding System: The Manual", 2002: C and D span the
    larger part of the range, A, B and E little.
    """
    known = np.nan_to_num(np.asarray(intensity, np.float64), nan=-1.0)
    return np.searchsorted(LEVEL_STARTS, known, side="right").astype(np.uint8)


def head_intensity(
    rotation: NDArray[np.floating], neutral_rotation: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Read the head's action units from its pose.

    Parameters
    ----------
    rotation : (n, 3, 3) float
        Camera from model.
    neutral_rotation : (3, 3) float
        How the head is held at rest.

    Returns
    -------
    (n, 6) float64
        In the order of `HEAD_NAMES`, 1 is 30 degrees; never negative. NaN where the pose is.
    """
    at_rest = FRONTAL @ np.asarray(neutral_rotation, np.float64)
    moved = np.asarray(rotation, np.float64) @ at_rest.T
    angles = head_angles_deg(moved) / HEAD_UNIT_DEG
    both = np.stack([angles, -angles], axis=-1).reshape(*angles.shape[:-1], 6)
    return np.asarray(np.maximum(both, 0.0), np.float64)


def split_eye_closures(
    intensity: NDArray[np.floating], names: tuple[str, ...], times_us: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Tell blinks (AU45) from eyes kept closed (AU43), which look alike in one frame.

    Parameters
    ----------
    intensity : (n, n_names) float
        Not modified. NaN where there is no face, which ends a closure.
    names
        Of its columns; nothing is changed if either action unit is not among them.
    times_us : (n,) int64

    Returns
    -------
    (n, n_names) float64
        In each closure the one that does not apply is 0.
    """
    split = np.array(intensity, np.float64)
    if not {"AU43", "AU45"} <= set(names) or not len(split):
        return split
    kept, blink = names.index("AU43"), names.index("AU45")
    closure = np.nan_to_num(np.fmax(split[:, kept], split[:, blink]), nan=0.0)
    is_shut = np.concatenate([[False], closure > _OPEN, [False]])
    edges = np.flatnonzero(np.diff(is_shut.astype(np.int8)))
    for first, last in zip(edges[::2], edges[1::2] - 1, strict=True):
        peak = closure[first : last + 1].max()
        if peak < _CLOSED:
            continue
        half = first + np.flatnonzero(closure[first : last + 1] >= peak / 2)
        is_blink = times_us[half[-1]] - times_us[half[0]] <= _BLINK_US
        split[first : last + 1, kept if is_blink else blink] = 0.0
    return split
