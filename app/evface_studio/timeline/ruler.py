"""The ruler: what time it is where, and which stretch is looped."""

from __future__ import annotations

from math import ceil, floor, log10

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.timeline.strip import TimeStrip
from evface_studio.timeline.time_scale import TimeScale
from evface_studio.view_state import ViewState

_APART = 9 * GRID
_TEXT_SHARE = 0.85
_LOOP_ALPHA = 90


class Ruler(TimeStrip):
    """Labels seconds as people read time; a click or a drag on it moves the cursor."""

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(view_state, theme, parent)
        self._loop_us: tuple[int, int] | None = None
        self._fit_height()
        self.setAccessibleName("Ruler")

    def set_loop(self, loop_us: tuple[int, int] | None) -> None:
        """Mark the stretch that is played again and again; None for none."""
        if loop_us != self._loop_us:
            self._loop_us = loop_us
            self.redraw()

    def paint_content(self, painter: QPainter, scale: TimeScale) -> None:
        """Paint the loop, the marks and their words."""
        height = self.height()
        if scale.stop_us <= scale.start_us:
            return
        painter.setFont(self._small_font())
        if self._loop_us is not None:
            left, right = (scale.x_of(t_us) for t_us in self._loop_us)
            colour = QColor(self._theme.accent)
            painter.fillRect(QRectF(left, 0, right - left, 3), colour)
            colour.setAlpha(_LOOP_ALPHA)
            painter.fillRect(QRectF(left, 3, right - left, height), colour)
        spacing_s = step_of(scaled(_APART) * scale.us_per_px * 1e-6)
        first = ceil(scale.start_us * 1e-6 / spacing_s - 1e-9)
        last = floor(scale.stop_us * 1e-6 / spacing_s + 1e-9)
        for number in range(first, last + 1):
            x = scale.x_of(number * spacing_s * 1e6)
            painter.fillRect(QRectF(round(x), height - 5, 1, 5), QColor(self._theme.muted))
            words = format_mark(number * spacing_s, spacing_s)
            width = painter.fontMetrics().horizontalAdvance(words)
            # The first and the last stay within.
            place = min(max(x - width / 2, 2), scale.width_px - width - 2)
            painter.setPen(QColor(self._theme.muted))
            flags = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(place, 0, width + 2, height - 5), flags, words)
        painter.fillRect(QRectF(0, height - 1, self.width(), 1), QColor(self._theme.border))

    def changeEvent(self, event: QEvent) -> None:
        """Stay high enough when text grows."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_height()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grasp the cursor anywhere."""
        super().mousePressEvent(event)
        if self._drag == "click":
            self._drag = "scrub"
            self.sought.emit(self.scale.t_of(event.position().x()))

    def hover(self, _position: QPointF) -> None:
        """Show that the cursor can be moved."""
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def _fit_height(self) -> None:
        self.setFixedHeight(QFontMetrics(self._small_font()).height() + GRID)

    def _small_font(self) -> QFont:
        # Not set once for all: it has to follow the size of text.
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * _TEXT_SHARE)
        return font


def step_of(least_s: float) -> float:
    """Return the smallest of 1, 2, 5, 10, ... that is at least as long as asked for, s."""
    power = 10.0 ** floor(log10(max(least_s, 1e-6)))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least_s * (1 - 1e-9))


def format_mark(seconds: float, spacing: float) -> str:
    """Return the words at a mark of the ruler: ``0.2 s``, ``1:30``, ``2:00:00``."""
    decimals = max(0, -floor(log10(spacing) + 1e-9))
    seconds = round(seconds, decimals)
    if seconds < 60:
        return f"{seconds:.{decimals}f} s"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 3 + decimals if decimals else 2
    tail = f"{minutes:02d}:{rest:0{width}.{decimals}f}"
    return f"{hours}:{tail}" if hours else tail.removeprefix("0")
