"""What the rows of all lists of the side panels have in common, drawn."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from evface_studio.look.theme import Theme


def paint_ground(painter: QPainter, option: QStyleOptionViewItem, theme: Theme) -> None:
    """Fill a row that is chosen, or under the pointer."""
    place = QRect(option.rect)
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(place, QColor(theme.chosen))
        painter.fillRect(place.left(), place.top(), 3, place.height(), QColor(theme.accent))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(place, QColor(theme.hover))


def paint_progress(
    painter: QPainter, option: QStyleOptionViewItem, theme: Theme, fraction: float
) -> None:
    """Draw how far a row's job is, 0 to 1, along its lower edge; nothing below 0."""
    if fraction < 0:
        return
    place = QRect(option.rect)
    bar = QRect(place.left(), place.bottom() - 1, place.width(), 2)
    painter.fillRect(bar, QColor(theme.border))
    bar.setWidth(round(bar.width() * fraction))
    painter.fillRect(bar, QColor(theme.accent))


def paint_focus(painter: QPainter, option: QStyleOptionViewItem, theme: Theme) -> None:
    """Frame the row that keys go to."""
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QColor(theme.accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRect(option.rect).adjusted(0, 0, -1, -1))
