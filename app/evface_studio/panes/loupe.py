"""A round magnifier beside a point of the picture."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.look.theme import Theme
from evface_studio.panes.picture_view import PictureView

# On the screen, in device-independent pixels; no more than a share of the pane.
_RADIUS_PX, _LARGEST = 72.0, 0.25
_BESIDE_PX = 26.0
# Pixels of the screen per pixel of the picture within the loupe, and at least this many times what
# the picture around it has.
MAGNIFICATION = 7.0
_LEAST_TIMES = 2.0
_HALO = QColor(8, 10, 14, 190)


class Loupe(QGraphicsItem):
    """Shows the picture around a point in squares, with a cross on the point and its coordinates.

    Parameters
    ----------
    picture
        What it enlarges, and is laid over.
    """

    def __init__(self, picture: PictureView, theme: Theme) -> None:
        super().__init__()
        self._picture = picture
        self._theme = theme
        self._at_px: tuple[float, float] | None = None
        self._marks: FaceMarks | None = None
        self._bounds = QRectF()
        self.setZValue(30)
        self.hide()

    @property
    def at_px(self) -> tuple[float, float] | None:
        """The point enlarged, with the origin at the centre of the first pixel; None for none."""
        return self._at_px

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def show_at(self, at_px: tuple[float, float] | None, marks: FaceMarks | None = None) -> None:
        """Enlarge another point, with the landmarks near it; None ends it."""
        if at_px is not None and not all(map(math.isfinite, at_px)):
            at_px = None
        self._at_px, self._marks = at_px, marks
        width, height = self._picture.resolution
        bounds = QRectF(-width, -height, 3 * width, 3 * height)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self.setVisible(at_px is not None)
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the picture and as much again around it."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw it on the screen, beside the point and within the view."""
        image = self._picture.qimage()
        if self._at_px is None or image is None:
            return
        transform = painter.worldTransform()
        x_px, y_px = self._at_px
        point = transform.map(QPointF(x_px + 0.5, y_px + 0.5))
        scale = max(MAGNIFICATION, _LEAST_TIMES * abs(transform.m11()))
        seen = QRectF(painter.viewport() if widget is None else widget.rect())
        radius = min(_RADIUS_PX, _LARGEST * min(seen.width(), seen.height()))
        centre = _place_beside(point, seen, radius)
        circle = QPainterPath()
        circle.addEllipse(centre, radius, radius)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(circle)
        painter.fillPath(circle, QColor(self._theme.picture))
        reach = math.ceil(radius / scale) + 1
        part = QRect(round(x_px) - reach, round(y_px) - reach, 2 * reach + 1, 2 * reach + 1)
        part = part.intersected(image.rect())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        if not part.isEmpty():
            target = QRectF(
                centre.x() + (part.left() - x_px - 0.5) * scale,
                centre.y() + (part.top() - y_px - 0.5) * scale,
                part.width() * scale,
                part.height() * scale,
            )
            painter.drawImage(target, image.copy(part))
        self._paint_marks(painter, centre, scale, radius)
        self._paint_cross(painter, centre, radius)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((_HALO, 4.0), (QColor(self._theme.marked), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(centre, radius, radius)
        self._paint_place(painter, QPointF(centre.x(), centre.y() + radius))
        painter.restore()

    def _paint_marks(self, painter: QPainter, centre: QPointF, scale: float, radius: float) -> None:
        """Draw the other landmarks as small rings."""
        if self._marks is None or self._at_px is None:
            return
        offset = (self._marks.landmarks_px - np.array(self._at_px)) * scale
        away_px = np.hypot(offset[:, 0], offset[:, 1])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for dx, dy in offset[(away_px < radius) & (away_px > 1.0)].tolist():
            for colour, width in ((_HALO, 3.0), (QColor(self._theme.landmark_auto), 1.3)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(QPointF(centre.x() + dx, centre.y() + dy), 4.0, 4.0)

    def _paint_cross(self, painter: QPainter, centre: QPointF, far: float) -> None:
        """Draw four strokes that leave the middle free."""
        near = 4.0
        for colour, width in ((_HALO, 3.0), (QColor(self._theme.marked), 1.2)):
            painter.setPen(QPen(colour, width))
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                start = QPointF(centre.x() + near * dx, centre.y() + near * dy)
                painter.drawLine(start, QPointF(centre.x() + far * dx, centre.y() + far * dy))

    def _paint_place(self, painter: QPainter, centre: QPointF) -> None:
        """Write where it is, over the rim."""
        assert self._at_px is not None
        x_px, y_px = self._at_px
        text = f"{x_px:.2f}  {y_px:.2f}"
        metrics = QFontMetricsF(painter.font())
        plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
        plate.moveCenter(centre)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(8, 10, 14, 215))
        painter.drawRoundedRect(plate, 4, 4)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _place_beside(point: QPointF, seen: QRectF, radius: float) -> QPointF:
    """Return a centre above and right of a point, or on the side where there is room."""
    away = (radius + _BESIDE_PX) * math.sqrt(0.5)
    x = point.x() + away
    if x + radius > seen.right():
        x = point.x() - away
    y = point.y() - away
    if y - radius < seen.top():
        y = point.y() + away
    return QPointF(x, y)
