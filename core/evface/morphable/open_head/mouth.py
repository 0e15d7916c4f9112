"""Corrections of MakeHuman's mouth and eyes: lips that close, teeth that stay behind them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.morphable.open_head.makehuman import BaseHead

# How far the teeth stay behind the skin of the lips.
LIP_THICKNESS_MM = 6.5
UPPER_TEETH_DROP_MM = 3.5


@dataclass(frozen=True, eq=False)
class Mouth:
    """Corrections of the mouth, the same for all heads.

    Parameters
    ----------
    closing : (n_vertices,) float64
        How far each vertex moves up to close the lips, per mm of the gap between them.
    upper, lower
        The vertices in the middle of the lips' inner edges.
    teeth, upper_teeth, tongue : (n,) int64
        Their vertices.
    """

    closing: NDArray[np.float64]
    upper: int
    lower: int
    teeth: NDArray[np.int64]
    upper_teeth: NDArray[np.int64]
    tongue: NDArray[np.int64]

    @classmethod
    def of(cls, head: BaseHead, jaw_open: NDArray[np.float64], landmarks: list[int]) -> Mouth:
        """Find the mouth's parts on the base mesh."""
        points = head.vertices
        right, upper, left, lower = (landmarks[i] for i in (60, 62, 64, 66))
        seam_x = points[[right, upper, left], 0]
        half_width = (seam_x[2] - seam_x[0]) / 2
        seam = np.array(
            [np.interp(points[:, 0], seam_x, points[[right, upper, left], axis]) for axis in (1, 2)]
        )
        distance = np.hypot(points[:, 1] - seam[0], points[:, 2] - seam[1])
        reach = np.exp(-((distance / 7.0) ** 2))
        along = np.clip(1.0 - (np.abs(points[:, 0]) / half_width) ** 4, 0.0, 1.0)
        # The lower lip goes down with the jaw, the upper one stays.
        drop = -jaw_open[:, 1] / -jaw_open[lower, 1]
        side = np.clip(2.0 * drop - 0.6, -1.0, 1.0)
        closing = np.where(head.groups == "body", 0.5 * side * along * reach, 0.0)
        teeth = np.flatnonzero(np.char.endswith(head.groups, "teeth"))
        upper_teeth = np.flatnonzero(head.groups == "helper-upper-teeth")
        tongue = np.flatnonzero(head.groups == "helper-tongue")
        return cls(closing, upper, lower, teeth, upper_teeth, tongue)

    def mend(self, heads: NDArray[np.float64], head: BaseHead) -> NDArray[np.float64]:
        """Close the lips of (n_vertices, 3) heads, and push teeth and tongue behind them."""
        mended = heads.copy()
        gap = heads[self.upper, 1] - heads[self.lower, 1] + 0.3
        mended[:, 1] += gap * self.closing
        skin = head.groups == "body"
        front = mended[skin & (mended[:, 2] > mended[self.upper, 2] - 70.0)]
        back = 0.0
        for tooth in mended[self.teeth]:
            near = np.hypot(front[:, 0] - tooth[0], front[:, 1] - tooth[1]) < 4.0
            if near.any():
                back = max(back, tooth[2] + LIP_THICKNESS_MM - front[near, 2].max())
        mended[self.teeth, 2] -= back
        # The upper teeth show below the lip as soon as it is raised.
        mended[self.upper_teeth, 1] -= UPPER_TEETH_DROP_MM
        mended[self.tongue] -= [0.0, 7.0, back + 7.0]
        return mended


def read_units(
    head: BaseHead, folder: Path, mouth_tongue: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Read the 52 face units, the tongue held down in the open mouth."""
    units = {
        path.stem: head.read_target(path)
        for path in sorted((folder / "faceunits01" / "targets" / "faceunits").glob("*.target"))
    }
    lower_teeth = np.flatnonzero(head.groups == "helper-lower-teeth")
    # The tongue turns with the lower jaw: its offsets are those of the teeth, carried on linearly.
    ones = np.ones((len(lower_teeth), 1))
    jaw = units["jawOpen"]
    plane = np.concatenate([head.vertices[lower_teeth][:, 1:], ones], axis=1)
    motion = np.linalg.lstsq(plane, jaw[lower_teeth], rcond=None)[0]
    tongue = head.vertices[mouth_tongue]
    jaw[mouth_tongue] = np.concatenate([tongue[:, 1:], np.ones((len(tongue), 1))], axis=1) @ motion
    return units


def close_lids_on(
    mean: NDArray[np.float64], units: dict[str, NDArray[np.float64]], landmarks: list[int]
) -> None:
    """Scale the blinks, in place, so that full ones just close the mean head's eyes.

    They were drawn for a head whose eyes stand wider open.
    """
    for side, outer, inner in (("Right", (37, 41), (38, 40)), ("Left", (44, 46), (43, 47))):
        blink = units[f"eyeBlink{side}"]
        places, scales = [], []
        for upper, lower in (outer, inner):
            upper, lower = landmarks[upper], landmarks[lower]
            opening = mean[upper, 1] - mean[lower, 1] + 0.5
            places.append(abs(mean[upper, 0]))
            scales.append(opening / (blink[lower, 1] - blink[upper, 1]))
        order = np.argsort(places)
        scale = np.interp(np.abs(mean[:, 0]), np.array(places)[order], np.array(scales)[order])
        blink *= scale[:, None]
