"""One person through a video: still neutral frames, the identity, every frame, the whole time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evface.errors import FitError
from evface.morphable.camera import HeadPose, head_angles_deg, rotation_matrix, rotation_vector
from evface.morphable.fitting import (
    RIDGE,
    FaceFit,
    Method,
    fit_action_units,
    measure_agreement,
    refit_pose,
)
from evface.morphable.identity import fit_identity
from evface.morphable.intensity import IntensityModel, read_intensity, score_contrast
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel
from evface.morphable.robust import Loss
from evface.morphable.smoothing import filter_causally, smooth

Smoothing = Literal["none", "offline", "causal"]

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
# A score that is higher than this in the frames taken for neutral is an expression even there.
_LARGEST_RESTING_SCORE = 0.25
# Large movements of a head within a second, by which the causal filter compares speeds: radians,
# the logarithm of the scale, and the head's size in mm.
_LARGE_TURN, _LARGE_GROWTH, _LARGE_SHIFT_MM = 0.5, 0.2, 60.0


@dataclass(frozen=True, eq=False)
class SequenceFit:
    """A person fitted through a video.

    Parameters
    ----------
    identity : (n_identity,) float64, standard deviations
    fit
        Every frame.
    intensity : (n, n_facs) float64
        Of the face's action units, the neutral face taken off; NaN where there is no face.
    neutral : (n,) bool
        The frames that were taken for still and neutral.
    resting : (n_components,) float64
        Action units of the person's face at rest, to be subtracted where intensities are read.
    neutral_rotation : (3, 3) float64
        How the head is held in them.
    """

    identity: NDArray[np.float64]
    fit: FaceFit
    intensity: NDArray[np.float64]
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
    scores: NDArray[np.floating] | None = None,
    score_names: tuple[str, ...] = (),
    reader: IntensityModel | None = None,
    ridge: float = RIDGE,
    method: Method = "closed_form",
    loss: Loss = "huber",
    smoothing: Smoothing = "offline",
) -> SequenceFit:
    """Fit one person to a video's landmarks.

    The identity comes from several frames in which the face is still, neutral and turned to the
    camera: where landmarks move little, few events fall, and the fitted action units are small.
    The first frame may be none of that, and the median of a video that smiles for most of its
    time is a smile. Then every frame is fitted, its action units are found from coefficients and
    scores together, and all is smoothed through time.

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
    scores : (n, n_scores) float, 0 to 1
        A teacher's blendshape scores, where it gives them; NaN where there is no face.
    score_names
        Their names.
    reader
        How coefficients and scores follow the action units; what the model and the errors alone
        say when None.
    ridge, method, loss
        As for `fit_action_units`. With the method ``"paper"`` the coefficients are left as they
        were found and read by the model's own read-out, and nothing is smoothed.
    smoothing
        ``"offline"`` knows the future, ``"causal"`` is as it would be live; see `smoothing`.

    Returns
    -------
    SequenceFit

    Raises
    ------
    FitError
        If there is no face in any frame.
    ValueError
        If the smoothing is another.
    """
    if smoothing not in get_args(Smoothing):
        raise ValueError(f"smoothing must be one of {get_args(Smoothing)}, got {smoothing!r}")
    points = np.asarray(landmarks, np.float64)
    valid = np.asarray(np.isfinite(points[..., :2]).all(axis=(1, 2)))
    if not valid.any():
        raise FitError("there is no face in any frame")
    errors = errors or LandmarkErrors.uncalibrated()
    restlessness = _spread(_speed(points, times_us)[valid], _SPEED_HZ)
    if event_counts is not None:
        restlessness += _spread(np.log1p(event_counts[valid]), _LOG_EVENTS)
    shown = _expressiveness(scores, score_names)
    identity = np.zeros(len(model.identity_basis))
    weights = np.asarray(model.action_unit_weights, np.float64)
    for round_ in range(_N_ROUNDS + 1):
        fit = fit_action_units(
            model, points, identity=identity, errors=errors, ridge=ridge, method=method, loss=loss
        )
        if round_ < _N_ROUNDS:
            neutral = _choose_neutral(fit, weights, restlessness, shown)
            identity = fit_identity(
                model, points[neutral], errors=errors, weights=fit.agreement[neutral]
            ).identity
    # What a face at rest shows of action units is its own shape, which the identity did not get.
    # More than that is an expression: there was no neutral frame to be had.
    limit = _LARGEST_REST * np.sqrt(weights)
    resting = np.clip(np.median(fit.action_units[neutral], axis=0), -limit, limit)
    if method == "paper":
        # As published, action units are linear in the coefficients, and frames stand alone.
        read = (fit.action_units - resting) @ model.facs_readout.T
        intensity = np.asarray(np.maximum(read, 0.0), np.float64)
    else:
        reader = reader or IntensityModel.uncalibrated(model, errors)
        contrasts = _contrasts(scores, score_names, reader, neutral)
        reading = read_intensity(model, reader, fit.action_units - resting, contrasts)
        fit = refit_pose(
            model, points, fit, identity=identity, errors=errors,
            action_units=reading.coefficients + resting,
        )  # fmt: skip
        fit, intensity = _smoothed(fit, reading.intensity, times_us, weights, smoothing)
        fit = measure_agreement(model, points, fit, identity=identity, errors=errors)
    rotation = _mean_rotation(fit.pose.rotation[neutral])
    return SequenceFit(identity, fit, intensity, neutral, resting, rotation)


def _choose_neutral(
    fit: FaceFit,
    weights: NDArray[np.float64],
    restlessness: NDArray[np.float64],
    shown: NDArray[np.float64] | None,
) -> NDArray[np.bool_]:
    """Choose the frames that are still, neutral and turned to the camera, (n,) bool."""
    variance = (fit.action_units[fit.valid] ** 2 / weights).mean(axis=1)
    activity = _spread(np.sqrt(variance), _ACTIVITY)
    turn_deg = np.abs(head_angles_deg(fit.pose.rotation[fit.valid])).sum(axis=1)
    expression = activity if shown is None else _spread(shown[fit.valid], _SCORES)
    return _lowest(activity + expression + restlessness + turn_deg / _TURN_DEG, fit.valid)


def _expressiveness(
    scores: NDArray[np.floating] | None, names: tuple[str, ...]
) -> NDArray[np.float64] | None:
    """Return the sum of the scores that speak of an expression, (n,); where the eyes look does not.

    None where there are no scores.
    """
    if scores is None:
        return None
    speaks = [not name.startswith(("_", "eyeLook")) for name in names]
    return np.asarray(np.asarray(scores, np.float64)[:, speaks].sum(axis=1))


def _contrasts(
    scores: NDArray[np.floating] | None,
    names: tuple[str, ...],
    reader: IntensityModel,
    neutral: NDArray[np.bool_],
) -> NDArray[np.float64] | None:
    """Return how far scores are from the neutral face's; None if the reader knows no such scores.

    A score that is high even there is that of an expression.
    """
    if scores is None or names != reader.score_names:
        return None
    return score_contrast(scores, resting_scores(scores[neutral]))


def resting_scores(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a teacher's scores of the neutral face, (n_scores,), of frames that may show it.

    Parameters
    ----------
    scores : (n, n_scores) float, 0 to 1
    """
    median = np.median(np.asarray(scores, np.float64), axis=0)
    return np.asarray(median.clip(0.0, _LARGEST_RESTING_SCORE), np.float64)


def _smoothed(
    fit: FaceFit,
    intensity: NDArray[np.float64],
    times_us: NDArray[np.int64],
    weights: NDArray[np.float64],
    smoothing: Smoothing,
) -> tuple[FaceFit, NDArray[np.float64]]:
    """Smooth coefficients, cameras and intensities through time."""
    if smoothing == "none":
        return fit, intensity
    middle = _mean_rotation(fit.pose.rotation[fit.valid])
    parts = [
        fit.action_units,
        intensity,
        rotation_vector(fit.pose.rotation @ middle.T),
        np.log(fit.pose.scale_px_per_mm)[:, None],
        fit.pose.translation_px,
    ]
    values = np.concatenate(parts, axis=1)
    if smoothing == "offline":
        values = smooth(values, times_us)
    else:
        scale = float(np.median(fit.pose.scale_px_per_mm[fit.valid]))
        units = [np.sqrt(weights), np.ones(intensity.shape[1]), np.full(3, _LARGE_TURN)]
        units += [np.full(1, _LARGE_GROWTH), np.full(2, _LARGE_SHIFT_MM * scale)]
        values = filter_causally(values, times_us, units=np.concatenate(units))
    ends = np.cumsum([part.shape[1] for part in parts])[:-1]
    action_units, intensity, turned, growth, translation = np.split(values, ends, axis=1)
    pose = HeadPose(rotation_matrix(turned) @ middle, np.exp(growth[:, 0]), translation)
    return replace(fit, action_units=action_units, pose=pose), intensity


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
