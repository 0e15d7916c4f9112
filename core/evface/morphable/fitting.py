"""Closed-form fits of a morphable model to the landmarks of many frames at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import HeadPose, fit_pose, head_angles_deg
from evface.morphable.carrying import RIGID, carry_to_model
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel
from evface.morphable.outline import OutlineSlide
from evface.morphable.robust import Loss, robust_weights
from evface.morphable.solving import checked_landmarks, distances_px, ridge_gain

Method = Literal["closed_form", "paper"]

# The outline of the side that a head turns away from, and from which turn on it is not seen.
_OUTLINE_RIGHT, _OUTLINE_LEFT = np.arange(0, 8), np.arange(9, 17)
_TURNED_DEG = 15.0
_HIDDEN_TIMES = 5.0
# Beyond so many standard deviations a landmark pulls no harder.
_ROBUST = 3.0
_N_ROBUST = 2
# The weight of the other landmarks in the final camera, where the expression is known; those that
# hold still have 1.
_MOVING_WEIGHT = 0.3
# Smaller coefficients than the model's statistics alone ask for agree best with the truth.
RIDGE = 2.0
# Frames that are solved together; bounds the memory.
_CHUNK = 1024
# The weight that the paper's code gives its ridge, in pixels.
_PAPER_RIDGE_PX = 100.0


@dataclass(frozen=True, eq=False)
class FaceFit:
    """A face fitted to frames.

    Parameters
    ----------
    action_units : (n, n_components) float64
        Coefficients of the model's action-unit basis; NaN where there is no face.
    pose
        One camera a frame.
    residual_px : (n,) float64
        Mean distance of the landmarks from those of the fitted face, the teacher's bias added.
    agreement : (n,) float64, 0 to 1
        The share of the landmarks that the fitted face explains: the mean of their weights after
        Geman and McClure.
    valid : (n,) bool
        Whether there is a face.
    """

    action_units: NDArray[np.float64]
    pose: HeadPose
    residual_px: NDArray[np.float64]
    agreement: NDArray[np.float64]
    valid: NDArray[np.bool_]


def fit_action_units(
    model: MorphableModel,
    landmarks: NDArray[np.floating],
    *,
    identity: NDArray[np.floating],
    errors: LandmarkErrors | None = None,
    ridge: float = RIDGE,
    n_iterations: int = 4,
    method: Method = "closed_form",
    loss: Loss = "huber",
) -> FaceFit:
    r"""Fit action units and pose to each frame of a person whose identity is known.

    A scaled-orthographic camera from the rigid landmarks and the ridge solution

    .. math:: \alpha = (C^T \Sigma^{-1} C + \lambda \, diag(1/w))^{-1} C^T \Sigma^{-1} (d - S_I - b)

    are found in turn, always from the fixed base `S_I`. `d` are the landmarks carried back into
    the model's axes, in mm, so the size of the picture does not matter; `w` are the model's weights
    of its components; `Sigma` and `b` the covariance and bias of the landmarks' errors. The
    outline of the side that a head turns away from counts less, and slides as far as the teacher's
    does. A landmark beyond three standard deviations pulls no harder, or less and less, as `loss`
    says (modified residuals). All frames share three solution matrices, so a frame costs a few
    products.

    Parameters
    ----------
    landmarks : (n, 68, 2 or 3) float, px
        x to the right, y down, z (if any) towards the camera from any origin. A frame with a NaN
        in x or y has no face. Not modified.
    identity : (up to n_identity,) float, standard deviations
    errors
        Of the landmarks; those of no particular teacher when None.
    ridge
        The factor `lambda`; more gives smaller coefficients.
    n_iterations
        How often camera and coefficients are found in turn; 3 to 5 suffice.
    method
        ``"paper"`` is the published way, in one pass: an affine camera from all landmarks and a
        ridge of weight 100 in pixels. `ridge`, `n_iterations` and `loss` do not matter then, and
        of `errors` only the bias.
    loss
        What becomes of outliers, see `robust_weights`.

    Returns
    -------
    FaceFit

    Raises
    ------
    ValueError
        If the shape of the landmarks or the method is another.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Sec. 5.2,
    Eq. 2. Differs: the camera cannot shear; one translation instead of one a landmark; the
    penalty is squared, as its closed form needs; the metric is that of the landmarks' errors.
    """
    points = checked_landmarks(landmarks)
    if method not in get_args(Method):
        raise ValueError(f"method must be one of {get_args(Method)}, got {method!r}")
    errors = errors or LandmarkErrors.uncalibrated()
    base = model.shape(np.asarray(identity))[model.landmarks] + errors.bias_mm
    basis = np.asarray(model.action_unit_basis[:, model.landmarks], np.float64)
    valid = np.asarray(np.isfinite(points[..., :2]).all(axis=(1, 2)))
    n, n_components = len(points), len(basis)
    action_units = np.full((n, n_components), np.nan)
    rotation, scale = np.full((n, 3, 3), np.nan), np.full(n, np.nan)
    translation, (residual, agreement) = np.full((n, 2), np.nan), np.full((2, n), np.nan)
    weights = np.asarray(model.action_unit_weights, np.float64)
    if method == "closed_form":
        gains = _gains(model, errors, ridge)
        outline = OutlineSlide(model, errors.outline_slide)
    frames = np.flatnonzero(valid)
    for start in range(0, len(frames), _CHUNK):
        chunk = frames[start : start + _CHUNK]
        if method == "closed_form":
            solved, pose, shape = _solve(
                points[chunk], base, basis, errors, outline, gains, n_iterations, loss
            )
        else:
            solved, pose = _solve_paper(points[chunk, :, :2], base, basis, weights)
            shape = _deformed(base, basis, solved)
        action_units[chunk] = solved
        rotation[chunk], scale[chunk] = pose.rotation, pose.scale_px_per_mm
        translation[chunk] = pose.translation_px
        residual[chunk], agreement[chunk] = _agreement(points[chunk], pose, shape, errors)
    pose = HeadPose(rotation, scale, translation)
    return FaceFit(action_units, pose, residual, agreement, valid)


def refit_pose(
    model: MorphableModel,
    landmarks: NDArray[np.floating],
    fit: FaceFit,
    *,
    identity: NDArray[np.floating],
    errors: LandmarkErrors,
    action_units: NDArray[np.floating],
) -> FaceFit:
    """Fit the cameras anew, where more has become known of the action units.

    Parameters
    ----------
    landmarks
        As for `fit_action_units`.
    fit
        As it gave; not modified.
    action_units : (n, n_components) float
        What the coefficients are now held to be.

    Returns
    -------
    FaceFit
    """
    points = checked_landmarks(landmarks)[fit.valid]
    known = np.asarray(action_units, np.float64)
    shape = _expected(model, fit.pose.rotation[fit.valid], known[fit.valid], identity, errors)
    found = _final_pose(points, shape, errors)
    pose = HeadPose(
        np.array(fit.pose.rotation, np.float64),
        np.array(fit.pose.scale_px_per_mm, np.float64),
        np.array(fit.pose.translation_px, np.float64),
    )
    pose.rotation[fit.valid], pose.scale_px_per_mm[fit.valid] = (
        found.rotation,
        found.scale_px_per_mm,
    )
    pose.translation_px[fit.valid] = found.translation_px
    again = replace(fit, action_units=known, pose=pose)
    return measure_agreement(model, landmarks, again, identity=identity, errors=errors)


def measure_agreement(
    model: MorphableModel,
    landmarks: NDArray[np.floating],
    fit: FaceFit,
    *,
    identity: NDArray[np.floating],
    errors: LandmarkErrors,
) -> FaceFit:
    """Return a fit with residual and agreement as its cameras and coefficients are now.

    Parameters
    ----------
    landmarks
        As for `fit_action_units`.
    fit
        Not modified.
    """
    points, valid = checked_landmarks(landmarks)[fit.valid], fit.valid
    shape = _expected(model, fit.pose.rotation[valid], fit.action_units[valid], identity, errors)
    pose = HeadPose(
        fit.pose.rotation[valid], fit.pose.scale_px_per_mm[valid], fit.pose.translation_px[valid]
    )
    residual, agreement = np.full((2, len(valid)), np.nan)
    residual[valid], agreement[valid] = _agreement(points, pose, shape, errors)
    return replace(fit, residual_px=residual, agreement=agreement)


def project_landmarks(
    model: MorphableModel,
    pose: HeadPose,
    *,
    identity: NDArray[np.floating],
    action_units: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Return where the model's own landmarks fall in the picture.

    Parameters
    ----------
    pose
        (n) cameras.
    identity : (up to n_identity,) float, standard deviations
    action_units : (n, n_components) float

    Returns
    -------
    (n, 68, 2) float64, px
        NaN where the pose or a coefficient is.
    """
    base = model.shape(np.asarray(identity))[model.landmarks]
    basis = np.asarray(model.action_unit_basis[:, model.landmarks], np.float64)
    shape = _deformed(base, basis, np.asarray(action_units, np.float64))
    return np.asarray(pose.project(shape), np.float64)


# Kept, so that single frames cost little.
@lru_cache(maxsize=4)
def _gains(model: MorphableModel, errors: LandmarkErrors, ridge: float) -> NDArray[np.float64]:
    """Return the solution matrices of a frontal, a left-turned and a right-turned head."""
    basis = np.asarray(model.action_unit_basis[:, model.landmarks], np.float64)
    basis = basis.reshape(len(basis), -1)
    penalty = ridge / np.asarray(model.action_unit_weights, np.float64)
    gains = []
    for hidden in (np.arange(0), _OUTLINE_LEFT, _OUTLINE_RIGHT):
        inflation = np.ones((68, 3))
        inflation[hidden] = _HIDDEN_TIMES
        covariance = errors.expression_mm2 + np.diag(
            (inflation.ravel() - 1.0) * np.diag(errors.expression_mm2)
        )
        gains.append(ridge_gain(basis, covariance, penalty))
    return np.stack(gains)


def _deformed(
    base: NDArray[np.floating], basis: NDArray[np.float64], action_units: NDArray[np.float64]
) -> NDArray[np.float64]:
    moved = action_units @ basis.reshape(len(basis), -1)
    return np.asarray(base + moved.reshape(-1, *basis.shape[1:]), np.float64)


def _solve(
    points: NDArray[np.float64],
    base: NDArray[np.floating],
    basis: NDArray[np.float64],
    errors: LandmarkErrors,
    outline: OutlineSlide,
    gains: NDArray[np.float64],
    n_iterations: int,
    loss: Loss,
) -> tuple[NDArray[np.float64], HeadPose, NDArray[np.float64]]:
    """Return coefficients, cameras and where each face's landmarks are expected, mm."""
    n = len(points)
    limit_mm = _ROBUST * np.sqrt(np.diag(errors.expression_mm2)).reshape(68, 3)
    action_units = np.zeros((n, len(basis)))
    rest = np.broadcast_to(np.asarray(base, np.float64), (n, *base.shape))
    shape = rest
    for iteration in range(n_iterations):
        pose = fit_pose(shape[:, RIGID], points[:, RIGID, :2], n_refinements=1)
        turn_deg = head_angles_deg(pose.rotation)[:, 0]
        if not outline.is_still:
            slid = base + outline.shift_mm(turn_deg)
            shape, rest = shape + (slid - rest), slid
        # From the base itself, a wide open mouth is as far off as an outlier.
        limit = limit_mm if iteration >= n_iterations - _N_ROBUST else None
        wanted = carry_to_model(points, pose, shape, limit_mm=limit, loss=loss)
        wanted = (wanted - rest).reshape(n, -1)
        side = (turn_deg > _TURNED_DEG) + 2 * (turn_deg < -_TURNED_DEG)
        for number, gain in enumerate(gains):
            turned = side == number
            if turned.all():
                action_units = wanted @ gain.T
            elif turned.any():
                action_units[turned] = wanted[turned] @ gain.T
        shape = _deformed(rest, basis, action_units)
    return action_units, _final_pose(points, shape, errors), shape


def _expected(
    model: MorphableModel,
    rotation: NDArray[np.floating],
    action_units: NDArray[np.floating],
    identity: NDArray[np.floating],
    errors: LandmarkErrors,
) -> NDArray[np.float64]:
    """Return where a teacher should see the landmarks of faces turned like this, mm."""
    base = model.shape(np.asarray(identity))[model.landmarks] + errors.bias_mm
    basis = np.asarray(model.action_unit_basis[:, model.landmarks], np.float64)
    outline = OutlineSlide(model, errors.outline_slide)
    slid = outline.shift_mm(head_angles_deg(rotation)[:, 0])
    return _deformed(base + slid, basis, np.asarray(action_units, np.float64))


def _final_pose(
    points: NDArray[np.float64], shape: NDArray[np.float64], errors: LandmarkErrors
) -> HeadPose:
    """Fit the cameras to all landmarks, as far as each is trusted, now that faces are known."""
    variance = np.diag(errors.expression_mm2).reshape(68, 3)[:, :2].mean(axis=1)
    trust = _MOVING_WEIGHT * variance[RIGID].mean() / variance
    trust[RIGID] = 1.0
    return fit_pose(shape, points[..., :2], trust)


def _solve_paper(
    points: NDArray[np.float64],
    base: NDArray[np.floating],
    basis: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], HeadPose]:
    """Solve as published: affine camera of all landmarks, one pass, ridge in pixels."""
    centred = base - base.mean(axis=0)
    middle = points.mean(axis=1, keepdims=True)
    affine = (np.linalg.pinv(centred) @ (points - middle)).swapaxes(1, 2)
    misfit = points - middle - centred @ affine.swapaxes(1, 2)
    moved = np.einsum("kld,nad->nkla", basis, affine).reshape(len(points), len(basis), -1)
    normal = moved @ moved.swapaxes(1, 2) + _PAPER_RIDGE_PX * np.diag(1.0 / weights)
    right = moved @ misfit.reshape(len(points), -1, 1)
    action_units = np.linalg.solve(normal, right)[..., 0]
    return action_units, fit_pose(base, points)


def _agreement(
    points: NDArray[np.float64],
    pose: HeadPose,
    shape: NDArray[np.floating],
    errors: LandmarkErrors,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each frame's mean distance, px, and the share of its landmarks that agree."""
    distance = distances_px(points, pose, shape)
    deviation_mm = np.sqrt(np.diag(errors.expression_mm2).reshape(68, 3)[:, :2].sum(axis=1))
    ratio = distance / (np.asarray(pose.scale_px_per_mm)[:, None] * deviation_mm)
    weights = robust_weights(ratio, "geman_mcclure", limit=_ROBUST)
    return distance.mean(axis=1), weights.mean(axis=1)
