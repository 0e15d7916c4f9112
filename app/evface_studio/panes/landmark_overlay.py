"""Draws a face's landmarks, contours and box over a picture, all in one item."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from evface.annotations.mirror import MirrorCheck
from evface.annotations.tracks import LandmarkState
from evface.landmarks.schemes import LandmarkScheme
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.look.theme import Theme
from evface_studio.panes.box_painting import paint_box
from evface_studio.panes.glyphs import HANDLE_RADIUS_PX, Glyph, landmark_glyph
from evface_studio.panes.hover_card import HoverCard, paint_card
from evface_studio.panes.mirror_painting import paint_mirror
from evface_studio.panes.stamps import Stamps, are_known, draw_lines, lines_between, on_screen
from evface_studio.tools.targets import FaceTarget, Handle, PointTarget, SideTarget, Target

# On the screen, in device-independent pixels.
_RADIUS_PX = (2.2, 4.5)
# Dark along every line, so that it is seen on skin and on events alike.
_HALO = QColor(8, 10, 14, 170)
_AGED_OPACITY = 0.45


class LandmarkOverlay(QGraphicsItem):
    """The marks over one picture. Its coordinates are the picture's, with (0, 0) at its corner.

    Each state has a colour and a shape of its own: automatic points are hollow circles,
    interpolated ones hollow diamonds, corrected ones solid circles, verified ones solid circles
    with a tick; whatever is hidden is struck through. Known truth is drawn as crosses with dashed
    contours.

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
        self._hovered: Target | None = None
        self._chosen: int | None = None
        self._selected: tuple[int, ...] = ()
        self._handles: tuple[Handle, ...] = ()
        self._band_px: QRectF | None = None
        self._card: HoverCard | None = None
        self._mirror: MirrorCheck | None = None
        self._shows_points = self._shows_box = True
        self._weight = 1
        self._bounds = QRectF()
        self._stamps = Stamps()
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
    def hovered(self) -> Target | None:
        """What lies under the pointer."""
        return self._hovered

    @property
    def handles(self) -> tuple[Handle, ...]:
        """The handles that are shown."""
        return self._handles

    @property
    def card(self) -> HoverCard | None:
        """What is said of the landmark under the pointer."""
        return self._card

    @property
    def mirror(self) -> MirrorCheck | None:
        """How the face compares with its mirror image, where that is drawn."""
        return self._mirror

    @property
    def shows_points(self) -> bool:
        """Whether landmarks are drawn."""
        return self._shows_points

    @property
    def shows_box(self) -> bool:
        """Whether the box is drawn."""
        return self._shows_box

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
            self._marks = self._hovered = self._card = None
            self._handles = ()
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

    def set_weight(self, weight: int) -> None:
        """Draw lines and points so much heavier than usual, to be seen from afar."""
        self._weight = weight
        self.update()

    def set_hovered(
        self,
        target: Target | None,
        handles: tuple[Handle, ...] = (),
        card: HoverCard | None = None,
    ) -> None:
        """Say what lies under the pointer, which handles are shown, and what is said of it."""
        if (target, handles, card) != (self._hovered, self._handles, self._card):
            self._hovered, self._handles, self._card = target, handles, card
            self.update()

    def set_selected(self, selected: frozenset[int], chosen: int | None) -> None:
        """Ring landmarks, and the one that is looked at more strongly."""
        if (tuple(sorted(selected)), chosen) != (self._selected, self._chosen):
            self._selected, self._chosen = tuple(sorted(selected)), chosen
            self.update()

    def set_mirror(self, mirror: MirrorCheck | None) -> None:
        """Draw the face's mirror image over it, or not."""
        self._mirror = mirror
        self.update()

    def set_band(self, band_px: QRectF | None) -> None:
        """Draw a rubber band, in the item's coordinates; None for none."""
        self._band_px = band_px
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
            return on_screen(points_px, transform)

        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._weight**0.5 * min(max(1.6 + 0.6 * scale, _RADIUS_PX[0]), _RADIUS_PX[1])
        if self._truth is not None:
            self._paint_truth(painter, to_screen(self._truth.landmarks_px), radius)
        if self._marks is not None:
            points = to_screen(self._marks.landmarks_px)
            painter.setOpacity(_AGED_OPACITY if self._marks.is_aged else 1.0)
            if self._shows_box:
                side = self._hovered if isinstance(self._hovered, SideTarget) else None
                corners = to_screen(self._marks.corners_px)
                paint_box(painter, corners, self._theme, self._marks.is_box_drawn, side)
            if self._shows_points:
                self._paint_contours(painter, points, QColor(self._theme.landmark_auto), [])
                if self._mirror is not None and len(self._mirror.distance) == len(points):
                    check = self._mirror
                    mirrored = to_screen(check.mirrored_px)
                    paint_mirror(
                        painter,
                        points,
                        mirrored,
                        check.distance,
                        self._edges,
                        check.swapped,
                        self._theme,
                    )
                self._paint_points(painter, points, radius)
            painter.setOpacity(1.0)
            if self._shows_points:
                self._paint_rings(painter, points, radius)
                self._paint_handles(painter, to_screen)
        if self._band_px is not None:
            self._paint_band(painter, transform.mapRect(self._band_px))
        if self._card is not None:
            seen = QRectF(painter.viewport() if widget is None else widget.rect())
            at = transform.map(QPointF(self._card.x_px + 0.5, self._card.y_px + 0.5))
            if self._card.automatic_px is not None:
                came_px = np.array([self._card.automatic_px])
                self._paint_way(painter, to_screen(came_px), at, radius)
            paint_card(painter, self._card, at, seen, self._theme)
        painter.restore()

    def _paint_contours(
        self,
        painter: QPainter,
        points: NDArray[np.float64],
        colour: QColor,
        dashes: list[float],
    ) -> None:
        lines = lines_between(points, self._edges)
        # The dark edge is a shadow and not a halo, whose lines would be wide.
        painter.translate(0.7, 0.9)
        draw_lines(painter, lines, QPen(_HALO, 1.0), self._weight)
        painter.translate(-0.7, -0.9)
        colour.setAlphaF(0.8)
        pen = QPen(colour, 1.0)
        if dashes:
            pen.setDashPattern(dashes)
        draw_lines(painter, lines, pen, self._weight)

    def _paint_points(self, painter: QPainter, points: NDArray[np.float64], radius: float) -> None:
        assert self._marks is not None
        known = are_known(points)
        for state in LandmarkState:
            for is_occluded in (False, True):
                is_one = (self._marks.state == state) & (self._marks.occluded == is_occluded)
                chosen = points[known & is_one]
                if len(chosen):
                    glyph, colour = landmark_glyph(state), self._theme.landmark(state)
                    self._stamps.paint(
                        painter, chosen, glyph, colour, radius, is_occluded=is_occluded
                    )

    def _paint_truth(self, painter: QPainter, points: NDArray[np.float64], radius: float) -> None:
        if self._scheme is not None and len(points) == self._scheme.n_landmarks:
            self._paint_contours(painter, points, QColor(self._theme.truth), [4.0, 3.0])
        known = points[are_known(points)]
        self._stamps.paint(painter, known, Glyph.CROSS, self._theme.truth, radius)

    def _paint_rings(self, painter: QPainter, points: NDArray[np.float64], radius: float) -> None:
        """Ring the chosen landmarks, and the one under the pointer."""
        known = are_known(points)
        there = [i for i in self._selected if i < len(points) and known[i] and i != self._chosen]
        accent = self._theme.marked
        if there:
            self._stamps.paint(painter, points[there], Glyph.CHOSEN, accent, radius)
        hovered = self._hovered.landmark if isinstance(self._hovered, PointTarget) else None
        for landmark in {self._chosen, hovered}:
            if landmark is not None and landmark < len(points) and known[landmark]:
                self._stamps.paint(painter, points[[landmark]], Glyph.LOOKED_AT, accent, radius)

    def _paint_handles(
        self,
        painter: QPainter,
        to_screen: Callable[[NDArray[np.floating]], NDArray[np.float64]],
    ) -> None:
        for handle in self._handles:
            is_face = isinstance(handle.target, FaceTarget)
            is_hovered = handle.target == self._hovered
            glyph = Glyph.FACE_HANDLE if is_face else Glyph.HANDLE
            colour = self._theme.marked if is_hovered else "#e7eaf0"
            place = to_screen(np.array([[handle.x_px, handle.y_px]]))
            grown = HANDLE_RADIUS_PX + (1.0 if is_hovered else 0.0)
            self._stamps.paint(painter, place, glyph, colour, grown)

    def _paint_way(
        self, painter: QPainter, came: NDArray[np.float64], at: QPointF, radius: float
    ) -> None:
        """Join a landmark to where a machine had it."""
        line = QLineF(QPointF(*came[0].tolist()), at)
        for colour, width in ((_HALO, 3.0), (QColor(self._theme.landmark_auto), 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(line)
        glyph = landmark_glyph(LandmarkState.AUTO)
        self._stamps.paint(painter, came, glyph, self._theme.landmark_auto, radius)

    def _paint_band(self, painter: QPainter, band: QRectF) -> None:
        accent = QColor(self._theme.marked)
        faint = QColor(accent)
        faint.setAlpha(40)
        painter.fillRect(band, faint)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((_HALO, 3.0), (accent, 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(band)
