"""Draws the face's box: brackets at its corners, and a faint line around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from evface_studio.look.theme import Theme
from evface_studio.tools.targets import SideTarget

_BRACKET_PX = 14
_GRIP_PX = 4.0
_HALO = QColor(8, 10, 14, 170)


def paint_box(
    painter: QPainter,
    corners: NDArray[np.float64],
    theme: Theme,
    is_drawn: bool,
    hovered: SideTarget | None = None,
) -> None:
    """Draw a box with lines that keep their width.

    Parameters
    ----------
    corners : (2, 2) float
        On the screen; NaN draws nothing.
    is_drawn
        Whether a person stands behind it: it has a whole line and solid corners then.
    hovered
        The side or corner under the pointer.
    """
    if not np.isfinite(corners).all():
        return
    (left, top), (right, bottom) = np.rint(np.sort(corners, axis=0)).astype(int).tolist()
    colour = QColor(theme.box)
    line = QColor(colour)
    line.setAlphaF(0.75 if is_drawn else 0.35)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(line, 1))
    painter.drawRect(left, top, right - left, bottom - top)
    arm = min(_BRACKET_PX, (right - left) // 3, (bottom - top) // 3)
    brackets = [
        edge
        for x, along_x in ((left, arm), (right, -arm))
        for y, along_y in ((top, arm), (bottom, -arm))
        for edge in (QLine(x, y, x + along_x, y), QLine(x, y, x, y + along_y))
    ]
    for width, tint in ((4, _HALO), (2, colour)):
        painter.setPen(QPen(tint, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        painter.drawLines(brackets)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if is_drawn:
        painter.setPen(QPen(_HALO, 1.5))
        painter.setBrush(colour)
        for x in (left, right):
            for y in (top, bottom):
                painter.drawRect(QRectF(x - _GRIP_PX, y - _GRIP_PX, 2 * _GRIP_PX, 2 * _GRIP_PX))
    if hovered is not None:
        _paint_hovered(painter, hovered, (left, top, right, bottom), QColor(theme.marked))


def _paint_hovered(
    painter: QPainter, side: SideTarget, sides: tuple[int, int, int, int], accent: QColor
) -> None:
    left, top, right, bottom = sides
    lines = []
    if side.x:
        x = left if side.x < 0 else right
        lines.append(QLineF(x, top, x, bottom))
    if side.y:
        y = top if side.y < 0 else bottom
        lines.append(QLineF(left, y, right, y))
    for colour, width in ((_HALO, 4.5), (accent, 2.5)):
        painter.setPen(QPen(colour, width))
        painter.drawLines(lines)
