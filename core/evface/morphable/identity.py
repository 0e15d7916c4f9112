"""One person's neutral face from several frames at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import HeadPose, fit_pose, head_angles_deg
from evface.morphable.carrying import carry_to_model
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel
from evface.morphable.outline import OutlineSlide
from evface.morphable.robust import robust_weights
from evface.morphable.solving import checked_landmarks, distances_px, ridge_gain

# Beyond so many standard deviations a landmark of one frame is left out.
_ROBUST = 3.0
_N_ROBUST = 2
# Landmarks of a still face agree no better than this.
_LEAST_SPREAD_MM = 0.2
# How far frames that are taken for neutral still show expressions: the share of the variance that
# expressions have.
_LEFT_EXPRESSION = 0.2


@dataclass(frozen=True, eq=False)
class IdentityFit:
    """One person's neutral face.

    Parameters
    ----------
    identity : (n_identity,) float64, standard deviations
    pose
        The camera of each frame that was used.
    residual_px : (n,) float64
        Mean distance of each frame's landmarks from the fitted face's.
    """

    identity: NDArray[np.float64]
    pose: HeadPose
    residual_px: NDArray[np.float64]


def fit_identity(
    model: MorphableModel,
    landmarks: NDArray[np.floating],
    *,
    errors: LandmarkErrors | None = None,
    weights: NDArray[np.floating] | None = None,
    n_iterations: int = 6,
) -> IdentityFit:
    r"""Fit one neutral face to several frames of a person.

    The landmarks are carried back into the model's axes by each frame's camera, and their robust
    mean is `d`, which a hand before the face in some frames does not move (Geman and McClure's
    weights, from the median on); then the identity is the ridge solution

    .. math:: \alpha_I = (B^T \Sigma^{-1} B + I)^{-1} B^T \Sigma^{-1} (d - \bar S - b)

    with the bias `b` of the landmarks and the covariance `Sigma` of their errors and of whatever
    expression is left in the frames, so that a mouth that is a little open is not taken for the
    shape of the face. Cameras and identity are found in turn, always from the mean face.

    Parameters
    ----------
    landmarks : (n, 68, 2 or 3) float, px
        Neutral, still frames; the more views, the better. x to the right, y down, z (if any)
        towards the camera from any origin. Every point finite. Not modified.
    errors
        Of the landmarks; those of no particular teacher when None.
    weights : (n,) float
        How far each frame counts; all alike when None.

    Returns
    -------
    IdentityFit

    Raises
    ------
    ValueError
        If there is no frame, or the shape is another.
    """
    points = checked_landmarks(landmarks)
    if not len(points) or not np.isfinite(points[..., :2]).all():
        raise ValueError("an identity needs at least one frame, and all its landmarks")
    counts = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    if counts.shape != (len(points),) or not (counts > 0).all():
        raise ValueError("weights must be one positive number a frame")
    errors = errors or LandmarkErrors.uncalibrated()
    mean = model.mean_shape[model.landmarks] + errors.bias_mm
    basis = model.identity_basis[:, model.landmarks].reshape(len(model.identity_basis), -1)
    moved = np.asarray(model.action_unit_basis[:, model.landmarks], np.float64).reshape(-1, 204)
    left = moved.T @ (_LEFT_EXPRESSION * model.action_unit_weights[:, None] * moved)
    gain = ridge_gain(basis, errors.identity_mm2 + left, np.ones(len(basis)))
    outline = OutlineSlide(model, errors.outline_slide)
    identity = np.zeros(len(basis))
    shape = np.broadcast_to(mean, (len(points), 68, 3))
    # Every landmark of a neutral face holds the camera, as far as it can be trusted.
    trust = 1.0 / np.diag(errors.identity_mm2).reshape(68, 3)[:, :2].mean(axis=1)
    for _ in range(n_iterations):
        pose = fit_pose(shape, points[..., :2], trust)
        slid = outline.shift_mm(head_angles_deg(pose.rotation)[:, 0])
        seen = carry_to_model(points, pose, shape) - slid
        identity = gain @ (_robust_mean(seen, counts) - mean).ravel()
        shape = mean + (identity @ basis).reshape(68, 3) + slid
    pose = fit_pose(shape, points[..., :2], trust)
    return IdentityFit(identity, pose, distances_px(points, pose, shape).mean(axis=1))


def _robust_mean(seen: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of (n, 68, 3) points over the frames, outliers left out, (68, 3)."""
    mean = np.asarray(np.median(seen, axis=0), np.float64)
    spread = np.maximum(1.4826 * np.median(np.abs(seen - mean), axis=0), _LEAST_SPREAD_MM)
    for _ in range(_N_ROBUST):
        weights = robust_weights((seen - mean) / spread, "geman_mcclure", limit=_ROBUST)
        weights *= counts[:, None, None]
        mean = (weights * seen).sum(axis=0) / weights.sum(axis=0)
    return mean
