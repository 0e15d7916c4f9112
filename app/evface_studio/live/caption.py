"""One large line for an audience."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from evface_studio.look.text_size import set_text_factor
from evface_studio.look.theme import GRID, Theme

_FACTOR = 1.8


class Caption(QWidget):
    """What is seen, to the left; how late it is, to the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._left, self._right = QLabel(), QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, GRID, 3 * GRID, GRID)
        row.addWidget(self._left, 1)
        row.addWidget(self._right)
        for label in (self._left, self._right):
            set_text_factor(label, _FACTOR)
            font = label.font()
            font.setFeature(QFont.Tag("tnum"), 1)
            label.setFont(font)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.set_theme(theme)
        self.hide()

    @property
    def words(self) -> tuple[str, str]:
        """What it says, left and right."""
        return self._left.text(), self._right.text()

    def say(self, left: str, right: str) -> None:
        """Say something else."""
        self._left.setText(left)
        self._right.setText(right)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._left.setStyleSheet(f"color: {theme.text};")
        self._right.setStyleSheet(f"color: {theme.muted};")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.background))
        painter.end()
