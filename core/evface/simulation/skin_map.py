"""Where the texture of the skin lies on the face, and a canvas for painting its front."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.morphable.model import MorphableModel
from evface.simulation.raster import Visibility, rasterise

# The texture is a map of the directions from here, mm in the model's axes: u is the longitude
# from the back of the head over the face, v the latitude.
_CENTRE_MM = np.array([0.0, -20.0, 0.0], np.float32)
# Canvas on which brows and lips are painted as seen from the front, px/mm.
_CANVAS_PX_PER_MM = 4.0
_CANVAS_MM = (200.0, 260.0)


def texture_places(points_mm: NDArray[np.floating], width: int) -> NDArray[np.float32]:
    """Return where points of the mean shape lie in a texture ``width`` px wide, (n, 2) px."""
    offset = np.asarray(points_mm, np.float32) - _CENTRE_MM
    longitude = np.arctan2(offset[:, 0], offset[:, 2])
    latitude = np.arctan2(offset[:, 1], np.hypot(offset[:, 0], offset[:, 2]))
    per_radian = width / (2.0 * math.pi)
    return np.stack(
        [(longitude + math.pi) * per_radian, (math.pi / 2 - latitude) * per_radian], axis=1
    ).astype(np.float32)


class Canvas:
    """A picture of the face's front on which lines and areas are drawn, 0 to 1."""

    def __init__(self) -> None:
        width, height = (round(side * _CANVAS_PX_PER_MM) for side in _CANVAS_MM)
        self._image = np.zeros((height, width), np.float32)

    def fill(self, outline_mm: NDArray[np.floating]) -> None:
        """Fill an outline, (n, 2) mm."""
        corners = np.rint(_to_canvas(outline_mm) * 16).astype(np.int32)
        cv2.fillPoly(self._image, [corners], 1.0, lineType=cv2.LINE_8, shift=4)

    def draw(self, line_mm: NDArray[np.floating], width_mm: float, strength: float = 1.0) -> None:
        """Draw a line, (n, 2) mm."""
        corners = np.rint(_to_canvas(line_mm) * 16).astype(np.int32)
        thickness = max(1, round(width_mm * _CANVAS_PX_PER_MM))
        cv2.polylines(
            self._image, [corners], False, strength, thickness, lineType=cv2.LINE_8, shift=4
        )

    def blurred(self, size_mm: float) -> NDArray[np.float32]:
        """Return the picture, blurred."""
        return cv2.GaussianBlur(self._image, (0, 0), size_mm * _CANVAS_PX_PER_MM)


def _to_canvas(points_mm: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return canvas px of frontal (..., 2) mm."""
    corner = np.array([-_CANVAS_MM[0] / 2, 110.0])
    return (points_mm[..., :2] - corner) * [_CANVAS_PX_PER_MM, -_CANVAS_PX_PER_MM]


def place_map(model: MorphableModel, width: int) -> NDArray[np.float32]:
    """Return the place on the mean shape that each texel shows, (width / 2, width, 3) mm."""
    skin = model.triangles[model.regions == model.region_names.index("skin")]
    points = model.mean_shape
    places = texture_places(points, width)
    distance = np.linalg.norm(points - _CENTRE_MM, axis=1)
    flat = np.concatenate([places, -distance[:, None]], axis=1).astype(np.float32)
    # Triangles over the seam at the back would smear across the map.
    spread = np.ptp(places[skin, 0], axis=1)
    seen = Visibility.empty((width, width // 2))
    seen.clear()
    kept = np.ascontiguousarray(skin[spread < width / 2])
    rasterise(flat, kept, seen)
    hit = seen.triangle >= 0
    corners = points[kept[seen.triangle[hit]]]
    weights = seen.weights[hit]
    weights = np.concatenate([weights, 1.0 - weights.sum(axis=1, keepdims=True)], axis=1)
    # Where the mesh has no skin (eyes, the open neck) a ball of the head's size stands in.
    v, u = np.mgrid[: width // 2, :width].astype(np.float32)
    per_px = 2.0 * math.pi / width
    longitude, latitude = u * per_px - math.pi, math.pi / 2 - v * per_px
    ball = np.stack(
        [
            np.sin(longitude) * np.cos(latitude),
            np.sin(latitude),
            np.cos(longitude) * np.cos(latitude),
        ],
        axis=-1,
    )
    place = (_CENTRE_MM + 95.0 * ball).astype(np.float32)
    place[hit] = (corners * weights[..., None]).sum(axis=1)
    return place


def canvas_map(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return where places of the mean shape, (..., 3) mm, lie on a canvas, (..., 2) px."""
    return _to_canvas(places).astype(np.float32)


def smooth_line(points: NDArray[np.floating], n: int = 40) -> NDArray[np.float64]:
    """Return a smooth line through (k, 2) points."""
    from scipy.interpolate import CubicSpline

    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    return CubicSpline(along, points)(np.linspace(0.0, along[-1], n))


def smooth_loop(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a closed line through (12, 2) points of the lips, with corners at the mouth's."""
    upper = smooth_line(points[:7])
    lower = smooth_line(np.concatenate([points[6:], points[:1]]))
    return np.concatenate([upper, lower[1:-1]])
