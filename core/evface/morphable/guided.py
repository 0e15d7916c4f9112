"""Model-guided drag: the head is refitted to the landmarks that a person holds."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from evface.errors import FitError
from evface.landmarks.following import Follower, nearness
from evface.landmarks.mappings import convert_landmarks
from evface.landmarks.schemes import IBUG68, SCHEMES, WFLW98, LandmarkScheme
from evface.morphable.camera import HeadPose, fit_pose
from evface.morphable.carrying import RIGID
from evface.morphable.model import MorphableModel

# How far automatic landmarks are off, as standard deviations: the head is shifted, turned and too
# large; coefficients, in how large they typically are, or in standard deviations; and what no model
# knows, shared by neighbours within a reach or each landmark's own. Found by what correcting some
# landmarks does to the others, over missed expressions, wrong poses and faces, and real errors.
_SHIFT_MM, _TURN_RAD, _GROWTH = 0.2, 0.005, 0.005
_EXPRESSION, _IDENTITY = 1.4, 0.25
_NEARBY_MM, _REACH_MM, _OWN_MM = 0.5, 20.0, 0.3
# The outline and the brows are seen less sharply, and people agree less about them.
_OUTLINE_TIMES, _BROW_TIMES = 8.0, 4.0
_OUTLINE, _BROWS = slice(0, 17), slice(17, 27)
# A camera needs so many landmarks, so far apart.
_LEAST_KNOWN, _LEAST_SPREAD_PX = 5, 2.0


def follow_head(
    model: MorphableModel,
    landmarks: NDArray[np.floating],
    scheme: LandmarkScheme = IBUG68,
    *,
    identity: NDArray[np.floating] | None = None,
) -> Follower:
    r"""Let landmarks follow as the head does that is refitted to those that are held.

    The camera is fitted to the landmarks themselves, so any picture will do. With the derivatives
    `J` of the landmarks by the head's pose, expression and identity there, and how uncertain these
    are, `diag(s^2)`, the landmarks move by `J` times the closed-form solution of

    .. math:: \min_x |J_h x - d_h|^2 / \sigma^2 + \sum_i (x_i / s_i)^2,

    a ridge towards the fit that there is. Neighbours also share what no model knows. Landmarks
    keep what they were off the model, so that nothing jumps.

    Parameters
    ----------
    landmarks : (n_landmarks, 2) float, px
        As they are shown, NaN where missing. Not modified.
    scheme
        WFLW's landmarks that the model does not have lie between those that it has; eyes of the
        five points are the middle of their lids.
    identity : (up to n_identity,) float, standard deviations
        The person's; an average face when None.

    Returns
    -------
    Follower

    Raises
    ------
    FitError
        If too few landmarks are known to place the head; see `follow_in_region`.
    ValueError
        If the landmarks are not of the scheme, or the scheme is none that the model knows.
    """
    points = np.asarray(landmarks, np.float64)
    if points.shape != (scheme.n_landmarks, 2):
        raise ValueError(f"landmarks must be ({scheme.n_landmarks}, 2), got {points.shape}")
    shares = _shares_of_ibug68(scheme.name)
    shape = shares @ _landmark_shape(model, identity)
    pose = _place_head(shape, points, shares)
    px_per_mm = float(pose.scale_px_per_mm)
    seen = px_per_mm * pose.rotation[:2]
    n = len(points)
    pairs = _deformation_mm2(model, scheme.name) @ np.kron(seen, seen).T
    deformed = pairs.reshape(n, n, 2, 2).swapaxes(1, 2).reshape(2 * n, 2 * n)
    moves_px = _rigid_moves(shape, pose).reshape(6, -1)
    blur = np.ones(IBUG68.n_landmarks)
    blur[_OUTLINE], blur[_BROWS] = _OUTLINE_TIMES, _BROW_TIMES
    blur_px = px_per_mm * (shares @ blur)
    nearby_px2 = _NEARBY_MM**2 * np.outer(blur_px, blur_px) * nearness(shape, _REACH_MM)
    covariance = deformed + moves_px.T @ moves_px + np.kron(nearby_px2, np.eye(2))
    return Follower(points, covariance, own_px2=(_OWN_MM * blur_px) ** 2)


@functools.lru_cache(maxsize=8)
def _deformation_mm2(model: MorphableModel, scheme: str) -> NDArray[np.float64]:
    """Return how expression and identity let landmarks be off together, the same for every frame.

    Returns
    -------
    (n_landmarks**2, 9) float64, mm**2
        A row a pair of landmarks; the axes of the first and of the second in turn.
    """
    expression = _EXPRESSION * np.sqrt(model.action_unit_weights)[:, None, None]
    modes = np.concatenate(
        [
            model.action_unit_basis[:, model.landmarks] * expression,
            model.identity_basis[:, model.landmarks] * np.float32(_IDENTITY),
        ]
    ).astype(np.float64)
    modes = _shares_of_ibug68(scheme) @ modes
    together = np.einsum("kia,kjb->ijab", modes, modes, optimize=True)
    return np.ascontiguousarray(together.reshape(-1, 9))


def _landmark_shape(
    model: MorphableModel, identity: NDArray[np.floating] | None
) -> NDArray[np.float64]:
    """Return the neutral face's 68 landmarks, mm: much quicker than the whole face."""
    shape = np.asarray(model.mean_shape[model.landmarks], np.float64)
    if identity is not None:
        weights = np.asarray(identity, np.float64)
        basis = model.identity_basis[: len(weights), model.landmarks]
        shape = shape + np.tensordot(weights, basis, axes=1)
    return shape


def _place_head(
    shape: NDArray[np.float64], points: NDArray[np.float64], shares: NDArray[np.float64]
) -> HeadPose:
    """Fit the camera to landmarks that hold still, or to all where too few of those are known."""
    known = np.isfinite(points).all(axis=1)
    moves = np.ones(IBUG68.n_landmarks, bool)
    moves[RIGID] = False
    used = known & ~shares[:, moves].any(axis=1)
    if used.sum() < _LEAST_KNOWN:
        used = known
    chosen = points[used]
    if len(chosen) < _LEAST_KNOWN or np.ptp(chosen, axis=0).min() < _LEAST_SPREAD_PX:
        raise FitError("too few landmarks are known to place the head")
    return fit_pose(shape[used], chosen)


def _rigid_moves(shape: NDArray[np.float64], pose: HeadPose) -> NDArray[np.float64]:
    """Return how landmarks move with a standard deviation of shift, turn and size, (6, n, 2)."""
    turned = shape @ pose.rotation.T * pose.scale_px_per_mm
    shift_px = _SHIFT_MM * float(pose.scale_px_per_mm)
    x, y, z = turned.T
    zero, one = np.zeros_like(x), np.ones_like(x)
    # A small turn by w moves a point by the cross product of w with it.
    return np.stack(
        [
            np.stack([one, zero], axis=1) * shift_px,
            np.stack([zero, one], axis=1) * shift_px,
            np.stack([zero, -z], axis=1) * _TURN_RAD,
            np.stack([z, zero], axis=1) * _TURN_RAD,
            np.stack([-y, x], axis=1) * _TURN_RAD,
            np.stack([x, y], axis=1) * _GROWTH,
        ]
    )


@functools.cache
def _shares_of_ibug68(name: str) -> NDArray[np.float64]:
    """Return of which of the model's landmarks each landmark of a scheme is the mean.

    Returns
    -------
    (n_landmarks, 68) float64
        Rows sum to 1.
    """
    scheme = SCHEMES.get(name)
    every = np.repeat(np.eye(IBUG68.n_landmarks)[..., None], 2, axis=-1)
    if scheme is WFLW98:
        of_wflw = np.repeat(np.eye(WFLW98.n_landmarks)[..., None], 2, axis=-1)
        shares = convert_landmarks(of_wflw, WFLW98, IBUG68)[..., 0]
        for landmark, others in _BETWEEN.items():
            shares[landmark] = shares[list(others)].mean(axis=0)
        return np.asarray(shares, np.float64)
    if scheme is None:
        raise ValueError(f"the head model knows nothing of landmarks of {name!r}")
    return np.asarray(convert_landmarks(every, IBUG68, scheme)[..., 0].T, np.float64)


# WFLW's landmarks that iBUG's do not have, and those between which they lie: along the jaw, below
# the brows, in the middle of the lids, and the pupils.
_BETWEEN = {
    **{i: (i - 1, i + 1) for i in (*range(1, 32, 2), 62, 66, 70, 74)},
    **{38: (37,), 39: (36,), 40: (35,), 41: (34,), 47: (45,), 48: (44,), 49: (43,), 50: (42,)},
    96: (60, 61, 63, 64, 65, 67),
    97: (68, 69, 71, 72, 73, 75),
}
