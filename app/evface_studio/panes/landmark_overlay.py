"""Draws a face's landmarks, contours and box over a picture, all in one item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface.annotations.tracks import LandmarkState
from evface_studio.theme import Theme

# On the screen, in device-independent pixels.
_RADIUS_PX = (2.2, 4.5)
_PICK_PX = 12.0
_BRACKET_PX = 14.0
# Dark around every line, so that it is seen on skin and on events alike.
_HALO = QColor(8, 10, 14, 170)
_AGED_OPACITY = 0.45


@dataclass(frozen=True, eq=False)
class FaceMarks:
    """One face on one picture.

    Parameters
    ----------
    landmarks_px : (n_landmarks, 2) float
        NaN where missing. The origin is the centre of the top left pixel.
    state : (n_landmarks,) uint8
        `LandmarkState` of each.
    is_aged
        Whether they belong to a moment too far from the picture's to pass for its own.
    """

    landmarks_px: NDArray[np.floating]
    state: NDArray[np.uint8]
    is_aged: bool = False


class LandmarkOverlay(QGraphicsItem):
    """The marks over one picture. Its coordinates are the picture's, with (0, 0) at its corner.

    Each state has a colour and a shape of its own: automatic points are hollow circles,
    interpolated ones hollow diamonds, corrected ones solid circles, verified ones solid circles
    with a tick. Known truth is drawn as crosses with dashed contours.

    Parameters
    ----------
    edges
        Pairs of landmarks to be joined by a line.
    names
        Name of each landmark.
    """

    def __init__(
        self,
        edges: Sequence[tuple[int, int]],
        names: Sequence[str],
        theme: Theme,
        parent: QGraphicsItem | None = None,
    ) -> None:
        super().__init__(parent)
        self._edges = np.asarray(edges, np.intp).reshape(-1, 2)
        self._names = names
        self._theme = theme
        self._marks: FaceMarks | None = None
        self._truth: FaceMarks | None = None
        self._hovered: int | None = None
        self._shows_points = self._shows_box = True
        self._bounds = QRectF()
        self.setZValue(10)

    @property
    def marks(self) -> FaceMarks | None:
        """The face drawn."""
        return self._marks

    @property
    def truth(self) -> FaceMarks | None:
        """The known truth drawn."""
        return self._truth

    @property
    def hovered(self) -> int | None:
        """The landmark whose name is shown."""
        return self._hovered

    def set_resolution(self, resolution: tuple[int, int]) -> None:
        """Take the size of the picture; marks may lie around it as well."""
        width, height = resolution
        bounds = QRectF(-width, -height, 3 * width, 3 * height)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def set_marks(self, marks: FaceMarks | None, truth: FaceMarks | None = None) -> None:
        """Draw another face, or none."""
        if marks is not self._marks or truth is not self._truth:
            self._marks, self._truth = marks, truth
            self.update()

    def set_layers(self, *, shows_points: bool, shows_box: bool) -> None:
        """Choose what is drawn; truth is drawn whenever it is given."""
        self._shows_points, self._shows_box = shows_points, shows_box
        self.update()

    def hover(self, position_px: QPointF | None, scale: float) -> None:
        """Show the name of the landmark under the pointer, the nearest centre of all.

        Parameters
        ----------
        position_px
            In the picture; None where the pointer has left it.
        scale
            Pixels of the screen per pixel of the picture.
        """
        hovered = None
        if position_px is not None and self._marks is not None and self._shows_points:
            offset = self._marks.landmarks_px + 0.5 - (position_px.x(), position_px.y())
            distance = np.hypot(offset[:, 0], offset[:, 1]) * scale
            if np.isfinite(distance).any():
                nearest = int(np.nanargmin(distance))
                hovered = nearest if distance[nearest] <= _PICK_PX else None
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the picture and as much again around it."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw with lines and points of the same size on the screen at any zoom."""
        if self._marks is None and self._truth is None:
            return
        transform = painter.worldTransform()
        scale = abs(transform.m11())

        def to_screen(points_px: NDArray[np.floating]) -> NDArray[np.float64]:
            x, y = points_px[:, 0] + 0.5, points_px[:, 1] + 0.5
            return np.stack(
                [
                    transform.m11() * x + transform.m21() * y + transform.dx(),
                    transform.m12() * x + transform.m22() * y + transform.dy(),
                ],
                axis=-1,
            )

        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = min(max(1.6 + 0.6 * scale, _RADIUS_PX[0]), _RADIUS_PX[1])
        if self._truth is not None:
            self._paint_truth(painter, to_screen(self._truth.landmarks_px), radius)
        if self._marks is not None:
            points = to_screen(self._marks.landmarks_px)
            painter.setOpacity(_AGED_OPACITY if self._marks.is_aged else 1.0)
            if self._shows_box:
                self._paint_box(painter, points, 0.08)
            if self._shows_points:
                self._paint_contours(painter, points, QColor(self._theme.landmark_auto), [])
                self._paint_points(painter, points, radius)
            painter.setOpacity(1.0)
            if self._shows_points and self._hovered is not None:
                self._paint_name(painter, points[self._hovered], radius)
        painter.restore()

    def _paint_contours(
        self,
        painter: QPainter,
        points: NDArray[np.float64],
        colour: QColor,
        dashes: list[float],
    ) -> None:
        path = QPainterPath()
        last = -1
        known = np.isfinite(points).all(axis=1)
        for start, stop in self._edges:
            if not (known[start] and known[stop]):
                continue
            if start != last:
                path.moveTo(*points[start])
            path.lineTo(*points[stop])
            last = stop
        halo = QPen(_HALO, 2.4)
        halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(halo)
        painter.drawPath(path)
        colour.setAlphaF(0.75)
        pen = QPen(colour, 1.0)
        if dashes:
            pen.setDashPattern(dashes)
        painter.setPen(pen)
        painter.drawPath(path)

    def _paint_points(self, painter: QPainter, points: NDArray[np.float64], radius: float) -> None:
        assert self._marks is not None
        for state, shape in _SHAPES.items():
            chosen = points[(self._marks.state == state) & np.isfinite(points).all(axis=1)]
            if not len(chosen):
                continue
            path = QPainterPath()
            for x, y in chosen.tolist():
                shape.outline(path, x, y, radius * shape.size)
            colour = QColor(self._theme.landmark(state))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(_HALO, 3.0))
            painter.drawPath(path)
            painter.setBrush(QBrush(colour) if shape.is_solid else Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour, 1.3))
            painter.drawPath(path)
            if shape.has_tick:
                ticks = QPainterPath()
                for x, y in chosen.tolist():
                    _tick(ticks, x, y, radius * shape.size)
                pen = QPen(QColor(8, 10, 14), 1.4)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(pen)
                painter.drawPath(ticks)

    def _paint_truth(self, painter: QPainter, points: NDArray[np.float64], radius: float) -> None:
        colour = QColor(self._theme.truth)
        self._paint_contours(painter, points, QColor(colour), [4.0, 3.0])
        path = QPainterPath()
        for x, y in points[np.isfinite(points).all(axis=1)].tolist():
            path.moveTo(x - radius, y - radius)
            path.lineTo(x + radius, y + radius)
            path.moveTo(x - radius, y + radius)
            path.lineTo(x + radius, y - radius)
        painter.setPen(QPen(_HALO, 2.8))
        painter.drawPath(path)
        painter.setPen(QPen(colour, 1.2))
        painter.drawPath(path)

    def _paint_box(self, painter: QPainter, points: NDArray[np.float64], margin: float) -> None:
        known = points[np.isfinite(points).all(axis=1)]
        if not len(known):
            return
        low, high = known.min(axis=0), known.max(axis=0)
        grow = margin * float((high - low).max())
        box = QRectF(QPointF(*(low - grow)), QPointF(*(high + grow)))
        arm = min(_BRACKET_PX, box.width() / 3, box.height() / 3)
        path = QPainterPath()
        for corner, right, down in (
            (box.topLeft(), 1, 1),
            (box.topRight(), -1, 1),
            (box.bottomRight(), -1, -1),
            (box.bottomLeft(), 1, -1),
        ):
            path.moveTo(corner.x() + right * arm, corner.y())
            path.lineTo(corner)
            path.lineTo(corner.x(), corner.y() + down * arm)
        colour = QColor(self._theme.box)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_HALO, 3.4))
        painter.drawPath(path)
        painter.setPen(QPen(colour, 1.6))
        painter.drawPath(path)
        colour.setAlphaF(0.35)
        painter.setPen(QPen(colour, 1.0))
        painter.drawRect(box)

    def _paint_name(self, painter: QPainter, point: NDArray[np.float64], radius: float) -> None:
        assert self._marks is not None
        assert self._hovered is not None
        if not np.isfinite(point).all():
            return
        state = LandmarkState(int(self._marks.state[self._hovered]))
        text = f"{self._names[self._hovered]} · {self._hovered} · {state.name.lower()}"
        x, y = point.tolist()
        painter.setPen(QPen(QColor(self._theme.accent), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, y), radius + 3.5, radius + 3.5)
        font = QFont(painter.font())
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        label = QRectF(0, 0, metrics.horizontalAdvance(text) + 16, metrics.height() + 8)
        label.moveTo(x + 14, y - label.height() - 8)
        seen = QRectF(painter.viewport()).adjusted(4, 4, -4, -4)
        label.moveRight(min(label.right(), seen.right()))
        label.moveTop(max(label.top(), seen.top()))
        painter.setPen(QPen(QColor(self._theme.border), 1.0))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(label, 4, 4)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)


def _circle(path: QPainterPath, x: float, y: float, radius: float) -> None:
    path.addEllipse(QPointF(x, y), radius, radius)


def _diamond(path: QPainterPath, x: float, y: float, radius: float) -> None:
    path.moveTo(x, y - radius)
    path.lineTo(x + radius, y)
    path.lineTo(x, y + radius)
    path.lineTo(x - radius, y)
    path.closeSubpath()


def _tick(path: QPainterPath, x: float, y: float, radius: float) -> None:
    path.moveTo(x - 0.5 * radius, y + 0.05 * radius)
    path.lineTo(x - 0.1 * radius, y + 0.45 * radius)
    path.lineTo(x + 0.55 * radius, y - 0.4 * radius)


@dataclass(frozen=True)
class _Shape:
    outline: Callable[[QPainterPath, float, float, float], None]
    size: float
    is_solid: bool = False
    has_tick: bool = False


_SHAPES = {
    LandmarkState.AUTO: _Shape(_circle, 1.0),
    LandmarkState.INTERPOLATED: _Shape(_diamond, 1.25),
    LandmarkState.CORRECTED: _Shape(_circle, 1.15, is_solid=True),
    LandmarkState.VERIFIED: _Shape(_circle, 1.6, is_solid=True, has_tick=True),
}
