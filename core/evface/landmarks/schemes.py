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
        The outer corner of the right eye and that of the left.
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


IBUG68 = _ibug68()
SCHEMES: Mapping[str, LandmarkScheme] = MappingProxyType({IBUG68.name: IBUG68})
