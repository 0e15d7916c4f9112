"""Which landmarks belong together, for the checks and for words: pairs, lids, lips, regions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evface.landmarks.schemes import SCHEMES, LandmarkScheme

# Regions that people take for one thing.
_JOINT_NAMES = {
    frozenset({"outer_lips", "inner_lips"}): "mouth",
    frozenset({"nose_bridge", "nose_base"}): "nose",
    frozenset({"right_eye", "left_eye"}): "eyes",
    frozenset({"right_brow", "left_brow"}): "brows",
}
# Shares of all points.
_ALL, _MOST = 0.9, 0.5


@dataclass(frozen=True, eq=False)
class FaceParts:
    """What the checks must know of a scheme.

    Parameters
    ----------
    regions : tuple of (n,) int64
        The points of each region, in the scheme's order.
    bodies : tuple of (n,) int64
        What moves as one: regions, those of the mouth and of the nose joined, without the jaw.
    right, left : (n_pairs,) int64
        Points and their mirror images.
    pair_groups
        By region of the right point: which pairs belong to it.
    upper_pairs, lower_pairs : (n,) int64
        Pairs of the brows and eyes, and pairs of the mouth.
    lids, lips : (n, 2) int64
        Points of upper and lower lid or lip that lie above one another.
    chains
        Points of a lip from the subject's right to the left.
    jaw : (n,) int64
        Points of the outline; empty where a scheme has none.
    """

    scheme: LandmarkScheme
    regions: tuple[NDArray[np.int64], ...]
    bodies: tuple[NDArray[np.int64], ...]
    right: NDArray[np.int64]
    left: NDArray[np.int64]
    pair_groups: tuple[tuple[str, NDArray[np.int64]], ...]
    upper_pairs: NDArray[np.int64]
    lower_pairs: NDArray[np.int64]
    lids: NDArray[np.int64]
    lips: NDArray[np.int64]
    chains: tuple[NDArray[np.int64], ...]
    jaw: NDArray[np.int64]


@lru_cache(maxsize=8)
def face_parts(scheme_name: str) -> FaceParts | None:
    """Return the parts of a scheme, None where it is not one of `SCHEMES`."""
    scheme = SCHEMES.get(scheme_name)
    if scheme is None:
        return None
    number = {name: i for i, name in enumerate(scheme.names)}
    right = np.array(
        [i for i, name in enumerate(scheme.names) if "right" in name and scheme.mirror[i] != i]
    )
    of_pair = [scheme.region_of(int(i)) for i in right]
    groups = tuple(
        (region, np.array([n for n, one in enumerate(of_pair) if one == region]))
        for region in dict.fromkeys(of_pair)
    )
    facing = [
        (i, number[name.replace("upper", "lower")])
        for name, i in number.items()
        if "upper" in name and name.replace("upper", "lower") in number
    ]
    return FaceParts(
        scheme=scheme,
        regions=tuple(np.array(points) for points in scheme.regions.values()),
        bodies=tuple(
            np.concatenate([scheme.regions[region] for region in together])
            for together in _bodies(scheme)
        ),
        right=right,
        left=scheme.mirror[right],
        pair_groups=groups,
        upper_pairs=_of_regions(of_pair, ("eye", "brow")),
        lower_pairs=_of_regions(of_pair, ("lip", "mouth")),
        lids=_pairs([pair for pair in facing if "eye_" in scheme.names[pair[0]]]),
        lips=_pairs([pair for pair in facing if "lip" in scheme.names[pair[0]]]),
        chains=tuple(
            chain
            for region in ("outer_lips", "inner_lips")
            if region in scheme.regions
            for chain in _lip_chains(scheme, scheme.regions[region])
        ),
        jaw=np.array(scheme.regions.get("jaw", ()), np.int64),
    )


def describe_landmarks(scheme: LandmarkScheme | None, landmarks: Iterable[int]) -> str:
    """Return what to call some points: a point's name, a region's, several, or the whole face.

    Examples
    --------
    >>> describe_landmarks(SCHEMES["ibug68"], [48, 50, 62])
    'mouth'
    >>> describe_landmarks(SCHEMES["ibug68"], [48])
    'right mouth corner'
    """
    points = sorted(set(landmarks))
    if scheme is None:
        return "point " + ", ".join(map(str, points)) if len(points) < 4 else "points"
    if len(points) == 1:
        return _words(scheme.names[points[0]])
    if len(points) >= _ALL * scheme.n_landmarks:
        return "whole face"
    if len(points) >= _MOST * scheme.n_landmarks:
        return "most of the face"
    regions = frozenset(scheme.region_of(point) for point in points)
    if regions in _JOINT_NAMES:
        return _JOINT_NAMES[regions]
    names = [_words(region) for region in scheme.regions if region in regions]
    for joint, name in _JOINT_NAMES.items():
        parts = [_words(region) for region in scheme.regions if region in joint]
        if len(parts) == 2 and all(part in names for part in parts):
            names[names.index(parts[0])] = name
            names.remove(parts[1])
    if len(names) > 3:
        return f"{names[0]}, {names[1]} and {len(names) - 2} more parts"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _lip_chains(
    scheme: LandmarkScheme, points: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the upper and the lower edge of a lip, corners included."""
    other_corner = points.index(int(scheme.mirror[points[0]]))
    upper = points[: other_corner + 1]
    lower = (points[0], *points[:other_corner:-1], points[other_corner])
    return np.array(upper), np.array(lower)


def _bodies(scheme: LandmarkScheme) -> list[list[str]]:
    """Return the regions that move as one."""
    bodies: dict[str, list[str]] = {}
    for region in scheme.regions:
        if region != "jaw":
            part = "mouth" if "lips" in region else "nose" if "nose" in region else region
            bodies.setdefault(part, []).append(region)
    return list(bodies.values())


def _of_regions(of_pair: list[str], words: tuple[str, ...]) -> NDArray[np.int64]:
    return np.array([n for n, region in enumerate(of_pair) if any(w in region for w in words)])


def _pairs(pairs: list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(pairs, np.int64).reshape(-1, 2)


def _words(name: str) -> str:
    return name.replace("_", " ")
