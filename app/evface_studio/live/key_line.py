"""The line of keys at the bottom of the full screen, which hides when nobody needs it."""

from __future__ import annotations

from itertools import chain

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from evface_studio.look.text_size import set_text_factor
from evface_studio.look.theme import GRID, Theme

KEYS = (
    ("H", "landmarks"),
    ("M", "mirror"),
    ("R", "last 5 s slowly"),
    ("S", "picture"),
    ("C", "clip"),
    ("V", "record"),
    ("Space", "hold"),
    ("Esc", "back"),
)
_HIDES_AFTER_MS = 8_000
# Sizes of text, the largest first: what fits the screen is taken.
_FACTORS = (1.25, 1.0, 0.8, 0.65)


class KeyLine(QWidget):
    """Comes with every key, and goes some seconds after the last one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._labels: list[tuple[QLabel, QLabel]] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, GRID, 3 * GRID, GRID)
        row.setSpacing(GRID)
        row.addStretch(1)
        for key, words in KEYS:
            cap, label = QLabel(key), QLabel(words)
            for part in (cap, label):
                set_text_factor(part, _FACTORS[0])
                row.addWidget(part)
            row.addSpacing(GRID)
            self._labels.append((cap, label))
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._hiding = QTimer(self)
        self._hiding.setSingleShot(True)
        self._hiding.setInterval(_HIDES_AFTER_MS)
        self._hiding.timeout.connect(self.hide)
        self.set_theme(theme)
        self.hide()

    def come(self) -> None:
        """Show the keys for a while."""
        self.show()
        self._hiding.start()

    def go(self) -> None:
        """Hide at once."""
        self._hiding.stop()
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for cap, label in self._labels:
            cap.setStyleSheet(
                f"color: {theme.text}; background: {theme.raised}; font-weight: 600;"
                f"border: 1px solid {theme.border}; border-radius: 4px; padding: 1px 8px;"
            )
            label.setStyleSheet(f"color: {theme.muted};")
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Make no window wider than its screen."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write as large as there is room for."""
        super().resizeEvent(event)
        for factor in _FACTORS:
            for part in chain.from_iterable(self._labels):
                set_text_factor(part, factor)
            if self.sizeHint().width() <= self.width():
                break

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.background))
        painter.end()
