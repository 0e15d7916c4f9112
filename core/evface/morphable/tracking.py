"""One person through a video: still neutral frames, the identity, then every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.errors import FitError
from evface.morphable.camera import head_angles_deg
from evface.morphable.fitting import RIDGE, FaceFit, Method, fit_action_units, fit_identity
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel

# A tenth of the frames, but not more than this many, show the neutral face.
_NEUTRAL_SHARE = 0.1
_MAX_NEUTRAL = 24
# How often neutral frames and identity are found in turn.
_N_ROUNDS = 3
# What does not tell frames apart: landmarks moving by so many eye distances a second, a factor of
# e in the number of events, action units of this size over their usual one, this sum of a
# teacher's scores.
_SPEED_HZ, _LOG_EVENTS, _ACTIVITY, _SCORES = 0.5, 1.0, 0.3, 0.5
# A head that is turned by this much is as unfit as one that laughs.
_TURN_DEG = 40.0
# In standard deviations of each component.
_LARGEST_REST = 0.4
_EYE_CORNERS = [36, 45]


@dataclass(frozen=True, eq=False)
class SequenceFit:
    """A person fitted through a video.

    Parameters
    ----------
    identity : (n_identity,) float64, standard deviations
    fit
        Every frame.
    neutral : (n,) bool
        The frames that were taken for still and neutral.
    resting : (n_components,) float64
        Action units of the person's face at rest, to be subtracted where intensities are read.
    neutral_rotation : (3, 3) float64
        How the head is held in them.
    """

    identity: NDArray[np.float64]
    fit: FaceFit
    neutral: NDArray[np.bool_]
    resting: NDArray[np.float64]
    neutral_rotation: NDArray[np.float64]


def fit_sequence(
    model: MorphableModel,
    landmarks: NDArray[np.floating],
    times_us: NDArray[np.int64],
    *,
    errors: LandmarkErrors | None = None,
    event_counts: NDArray[np.integer] | None = None,
    expression: NDArray[np.floating] | None = None,
    ridge: float = RIDGE,
    method: Method = "closed_form",
) -> SequenceFit:
    """Fit one person to a video's landmarks.

    The identity comes from several frames in which the face is still, neutral and turned to the
    camera: where landmarks move little, few events fall, and the fitted action units are small.
    The first frame may be none of that, and the median of a video that smiles for most of its
    time is a smile.

    Parameters
    ----------
    landmarks : (n, 68, 2 or 3) float, px
        As for `fit_action_units`; NaN where there is no face. Not modified.
    times_us : (n,) int64
        Of the frames, increasing.
    errors
        Of the landmarks; those of no particular teacher when None.
    event_counts : (n,) int
        Events around each frame, where there is an event recording.
    expression : (n,) float
        How expressive a teacher finds each frame, in any unit, where it says so.
    ridge, method
        As for `fit_action_units`.

    Returns
    -------
    SequenceFit

    Raises
    ------
    FitError
        If there is no face in any frame.
    """
    points = np.asarray(landmarks, np.float64)
    valid = np.asarray(np.isfinite(points[..., :2]).all(axis=(1, 2)))
    if not valid.any():
        raise FitError("there is no face in any frame")
    restlessness = _spread(_speed(points, times_us)[valid], _SPEED_HZ)
    if event_counts is not None:
        restlessness += _spread(np.log1p(event_counts[valid]), _LOG_EVENTS)
    shown = None if expression is None else _spread(np.asarray(expression)[valid], _SCORES)
    identity = np.zeros(len(model.identity_basis))
    weights = np.asarray(model.action_unit_weights, np.float64)
    for _ in range(_N_ROUNDS):
        fit = fit_action_units(
            model, points, identity=identity, errors=errors, ridge=ridge, method=method
        )
        variance = (fit.action_units[valid] ** 2 / weights).mean(axis=1)
        activity = _spread(np.sqrt(variance), _ACTIVITY)
        turn_deg = np.abs(head_angles_deg(fit.pose.rotation[valid])).sum(axis=1)
        unfitness = (
            (2.0 * activity if shown is None else activity + shown)
            + restlessness
            + turn_deg / _TURN_DEG
        )
        neutral = _lowest(unfitness, valid)
        identity = fit_identity(model, points[neutral], errors=errors).identity
    fit = fit_action_units(
        model, points, identity=identity, errors=errors, ridge=ridge, method=method
    )
    # What a face at rest shows of action units is its own shape, which the identity did not get.
    # More than that is an expression: there was no neutral frame to be had.
    limit = _LARGEST_REST * np.sqrt(weights)
    resting = np.clip(np.median(fit.action_units[neutral], axis=0), -limit, limit)
    rotation = _mean_rotation(fit.pose.rotation[neutral])
    return SequenceFit(identity, fit, neutral, resting, rotation)


def _lowest(unfitness: NDArray[np.float64], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Choose the fittest of the valid frames, (n,) bool."""
    frames = np.flatnonzero(valid)
    n = min(max(round(_NEUTRAL_SHARE * len(frames)), min(3, len(frames))), _MAX_NEUTRAL)
    chosen = np.zeros(len(valid), bool)
    chosen[frames[np.argsort(unfitness, kind="stable")[:n]]] = True
    return chosen


def _speed(points: NDArray[np.float64], times_us: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how fast the landmarks move, in eye distances a second: the faster side's."""
    speed = np.zeros(len(points))
    if len(points) < 2:
        return speed
    eyes = np.linalg.norm(np.diff(points[:, _EYE_CORNERS, :2], axis=1)[:, 0], axis=-1)
    steps = np.linalg.norm(np.diff(points[..., :2], axis=0), axis=-1).mean(axis=-1)
    steps /= np.maximum(eyes[1:], 1e-9) * np.diff(times_us) * 1e-6
    # Beside a gap, the speed is that on the other side.
    steps = np.nan_to_num(steps, nan=0.0)
    speed[1:] = steps
    np.maximum(speed[:-1], steps, out=speed[:-1])
    return speed


def _spread(values: NDArray[np.floating], least: float) -> NDArray[np.float64]:
    """Scale a measure so that most frames lie between 0 and 1, and none beyond 2.

    A spread below `least` is noise, and is not blown up.
    """
    low, high = np.percentile(values, [10, 90])
    return np.asarray(np.clip((values - low) / max(high - low, least), 0.0, 2.0), np.float64)


def _mean_rotation(rotations: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rotation nearest to the mean of (n, 3, 3) rotations."""
    left, _, right = np.linalg.svd(rotations.mean(axis=0))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray((left * signs) @ right, np.float64)
