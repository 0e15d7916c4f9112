"""Landmark schemes: the names of the points, their regions, mirror images and joining lines."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LandmarkScheme:
    """What the points of a face mean.

    Right and left are the subject's: in a picture that is not mirrored, right is on the viewer's
    left.

    Parameters
    ----------
    name
        As tracks and files keep it.
    names
        One unique name a point, such as ``"right_eye_outer"``.
    regions
        The points of each part of the face, in the order in which they are joined.
    closed
        The regions whose last point joins the first.
    mirror : (n_landmarks,) int64
        ``mirror[i]`` is the point that takes the place of point i in a mirrored picture.
    eye_corners
        The outer corner of the right eye and that of the left; the eyes themselves in a scheme that
        has no corners.
    """

    name: str
    names: tuple[str, ...]
    regions: Mapping[str, tuple[int, ...]]
    closed: frozenset[str]
    mirror: NDArray[np.int64]
    eye_corners: tuple[int, int]

    @property
    def n_landmarks(self) -> int:
        """Number of points."""
        return len(self.names)

    @property
    def edges(self) -> NDArray[np.int64]:
        """Pairs of points to join when the face is drawn, (n_edges, 2) int64."""
        pairs: list[tuple[int, int]] = []
        for region, points in self.regions.items():
            pairs += itertools.pairwise(points)
            if region in self.closed:
                pairs.append((points[-1], points[0]))
        return np.array(pairs, np.int64).reshape(-1, 2)

    def region_of(self, landmark: int) -> str:
        """Return the region that a point belongs to."""
        return next(region for region, points in self.regions.items() if landmark in points)

    def mirrored(self, landmarks: NDArray[np.floating], *, width: int) -> NDArray[np.floating]:
        """Return the points as they lie in the mirrored picture.

        Parameters
        ----------
        landmarks : (..., n_landmarks, 2) float, px
            The origin is the centre of the top left pixel. NaN stays NaN. Not modified.
        width
            Of the picture, px.

        Returns
        -------
        (..., n_landmarks, 2) float, px
        """
        swapped: NDArray[np.floating] = landmarks[..., self.mirror, :].copy()
        swapped[..., 0] = (width - 1) - swapped[..., 0]
        return swapped


def _ibug68() -> LandmarkScheme:
    """Build the 68 points of iBUG."""
    regions = {
        "jaw": tuple(range(17)),
        "right_brow": tuple(range(17, 22)),
        "left_brow": tuple(range(22, 27)),
        "nose_bridge": tuple(range(27, 31)),
        "nose_base": tuple(range(31, 36)),
        "right_eye": tuple(range(36, 42)),
        "left_eye": tuple(range(42, 48)),
        "outer_lips": tuple(range(48, 60)),
        "inner_lips": tuple(range(60, 68)),
    }
    mirror = np.arange(68)
    # A chain that crosses the face runs the other way in the mirror.
    for first, last in ((0, 16), (17, 26), (31, 35), (48, 54), (60, 64)):
        mirror[first : last + 1] = np.arange(last, first - 1, -1)
    mirror[55:60] = np.arange(59, 54, -1)
    mirror[65:68] = np.arange(67, 64, -1)
    mirror[36:48] = [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    eye = ("outer", "upper_outer", "upper_inner", "inner", "lower_inner", "lower_outer")
    # The left eye is counted from its inner corner.
    left_eye = ("inner", "upper_inner", "upper_outer", "outer", "lower_outer", "lower_inner")
    names = (
        *(f"jaw_right_{i}" for i in range(8, 0, -1)),
        "chin",
        *(f"jaw_left_{i}" for i in range(1, 9)),
        *(f"right_brow_{i}" for i in range(5, 0, -1)),
        *(f"left_brow_{i}" for i in range(1, 6)),
        *(f"nose_bridge_{i}" for i in range(1, 4)),
        "nose_tip",
        *("nose_right_wing", "nose_right", "nose_base", "nose_left", "nose_left_wing"),
        *(f"right_eye_{place}" for place in eye),
        *(f"left_eye_{place}" for place in left_eye),
        *("right_mouth_corner", "upper_lip_right_2", "upper_lip_right_1", "upper_lip"),
        *("upper_lip_left_1", "upper_lip_left_2", "left_mouth_corner"),
        *("lower_lip_left_2", "lower_lip_left_1", "lower_lip"),
        *("lower_lip_right_1", "lower_lip_right_2"),
        *("inner_right_mouth_corner", "inner_upper_lip_right", "inner_upper_lip"),
        *("inner_upper_lip_left", "inner_left_mouth_corner"),
        *("inner_lower_lip_left", "inner_lower_lip", "inner_lower_lip_right"),
    )
    return LandmarkScheme(
        name="ibug68",
        names=names,
        regions=MappingProxyType(regions),
        closed=frozenset({"right_eye", "left_eye", "outer_lips", "inner_lips"}),
        mirror=mirror,
        eye_corners=(36, 45),
    )


def _wflw98() -> LandmarkScheme:
    """Build the 98 points of WFLW (Wu et al., "Look at Boundary", CVPR 2018)."""
    regions = {
        "jaw": tuple(range(33)),
        "right_brow": tuple(range(33, 42)),
        "left_brow": tuple(range(42, 51)),
        "nose_bridge": tuple(range(51, 55)),
        "nose_base": tuple(range(55, 60)),
        "right_eye": tuple(range(60, 68)),
        "left_eye": tuple(range(68, 76)),
        "outer_lips": tuple(range(76, 88)),
        "inner_lips": tuple(range(88, 96)),
        "right_pupil": (96,),
        "left_pupil": (97,),
    }
    mirror = np.arange(98)
    # A chain that crosses the face runs the other way in the mirror.
    for first, last in ((0, 32), (55, 59), (76, 82), (83, 87), (88, 92), (93, 95), (96, 97)):
        mirror[first : last + 1] = np.arange(last, first - 1, -1)
    # Brows and eyes swap in two chains each, along the upper edge and along the lower.
    for right, left in (
        (range(33, 38), range(46, 41, -1)),
        (range(38, 42), range(50, 46, -1)),
        (range(60, 65), range(72, 67, -1)),
        (range(65, 68), range(75, 72, -1)),
    ):
        mirror[right], mirror[left] = left, right
    brow = tuple(f"upper_{i}" for i in range(5, 0, -1)) + tuple(f"lower_{i}" for i in range(1, 5))
    # The left brow and the left eye are counted from their inner ends.
    left_brow = tuple(f"upper_{i}" for i in range(1, 6)) + tuple(
        f"lower_{i}" for i in range(4, 0, -1)
    )
    upper = ("upper_outer", "upper", "upper_inner")
    lower = ("lower_inner", "lower", "lower_outer")
    names = (
        *(f"jaw_right_{i}" for i in range(16, 0, -1)),
        "chin",
        *(f"jaw_left_{i}" for i in range(1, 17)),
        *(f"right_brow_{place}" for place in brow),
        *(f"left_brow_{place}" for place in left_brow),
        *(f"nose_bridge_{i}" for i in range(1, 4)),
        "nose_tip",
        *("nose_right_wing", "nose_right", "nose_base", "nose_left", "nose_left_wing"),
        *(f"right_eye_{place}" for place in ("outer", *upper, "inner", *lower)),
        *(f"left_eye_{place}" for place in ("inner", *upper[::-1], "outer", *lower[::-1])),
        *("right_mouth_corner", "upper_lip_right_2", "upper_lip_right_1", "upper_lip"),
        *("upper_lip_left_1", "upper_lip_left_2", "left_mouth_corner"),
        *("lower_lip_left_2", "lower_lip_left_1", "lower_lip"),
        *("lower_lip_right_1", "lower_lip_right_2"),
        *("inner_right_mouth_corner", "inner_upper_lip_right", "inner_upper_lip"),
        *("inner_upper_lip_left", "inner_left_mouth_corner"),
        *("inner_lower_lip_left", "inner_lower_lip", "inner_lower_lip_right"),
        *("right_pupil", "left_pupil"),
    )
    return LandmarkScheme(
        name="wflw98",
        names=names,
        regions=MappingProxyType(regions),
        closed=frozenset(
            {"right_brow", "left_brow", "right_eye", "left_eye", "outer_lips", "inner_lips"}
        ),
        mirror=mirror,
        eye_corners=(60, 72),
    )


def _five() -> LandmarkScheme:
    """Build the five points of face detectors: eyes, tip of the nose, corners of the mouth."""
    return LandmarkScheme(
        name="five",
        names=("right_eye", "left_eye", "nose_tip", "right_mouth_corner", "left_mouth_corner"),
        regions=MappingProxyType({"eyes": (0, 1), "nose": (2,), "mouth": (3, 4)}),
        closed=frozenset(),
        mirror=np.array([1, 0, 2, 4, 3]),
        eye_corners=(0, 1),
    )


IBUG68 = _ibug68()
WFLW98 = _wflw98()
FIVE = _five()
SCHEMES: Mapping[str, LandmarkScheme] = MappingProxyType(
    {scheme.name: scheme for scheme in (IBUG68, WFLW98, FIVE)}
)
