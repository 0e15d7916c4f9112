"""Clips as they would be in a mirror: left becomes right in pictures, points and names."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.landmarks.schemes import SCHEMES
from evface.morphable.head_library import find_model
from evface.morphable.model import MorphableModel
from evface.training_sets.clips import AU_CLASSES, Clip
from evface.training_sets.pose import MIRRORED_POSE

# Turned and tilted left swap with right.
_SWAPPED = (("AU51", "AU52"), ("AU55", "AU56"))
# A model whose components are no further off when mirrored can be said to have a mirror.
_MOST_RESIDUAL = 0.15
_SAME_PLACE_MM = 0.05
_NEWTON_STEPS = 20


def _mirrored_units() -> NDArray[np.int64]:
    order = np.arange(len(AU_CLASSES))
    for left, right in _SWAPPED:
        i, j = AU_CLASSES.index(left), AU_CLASSES.index(right)
        order[i], order[j] = j, i
    return order


# Which action unit each is in a mirror.
MIRRORED_UNITS = _mirrored_units()


def compute_coefficient_mirror(model: MorphableModel) -> NDArray[np.float64] | None:
    """Return how a model's action-unit coefficients change when its face is mirrored.

    Returns
    -------
    (k, k) float64 or None
        ``mirrored = coefficients @ matrix``; applied twice it changes nothing. None where the
        model's shape or components are not symmetric enough.
    """
    from scipy.spatial import cKDTree

    distance_mm, pair = cKDTree(model.mean_shape).query(model.mean_shape * [-1.0, 1.0, 1.0])
    if distance_mm.max() > _SAME_PLACE_MM or (pair[pair] != np.arange(len(pair))).any():
        return None
    basis = model.action_unit_basis.astype(np.float64)
    mirrored = (basis[:, pair] * [-1.0, 1.0, 1.0]).reshape(len(basis), -1)
    flat = basis.reshape(len(basis), -1)
    matrix = np.linalg.lstsq(flat.T, mirrored.T, rcond=None)[0].T
    weights = np.sqrt(model.action_unit_weights.astype(np.float64))[:, None]
    missed = np.linalg.norm(weights * (matrix @ flat - mirrored))
    if missed > _MOST_RESIDUAL * np.linalg.norm(weights * mirrored):
        return None
    # The nearest matrix that undoes itself: its sign, by Newton's method.
    for _ in range(_NEWTON_STEPS):
        matrix = (matrix + np.linalg.inv(matrix)) / 2
    return np.asarray(matrix, np.float64)


@functools.cache
def coefficient_mirror(model_key: str) -> NDArray[np.float64] | None:
    """Return the mirror of a model by its key; None where it is not here or has none."""
    try:
        return compute_coefficient_mirror(find_model(model_key))
    except ModelFileError:
        return None


def can_mirror(model_key: str) -> bool:
    """Return whether clips can be mirrored whose coefficients are of this model, if of any."""
    return not model_key or coefficient_mirror(model_key) is not None


def mirror_clip(clip: Clip) -> Clip:
    """Return a clip as in a mirror; mirrored twice it is what it was.

    Raises
    ------
    ValueError
        If its coefficients are of a model that has no mirror.
    """
    width, _ = clip.resolution
    events, boxes = clip.events, clip.boxes_px.copy()
    boxes[:, [0, 2]] = (width - 1) - clip.boxes_px[:, [2, 0]]
    coefficients = clip.coefficients
    if clip.model:
        matrix = coefficient_mirror(clip.model)
        if matrix is None:
            raise ValueError(f"{clip.model} has no mirror")
        coefficients = (coefficients @ matrix).astype(np.float32)
    scheme = SCHEMES[clip.scheme] if clip.landmarks.shape[1] else None
    event_from_rgb, rgb = clip.event_from_rgb, clip.rgb
    if rgb is not None:
        rgb = np.ascontiguousarray(rgb[:, :, ::-1])
        if event_from_rgb is not None:
            # Of the mirrored pictures.
            own = _reflection(rgb.shape[2])
            event_from_rgb = PlanarTransform(
                _reflection(width) @ event_from_rgb.matrix @ np.linalg.inv(own)
            )
    return replace(
        clip,
        events=Events(events.t, (width - 1 - events.x).astype(np.uint16), events.y, events.p),
        rgb=rgb,
        event_from_rgb=event_from_rgb,
        au_class=-1 if clip.au_class < 0 else int(MIRRORED_UNITS[clip.au_class]),
        coefficients=coefficients,
        pose=clip.pose * MIRRORED_POSE,
        intensity=clip.intensity[:, MIRRORED_UNITS],
        landmarks=(
            clip.landmarks
            if scheme is None
            else scheme.mirrored(clip.landmarks, width=width).astype(np.float32)
        ),
        landmark_state=(
            clip.landmark_state if scheme is None else clip.landmark_state[:, scheme.mirror]
        ),
        boxes_px=boxes,
    )


def _reflection(width: int) -> NDArray[np.float64]:
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
