"""Pictures of landmarks: each state has a shape of its own besides its colour."""

from __future__ import annotations

import math
from enum import Enum, auto

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from evface.annotations.tracks import LandmarkState

_DARK = QColor(8, 10, 14)
_HALO = QColor(8, 10, 14, 190)


class Glyph(Enum):
    """Shapes."""

    RING = auto()
    DIAMOND = auto()
    DISC = auto()
    TICK = auto()
    CROSS = auto()


_SIZES = {Glyph.DIAMOND: 1.25, Glyph.DISC: 1.2, Glyph.TICK: 1.6}
_SOLID = frozenset({Glyph.DISC, Glyph.TICK})
_OF_STATE = {
    LandmarkState.AUTO: Glyph.RING,
    LandmarkState.INTERPOLATED: Glyph.DIAMOND,
    LandmarkState.CORRECTED: Glyph.DISC,
    LandmarkState.VERIFIED: Glyph.TICK,
}


def landmark_glyph(state: LandmarkState) -> Glyph:
    """Return the shape of a landmark: hollow for machines, solid for people."""
    return _OF_STATE[state]


def glyph_pixmap(glyph: Glyph, colour: str, radius: float, ratio: float) -> QPixmap:
    """Draw a glyph in the middle of a picture just large enough, on nothing.

    Parameters
    ----------
    radius
        Of a ring, in device-independent pixels; the others are a little larger.
    ratio
        Device pixels per device-independent pixel.
    """
    radius *= _SIZES.get(glyph, 1.0)
    # An odd number of device pixels, so that the middle falls on the middle of one.
    side = 2 * math.ceil((radius + 2.5) * ratio) + 1
    picture = QPixmap(side, side)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(side / ratio / 2, side / ratio / 2)
    outline = _outline(glyph, radius)
    painter.setPen(QPen(_HALO, 3.0))
    painter.drawPath(outline)
    painter.setPen(QPen(QColor(colour), 1.3))
    if glyph in _SOLID:
        painter.setBrush(QColor(colour))
    painter.drawPath(outline)
    if glyph is Glyph.TICK:
        tick = QPainterPath(QPointF(-0.5 * radius, 0.05 * radius))
        tick.lineTo(-0.1 * radius, 0.45 * radius)
        tick.lineTo(0.55 * radius, -0.4 * radius)
        pen = QPen(_DARK, 1.4)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPath(tick)
    painter.end()
    return picture


def _outline(glyph: Glyph, radius: float) -> QPainterPath:
    path = QPainterPath()
    if glyph is Glyph.DIAMOND:
        path.moveTo(0, -radius)
        path.lineTo(radius, 0)
        path.lineTo(0, radius)
        path.lineTo(-radius, 0)
        path.closeSubpath()
    elif glyph is Glyph.CROSS:
        path.moveTo(-radius, -radius)
        path.lineTo(radius, radius)
        path.moveTo(-radius, radius)
        path.lineTo(radius, -radius)
    else:
        path.addEllipse(QPointF(0, 0), radius, radius)
    return path
