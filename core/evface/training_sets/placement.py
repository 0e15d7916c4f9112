"""Where a clip's picture is laid on the square that networks see: one map for everything."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform

# From so many events on it is quicker to make a table of all columns and rows first.
_MANY = 100_000


@dataclass(frozen=True)
class Square:
    """A square of the event picture.

    Parameters
    ----------
    centre_px
        The origin is the centre of the top left pixel.
    size_px
        Length of a side, above 0.
    """

    centre_px: tuple[float, float]
    size_px: float


@dataclass(frozen=True)
class Jitter:
    """How a square is moved by chance.

    Parameters
    ----------
    scale
        The face becomes so many times as large.
    angle_rad
        The picture turns, from x towards y.
    shift
        The picture moves by so many sides of the square, x and y.
    """

    scale: float = 1.0
    angle_rad: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)


def middle_square(resolution: tuple[int, int]) -> Square:
    """Return the largest square in the middle of the picture, as the paper takes it."""
    width, height = resolution
    return Square(((width - 1) / 2, (height - 1) / 2), float(min(resolution)))


def face_square(boxes_px: NDArray[np.floating], *, margin: float) -> Square | None:
    """Return the square around a face that stays where it is for a clip.

    Parameters
    ----------
    boxes_px : (t, 4) float
        ``x0, y0, x1, y1``. NaN rows are left out; the middle of the others counts.
    margin
        Side of the square over the longer side of the box.

    Returns
    -------
    Square or None
        None where no box is known.
    """
    known = boxes_px[np.isfinite(boxes_px).all(axis=1)]
    if not len(known):
        return None
    x0, y0, x1, y1 = np.median(known, axis=0).tolist()
    side = margin * max(x1 - x0, y1 - y0)
    return Square(((x0 + x1) / 2, (y0 + y1) / 2), side) if side > 0 else None


def lay_square(square: Square, side_px: int, jitter: Jitter | None = None) -> PlanarTransform:
    """Return the map from the event picture to a square of `side_px` pixels."""
    jitter = jitter or Jitter()
    scale = side_px / square.size_px * jitter.scale
    c, s = math.cos(jitter.angle_rad), math.sin(jitter.angle_rad)
    linear = scale * np.array([[c, -s], [s, c]])
    middle = (side_px - 1) / 2 + np.array(jitter.shift) * side_px
    return PlanarTransform.from_affine(linear, middle - linear @ np.array(square.centre_px))


def drawing_side(square: Square, side_px: int) -> int:
    """Return how many pixels wide a square is drawn, so that no gaps show between its events.

    A square with fewer pixels of the sensor than the network wants is drawn as it is and enlarged
    then.
    """
    return min(side_px, max(1, round(square.size_px)))


def move_events(
    events: Events, target_from_event: PlanarTransform, resolution: tuple[int, int]
) -> Events:
    """Lay events onto another picture, each on the nearest pixel.

    Parameters
    ----------
    events
        Not modified.
    target_from_event
        Affine.
    resolution
        ``(width, height)`` of the other picture, px. Events beyond it are left out.

    Returns
    -------
    Events
    """
    matrix = target_from_event.matrix
    width, height = resolution
    return Events(
        *_move(
            events.t,
            events.x,
            events.y,
            events.p,
            np.ascontiguousarray(matrix[:2], np.float64),
            width,
            height,
        )
    )


@njit(cache=True, nogil=True)
def _move(t, x, y, p, matrix, width, height):  # type: ignore[no-untyped-def]
    n = x.size
    moved_t, moved_p = np.empty_like(t), np.empty_like(p)
    moved_x, moved_y = np.empty_like(x), np.empty_like(y)
    # Columns stay columns and rows stay rows: of many events each is looked up.
    is_looked_up = n > _MANY and matrix[0, 1] == 0 and matrix[1, 0] == 0
    columns, rows = np.empty(0), np.empty(0)
    if is_looked_up:
        k = np.arange(1 << 16)
        columns = np.floor(matrix[0, 0] * k + matrix[0, 2] + 0.5)
        rows = np.floor(matrix[1, 1] * k + matrix[1, 2] + 0.5)
    n_kept = 0
    for i in range(n):
        if is_looked_up:
            u, v = columns[x[i]], rows[y[i]]
        else:
            u = np.floor(matrix[0, 0] * x[i] + matrix[0, 1] * y[i] + matrix[0, 2] + 0.5)
            v = np.floor(matrix[1, 0] * x[i] + matrix[1, 1] * y[i] + matrix[1, 2] + 0.5)
        if 0 <= u < width and 0 <= v < height:
            moved_t[n_kept], moved_p[n_kept] = t[i], p[i]
            moved_x[n_kept], moved_y[n_kept] = u, v
            n_kept += 1
    return moved_t[:n_kept], moved_x[:n_kept], moved_y[:n_kept], moved_p[:n_kept]
