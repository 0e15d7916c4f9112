"""Paints the lines of the palette."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from evface_studio.look.icons import pixmap
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.palette.rows import Row

ROW = Qt.ItemDataRole.UserRole
HEIGHT = 4 * GRID
_MARK = 2 * GRID


class RowDelegate(QStyledItemDelegate):
    """A name with the typed letters stressed, its menu, and its keys as caps."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Ask for one line."""
        return QSize(0, scaled(HEIGHT))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one line."""
        row, theme = index.data(ROW), self.theme
        if not isinstance(row, Row):
            return
        place = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.chosen))
            painter.drawRoundedRect(place, GRID // 2, GRID // 2)
        inner = place.adjusted(GRID + GRID // 2, 0, -GRID - GRID // 2, 0)
        if row.is_on:
            side = scaled(_MARK)
            top = inner.center().y() - side // 2
            painter.drawPixmap(inner.left(), top, pixmap("success", theme.accent, side))
        inner.setLeft(inner.left() + scaled(_MARK) + GRID)
        font = QFont(option.font)
        if row.keys:
            inner.setRight(self._paint_keys(painter, font, inner, row) - 2 * GRID)
        note = f"{row.group}: {row.problem}" if row.problem else row.group
        metrics = QFontMetrics(font)
        width = min(metrics.horizontalAdvance(row.text) + GRID, inner.width())
        name = QRect(inner.left(), inner.top(), width, inner.height())
        rest = QRect(inner.left() + width + GRID, inner.top(), 0, inner.height())
        rest.setRight(inner.right())
        painter.setFont(font)
        painter.setPen(QColor(theme.warn if row.problem else theme.muted))
        words = metrics.elidedText(note, Qt.TextElideMode.ElideRight, max(rest.width(), 0))
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
        self._paint_name(painter, font, name, row)
        painter.restore()

    def _paint_name(self, painter: QPainter, font: QFont, place: QRect, row: Row) -> None:
        """Write the name letter group by letter group, the typed ones in the accent's colour."""
        theme = self.theme
        painter.setFont(font)
        metrics = QFontMetrics(font)
        text = metrics.elidedText(row.text, Qt.TextElideMode.ElideRight, place.width())
        typed = set(row.letters)
        left, start = place.left(), 0
        while start < len(text):
            is_typed = start in typed
            stop = start
            while stop < len(text) and (stop in typed) == is_typed:
                stop += 1
            part = text[start:stop]
            colour = theme.disabled if row.problem else theme.accent if is_typed else theme.text
            painter.setPen(QColor(colour))
            width = metrics.horizontalAdvance(part)
            cell = QRect(left, place.top(), width + GRID, place.height())
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, part)
            left, start = left + width, stop

    def _paint_keys(self, painter: QPainter, font: QFont, place: QRect, row: Row) -> int:
        """Draw the caps of the keys at the right; return where they begin."""
        theme = self.theme
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(small)
        metrics = QFontMetrics(small)
        height = metrics.height() + GRID // 2
        right = place.right()
        for key in reversed(split_keys(row.keys)):
            width = max(metrics.horizontalAdvance(key) + GRID + GRID // 2, height)
            cap = QRect(right - width, place.center().y() - height // 2 + 1, width, height)
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.setBrush(QColor(theme.background))
            painter.drawRoundedRect(cap, 4, 4)
            painter.setPen(QColor(theme.disabled if row.problem else theme.muted))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
            right -= width + GRID // 2
        return right


def split_keys(keys: str) -> list[str]:
    """Return the single keys of a combination: ``Ctrl``, ``Shift``, ``+``."""
    if keys.endswith("++"):
        return [*keys[:-2].split("+"), "+"]
    return keys.split("+") if keys != "+" else ["+"]
