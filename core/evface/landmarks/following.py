"""How the other landmarks of a face follow those that a person holds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evface.landmarks.schemes import LandmarkScheme

# How far a drag is felt within its region, as a share of the landmarks' root mean square distance
# from their middle: about half the width of a mouth.
_REACH = 0.3
# What a landmark is off alone, as a share of what it is with its neighbours: of two near ones that
# are dragged apart, none beyond is flung away.
_OWN = 0.3
# Parts of one region of the face, by what they have in common.
_JOINED = {
    "nose_bridge": "nose",
    "nose_base": "nose",
    "outer_lips": "mouth",
    "inner_lips": "mouth",
}


class Follower:
    r"""Landmarks of one frame that follow those that are held.

    How far the landmarks are off is taken for jointly normal. Once some are known to be off by
    `d_h`, the others are expected to be off by

    .. math:: d = C_{oh} (C_{hh} + N_{hh})^{-1} d_h,

    and are moved by it. That is linear and continuous: where nothing is dragged nothing moves, and
    what was moved before may be the start of another drag. Held landmarks are where they are put.

    Parameters
    ----------
    landmarks : (n_landmarks, 2) float, px
        Where they are before the drag; NaN where missing. Not modified.
    covariance : (2 n_landmarks, 2 n_landmarks) float, px**2
        `C`, of x and y in turn, of what landmarks have in common.
    own_px2 : (n_landmarks,) float, px**2
        `N`, the variance of what each has alone: the larger, the less the others follow.

    References
    ----------
    Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, Eq. 2.23.
    """

    def __init__(
        self,
        landmarks: NDArray[np.floating],
        covariance: NDArray[np.float64],
        *,
        own_px2: NDArray[np.float64],
    ) -> None:
        self._landmarks = np.array(landmarks, np.float64)
        self._covariance = covariance
        self._own_px2 = own_px2

    def follow(self, held_px: Mapping[int, tuple[float, float]]) -> NDArray[np.float32]:
        """Return where all landmarks go while some are held.

        Takes well under a millisecond: fit for every move of a mouse.

        Parameters
        ----------
        held_px
            By landmark: the one that is dragged, and those that a person put right before. One
            that was missing is put there, and moves no other.

        Returns
        -------
        (n_landmarks, 2) float32, px
            NaN where a landmark was missing.
        """
        followed = self._landmarks.copy()
        held = [i for i in held_px if np.isfinite(self._landmarks[i]).all()]
        if held:
            off = np.array([held_px[i] for i in held], np.float64) - self._landmarks[held]
            rows = (2 * np.array(held)[:, None] + [0, 1]).ravel()
            among = self._covariance[np.ix_(rows, rows)] + np.diag(
                np.repeat(self._own_px2[held], 2)
            )
            pull = np.linalg.solve(among, off.ravel())
            followed += (self._covariance[:, rows] @ pull).reshape(-1, 2)
        for i, place in held_px.items():
            followed[i] = place
        return followed.astype(np.float32)


def follow_in_region(landmarks: NDArray[np.floating], scheme: LandmarkScheme) -> Follower:
    """Let landmarks follow in their region alone, the less the farther away, without a model.

    Parameters
    ----------
    landmarks : (n_landmarks, 2) float, px
        NaN where missing. Not modified.

    Raises
    ------
    ValueError
        If the landmarks are not of the scheme.
    """
    points = np.asarray(landmarks, np.float64)
    if points.shape != (scheme.n_landmarks, 2):
        raise ValueError(f"landmarks must be ({scheme.n_landmarks}, 2), got {points.shape}")
    known = np.isfinite(points).all(axis=1)
    spread_px = 1.0
    if known.any():
        away = points[known] - points[known].mean(axis=0)
        spread_px = max(float(np.sqrt((away**2).sum(axis=1).mean())), 1.0)
    part = parts_of(scheme)
    near = np.where(part[:, None] == part, nearness(points, _REACH * spread_px), 0.0)
    both = np.asarray(np.kron(near, np.eye(2)), np.float64)
    return Follower(points, both, own_px2=np.full(len(points), _OWN))


def parts_of(scheme: LandmarkScheme) -> NDArray[np.int64]:
    """Return which part of the face each landmark belongs to, (n_landmarks,) int64.

    Parts are the regions of the scheme, but nose and mouth are one part each.
    """
    names = [_JOINED.get(name, name) for name in map(scheme.region_of, range(scheme.n_landmarks))]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], np.int64)


def nearness(points: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Return how near points lie to one another, from 1 for the same place to 0.

    Parameters
    ----------
    points : (n, n_dimensions) float
        NaN is near nothing but itself.
    reach
        Distance of ``exp(-1/2)``.

    Returns
    -------
    (n, n) float64
        ``exp(-d**2 / (2 reach**2))``, positive semidefinite.
    """
    squared = ((points[:, None] - points) ** 2).sum(axis=-1)
    near = np.nan_to_num(np.exp(-squared / (2 * reach**2)), nan=0.0)
    np.fill_diagonal(near, 1.0)
    return np.asarray(near, np.float64)
