"""What is taken for what: what is shown in rows, what is told in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QFontMetrics,
    QImage,
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

# Cells below this have no room for a number.
_LEAST_FOR_TEXT = 13
_TEXT_SHARE = 0.78
_LEAST_SIDE = 30 * GRID

_OWN_KEYS = frozenset(
    {
        Qt.Key.Key_Down,
        Qt.Key.Key_Up,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
    }
)


@dataclass(frozen=True)
class CellGrid:
    """Where cells lie.

    Parameters
    ----------
    left, top
        Of the first cell, px.
    side
        Of each, px.
    n
        Rows, and columns.
    """

    left: float
    top: float
    side: float
    n: int

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the row and the column at a point; None beside the cells."""
        row, column = int((y - self.top) // self.side), int((x - self.left) // self.side)
        is_in = 0 <= row < self.n and 0 <= column < self.n
        return (row, column) if is_in else None

    def place_of(self, row: int, column: int) -> QRectF:
        """Return where a cell lies."""
        return QRectF(
            self.left + column * self.side, self.top + row * self.side, self.side, self.side
        )


def shares_of(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each cell's share of its row; 0 in rows that are empty."""
    total = table.sum(axis=1, keepdims=True)
    return np.divide(table, total, out=np.zeros(table.shape, np.float64), where=total > 0)


def cell_in_words(table: NDArray[np.int64], names: Sequence[str], row: int, column: int) -> str:
    """Return what a cell says: ``AU2 told as AU1: 3 of 8``."""
    n, total = int(table[row, column]), int(table[row].sum())
    if not total:
        return f"No clip shows {names[row]}"
    if row == column:
        return f"{names[row]} told right: {n} of {total}"
    return f"{names[row]} told as {names[column]}: {n} of {total}"


class ConfusionMatrix(QWidget):
    """Cells in two colours, right on the diagonal and wrong elsewhere, by their share of the row.

    A click, or Enter, chooses a cell; arrows walk.
    """

    # Row and column.
    chosen = Signal(int, int)
    # What the cell under the pointer, or reached by keys, says; empty for none.
    pointed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._n_first = 0
        self._table: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._image = QImage()
        self._current: tuple[int, int] | None = None
        self._pointed: tuple[int, int] | None = None
        set_role(self, QAccessible.Role.Chart, "Shown (rows) and told (columns)")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def table(self) -> NDArray[np.int64]:
        """What is drawn, truth in rows."""
        return self._table

    def show_table(
        self, table: NDArray[np.int64], names: Sequence[str], *, n_first: int = 0
    ) -> None:
        """Draw another table.

        Parameters
        ----------
        table : (n, n) int64
            Truth in rows.
        names
            Of rows and columns.
        n_first
            After so many a line parts them; none where 0.
        """
        self._table, self._names, self._n_first = table, tuple(names), n_first
        self._current = self._pointed = None
        self._image = self._draw_cells()
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._image = self._draw_cells()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Say that it is a square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height at which cells are squares."""
        return width

    def sizeHint(self) -> QSize:
        """Ask for readable cells."""
        side = scaled(_LEAST_SIDE)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Do with less."""
        side = scaled(round(0.7 * _LEAST_SIDE))
        return QSize(side, side)

    @property
    def grid(self) -> CellGrid:
        """Where cells lie now."""
        metrics = QFontMetrics(self._small_font())
        margin = max((metrics.horizontalAdvance(name) for name in self._names), default=0) + GRID
        n = max(len(self._names), 1)
        room = min(self.width() - margin - GRID, self.height() - margin - GRID)
        return CellGrid(margin, margin, max(room / n, 1.0), len(self._names))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cells in one go, then names and numbers."""
        painter = QPainter(self)
        theme, grid = self._theme, self.grid
        painter.fillRect(self.rect(), QColor(theme.surface))
        if grid.n:
            whole = QRectF(grid.left, grid.top, grid.n * grid.side, grid.n * grid.side)
            painter.drawImage(whole, self._image)
            self._paint_lines(painter, grid, whole)
            painter.setFont(self._small_font())
            self._paint_names(painter, grid)
            if grid.side >= scaled(_LEAST_FOR_TEXT):
                self._paint_numbers(painter, grid)
            self._paint_frames(painter, grid)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Lay out anew in another size of text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        """Take the keys that walk before the shortcuts of the window do."""
        return keep_key(event, _OWN_KEYS) or super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the cell under the pointer is."""
        position = event.position()
        self._point_at(self.grid.cell_at(position.x(), position.y()))
        words = self._words_of(self._pointed)
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell."""
        position = event.position()
        cell = self.grid.cell_at(position.x(), position.y())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self._choose(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the cells."""
        steps = {
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Left: (0, -1),
        }
        if not self._names:
            super().keyPressEvent(event)
        elif event.key() in steps:
            row, column = self._current or (0, 0)
            down, right = steps[Qt.Key(event.key())] if self._current else (0, 0)
            most = len(self._names) - 1
            self._current = (min(max(row + down, 0), most), min(max(column + right, 0), most))
            self.pointed.emit(self._words_of(self._current))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current:
            self._choose(self._current)
        else:
            super().keyPressEvent(event)

    def _choose(self, cell: tuple[int, int]) -> None:
        self._current = cell
        self.update()
        self.pointed.emit(self._words_of(cell))
        self.chosen.emit(*cell)

    def _point_at(self, cell: tuple[int, int] | None) -> None:
        if cell != self._pointed:
            self._pointed = cell
            self.pointed.emit(self._words_of(cell or self._current))
            self.update()

    def _words_of(self, cell: tuple[int, int] | None) -> str:
        return "" if cell is None else cell_in_words(self._table, self._names, *cell)

    def _draw_cells(self) -> QImage:
        """Return one pixel a cell."""
        n = len(self._table)
        if not n:
            return QImage()
        theme = self._theme
        shares = np.sqrt(shares_of(self._table))[..., None]
        empty = _rgb(theme.background)
        full = np.where(np.eye(n, dtype=bool)[..., None], _rgb(theme.accent), _rgb(theme.warn))
        cells = (empty + (full - empty) * shares).round().astype(np.uint8)
        packed = np.dstack([cells[..., ::-1], np.full((n, n), 255, np.uint8)])
        packed = np.ascontiguousarray(packed)
        return QImage(packed.data, n, n, 4 * n, QImage.Format.Format_RGB32).copy()

    def _paint_lines(self, painter: QPainter, grid: CellGrid, whole: QRectF) -> None:
        lines = [(k, self._theme.surface) for k in range(grid.n + 1)]
        if self._n_first:
            lines.append((self._n_first, self._theme.muted))
        for k, colour in lines:
            painter.setPen(QPen(QColor(colour), 1))
            x, y = grid.left + k * grid.side, grid.top + k * grid.side
            painter.drawLine(QPointF(x, whole.top()), QPointF(x, whole.bottom()))
            painter.drawLine(QPointF(whole.left(), y), QPointF(whole.right(), y))

    def _paint_names(self, painter: QPainter, grid: CellGrid) -> None:
        shown, told = self._table.sum(axis=1), self._table.sum(axis=0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for k in _names_apart(shown + told, painter.fontMetrics().height() / grid.side):
            name = self._names[k]
            middle = grid.top + (k + 0.5) * grid.side
            painter.setPen(QColor(self._theme.text if shown[k] else self._theme.disabled))
            painter.drawText(QRectF(0, middle - GRID, grid.left - GRID // 2, 2 * GRID), right, name)
            painter.setPen(QColor(self._theme.text if told[k] else self._theme.disabled))
            painter.save()
            painter.translate(grid.left + (k + 0.5) * grid.side, grid.top - GRID // 2)
            painter.rotate(-90)
            painter.drawText(QRectF(0, -GRID, grid.top, 2 * GRID), left, name)
            painter.restore()

    def _paint_numbers(self, painter: QPainter, grid: CellGrid) -> None:
        shares = np.sqrt(shares_of(self._table))
        for row, column in np.argwhere(self._table).tolist():
            is_strong = shares[row, column] > 0.6
            painter.setPen(QColor(self._theme.accent_text if is_strong else self._theme.text))
            painter.drawText(
                grid.place_of(row, column),
                Qt.AlignmentFlag.AlignCenter,
                str(self._table[row, column]),
            )

    def _paint_frames(self, painter: QPainter, grid: CellGrid) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for cell, colour, width in (
            (self._pointed, self._theme.muted, 1),
            (self._current, self._theme.text, 2),
        ):
            if cell is not None:
                painter.setPen(QPen(QColor(colour), width))
                painter.drawRect(grid.place_of(*cell))

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * _TEXT_SHARE)
        return font


def _names_apart(counts: NDArray[np.int64], apart: float) -> list[int]:
    """Return the places whose names fit: those that count most first, none closer than `apart`."""
    kept: list[int] = []
    for k in np.argsort(-counts, kind="stable").tolist():
        if counts[k] or all(abs(k - other) >= 0.85 * apart for other in kept):
            kept.append(k)
    return sorted(kept)


def _rgb(colour: str) -> NDArray[np.float64]:
    parts = QColor(colour)
    return np.array([parts.red(), parts.green(), parts.blue()], np.float64)
