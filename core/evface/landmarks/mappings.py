"""Landmarks of one scheme read as those of a coarser one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from evface.landmarks.schemes import FIVE, IBUG68, WFLW98, LandmarkScheme

# For each landmark wanted, those whose mean it is.
_Groups = tuple[tuple[int, ...], ...]


def can_convert(source: LandmarkScheme, target: LandmarkScheme) -> bool:
    """Return whether landmarks of one scheme can be read as those of another."""
    return source is target or (source.name, target.name) in _GROUPS


def convert_landmarks(
    landmarks: NDArray[np.floating], source: LandmarkScheme, target: LandmarkScheme
) -> NDArray[np.floating]:
    """Return the landmarks of another scheme that lie nearest in meaning.

    From 98 points to 68 every second point of the jaw is taken, the upper edge of the brows, and
    the eyelids without their middle. An eye of the five points is the pupil where there is one,
    else the mean of the eye's contour.

    Parameters
    ----------
    landmarks : (..., n_landmarks of `source`, 2) float, px
        NaN marks a missing landmark; whatever is made from it is missing too. Not modified.

    Returns
    -------
    (..., n_landmarks of `target`, 2) float, px

    Raises
    ------
    ValueError
        If the landmarks are not of `source`, or `target` asks for more than `source` has.
    """
    if landmarks.shape[-2:] != (source.n_landmarks, 2):
        raise ValueError(f"landmarks must be (..., {source.n_landmarks}, 2), got {landmarks.shape}")
    if source is target:
        return landmarks.copy()
    groups = _GROUPS.get((source.name, target.name))
    if groups is None:
        raise ValueError(f"{source.name} cannot be read as {target.name}")
    parts = [landmarks[..., group, :].mean(axis=-2) for group in groups]
    return np.stack(parts, axis=-2)


def _ibug68_from_wflw98() -> _Groups:
    points = (
        *range(0, 33, 2),
        *range(33, 38),
        *range(42, 47),
        *range(51, 60),
        *(60, 61, 63, 64, 65, 67),
        *(68, 69, 71, 72, 73, 75),
        *range(76, 96),
    )
    return tuple((point,) for point in points)


_GROUPS: Mapping[tuple[str, str], _Groups] = MappingProxyType(
    {
        (WFLW98.name, IBUG68.name): _ibug68_from_wflw98(),
        (WFLW98.name, FIVE.name): ((96,), (97,), (54,), (76,), (82,)),
        (IBUG68.name, FIVE.name): (
            IBUG68.regions["right_eye"],
            IBUG68.regions["left_eye"],
            (30,),
            (48,),
            (54,),
        ),
    }
)
