"""Agreement of two people about where landmarks are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.agreement.statistics import Figure
from evface.annotations.corrections import PlacedCorrection
from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import LandmarkScheme

ALL_REGIONS = "all"
# What a person placed or saw to be right; what a machine carried elsewhere is no one's word.
_SAID = (LandmarkState.CORRECTED, LandmarkState.VERIFIED)
# No distances.
_NONE = np.empty((0, 3))

Place = tuple[int, int]


@dataclass(frozen=True)
class RegionAgreement:
    """Agreement about the landmarks of one region of the face.

    Parameters
    ----------
    nme
        Mean distance of the two over the inter-ocular distance; `n` is the number of points.
    distance_px
        Mean distance of the two.
    n_first_only, n_second_only
        Points that only one of the two placed or verified; they are in neither mean.
    """

    region: str
    nme: Figure
    distance_px: Figure
    n_first_only: int
    n_second_only: int


@dataclass(frozen=True, eq=False)
class PlacedPoints:
    """What two people said of the landmarks of one recording, by time and landmark.

    Parameters
    ----------
    first, second
        Places in one picture, px, by time (on a clock that both share) and landmark.
    face
        The whole face at a time, (n_landmarks, 2) float, px, to normalise by: what the two show
        there, their mean where both show it. None where it is unknown.
    """

    first: Mapping[Place, tuple[float, float]]
    second: Mapping[Place, tuple[float, float]]
    face: Callable[[int], NDArray[np.floating] | None]


def said_places(placed: Iterable[PlacedCorrection]) -> dict[Place, tuple[float, float]]:
    """Return where a person placed or verified landmarks, by time and landmark."""
    return {
        (one.t_us, one.landmark): one.correction.xy_px
        for one in placed
        if one.correction.state in _SAID
    }


def compare_points(
    recordings: Sequence[PlacedPoints], scheme: LandmarkScheme
) -> tuple[RegionAgreement, ...]:
    """Compare where two people put landmarks.

    A point counts where both placed or verified it at the same time. Each distance is divided by
    that of the outer eye corners (`LandmarkScheme.eye_corners`) at that time.

    Returns
    -------
    tuple[RegionAgreement, ...]
        One for each region that either said anything of, then one for the whole face; none where
        nothing was said.
    """
    distances = np.concatenate([_distances(one, scheme) for one in recordings] or [_NONE])
    alone = sum((_alone(one, scheme) for one in recordings), np.zeros((2, scheme.n_landmarks), int))
    regions = dict(scheme.regions)
    regions[ALL_REGIONS] = tuple(range(scheme.n_landmarks))
    agreements = []
    for region, landmarks in regions.items():
        within = distances[np.isin(distances[:, 0], landmarks)]
        n_first_only, n_second_only = alone[:, landmarks].sum(axis=1).tolist()
        if len(within) or n_first_only or n_second_only:
            agreements.append(
                RegionAgreement(
                    region, _mean(within[:, 1]), _mean(within[:, 2]), n_first_only, n_second_only
                )
            )
    return tuple(agreements)


def _distances(points: PlacedPoints, scheme: LandmarkScheme) -> NDArray[np.float64]:
    """Return landmark, distance over inter-ocular distance and distance in px, (n, 3)."""
    places = sorted(points.first.keys() & points.second.keys())
    if not places:
        return _NONE
    right, left = scheme.eye_corners
    inter_ocular_px: dict[int, float] = {}
    for t_us in dict.fromkeys(t_us for t_us, _ in places):
        face = points.face(t_us)
        span = np.nan if face is None else float(np.linalg.norm(face[right] - face[left]))
        inter_ocular_px[t_us] = span if span > 0.0 else np.nan
    xy_px = [np.array([said[place] for place in places]) for said in (points.first, points.second)]
    px = np.linalg.norm(xy_px[0] - xy_px[1], axis=1)
    spans_px = np.array([inter_ocular_px[t_us] for t_us, _ in places])
    return np.stack([np.array(places)[:, 1], px / spans_px, px], axis=1)


def _alone(points: PlacedPoints, scheme: LandmarkScheme) -> NDArray[np.int64]:
    """Count the points of each landmark that only the first and only the second placed."""
    first, second = points.first.keys(), points.second.keys()
    landmarks = [[key[1] for key in one] for one in (first - second, second - first)]
    return np.stack(
        [np.bincount(np.array(one, int), minlength=scheme.n_landmarks) for one in landmarks]
    )


def _mean(values: NDArray[np.float64]) -> Figure:
    if not len(values):
        return Figure.undefined("no point that both placed or verified")
    known = values[np.isfinite(values)]
    if not len(known):
        return Figure.undefined("no eye corners to normalise by at those times")
    return Figure(float(known.mean()), len(known))
