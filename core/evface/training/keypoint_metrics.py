"""How far landmarks lie from the truth, in both conventions, and how much they flicker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.landmarks.metrics import area_under_curve, failure_rate

# Errors beyond this share of the distance between the eyes are failures.
_THRESHOLD = 0.1
_N_CURVE = 100
# What flicker is scaled to.
_SIDE_PX = 256


@dataclass(frozen=True, eq=False)
class LandmarksTold:
    """Where a network placed the landmarks of n moments, and where they are.

    Parameters
    ----------
    landmarks, true_landmarks : (n, n_landmarks, 2) float
        0 to 1 across the square.
    mask : (n, n_landmarks) bool
        Which are known.
    norm : (n,) float
        Between the outer eye corners, the same units.
    to_picture : (n, 2, 3) float
        From those to the sensor's pixels.
    clip, row : (n,) int64
        Which moment of which clip.
    """

    landmarks: NDArray[np.floating]
    true_landmarks: NDArray[np.floating]
    mask: NDArray[np.bool_]
    norm: NDArray[np.floating]
    to_picture: NDArray[np.floating]
    clip: NDArray[np.int64]
    row: NDArray[np.int64]


class LandmarkMetrics:
    """Figures of moments; made once, then read for any of them.

    Parameters
    ----------
    regions
        The landmarks of each part of the face, by its name.
    """

    def __init__(
        self, told: LandmarksTold, regions: Mapping[str, tuple[int, ...]] | None = None
    ) -> None:
        gap = np.linalg.norm(told.landmarks - told.true_landmarks, axis=-1)
        norm = np.where(told.norm > 0, told.norm, np.nan)[:, None]
        errors = np.where(told.mask, gap / norm, np.nan)
        self._by_region = {
            name: _mean_of_known(errors[:, list(points)])
            for name, points in (regions or {}).items()
        }
        self._nme = _mean_of_known(errors)
        self._flicker = _squared_flicker(told)
        self._landmark_figures = np.array([_landmark_level(row) for row in errors])

    def __len__(self) -> int:
        return len(self._nme)

    def figures(self, rows: NDArray[np.intp] | None = None) -> dict[str, float]:
        """Return the figures of some moments, which may repeat; NaN where nothing is known.

        Returns
        -------
        dict[str, float]
            ``nme``, the mean over faces; ``fr10``, the share of faces above 0.1; ``auc10``, the
            area under their cumulative curve. ``landmark_fr10`` and ``landmark_auc10`` are of the
            landmarks of each face, then averaged, as arXiv 2509.24968's code has them. ``nmf``:
            root mean square of 100 times how far errors move from one moment to the next, px of a
            picture scaled to 256; only of moments that follow one another.
        """
        rows = np.arange(len(self)) if rows is None else rows
        nme = self._nme[rows]
        nme = nme[np.isfinite(nme)]
        if not nme.size:
            return {}
        figures = {
            "nme": float(nme.mean()),
            "fr10": failure_rate(nme, threshold=_THRESHOLD),
            "auc10": area_under_curve(nme, threshold=_THRESHOLD),
        }
        by_face = self._landmark_figures[rows]
        by_face = by_face[np.isfinite(by_face).all(axis=1)]
        figures["landmark_fr10"], figures["landmark_auc10"] = by_face.mean(axis=0).tolist()
        moved = self._flicker[rows]
        if np.isfinite(moved).any():
            figures["nmf"] = float(np.sqrt(np.nanmean(moved)))
        return figures

    def per_part(self, rows: NDArray[np.intp] | None = None) -> dict[str, float]:
        """Return the mean NME of each region in some moments, which may repeat."""
        rows = np.arange(len(self)) if rows is None else rows
        found = {name: errors[rows] for name, errors in self._by_region.items()}
        return {
            name: float(np.nanmean(errors))
            for name, errors in found.items()
            if np.isfinite(errors).any()
        }


def _mean_of_known(errors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean of each row, NaN where nothing is known."""
    known = np.isfinite(errors)
    n = known.sum(axis=1)
    total = np.where(known, errors, 0.0).sum(axis=1)
    return np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)


def _landmark_level(errors: NDArray[np.floating]) -> tuple[float, float]:
    """Return the share of a face's landmarks that fail, and the area under their curve."""
    known = errors[np.isfinite(errors)]
    if not known.size:
        return float("nan"), float("nan")
    at = np.linspace(0, _THRESHOLD, _N_CURVE)
    curve = (known[None] <= at[:, None]).mean(axis=1)
    return float((known > _THRESHOLD).mean()), float(np.trapezoid(curve, at) / _THRESHOLD)


def _squared_flicker(told: LandmarksTold) -> NDArray[np.float64]:
    """Return of each moment the mean squared flicker since the one before it; NaN without one."""
    linear = told.to_picture[:, :, :2].astype(np.float64)
    off = (told.true_landmarks - told.landmarks) @ linear.transpose(0, 2, 1)
    # The square's side in the sensor's pixels.
    side_px = np.sqrt(np.abs(np.linalg.det(linear)))
    place = {(int(c), int(r)): i for i, (c, r) in enumerate(zip(told.clip, told.row, strict=True))}
    flicker = np.full(len(off), np.nan)
    for (clip, row), i in place.items():
        before = place.get((clip, row - 1))
        if before is None:
            continue
        both = told.mask[i] & told.mask[before]
        if both.any():
            moved = np.linalg.norm(off[i, both] - off[before, both], axis=-1)
            flicker[i] = np.mean((100 * moved * _SIDE_PX / side_px[i]) ** 2)
    return flicker
