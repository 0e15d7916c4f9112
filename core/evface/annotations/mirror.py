"""A face against its own mirror image: how lopsided it is, and which points changed sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.landmark_edits import MoveLandmarks
from evface.landmarks.schemes import LandmarkScheme

# A pair is swapped if it lies the wrong way round by this share of the face's size.
_WRONG_WAY = 0.03


@dataclass(frozen=True, eq=False)
class MirrorCheck:
    """A face against its own mirror image.

    Parameters
    ----------
    mirrored_px : (n_landmarks, 2) float64
        The mirrored face, laid over the face as well as shift, turn and size allow. NaN where a
        landmark or its mirror image is missing.
    distance : (n_landmarks,) float64, shares of the face's size
        How far each landmark lies from it. A head that is turned is lopsided in a picture.
    swapped
        Pairs of landmarks that have each other's places, the right one first.
    is_mirrored
        Whether that holds for most pairs: then the picture is mirrored, or all names are.
    """

    mirrored_px: NDArray[np.float64]
    distance: NDArray[np.float64]
    swapped: tuple[tuple[int, int], ...]
    is_mirrored: bool

    @property
    def asymmetry(self) -> float:
        """Mean of `distance`; NaN where nothing can be compared."""
        known = np.isfinite(self.distance)
        return float(self.distance[known].mean()) if known.any() else float("nan")


def check_mirror(landmarks: NDArray[np.floating], scheme: LandmarkScheme) -> MirrorCheck:
    """Compare a face with its mirror image.

    Which way is right is told by where the eyes lie above nose and mouth: their middles stay where
    they are when points change sides.

    Parameters
    ----------
    landmarks : (n_landmarks, 2) float, px
        NaN where missing. Not modified. x to the right, y down.

    Raises
    ------
    ValueError
        If the landmarks are not of the scheme.
    """
    points = np.asarray(landmarks, np.float64)
    if points.shape != (scheme.n_landmarks, 2):
        raise ValueError(f"landmarks must be ({scheme.n_landmarks}, 2), got {points.shape}")
    other = scheme.mirror
    is_there: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
    known = is_there & is_there[other]
    swapped = _swapped(points, scheme, known)
    pairs = [i for i in np.flatnonzero(known).tolist() if other[i] > i]
    right = points.copy()
    for one, two in swapped:
        right[[one, two]] = points[[two, one]]
    mirrored = np.full_like(points, np.nan)
    distance = np.full(len(points), np.nan)
    if known.sum() >= 2:
        flipped = right[other] * [-1.0, 1.0]
        mirrored[known] = _laid_over(flipped[known], right[known])
        size = _size(points[known])
        distance[known] = np.linalg.norm(mirrored - points, axis=1)[known] / size
    return MirrorCheck(mirrored, distance, swapped, 2 * len(swapped) > len(pairs) > 0)


def swap_edit(
    recording_id: str,
    role: str,
    t_us: int,
    landmarks: NDArray[np.floating],
    pairs: Sequence[tuple[int, int]],
) -> MoveLandmarks:
    """Return the edit that gives each landmark of pairs the other's place.

    Parameters
    ----------
    landmarks : (n_landmarks, 2) float, px
        As they are shown at `t_us`.
    pairs
        As `check_mirror` found them, or a person says.

    Raises
    ------
    ValueError
        If there is no pair, or one of its landmarks is missing.
    """
    if not pairs:
        raise ValueError("no landmarks have changed sides here")
    places = {}
    for one, two in pairs:
        for landmark, taken in ((one, two), (two, one)):
            x, y = np.asarray(landmarks[taken], np.float64).tolist()
            places[landmark] = (x, y)
    return MoveLandmarks(
        recording_id, role, t_us, places, "left and right swapped", label="Swap left and right"
    )


def _swapped(
    points: NDArray[np.float64], scheme: LandmarkScheme, known: NDArray[np.bool_]
) -> tuple[tuple[int, int], ...]:
    down = _down(points, scheme, known)
    if down is None:
        return ()
    # In a picture that is not mirrored, the subject's right is the viewer's left.
    to_left = np.array([down[1], -down[0]])
    away = (points[scheme.mirror] - points) @ to_left
    found = known & (away < -_WRONG_WAY * _size(points[known]))
    return tuple(
        (int(i), int(scheme.mirror[i])) for i in np.flatnonzero(found) if _is_right(scheme, int(i))
    )


def _is_right(scheme: LandmarkScheme, landmark: int) -> bool:
    return "right" in scheme.names[landmark] and int(scheme.mirror[landmark]) != landmark


def _down(
    points: NDArray[np.float64], scheme: LandmarkScheme, known: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Return the direction from the eyes to nose and mouth, a unit vector; None where unknown."""
    names = scheme.names
    is_eye = np.array(["eye" in name for name in names]) & known
    is_low = np.array(["lip" in name or "mouth" in name or "nose" in name for name in names])
    is_low &= known & np.array(["bridge" not in name for name in names])
    if not is_eye.any() or not is_low.any():
        return None
    way = points[is_low].mean(axis=0) - points[is_eye].mean(axis=0)
    length = float(np.linalg.norm(way))
    return way / length if length > 0 else None


def _laid_over(points: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points shifted, turned and scaled onto others, by least squares; never mirrored."""
    # As complex numbers, turn and size are one factor.
    mine, theirs = (p[:, 0] + 1j * p[:, 1] for p in (points, target))
    centred = mine - mine.mean()
    energy = float((np.abs(centred) ** 2).sum())
    factor = (np.conj(centred) * (theirs - theirs.mean())).sum() / energy if energy > 0 else 1.0
    laid = factor * centred + theirs.mean()
    return np.stack([laid.real, laid.imag], axis=1)


def _size(points: NDArray[np.float64]) -> float:
    """Return the root of the box of some points, px; 1 where it has no size."""
    if not len(points):
        return 1.0
    size = float(np.sqrt(np.prod(np.ptp(points, axis=0))))
    return size if size > 0 else 1.0
