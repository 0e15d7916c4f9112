"""Keys drawn as caps."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface_studio.actions.keymap import words_of
from evface_studio.look.accessibility import set_role
from evface_studio.look.theme import GRID, Theme
from evface_studio.palette.row_delegate import split_keys

_GAP = GRID // 2


class KeyCaps(QWidget):
    """One or more combinations of keys side by side.

    Parameters
    ----------
    keys
        In the form that Qt reads.
    """

    def __init__(self, keys: tuple[str, ...], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._combinations = [split_keys(words_of([key])) for key in keys]
        self._theme = theme
        spoken = " or ".join(words_of([key]) for key in keys)
        set_role(self, QAccessible.Role.StaticText, spoken)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Ask for the room that the caps take."""
        width = sum(
            sum(self._width(key) + _GAP for key in keys) - _GAP for keys in self._combinations
        )
        width += 2 * GRID * max(len(self._combinations) - 1, 0)
        return QSize(width + 1, self.fontMetrics().height() + GRID // 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the caps."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, theme = 0, self._theme
        for number, keys in enumerate(self._combinations):
            if number:
                painter.setPen(QColor(theme.muted))
                gap = QRect(left - _GAP, 0, 2 * GRID, self.height())
                painter.drawText(gap, Qt.AlignmentFlag.AlignCenter, "/")
                left += 2 * GRID - _GAP
            for key in keys:
                cap = QRect(left, 0, self._width(key), self.height() - 1)
                painter.setPen(QPen(QColor(theme.border), 1))
                painter.setBrush(QColor(theme.raised))
                painter.drawRoundedRect(cap, 4, 4)
                painter.setPen(QColor(theme.text))
                painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
                left += cap.width() + _GAP
        painter.end()

    def _width(self, key: str) -> int:
        return max(
            self.fontMetrics().horizontalAdvance(key) + GRID + GRID // 2,
            self.fontMetrics().height() + GRID // 2,
        )
