"""Figures as bars, with the interval in which each would lie for other such people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.own_keys import keep_key

_BAR_HEIGHT = GRID
_PADDING = GRID + GRID // 2
_FILL_ALPHA = 150
# Of the width: what names take at most, and what bars need.
_NAMES_SHARE = 0.42
_LEAST_SHARE = 0.35

_OWN_KEYS = frozenset({Qt.Key.Key_Down, Qt.Key.Key_Up})


@dataclass(frozen=True)
class Bar:
    """One figure.

    Parameters
    ----------
    name
        On its left.
    value, low, high
        Of the bar and of its interval; NaN where unknown.
    words
        On its right.
    more
        After them, where there is room.
    tip
        Said where the pointer rests.
    key
        What a click tells; empty where a click tells nothing.
    """

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    words: str = ""
    more: str = ""
    tip: str = ""
    key: str = ""


@dataclass(frozen=True)
class BarGroup:
    """Figures that share a scale, from 0 to `top`."""

    title: str
    bars: tuple[Bar, ...]
    top: float = 1.0


@dataclass(frozen=True)
class _Row:
    title: str = ""
    bar: Bar | None = None
    top: float = 1.0


class FigureBars(QWidget):
    """Groups of bars one below the other; those that have a key can be clicked and walked.

    Parameters
    ----------
    name
        Said by screen readers.
    """

    # The key of a bar.
    chosen = Signal(str)

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._groups: tuple[BarGroup, ...] = ()
        self._rows: tuple[_Row, ...] = ()
        self._colour = ""
        self._hovered: int | None = None
        self._current: int | None = None
        set_role(self, QAccessible.Role.Chart, name)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def groups(self) -> tuple[BarGroup, ...]:
        """What is drawn."""
        return self._groups

    def show_groups(self, groups: Sequence[BarGroup]) -> None:
        """Draw other figures."""
        self._groups = tuple(groups)
        rows: list[_Row] = []
        for group in self._groups:
            rows.append(_Row(group.title))
            rows += [_Row(bar=bar, top=group.top) for bar in group.bars]
        self._rows = tuple(rows)
        self._hovered = self._current = None
        is_chosen_from = any(row.bar is not None and row.bar.key for row in rows)
        self.setFocusPolicy(
            Qt.FocusPolicy.StrongFocus if is_chosen_from else Qt.FocusPolicy.NoFocus
        )
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def set_colour(self, colour: str) -> None:
        """Fill bars in a colour of their own; the accent where it is empty."""
        self._colour = colour
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for all rows."""
        return QSize(scaled(30 * GRID), self._top_of(len(self._rows)) + GRID)

    def place_of(self, key: str) -> QPoint:
        """Return the middle of the bar with a key."""
        row = next(
            n for n, row in enumerate(self._rows) if row.bar is not None and row.bar.key == key
        )
        return QPoint(self.width() // 2, self._top_of(row) + self._row_height() // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows in sight."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), QColor(self._theme.surface))
        height = self._row_height()
        names = self._names_width()
        # The bars themselves need most.
        shows_more = self.width() - names - self._words_width(True) > _LEAST_SHARE * self.width()
        words = self._words_width(shows_more)
        for number, row in enumerate(self._rows):
            place = QRectF(_PADDING, self._top_of(number), self.width() - 2 * _PADDING, height)
            if row.bar is None:
                self._paint_title(painter, place, row.title)
            else:
                said = _said(row.bar, shows_more)
                self._paint_bar(painter, place, row.bar, row.top, names, (words, said), number)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Stay high enough when text grows."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def event(self, event: QEvent) -> bool:
        """Take the keys that walk before the shortcuts of the window do."""
        return keep_key(event, _OWN_KEYS) or super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the bar under the pointer is."""
        number = self._row_at(event.position().y())
        if number != self._hovered:
            self._hovered = number
            self.update()
        bar = None if number is None else self._rows[number].bar
        is_open = bar is not None and bool(bar.key)
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_open else Qt.CursorShape.ArrowCursor)
        QToolTip.showText(event.globalPosition().toPoint(), bar.tip if bar else "", self)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._hovered = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a bar."""
        number = self._row_at(event.position().y())
        if event.button() is Qt.MouseButton.LeftButton and number is not None:
            self._choose(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the bars."""
        open_rows = [n for n, row in enumerate(self._rows) if row.bar is not None and row.bar.key]
        keys = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in keys and open_rows:
            step = keys[Qt.Key(event.key())]
            there = (
                open_rows.index(self._current) + step
                if self._current in open_rows
                else (0 if step > 0 else len(open_rows) - 1)
            )
            self._choose(open_rows[min(max(there, 0), len(open_rows) - 1)])
        else:
            super().keyPressEvent(event)

    def _choose(self, number: int) -> None:
        bar = self._rows[number].bar
        if bar is not None and bar.key:
            self._current = number
            self.update()
            self.chosen.emit(bar.key)

    def _row_at(self, y: float) -> int | None:
        height = self._row_height()
        tops = map(self._top_of, range(len(self._rows)))
        return next((n for n, top in enumerate(tops) if top <= y < top + height), None)

    def _paint_title(self, painter: QPainter, place: QRectF, title: str) -> None:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, flags, title)

    def _paint_bar(
        self,
        painter: QPainter,
        place: QRectF,
        bar: Bar,
        top: float,
        names: int,
        said: tuple[int, str],
        number: int,
    ) -> None:
        theme = self._theme
        words, text = said
        whole = QRectF(0, place.top(), self.width(), place.height())
        if number == self._current:
            painter.fillRect(whole, QColor(theme.chosen))
        elif number == self._hovered and bar.key:
            painter.fillRect(whole, QColor(theme.hover))
        painter.setFont(self._figure_font())
        is_known = math.isfinite(bar.value)
        painter.setPen(QColor(theme.text if is_known else theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        name = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, names)
        painter.drawText(
            QRectF(place.left(), place.top(), names, place.height()),
            middle | Qt.AlignmentFlag.AlignLeft,
            name,
        )
        painter.setPen(QColor(theme.muted))
        painter.drawText(
            QRectF(place.right() - words, place.top(), words, place.height()),
            middle | Qt.AlignmentFlag.AlignRight,
            text,
        )
        left = place.left() + names + GRID
        room = max(place.right() - words - GRID - left, 1.0)
        height = scaled(_BAR_HEIGHT)
        track = QRectF(left, place.center().y() - height / 2, room, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(track, 2, 2)
        if not is_known:
            return
        filled = QColor(self._colour or theme.accent)
        filled.setAlpha(_FILL_ALPHA if math.isfinite(bar.low) else 255)
        painter.setBrush(filled)
        reached = QRectF(track)
        reached.setWidth(room * share_of(bar.value, top))
        painter.drawRoundedRect(reached, 2, 2)
        if math.isfinite(bar.low) and math.isfinite(bar.high):
            painter.setPen(QPen(QColor(theme.text), 1.5))
            low, high = (left + room * share_of(edge, top) for edge in (bar.low, bar.high))
            y = track.center().y()
            painter.drawLine(QPoint(round(low), round(y)), QPoint(round(high), round(y)))
            for x in (low, high):
                painter.drawLine(
                    QPoint(round(x), round(y - height / 2)), QPoint(round(x), round(y + height / 2))
                )

    def _bars(self) -> list[Bar]:
        return [row.bar for row in self._rows if row.bar is not None]

    def _names_width(self) -> int:
        metrics = QFontMetrics(self._figure_font())
        widest = max((metrics.horizontalAdvance(bar.name) for bar in self._bars()), default=0)
        return min(widest + 2, round(_NAMES_SHARE * self.width()))

    def _words_width(self, shows_more: bool) -> int:
        metrics = QFontMetrics(self._figure_font())
        said = (_said(bar, shows_more) for bar in self._bars())
        return max(map(metrics.horizontalAdvance, said), default=0) + 2

    def _figure_font(self) -> QFont:
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _top_of(self, number: int) -> int:
        """Return where a row begins; groups stand apart."""
        n_titles = sum(row.bar is None for row in self._rows[: number + 1])
        return number * self._row_height() + max(n_titles - 1, 0) * GRID

    def _row_height(self) -> int:
        return QFontMetrics(self.font()).height() + GRID // 2

    def _fit(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()


def _said(bar: Bar, shows_more: bool) -> str:
    return f"{bar.words}  {bar.more}" if bar.more and shows_more else bar.words


def share_of(value: float, top: float) -> float:
    """Return how much of its room a bar fills, 0 to 1."""
    return min(max(value / top, 0.0), 1.0) if top > 0 else 0.0
