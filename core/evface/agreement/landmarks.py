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
    rows = [row for one in recordings for row in _distances(one, scheme)]
    touched = [_touched_by_one(one) for one in recordings]
    regions = dict(scheme.regions)
    regions[ALL_REGIONS] = tuple(range(scheme.n_landmarks))
    agreements = []
    for region, landmarks in regions.items():
        within = [(nme, px) for landmark, nme, px in rows if landmark in landmarks]
        alone = [
            sum(landmark in landmarks for one in touched for landmark in one[side])
            for side in (0, 1)
        ]
        if within or any(alone):
            agreements.append(
                RegionAgreement(
                    region,
                    _mean([nme for nme, _ in within]),
                    _mean([px for _, px in within]),
                    *alone,
                )
            )
    return tuple(agreements)


def _distances(points: PlacedPoints, scheme: LandmarkScheme) -> Iterable[tuple[int, float, float]]:
    """Yield landmark, distance over inter-ocular distance and distance in px."""
    right, left = scheme.eye_corners
    inter_ocular_px: dict[int, float] = {}
    for t_us, landmark in sorted(points.first.keys() & points.second.keys()):
        if t_us not in inter_ocular_px:
            face = points.face(t_us)
            span = np.nan if face is None else float(np.linalg.norm(face[right] - face[left]))
            inter_ocular_px[t_us] = span if span > 0.0 else np.nan
        key = (t_us, landmark)
        px = float(np.linalg.norm(np.subtract(points.first[key], points.second[key])))
        yield landmark, px / inter_ocular_px[t_us], px


def _touched_by_one(points: PlacedPoints) -> tuple[list[int], list[int]]:
    first, second = points.first.keys(), points.second.keys()
    return [key[1] for key in first - second], [key[1] for key in second - first]


def _mean(values: list[float]) -> Figure:
    if not values:
        return Figure.undefined("no point that both placed or verified")
    known = np.array(values)[np.isfinite(values)]
    if not len(known):
        return Figure.undefined("no eye corners to normalise by at those times")
    return Figure(float(known.mean()), len(known))
