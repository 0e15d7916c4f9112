"""Says over the pictures what is wrong with the camera."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from evface.live.state import Link, LiveState
from evface_studio.live.words import title_of
from evface_studio.look.accessibility import set_role
from evface_studio.look.icons import pixmap
from evface_studio.look.text_size import scaled, set_text_factor
from evface_studio.look.theme import GRID, Theme

_ICONS = {
    Link.CONNECTING: "waiting",
    Link.STALLED: "warning",
    Link.LOST: "error",
    Link.RECONNECTING: "refresh",
}
# Sizes of what is wrong and what to do, usually and for an audience.
_USUAL, _LARGE = (1.3, 1.0), (1.8, 1.4)


class StateStrip(QWidget):
    """A line across the pictures, hidden while the camera runs."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._link = Link.RUNNING
        self._picture = QLabel()
        self._title = QLabel()
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        set_text_factor(self._title, _USUAL[0])
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        words = QVBoxLayout()
        words.setSpacing(GRID // 4)
        words.addWidget(self._title)
        words.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID + GRID // 2, 2 * GRID, GRID + GRID // 2)
        row.setSpacing(2 * GRID)
        row.addWidget(self._picture)
        row.addLayout(words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        set_role(self, QAccessible.Role.AlertMessage)
        self.set_theme(theme)
        self.hide()

    @property
    def words(self) -> tuple[str, str]:
        """What is said, and what to do."""
        return self._title.text(), self._text.text()

    def show_state(self, state: LiveState | None, *, has_run: bool = False) -> None:
        """Say what is wrong; hide where nothing is.

        Parameters
        ----------
        has_run
            Whether anything ever came from the camera.
        """
        link = Link.RUNNING if state is None else state.link
        if state is None or link in (Link.RUNNING, Link.STOPPED):
            self.hide()
            self._link = link
            return
        words = (title_of(state, has_run=has_run), state.words)
        if words != self.words or link is not self._link:
            self._link = link
            self._title.setText(words[0])
            self._text.setText(words[1])
            self.setAccessibleName(": ".join(words))
            self._paint_icon()
        self.show()

    def set_large(self, is_large: bool) -> None:
        """Write so that it is read from afar, or as usual."""
        set_text_factor(self._title, _LARGE[0] if is_large else _USUAL[0])
        set_text_factor(self._text, _LARGE[1] if is_large else _USUAL[1])

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._title.setStyleSheet(f"color: {theme.text};")
        self._text.setStyleSheet(f"color: {theme.muted};")
        self._paint_icon()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill, with an edge in the colour of what is wrong."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.raised))
        painter.fillRect(0, 0, GRID // 2, self.height(), QColor(self._colour))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.border))
        painter.end()

    @property
    def _colour(self) -> str:
        theme = self._theme
        return {Link.LOST: theme.error, Link.CONNECTING: theme.accent}.get(self._link, theme.warn)

    def _paint_icon(self) -> None:
        name = _ICONS.get(self._link)
        if name is not None:
            self._picture.setPixmap(pixmap(name, self._colour, scaled(3 * GRID)))
        self.update()
