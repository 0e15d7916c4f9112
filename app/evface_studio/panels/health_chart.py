"""A value over the whole recording, small; a click goes there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.text_size import scaled, set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.view_state import ViewState
from evface_studio.wording import format_time

_HEIGHT = 8 * GRID
_FILL_ALPHA = 70
_MARGIN = GRID // 2


class HealthChart(QWidget):
    """A curve from zero to a top, shaded stretches, and the moment shown.

    Parameters
    ----------
    name
        Said by screen readers and under the pointer.
    """

    # A moment was clicked, us.
    sought = Signal(object)

    def __init__(
        self, name: str, view_state: ViewState, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._view_state = view_state
        self._theme = theme
        self._values: NDArray[np.float64] = np.empty(0)
        self._labels: tuple[str, ...] = ()
        self._bin_us = self._duration_us = 1
        self._top = 1.0
        self._top_words = ""
        self._middle: float | None = None
        self._spans_us: tuple[tuple[int, int], ...] = ()
        # Painted once, while only the moment shown moves.
        self._kept: QPixmap | None = None
        # Where that was painted.
        self._shown = QRect()
        set_text_factor(self, 0.85)
        set_role(self, QAccessible.Role.Chart, name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        view_state.time_changed.connect(self._on_time_changed)

    @property
    def values(self) -> NDArray[np.float64]:
        """What is drawn, NaN where nothing is known."""
        return self._values

    def set_values(
        self,
        values: NDArray[np.float64],
        labels: tuple[str, ...],
        *,
        bin_us: int,
        duration_us: int,
        top: float,
        top_words: str,
        middle: float | None = None,
        spans_us: tuple[tuple[int, int], ...] = (),
    ) -> None:
        """Draw other values.

        Parameters
        ----------
        values : (n,) float64
            In successive bins of `bin_us` from the recording's start.
        labels
            Each of them as it is said under the pointer.
        top, top_words
            The value at the upper end, as a number and in words.
        middle
            Where a thin line goes, None for nowhere.
        spans_us
            Stretches ``(start, stop)`` that are shaded.
        """
        self._values, self._labels = values, labels
        self._bin_us, self._duration_us = bin_us, max(duration_us, 1)
        self._top, self._top_words, self._middle = top, top_words, middle
        self._spans_us = spans_us
        self._redraw()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._redraw()

    def sizeHint(self) -> QSize:
        """Ask for the usual height."""
        return QSize(scaled(20 * GRID), scaled(_HEIGHT))

    def x_of(self, t_us: float) -> float:
        """Return where a moment lies, px."""
        return float(_MARGIN + t_us / self._duration_us * (self.width() - 2 * _MARGIN))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() is Qt.MouseButton.LeftButton and len(self._values):
            self.sought.emit(self._t_of(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton and len(self._values):
            self.sought.emit(self._t_of(event.position().x()))

    def event(self, event: QEvent) -> bool:
        """Say what is under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            t_us = self._t_of(event.pos().x())
            index = t_us // self._bin_us
            said = self._labels[index] if 0 <= index < len(self._labels) else ""
            self.setToolTip(f"{self._name} at {format_time(t_us)}: {said or 'not read'}")
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint anew."""
        super().resizeEvent(event)
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:
        """Paint anew in another size of text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._redraw()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Show what is kept, and the moment shown."""
        if self._kept is None:
            self._kept = self._painted()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        if len(self._values):
            self._shown = self._cursor()
            painter.fillRect(self._shown, QColor(self._theme.cursor))
        painter.end()

    def _redraw(self) -> None:
        self._kept = None
        self.update()

    def _painted(self) -> QPixmap:
        """Paint the shaded stretches, the curve and its scale."""
        theme, ratio = self._theme, self.devicePixelRatioF()
        kept = QPixmap(max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1))
        kept.setDevicePixelRatio(ratio)
        kept.fill(QColor(theme.raised))
        painter = QPainter(kept)
        for start_us, stop_us in self._spans_us:
            left = self.x_of(start_us)
            wide = max(self.x_of(stop_us) - left, 2.0)
            painter.fillRect(QRectF(left, 0, wide, self.height()), QColor(theme.invalid))
            painter.fillRect(QRectF(left, 0, wide, 2), QColor(theme.error))
        if self._middle is not None:
            painter.setPen(QPen(QColor(theme.border), 1, Qt.PenStyle.DashLine))
            y = self._y_of(self._middle)
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        self._paint_curve(painter)
        painter.setFont(self.font())
        painter.setPen(QColor(theme.muted))
        place = self.rect().adjusted(_MARGIN, 1, -_MARGIN, -1)
        painter.drawText(place, Qt.AlignmentFlag.AlignTop, self._top_words)
        painter.end()
        return kept

    def _cursor(self) -> QRect:
        # The chart may still be that of a shorter recording, or of none.
        t_us = min(self._view_state.time_us, self._duration_us)
        return QRect(round(self.x_of(t_us)), 0, 1, self.height())

    def _paint_curve(self, painter: QPainter) -> None:
        is_known = np.concatenate(([False], np.isfinite(self._values), [False]))
        edges = np.flatnonzero(is_known[1:] != is_known[:-1]).tolist()
        soft = QColor(self._theme.curves[0])
        soft.setAlpha(_FILL_ALPHA)
        bottom = self.height() - 1.0
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            line = self._line(first, last)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(soft)
            painter.drawPolygon(
                QPolygonF([QPointF(line[0].x(), bottom), *line, QPointF(line[-1].x(), bottom)])
            )
            painter.setPen(QPen(QColor(self._theme.curves[0]), 1))
            painter.drawPolyline(QPolygonF(line))

    def _line(self, first: int, last: int) -> list[QPointF]:
        """Return the points of unbroken values, through the middles of their bins."""
        values = self._values[first:last].tolist()
        middles = (np.arange(first, last) + 0.5) * self._bin_us
        # To the ends of the first and the last bin, so that a single one is a line too.
        ends = (first * self._bin_us, min(last * self._bin_us, self._duration_us))
        times_us = [ends[0], *middles.tolist(), ends[1]]
        return [
            QPointF(self.x_of(min(t_us, self._duration_us)), self._y_of(value))
            for t_us, value in zip(times_us, [values[0], *values, values[-1]], strict=True)
        ]

    def _y_of(self, value: float) -> float:
        height = self.height() - 3
        return float(self.height() - 1 - min(value / self._top, 1.0) * height)

    def _t_of(self, x: float) -> int:
        share = (x - _MARGIN) / max(self.width() - 2 * _MARGIN, 1)
        return round(min(max(share, 0.0), 1.0) * self._duration_us)

    @Slot()
    def _on_time_changed(self) -> None:
        self.update(self._shown)
        self.update(self._cursor())
