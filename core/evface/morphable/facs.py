"""Action units of FACS read from a fitted face: 18 of the face, 6 of the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import FRONTAL, head_angles_deg
from evface.morphable.model import MorphableModel

# Turned left and right, raised and lowered, tilted left and right; the subject's own sides.
HEAD_NAMES = ("AU51", "AU52", "AU53", "AU54", "AU55", "AU56")
HEAD_UNIT_DEG = 30.0
# Eyes closed for longer than this are AU43, shorter a blink, AU45.
_BLINK_US = 500_000
# An eye closure begins and ends here, and is one at all if it gets past the second.
_OPEN, _CLOSED = 0.1, 0.35


@dataclass(frozen=True, eq=False)
class ScoreFusion:
    """How a teacher's own scores are weighed against the fitted face.

    Parameters
    ----------
    fit_weights, score_weights : (n_facs,) float
        Of the intensity read from the fitted face and from the scores, for each action unit of
        the model's `facs_names`.
    """

    fit_weights: NDArray[np.float64]
    score_weights: NDArray[np.float64]


def facial_intensity(
    model: MorphableModel,
    action_units: NDArray[np.floating],
    *,
    scores: NDArray[np.floating] | None = None,
    score_names: tuple[str, ...] = (),
    fusion: ScoreFusion | None = None,
) -> NDArray[np.float64]:
    """Read the intensity of the face's action units.

    Landmarks say little of some action units, and scores that a teacher gives straight from the
    picture little of others; weighed together they agree better with the truth than either.

    Parameters
    ----------
    action_units : (n, n_components) float
        Coefficients, those of the neutral face subtracted.
    scores : (n, n_scores) float
        A teacher's blendshape scores, those of the neutral face subtracted.
    score_names
        Their names; those that the model does not know are left out.
    fusion
        The weights; without them, or without scores, the fitted face alone counts.

    Returns
    -------
    (n, n_facs) float64
        0 absent, 1 the model's full activation; never negative. NaN where the coefficients are.
    """
    read = np.asarray(action_units, np.float64) @ model.facs_readout.T
    if scores is not None and fusion is not None:
        of_scores = scores_intensity(model, scores, score_names)
        read = np.maximum(read, 0.0) * fusion.fit_weights + of_scores * fusion.score_weights
    return np.asarray(np.maximum(read, 0.0), np.float64)


def scores_intensity(
    model: MorphableModel, scores: NDArray[np.floating], score_names: tuple[str, ...]
) -> NDArray[np.float64]:
    """Read the face's action units from a teacher's scores alone.

    Each action unit's scores are weighed as the model composes it of units.

    Returns
    -------
    (n, n_facs) float64, at least 0
    """
    places = {name: i for i, name in enumerate(score_names)}
    units = np.asarray(model.facs_units, np.float64)
    shares = units / np.maximum((units**2).sum(axis=1, keepdims=True), 1e-12)
    read = np.zeros((len(scores), len(units)))
    for number, name in enumerate(model.unit_names):
        if name in places:
            read += np.asarray(scores, np.float64)[:, places[name], None] * shares[:, number]
    return np.maximum(read, 0.0)


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
