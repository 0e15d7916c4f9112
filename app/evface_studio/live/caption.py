"""One large line for an audience."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from evface_studio.live.words import POLARITIES
from evface_studio.look.text_size import set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.panes.event_legend import EventLegend

_FACTOR = 1.8
_BETWEEN = "   ·   "
_SPACING = 4 * GRID
_NEWS_MS, _PROBLEM_MS = 6_000, 20_000


class Caption(QWidget):
    """What is seen, what its colours mean, and how late it is. For a while, what happened."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._left, self._right, self._news = QLabel(), QLabel(), QLabel()
        self.legend = EventLegend(theme.muted, POLARITIES)
        set_text_factor(self.legend, _FACTOR)
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, GRID, 3 * GRID, GRID)
        row.setSpacing(_SPACING)
        row.addWidget(self._left, 1)
        row.addWidget(self.legend)
        row.addWidget(self._right)
        row.addWidget(self._news, 1)
        for label in (self._left, self._right, self._news):
            set_text_factor(label, _FACTOR)
            font = label.font()
            font.setFeature(QFont.Tag("tnum"), 1)
            label.setFont(font)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._news.setWordWrap(True)
        self._is_wrong = False
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.timeout.connect(self._show_now)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._show_now()
        self.set_theme(theme)
        self.hide()

    @property
    def words(self) -> tuple[str, str]:
        """What it says of now, left and right."""
        return self._left.text(), self._right.text()

    @property
    def news(self) -> str:
        """What it says happened; empty after a while."""
        return self._news.text()

    def say(self, left: str, *right: str) -> None:
        """Say something else of now; to the right the last words that there is room for."""
        metrics = self._right.fontMetrics()
        taken = metrics.horizontalAdvance(left) + self.legend.sizeHint().width()
        room = self.contentsRect().width() - taken - 6 * GRID - 2 * _SPACING
        for first in range(len(right)):
            words = _BETWEEN.join(right[first:])
            if metrics.horizontalAdvance(words) <= room:
                break
        else:
            words = right[-1] if right else ""
        self._left.setText(left)
        self._right.setText(words)

    def tell(self, words: str, *, is_wrong: bool = False) -> None:
        """Say for some seconds what happened."""
        self._is_wrong = is_wrong
        self._news.setText(words)
        self._telling.start(_PROBLEM_MS if is_wrong else _NEWS_MS)
        self._show_news(is_shown=True)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._left.setStyleSheet(f"color: {theme.text};")
        self.legend.set_text_colour(theme.muted)
        self._right.setStyleSheet(f"color: {theme.muted};")
        self._news.setStyleSheet(f"color: {theme.error if self._is_wrong else theme.good};")
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Make no window wider than its screen."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.background))
        painter.end()

    @Slot()
    def _show_now(self) -> None:
        self._news.clear()
        self._show_news(is_shown=False)

    def _show_news(self, *, is_shown: bool) -> None:
        self.set_theme(self._theme)
        self._news.setVisible(is_shown)
        for part in (self._left, self.legend, self._right):
            part.setVisible(not is_shown)
