"""Says that files may be dropped while they are dragged over the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QDropEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from evface_studio.look.icons import pixmap
from evface_studio.look.text_size import set_text_factor
from evface_studio.look.theme import GRID, Theme

_ICON = 6 * GRID
_WHAT = "a project, or events of any camera with or without their video"


class DropOverlay(QWidget):
    """A veil over the window. Lets everything through to what lies under it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        set_text_factor(self, 1.5)
        self.hide()

    def cover(self) -> None:
        """Cover the window."""
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a veil with a frame and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(self._theme.background)
        veil.setAlpha(215)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(self._theme.accent), 2, Qt.PenStyle.DashLine))
        margin = 2 * GRID
        painter.drawRoundedRect(self.rect().adjusted(margin, margin, -margin, -margin), GRID, GRID)
        middle = self.rect().center()
        picture = pixmap("drop", self._theme.accent, _ICON)
        painter.drawPixmap(middle.x() - _ICON // 2, middle.y() - _ICON, picture)
        painter.setPen(QColor(self._theme.text))
        words = self.rect().adjusted(0, 8 * GRID, 0, 8 * GRID)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, "Drop to open")
        painter.setPen(QColor(self._theme.muted))
        line = painter.fontMetrics().lineSpacing()
        painter.setFont(self.window().font())
        painter.drawText(words.translated(0, line), Qt.AlignmentFlag.AlignCenter, _WHAT)
        painter.end()


def files_of(event: QDropEvent) -> list[Path]:
    """Return the files that are dragged, or dropped."""
    urls = event.mimeData().urls()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
