"""Closed-form fits of a morphable model to the landmarks of many frames at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import HeadPose, fit_pose, head_angles_deg
from evface.morphable.landmark_errors import LandmarkErrors
from evface.morphable.model import MorphableModel

Method = Literal["closed_form", "paper"]

# Points that keep still when the face moves: bridge and base of the nose, corners of the eyes.
RIGID = np.array([27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 42, 45])
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
# How far frames that are taken for neutral still show expressions: the share of the variance that
# expressions have.
_LEFT_EXPRESSION = 0.2
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
    valid : (n,) bool
        Whether there is a face.
    """

    action_units: NDArray[np.float64]
    pose: HeadPose
    residual_px: NDArray[np.float64]
    valid: NDArray[np.bool_]


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
    n_iterations: int = 6,
) -> IdentityFit:
    r"""Fit one neutral face to several frames of a person.

    The landmarks are carried back into the model's axes by each frame's camera, and their median
    is `d`, which a hand before the face in some frames does not move; then the identity is the
    ridge solution

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

    Returns
    -------
    IdentityFit

    Raises
    ------
    ValueError
        If there is no frame, or the shape is another.
    """
    points = _checked(landmarks)
    if not len(points) or not np.isfinite(points[..., :2]).all():
        raise ValueError("an identity needs at least one frame, and all its landmarks")
    errors = errors or LandmarkErrors.uncalibrated()
    mean = model.mean_shape[model.landmarks] + errors.bias_mm
    basis = model.identity_basis[:, model.landmarks].reshape(len(model.identity_basis), -1)
    moved = np.asarray(model.action_unit_basis[:, model.landmarks], np.float64).reshape(-1, 204)
    left = moved.T @ (_LEFT_EXPRESSION * model.action_unit_weights[:, None] * moved)
    gain = _ridge(basis, errors.identity_mm2 + left, np.ones(len(basis)))
    shape, identity = mean, np.zeros(len(basis))
    # Every landmark of a neutral face holds the camera, as far as it can be trusted.
    variance = np.diag(errors.identity_mm2).reshape(68, 3)[:, :2].mean(axis=1)
    for _ in range(n_iterations):
        pose = fit_pose(shape, points[..., :2], 1.0 / variance)
        seen = carry_to_model(points, pose, shape)
        identity = gain @ (np.median(seen, axis=0) - mean).ravel()
        shape = mean + (identity @ basis).reshape(-1, 3)
    pose = fit_pose(shape, points[..., :2], 1.0 / variance)
    return IdentityFit(identity, pose, _residual_px(points, pose, shape))


def fit_action_units(
    model: MorphableModel,
    landmarks: NDArray[np.floating],
    *,
    identity: NDArray[np.floating],
    errors: LandmarkErrors | None = None,
    ridge: float = RIDGE,
    n_iterations: int = 4,
    method: Method = "closed_form",
) -> FaceFit:
    r"""Fit action units and pose to each frame of a person whose identity is known.

    A scaled-orthographic camera from the rigid landmarks and the ridge solution

    .. math:: \alpha = (C^T \Sigma^{-1} C + \lambda \, diag(1/w))^{-1} C^T \Sigma^{-1} (d - S_I - b)

    are found in turn, always from the fixed base `S_I`. `d` are the landmarks carried back into
    the model's axes, in mm, so the size of the picture does not matter; `w` are the model's weights
    of its components; `Sigma` and `b` the covariance and bias of the landmarks' errors. The
    outline of the side that a head turns away from counts less. A landmark far off pulls no harder
    than one at three standard deviations (Huber's modified residuals). All frames share three
    solution matrices, so a frame costs a few products.

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
        ridge of weight 100 in pixels. `ridge` and `n_iterations` do not matter then, and of
        `errors` only the bias.

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
    points = _checked(landmarks)
    if method not in get_args(Method):
        raise ValueError(f"method must be one of {get_args(Method)}, got {method!r}")
    errors = errors or LandmarkErrors.uncalibrated()
    base = model.shape(np.asarray(identity))[model.landmarks] + errors.bias_mm
    basis = np.asarray(model.action_unit_basis[:, model.landmarks], np.float64)
    valid = np.asarray(np.isfinite(points[..., :2]).all(axis=(1, 2)))
    n, n_components = len(points), len(basis)
    action_units = np.full((n, n_components), np.nan)
    rotation, scale = np.full((n, 3, 3), np.nan), np.full(n, np.nan)
    translation, residual = np.full((n, 2), np.nan), np.full(n, np.nan)
    weights = np.asarray(model.action_unit_weights, np.float64)
    if method == "closed_form":
        gains = _gains(basis.reshape(n_components, -1), errors, ridge / weights)
    frames = np.flatnonzero(valid)
    for start in range(0, len(frames), _CHUNK):
        chunk = frames[start : start + _CHUNK]
        if method == "closed_form":
            solved, pose = _solve(points[chunk], base, basis, errors, gains, n_iterations)
        else:
            solved, pose = _solve_paper(points[chunk, :, :2], base, basis, weights)
        action_units[chunk] = solved
        rotation[chunk], scale[chunk] = pose.rotation, pose.scale_px_per_mm
        translation[chunk] = pose.translation_px
        residual[chunk] = _residual_px(points[chunk], pose, _deformed(base, basis, solved))
    return FaceFit(action_units, HeadPose(rotation, scale, translation), residual, valid)


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


def carry_to_model(
    landmarks: NDArray[np.floating], pose: HeadPose, shape: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Carry landmarks from the picture back to the model's axes.

    Parameters
    ----------
    landmarks : (n, 68, 2 or 3) float, px
        z, if any, towards the camera from any origin.
    pose
        (n) cameras.
    shape : (n, 68, 3) or (68, 3) float, mm
        The face so far. Depth is counted from where its rigid landmarks are; a landmark without
        depth has that of `shape`.

    Returns
    -------
    (n, 68, 3) float64, mm
    """
    points = np.asarray(landmarks, np.float64)
    scale = pose.scale_px_per_mm[:, None, None]
    expected = shape @ pose.rotation[:, 2, :, None]
    seen = np.empty((len(points), 68, 3))
    seen[..., :2] = (points[..., :2] - pose.translation_px[:, None]) / scale
    seen[..., 2:] = expected
    if points.shape[2] == 3:
        # The camera's third axis points away from it.
        depth = points[..., 2:] / -scale
        offset = (expected - depth)[:, RIGID].mean(axis=1, keepdims=True)
        seen[..., 2:] = np.where(np.isfinite(depth + offset), depth + offset, expected)
    return np.asarray(seen @ pose.rotation, np.float64)


def _checked(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    points = np.asarray(landmarks, np.float64)
    if points.ndim != 3 or points.shape[1] != 68 or points.shape[2] not in (2, 3):
        raise ValueError(f"landmarks must be (n, 68, 2) or (n, 68, 3), got {points.shape}")
    return points


def _ridge(
    basis: NDArray[np.floating],
    covariance: NDArray[np.float64],
    penalty: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the matrix that maps displacements, (204,) mm, to coefficients."""
    weighted = np.linalg.solve(covariance, np.asarray(basis, np.float64).T)
    return np.linalg.solve(basis @ weighted + np.diag(penalty), weighted.T)


def _gains(
    basis: NDArray[np.float64], errors: LandmarkErrors, penalty: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the solution matrices of a frontal, a left-turned and a right-turned head."""
    gains = []
    for hidden in (np.arange(0), _OUTLINE_LEFT, _OUTLINE_RIGHT):
        inflation = np.ones((68, 3))
        inflation[hidden] = _HIDDEN_TIMES
        covariance = errors.expression_mm2 + np.diag(
            (inflation.ravel() - 1.0) * np.diag(errors.expression_mm2)
        )
        gains.append(_ridge(basis, covariance, penalty))
    return np.stack(gains)


def _deformed(
    base: NDArray[np.floating], basis: NDArray[np.float64], action_units: NDArray[np.float64]
) -> NDArray[np.float64]:
    moved = action_units @ basis.reshape(len(basis), -1)
    return np.asarray(base + moved.reshape(-1, *base.shape), np.float64)


def _solve(
    points: NDArray[np.float64],
    base: NDArray[np.floating],
    basis: NDArray[np.float64],
    errors: LandmarkErrors,
    gains: NDArray[np.float64],
    n_iterations: int,
) -> tuple[NDArray[np.float64], HeadPose]:
    n = len(points)
    limit_mm = _ROBUST * np.sqrt(np.diag(errors.expression_mm2)).reshape(68, 3)
    action_units = np.zeros((n, len(basis)))
    shape = np.broadcast_to(np.asarray(base, np.float64), (n, *base.shape))
    for iteration in range(n_iterations):
        pose = fit_pose(shape[:, RIGID], points[:, RIGID, :2])
        away = carry_to_model(points, pose, shape) - shape
        # From the base itself, a wide open mouth is as far off as an outlier.
        if iteration >= n_iterations - _N_ROBUST:
            np.clip(away, -limit_mm, limit_mm, out=away)
        wanted = (shape + away - base).reshape(n, -1)
        turn_deg = head_angles_deg(pose.rotation)[:, 0]
        side = (turn_deg > _TURNED_DEG) + 2 * (turn_deg < -_TURNED_DEG)
        for number, gain in enumerate(gains):
            turned = side == number
            action_units[turned] = wanted[turned] @ gain.T
        shape = _deformed(base, basis, action_units)
    # Now that the expression is known, all landmarks hold the camera, as far as each is trusted.
    variance = np.diag(errors.expression_mm2).reshape(68, 3)[:, :2].mean(axis=1)
    trust = _MOVING_WEIGHT * variance[RIGID].mean() / variance
    trust[RIGID] = 1.0
    return action_units, fit_pose(shape, points[..., :2], trust)


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


def _residual_px(
    points: NDArray[np.float64], pose: HeadPose, shape: NDArray[np.floating]
) -> NDArray[np.float64]:
    distance = np.linalg.norm(points[..., :2] - pose.project(shape), axis=-1)
    return np.asarray(distance.mean(axis=-1), np.float64)
