"""A plain room behind a face, out of focus."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.simulation.appearance import Appearance
from evface.simulation.views import View

# Painted small and enlarged: it is out of focus anyway.
_ROWS, _COLUMNS = 120, 160


def paint_wall(appearance: Appearance) -> NDArray[np.float32]:
    """Paint a wall with a few large blurred things.

    Parameters
    ----------
    appearance
        Gives the wall's colour, the light and the seed.

    Returns
    -------
    (rows, columns, 3) float32
        Linear colour.
    """
    rows, columns = _ROWS, _COLUMNS
    rng = np.random.default_rng([appearance.seed, 3])
    room = np.empty((rows, columns, 3), np.float32)
    room[:] = appearance.wall
    x = np.linspace(-1.0, 1.0, columns, dtype=np.float32)[None, :]
    y = np.linspace(-1.0, 1.0, rows, dtype=np.float32)[:, None]
    side = float(np.sign(appearance.key.direction[0]))
    room *= (1.0 + 0.28 * side * x - 0.12 * y)[..., None]
    wall = np.array(appearance.wall, np.float32)
    things = np.zeros_like(room)
    cover = np.zeros((rows, columns), np.float32)

    def put(
        left: float, top: float, right: float, bottom: float, colour: NDArray[np.float32]
    ) -> None:
        corners = [
            round(left * columns),
            round(top * rows),
            round(right * columns),
            round(bottom * rows),
        ]
        region = np.s_[max(corners[1], 0) : corners[3], max(corners[0], 0) : corners[2]]
        things[region] = colour
        cover[region] = 1.0

    # A window or lamp on the light's side, a shelf or door on the other, a picture.
    at = 0.84 if side > 0 else 0.02
    put(at, -0.1, at + 0.16, 0.55, wall * 1.9 + 0.06)
    at = 0.0 if side > 0 else 0.80
    put(at, float(rng.uniform(0.05, 0.25)), at + 0.2, 1.1, wall * float(rng.uniform(0.45, 0.7)))
    for _ in range(2):
        left, top = float(rng.uniform(0.05, 0.8)), float(rng.uniform(0.1, 0.45))
        right, bottom = left + float(rng.uniform(0.06, 0.14)), top + float(rng.uniform(0.12, 0.25))
        tint = (1.0 + 0.25 * rng.normal(size=3)) * rng.uniform(0.7, 1.25)
        put(left, top, right, bottom, (wall * tint).astype(np.float32))
    cover = cv2.GaussianBlur(cover, (0, 0), 5.0)[..., None]
    things = cv2.GaussianBlur(things, (0, 0), 5.0)
    room = room * (1.0 - cover) + np.clip(things, 0.0, None)
    return np.clip(room, 0.01, 0.9).astype(np.float32)


def look_at_wall(wall: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Return what a camera sees of a painted wall; past its edges the colour goes on.

    Returns
    -------
    (height, width, 3) float32
        Linear colour.
    """
    homography = view.wall_homography((wall.shape[1], wall.shape[0]))
    seen = cv2.warpPerspective(
        wall,
        homography,
        view.camera.resolution,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.ascontiguousarray(np.clip(seen, 0.005, None), np.float32)
