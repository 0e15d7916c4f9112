"""A strip of the timeline: whatever it shows over time, the event window, and the cursor."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from evface_studio.look.theme import Theme
from evface_studio.timeline.time_scale import TimeScale, panned, zoomed
from evface_studio.view_state import ViewState

GRAB_PX = 6
_ZOOM_A_NOTCH = 0.82
_NOTCH = 120
_WINDOW_ALPHA = 56


class TimeStrip(QWidget):
    """Shows the stretch of time that the view shows. All strips share it, and the cursor.

    What a strip shows is painted once and kept while only the cursor moves. The wheel zooms about
    the pointer, with Shift it moves the stretch; a drag moves it too, one that begins on the cursor
    moves the cursor, and one with Shift marks a stretch.
    """

    # The cursor was moved to a time, us.
    sought = Signal(object)
    # A stretch was marked, us.
    range_marked = Signal(object, object)

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._theme = theme
        self._kept: QPixmap | None = None
        self._drag: str | None = None
        self._pressed = QPointF()
        self._last_x = 0.0
        self._moment = (0, 0)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        view_state.time_changed.connect(self._on_moment_changed)
        view_state.window_changed.connect(self._on_moment_changed)
        view_state.span_changed.connect(self._on_moment_changed)
        view_state.visible_range_changed.connect(self.redraw)

    @property
    def scale(self) -> TimeScale:
        """Where moments lie now."""
        return TimeScale(*self._view_state.visible_range, max(self.width(), 1))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.redraw()

    @Slot()
    def redraw(self) -> None:
        """Paint everything anew."""
        self._kept = None
        self.update()

    def paint_content(self, painter: QPainter, scale: TimeScale) -> None:
        """Paint what the strip shows, without cursor and window."""

    def paint_over(self, painter: QPainter, scale: TimeScale) -> None:
        """Paint what changes with every picture."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show what is kept, then the event window and the cursor."""
        painter = QPainter(self)
        scale = self.scale
        self.paint_kept(painter, event.region(), scale)
        left, right = self._moment_px(scale)
        if scale.stop_us > scale.start_us:
            window = QColor(self._theme.accent)
            window.setAlpha(_WINDOW_ALPHA)
            painter.fillRect(QRectF(left, 0, right - left, self.height()), window)
        self.paint_over(painter, scale)
        if scale.stop_us > scale.start_us:
            painter.fillRect(QRectF(round(right), 0, 1, self.height()), QColor(self._theme.cursor))
        painter.end()

    def paint_kept(self, painter: QPainter, region: QRegion, scale: TimeScale) -> None:
        """Paint what does not change with every picture, within a region, from what is kept."""
        del region
        if self._kept is None:
            self._kept = self.new_pixmap(self.width(), self.height())
            inner = QPainter(self._kept)
            self.paint_content(inner, scale)
            inner.end()
        painter.drawPixmap(0, 0, self._kept)

    def new_pixmap(self, width: int, height: int) -> QPixmap:
        """Return an empty picture of this size, sharp on this screen."""
        ratio = self.devicePixelRatioF()
        made = QPixmap(max(round(width * ratio), 1), max(round(height * ratio), 1))
        made.setDevicePixelRatio(ratio)
        made.fill(QColor(self._theme.surface))
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint anew."""
        super().resizeEvent(event)
        self.redraw()

    def changeEvent(self, event: QEvent) -> None:
        """Paint anew in another size of text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer; move the stretch with Shift, or where the wheel goes sideways."""
        view = self._view_state
        delta = event.angleDelta()
        event.accept()
        if view.duration_us <= 0:
            return
        is_sideways = abs(delta.x()) > abs(delta.y())
        if is_sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            notches = (delta.x() or delta.y()) / _NOTCH
            start_us, stop_us = view.visible_range
            by_us = -0.1 * notches * (stop_us - start_us)
            view.set_visible_range(*panned(view.visible_range, by_us, view.duration_us))
        else:
            factor = _ZOOM_A_NOTCH ** (delta.y() / _NOTCH)
            about_us = self.scale.t_of(event.position().x())
            view.set_visible_range(*zoomed(view.visible_range, factor, about_us, view.duration_us))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        self._pressed = event.position()
        self._last_x = event.position().x()
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._drag = "mark"
        elif is_left and self.is_near_cursor(event.position().x()):
            self._drag = "scrub"
        elif is_left:
            self._drag = "click"
        elif event.button() is Qt.MouseButton.MiddleButton:
            self._drag = "pan"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag, or show what a press would do."""
        x = event.position().x()
        if self._drag is None:
            self.hover(event.position())
            return
        if self._drag == "click" and self.is_drag(event.position()):
            self._drag = "pan"
        if self._drag == "scrub":
            self.sought.emit(self.scale.t_of(x))
        elif self._drag == "mark":
            first_us, last_us = sorted((self.scale.t_of(self._pressed.x()), self.scale.t_of(x)))
            if last_us > first_us:
                self.range_marked.emit(first_us, last_us)
        elif self._drag == "pan":
            view = self._view_state
            by_us = (self._last_x - x) * self.scale.us_per_px
            view.set_visible_range(*panned(view.visible_range, by_us, view.duration_us))
        self._last_x = x

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a click moves the cursor."""
        if self._drag in ("click", "scrub"):
            self.sought.emit(self.scale.t_of(event.position().x()))
        self._drag = None

    def hover(self, position: QPointF) -> None:
        """Show that the cursor can be grasped."""
        if self.is_near_cursor(position.x()):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        else:
            self.unsetCursor()

    def is_drag(self, position: QPointF) -> bool:
        """Return whether the pointer went far enough from where it was pressed."""
        way = (position - self._pressed).manhattanLength()
        return way >= QApplication.startDragDistance()

    def is_near_cursor(self, x: float) -> bool:
        """Return whether a pixel lies on the cursor."""
        return abs(x - self.scale.x_of(self._view_state.time_us)) <= GRAB_PX

    def _moment_px(self, scale: TimeScale) -> tuple[float, float]:
        time_us, span_us = self._view_state.time_us, self._view_state.span_us
        return scale.x_of(time_us - span_us), scale.x_of(time_us)

    @Slot()
    def _on_moment_changed(self) -> None:
        left, right = self._moment_px(self.scale)
        now = (round(left) - 2, round(right) + 2)
        for first, last in (self._moment, now):
            self.update(QRect(first, 0, last - first + 1, self.height()))
        self._moment = now
