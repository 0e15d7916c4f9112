"""Pictures of landmarks: each state has a shape of its own besides its colour."""

from __future__ import annotations

import math
from enum import Enum, auto

from PySide6.QtCore import QPointF, QRectF, Qt
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
    # What a network predicts: sure of it, less so, and in doubt.
    SOLID_SQUARE = auto()
    SQUARE = auto()
    DOUBTFUL_SQUARE = auto()
    # Around a landmark: one of those chosen, and the one that is looked at.
    CHOSEN = auto()
    LOOKED_AT = auto()
    # Things to grasp: a part of the face, and the whole face.
    HANDLE = auto()
    FACE_HANDLE = auto()


_SIZES = {Glyph.DIAMOND: 1.25, Glyph.DISC: 1.2, Glyph.TICK: 1.6, Glyph.DOUBTFUL_SQUARE: 1.4}
_SOLID = frozenset({Glyph.DISC, Glyph.TICK, Glyph.SOLID_SQUARE})
_SQUARES = frozenset({Glyph.SOLID_SQUARE, Glyph.SQUARE, Glyph.DOUBTFUL_SQUARE})
# From these confidences on a network is sure, and not in doubt.
_SURE, _LIKELY = 0.7, 0.4
_AROUND_PX = {Glyph.CHOSEN: 3.5, Glyph.LOOKED_AT: 4.5}
_HANDLES = frozenset({Glyph.HANDLE, Glyph.FACE_HANDLE})
HANDLE_RADIUS_PX = 9.0
_OF_STATE = {
    LandmarkState.AUTO: Glyph.RING,
    LandmarkState.INTERPOLATED: Glyph.DIAMOND,
    LandmarkState.CORRECTED: Glyph.DISC,
    LandmarkState.VERIFIED: Glyph.TICK,
}


def landmark_glyph(state: LandmarkState) -> Glyph:
    """Return the shape of a landmark: hollow for machines, solid for people."""
    return _OF_STATE[state]


def prediction_glyph(confidence: float) -> Glyph:
    """Return the shape of a predicted landmark; NaN where no confidence is stated."""
    if confidence >= _SURE:
        return Glyph.SOLID_SQUARE
    return Glyph.DOUBTFUL_SQUARE if confidence < _LIKELY else Glyph.SQUARE


def glyph_pixmap(
    glyph: Glyph, colour: str, radius: float, ratio: float, *, is_occluded: bool = False
) -> QPixmap:
    """Draw a glyph in the middle of a picture just large enough, on nothing.

    Parameters
    ----------
    radius
        Of a ring, in device-independent pixels; the others are a little larger.
    ratio
        Device pixels per device-independent pixel.
    is_occluded
        Strike it through.
    """
    radius = radius * _SIZES.get(glyph, 1.0) + _AROUND_PX.get(glyph, 0.0)
    reach = radius + 3.5 if is_occluded else radius
    # An odd number of device pixels, so that the middle falls on the middle of one.
    side = 2 * math.ceil((reach + 2.5) * ratio) + 1
    picture = QPixmap(side, side)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(side / ratio / 2, side / ratio / 2)
    if glyph in _HANDLES:
        _draw_handle(painter, glyph, colour, radius)
    else:
        _draw_mark(painter, glyph, colour, radius)
    if is_occluded:
        strike = 0.72 * reach
        for tint, width in ((_HALO, 3.4), (QColor(colour), 1.6)):
            painter.setPen(QPen(tint, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(-strike, strike), QPointF(strike, -strike))
    painter.end()
    return picture


def _draw_mark(painter: QPainter, glyph: Glyph, colour: str, radius: float) -> None:
    outline = _outline(glyph, radius)
    is_looked_at = glyph is Glyph.LOOKED_AT
    painter.setPen(QPen(_HALO, 4.0 if is_looked_at else 3.0))
    painter.drawPath(outline)
    painter.setPen(QPen(QColor(colour), 1.8 if is_looked_at else 1.3))
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


def _draw_handle(painter: QPainter, glyph: Glyph, colour: str, radius: float) -> None:
    """Draw a plate with arrows to four sides; that of the face is square, and larger."""
    is_face = glyph is Glyph.FACE_HANDLE
    plate = QRectF(-radius, -radius, 2 * radius, 2 * radius)
    painter.setPen(QPen(QColor(colour), 1.4))
    painter.setBrush(QColor(8, 10, 14, 215))
    if is_face:
        painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    else:
        painter.drawEllipse(plate.adjusted(1, 1, -1, -1))
    far, head = 0.62 * radius, 0.24 * radius
    for turn in range(4):
        painter.save()
        painter.rotate(90 * turn)
        painter.drawLine(QPointF(0, 0), QPointF(0, -far))
        painter.drawLine(QPointF(-head, -far + head), QPointF(0, -far))
        painter.drawLine(QPointF(head, -far + head), QPointF(0, -far))
        painter.restore()


def _outline(glyph: Glyph, radius: float) -> QPainterPath:
    path = QPainterPath()
    if glyph is Glyph.DIAMOND:
        path.moveTo(0, -radius)
        path.lineTo(radius, 0)
        path.lineTo(0, radius)
        path.lineTo(-radius, 0)
        path.closeSubpath()
    elif glyph in _SQUARES:
        path.addRect(QRectF(-0.85 * radius, -0.85 * radius, 1.7 * radius, 1.7 * radius))
    elif glyph is Glyph.CROSS:
        path.moveTo(-radius, -radius)
        path.lineTo(radius, radius)
        path.moveTo(-radius, radius)
        path.lineTo(radius, -radius)
    else:
        path.addEllipse(QPointF(0, 0), radius, radius)
    return path
