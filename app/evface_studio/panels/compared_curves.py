"""What two networks say over time beside the labels, a row an action unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.timeline.drawing import paint_line
from evface_studio.timeline.pyramid import Pyramid
from evface_studio.timeline.time_scale import TimeScale
from evface_studio.view_state import ViewState

_ROW_HEIGHT = 6 * GRID
_NAMES_WIDTH = 9 * GRID
_PADDING = GRID + GRID // 2


@dataclass(frozen=True, eq=False)
class ComparedRow:
    """Curves of one thing.

    Parameters
    ----------
    name
        On the left.
    curves
        Of the first and of the second; None where it says nothing of this.
    truth
        What is known; None where nothing is.
    top
        What the upper edge stands for.
    words
        Beneath the name.
    """

    name: str
    curves: tuple[Pyramid | None, Pyramid | None]
    truth: Pyramid | None = None
    top: float = 1.0
    words: str = ""


class ComparedCurves(QWidget):
    """Rows over the whole recording; a click or a drag moves the time.

    What does not change with the time is painted once and kept.
    """

    # A time, us.
    sought = Signal(object)

    def __init__(self, view_state: ViewState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._theme = theme
        self._rows: tuple[ComparedRow, ...] = ()
        self._kept: QPixmap | None = None
        set_role(self, QAccessible.Role.Chart, "What both say over time")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        view_state.time_changed.connect(self._on_time_changed)
        view_state.duration_changed.connect(self._redraw)

    @property
    def rows(self) -> tuple[ComparedRow, ...]:
        """What is drawn."""
        return self._rows

    def show_rows(self, rows: Sequence[ComparedRow]) -> None:
        """Draw other curves."""
        self._rows = tuple(rows)
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()
        self._redraw()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._redraw()

    def sizeHint(self) -> QSize:
        """Ask for all rows."""
        return QSize(scaled(60 * GRID), max(len(self._rows), 1) * self._row_height())

    @property
    def scale(self) -> TimeScale:
        """Where moments lie, from the left of the curves."""
        width = self.width() - self._left() - _PADDING
        return TimeScale(0, max(self._view_state.duration_us, 1), max(width, 1))

    def x_of(self, t_us: int) -> int:
        """Return where a moment lies in the widget, px."""
        return round(self._left() + self.scale.x_of(t_us))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Show what is kept, then the cursor."""
        if self._kept is None:
            self._kept = self._paint_all()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        if self._rows:
            x = self.x_of(self._view_state.time_us)
            painter.fillRect(QRectF(x, 0, 1, self.height()), QColor(self._theme.cursor))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint anew."""
        super().resizeEvent(event)
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.show_rows(self._rows)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the time there."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the time along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def _seek(self, x: float) -> None:
        if self._rows:
            duration_us = self._view_state.duration_us
            self.sought.emit(min(max(self.scale.t_of(x - self._left()), 0), duration_us))

    def _paint_all(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        kept = QPixmap(max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1))
        kept.setDevicePixelRatio(ratio)
        kept.fill(QColor(self._theme.surface))
        painter = QPainter(kept)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, row in enumerate(self._rows):
            self._paint_row(painter, row, number * self._row_height())
        painter.end()
        return kept

    def _paint_row(self, painter: QPainter, row: ComparedRow, top: int) -> None:
        theme, height = self._theme, self._row_height()
        names = QRectF(_PADDING, top, self._left() - _PADDING - GRID, height - 1)
        left = Qt.AlignmentFlag.AlignLeft
        font = QFont(self.font())
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        half = names.adjusted(0, 0, 0, -names.height() / 2) if row.words else names
        side = Qt.AlignmentFlag.AlignBottom if row.words else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(half, left | side, row.name)
        if row.words:
            font.setPointSizeF(font.pointSizeF() * 0.85)
            font.setFeature(QFont.Tag("tnum"), 1)
            painter.setFont(font)
            painter.setPen(QColor(theme.muted))
            lower = names.adjusted(0, names.height() / 2, 0, 0)
            painter.drawText(lower, left | Qt.AlignmentFlag.AlignTop, row.words)
        painter.fillRect(QRectF(0, top + height - 1, self.width(), 1), QColor(theme.border))
        painter.save()
        painter.translate(self._left(), 0)
        place = QRectF(0, top + GRID // 2, self.scale.width_px, height - GRID)
        painter.setClipRect(place.adjusted(0, -2, 0, 2))
        if row.truth is not None:
            paint_line(
                painter,
                row.truth,
                self.scale,
                place,
                row.top,
                QColor(theme.truth),
                style=Qt.PenStyle.DashLine,
            )
        for curve, colour in zip(row.curves, side_colours(theme), strict=True):
            if curve is not None:
                paint_line(painter, curve, self.scale, place, row.top, QColor(colour))
        painter.restore()

    def _left(self) -> int:
        metrics = QFontMetrics(self.font())
        widest = max(
            (
                metrics.horizontalAdvance(text)
                for row in self._rows
                for text in (row.name, row.words)
            ),
            default=0,
        )
        return max(widest + _PADDING + 2 * GRID, scaled(_NAMES_WIDTH))

    def _row_height(self) -> int:
        return max(scaled(_ROW_HEIGHT), 2 * QFontMetrics(self.font()).height() + GRID)

    @Slot()
    def _redraw(self) -> None:
        self._kept = None
        self.update()

    @Slot()
    def _on_time_changed(self) -> None:
        self.update()


def side_colours(theme: Theme) -> tuple[str, str]:
    """Return the colours of the first and of the second."""
    return theme.curves[0], theme.curves[1]
