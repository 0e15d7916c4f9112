"""Draws a face's landmarks, contours and box over a picture, all in one item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import LandmarkScheme
from evface_studio.panes.glyphs import Glyph, glyph_pixmap, landmark_glyph
from evface_studio.theme import Theme

# On the screen, in device-independent pixels.
_RADIUS_PX = (2.2, 4.5)
_PICK_PX = 12.0
_BRACKET_PX = 14
# Around the landmarks, as a share of the larger side.
_BOX_MARGIN = 0.08
_MOST_STAMPS = 64
# Dark along every line, so that it is seen on skin and on events alike.
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
    scheme
        As for `set_scheme`.
    """

    def __init__(
        self,
        scheme: LandmarkScheme,
        theme: Theme,
        parent: QGraphicsItem | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scheme: LandmarkScheme | None = None
        self._marks: FaceMarks | None = None
        self._truth: FaceMarks | None = None
        self._hovered: int | None = None
        self._chosen: int | None = None
        self._shows_points = self._shows_box = True
        self._bounds = QRectF()
        self._stamps: dict[tuple[Glyph, str, int, float], QPixmap] = {}
        self.setZValue(10)
        self.set_scheme(scheme)

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

    def set_scheme(self, scheme: LandmarkScheme) -> None:
        """Take what says which landmarks are joined by lines, and what they are called.

        It is that of the marks. Truth is joined by it where it has as many points.
        """
        if scheme is not self._scheme:
            self._scheme = scheme
            self._edges = scheme.edges
            self._names = [name.replace("_", " ") for name in scheme.names]
            self._marks = self._hovered = self._chosen = None
            self.update()

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

    def choose(self, landmark: int | None) -> None:
        """Ring a landmark, wherever the pointer is; None for none."""
        if landmark != self._chosen:
            self._chosen = landmark
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
                self._paint_box(painter, points)
            if self._shows_points:
                self._paint_contours(painter, points, QColor(self._theme.landmark_auto), [])
                self._paint_points(painter, points, radius)
            painter.setOpacity(1.0)
            if self._shows_points and self._chosen is not None:
                self._paint_ring(painter, points[self._chosen], radius)
            if self._shows_points and self._hovered is not None:
                seen = painter.viewport() if widget is None else widget.rect()
                self._paint_name(painter, points[self._hovered], radius, QRectF(seen))
        painter.restore()

    def _paint_contours(
        self,
        painter: QPainter,
        points: NDArray[np.float64],
        colour: QColor,
        dashes: list[float],
    ) -> None:
        known = _is_known(points)
        edges = self._edges[known[self._edges].all(axis=1)]
        lines = [
            QLineF(*start, *stop)
            for start, stop in zip(
                points[edges[:, 0]].tolist(), points[edges[:, 1]].tolist(), strict=True
            )
        ]
        # Lines of one pixel are drawn many times faster than wider ones, so the dark edge is a
        # shadow and not a halo.
        painter.setPen(QPen(_HALO, 1.0))
        painter.translate(0.7, 0.9)
        painter.drawLines(lines)
        painter.translate(-0.7, -0.9)
        colour.setAlphaF(0.8)
        pen = QPen(colour, 1.0)
        if dashes:
            pen.setDashPattern(dashes)
        painter.setPen(pen)
        painter.drawLines(lines)

    def _paint_points(self, painter: QPainter, points: NDArray[np.float64], radius: float) -> None:
        assert self._marks is not None
        known = _is_known(points)
        for state in LandmarkState:
            chosen = points[known & (self._marks.state == state)]
            if len(chosen):
                colour = self._theme.landmark(state)
                self._stamp(painter, chosen, landmark_glyph(state), colour, radius)

    def _stamp(
        self,
        painter: QPainter,
        points: NDArray[np.float64],
        glyph: Glyph,
        colour: str,
        radius: float,
    ) -> None:
        """Draw one glyph at many points, from a picture of it that is drawn once."""
        ratio = painter.device().devicePixelRatioF()
        key = (glyph, colour, round(4 * radius), ratio)
        stamp = self._stamps.get(key)
        if stamp is None:
            if len(self._stamps) > _MOST_STAMPS:
                self._stamps.clear()
            stamp = self._stamps[key] = glyph_pixmap(glyph, colour, round(4 * radius) / 4, ratio)
        half = stamp.deviceIndependentSize().width() / 2
        for x, y in np.rint((points - half) * ratio).tolist():
            painter.drawPixmap(QPointF(x / ratio, y / ratio), stamp)

    def _paint_truth(self, painter: QPainter, points: NDArray[np.float64], radius: float) -> None:
        if len(points) == len(self._names):
            self._paint_contours(painter, points, QColor(self._theme.truth), [4.0, 3.0])
        known = points[_is_known(points)]
        self._stamp(painter, known, Glyph.CROSS, self._theme.truth, radius)

    def _paint_box(self, painter: QPainter, points: NDArray[np.float64]) -> None:
        known = points[_is_known(points)]
        if not len(known):
            return
        low, high = known.min(axis=0), known.max(axis=0)
        grow = _BOX_MARGIN * float((high - low).max())
        left, top = (round(value) for value in (low - grow).tolist())
        right, bottom = (round(value) for value in (high + grow).tolist())
        colour = QColor(self._theme.box)
        faint = QColor(colour)
        faint.setAlphaF(0.35)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(faint, 1))
        painter.drawRect(left, top, right - left, bottom - top)
        arm = min(_BRACKET_PX, (right - left) // 3, (bottom - top) // 3)
        brackets = [
            line
            for x, along_x in ((left, arm), (right, -arm))
            for y, along_y in ((top, arm), (bottom, -arm))
            for line in (QLine(x, y, x + along_x, y), QLine(x, y, x, y + along_y))
        ]
        for width, tint in ((4, _HALO), (2, colour)):
            painter.setPen(QPen(tint, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
            painter.drawLines(brackets)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_ring(self, painter: QPainter, point: NDArray[np.float64], radius: float) -> None:
        if not np.isfinite(point).all():
            return
        centre = QPointF(*point.tolist())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((_HALO, 4.0), (QColor(self._theme.accent), 1.8)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(centre, radius + 4.5, radius + 4.5)

    def _paint_name(
        self, painter: QPainter, point: NDArray[np.float64], radius: float, seen: QRectF
    ) -> None:
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
        metrics = QFontMetricsF(painter.font())
        label = QRectF(0, 0, metrics.horizontalAdvance(text) + 16, metrics.height() + 8)
        label.moveTo(x + 14, y - label.height() - 8)
        seen = seen.adjusted(4, 4, -4, -4)
        label.moveRight(min(label.right(), seen.right()))
        label.moveTop(max(label.top(), seen.top()))
        painter.setPen(QPen(QColor(self._theme.border), 1.0))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(label, 4, 4)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)


def _is_known(points: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which points are not missing."""
    return np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])
