"""One row of the timeline: curves over time with the cursor across them."""

from __future__ import annotations

import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import HoverEvent, MouseClickEvent, MouseDragEvent
from PySide6.QtCore import Qt, Signal

from evface_studio.theme import Theme
from evface_studio.timeline.curves import CurvesItem
from evface_studio.timeline.spans import SpansItem

_GRAB_PX = 6
_TO_SECONDS = 1e-6


class LaneBox(pg.ViewBox):
    """The wheel zooms time about the pointer, a drag moves it; a click moves the cursor.

    A drag that begins on the cursor moves the cursor.
    """

    # The cursor was moved to a time in seconds.
    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseEnabled(x=True, y=False)
        self.disableAutoRange()
        self._cursor_s = 0.0
        self._is_scrubbing = False

    def set_cursor_s(self, cursor_s: float) -> None:
        """Say where the cursor is, so that it can be grasped."""
        self._cursor_s = cursor_s

    def scrub(self, event: MouseClickEvent | MouseDragEvent) -> None:
        """Move the cursor to the pointer."""
        event.accept()
        self.sought.emit(self.mapSceneToView(event.scenePos()).x())

    def mouseClickEvent(self, event: MouseClickEvent) -> None:
        """Move the cursor to the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.scrub(event)

    def mouseDragEvent(self, event: MouseDragEvent, axis: int | None = None) -> None:
        """Move the cursor, or time under it."""
        if event.isStart():
            at = self.mapSceneToView(event.buttonDownScenePos())
            self._is_scrubbing = self._is_near_cursor(at.x())
        if self._is_scrubbing and event.button() == Qt.MouseButton.LeftButton:
            self.scrub(event)
        else:
            super().mouseDragEvent(event, axis)

    def hoverEvent(self, event: HoverEvent) -> None:
        """Show that the cursor can be grasped."""
        if event.isExit() or not self._is_near_cursor(self.mapSceneToView(event.scenePos()).x()):
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.SplitHCursor)

    def _is_near_cursor(self, at_s: float) -> bool:
        return abs(at_s - self._cursor_s) <= _GRAB_PX * self.viewPixelSize()[0]


class Lane(pg.PlotItem):
    """Curves, spans without a face behind them, the event window and the cursor."""

    def __init__(self, axes: dict[str, pg.AxisItem] | None = None) -> None:
        super().__init__(viewBox=LaneBox(), axisItems=axes or {}, enableMenu=False)
        self.hideButtons()
        self.spans = SpansItem()
        self.curves = CurvesItem()
        self._window = pg.LinearRegionItem((0, 0), movable=False)
        self._cursor = pg.InfiniteLine(0, angle=90)
        for item, depth in (
            (self.spans, -30),
            (self._window, -20),
            (self.curves, 0),
            (self._cursor, 20),
        ):
            item.setZValue(depth)
            self.addItem(item, ignoreBounds=True)
        for line in self._window.lines:
            line.hide()

    @property
    def box(self) -> LaneBox:
        """Where the curves are drawn."""
        return self.getViewBox()

    def set_moment(self, time_us: int, window_us: int) -> None:
        """Move the cursor and the event window before it."""
        at_s = time_us * _TO_SECONDS
        self._cursor.setPos(at_s)
        self._window.setRegion((at_s - window_us * _TO_SECONDS, at_s))
        self.box.set_cursor_s(at_s)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._cursor.setPen(pg.mkPen(theme.cursor, width=1))
        accent = pg.mkColor(theme.accent)
        accent.setAlpha(60)
        self._window.setBrush(accent)
        self.spans.set_colour(theme.invalid)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(theme.border))
            axis.setTextPen(pg.mkPen(theme.muted))
