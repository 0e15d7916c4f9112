"""Marks of the same size on the screen at any zoom: where they lie, and how many are drawn fast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QPainter, QPen, QPixmap, QTransform

from evface_studio.panes.glyphs import Glyph, glyph_pixmap

_MOST_KEPT = 96
# Radii that are drawn, in parts of a pixel: no others can be told apart.
_STEPS = 4


class Stamps:
    """Pictures of glyphs, each drawn once and then put wherever it is wanted."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Glyph, str, int, float, bool], QPixmap] = {}

    def paint(
        self,
        painter: QPainter,
        points: NDArray[np.float64],
        glyph: Glyph,
        colour: str,
        radius: float,
        *,
        is_occluded: bool = False,
    ) -> None:
        """Draw one glyph at many points (n, 2) of the screen."""
        ratio = painter.device().devicePixelRatioF()
        key = (glyph, colour, round(_STEPS * radius), ratio, is_occluded)
        stamp = self._kept.get(key)
        if stamp is None:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            stamp = self._kept[key] = glyph_pixmap(
                glyph, colour, round(_STEPS * radius) / _STEPS, ratio, is_occluded=is_occluded
            )
        half = stamp.deviceIndependentSize().width() / 2
        for x, y in np.rint((points - half) * ratio).tolist():
            painter.drawPixmap(QPointF(x / ratio, y / ratio), stamp)


def draw_lines(painter: QPainter, lines: list[QLineF], pen: QPen, weight: int) -> None:
    """Draw lines of a pen of one pixel, so many times heavier.

    Heavier ones are several beside one another: Qt draws lines of one pixel many times faster than
    wider ones, which it shares among threads.
    """
    painter.setPen(pen)
    steps = [step - (weight - 1) / 2 for step in range(weight)]
    for right in steps:
        for down in steps:
            painter.translate(right, down)
            painter.drawLines(lines)
            painter.translate(-right, -down)


def on_screen(points_px: NDArray[np.floating], transform: QTransform) -> NDArray[np.float64]:
    """Return where points (n, 2) of a picture lie on the screen, (0, 0) being its first pixel."""
    x, y = points_px[:, 0] + 0.5, points_px[:, 1] + 0.5
    return np.stack(
        [
            transform.m11() * x + transform.m21() * y + transform.dx(),
            transform.m12() * x + transform.m22() * y + transform.dy(),
        ],
        axis=-1,
    )


def are_known(points: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which points (n, 2) are not missing."""
    return np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])


def lines_between(points: NDArray[np.float64], edges: NDArray[np.integer]) -> list[QLineF]:
    """Return the lines along edges (m, 2) whose two points are known."""
    drawn = edges[are_known(points)[edges].all(axis=1)]
    starts, stops = points[drawn[:, 0]].tolist(), points[drawn[:, 1]].tolist()
    return [QLineF(*start, *stop) for start, stop in zip(starts, stops, strict=True)]
