"""Messages that appear above the pictures, never in a window of their own."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from evface_studio.look.accessibility import set_role
from evface_studio.look.icons import icon, pixmap
from evface_studio.look.text_size import scaled, set_icon_size
from evface_studio.look.theme import GRID, ICON, Theme

_N_SHOWN = 3
_GOOD_NEWS_MS = 6_000


class Level(StrEnum):
    """How serious a message is; also the name of its icon."""

    SUCCESS = "success"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Notification(QWidget):
    """One message: an icon, a line or two of text, perhaps a button, and a cross."""

    dismissed = Signal()

    def __init__(
        self,
        level: Level,
        text: str,
        theme: Theme,
        *,
        action: str = "",
        handler: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._level = level
        self._theme = theme
        self._icon = QLabel()
        self._text = QLabel(text)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        set_role(self, QAccessible.Role.AlertMessage, f"{level}: {text}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID + GRID // 2)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        if handler is not None:
            button = QPushButton(action)
            button.clicked.connect(handler)
            button.clicked.connect(self.dismissed)
            layout.addWidget(button)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        set_icon_size(self._close, 2 * GRID)
        self._close.setToolTip("Dismiss")
        self._close.setAccessibleName("Dismiss")
        self._close.clicked.connect(self.dismissed)
        layout.addWidget(self._close)
        self.set_theme(theme)
        if level in (Level.SUCCESS, Level.INFO):
            QTimer.singleShot(_GOOD_NEWS_MS, self, self._on_old)

    @property
    def level(self) -> Level:
        """How serious it is."""
        return self._level

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._icon.setPixmap(pixmap(self._level, self._colour(), scaled(ICON)))
        self._close.setIcon(icon("close", theme))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill, with a stripe in the level's colour."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.raised))
        painter.fillRect(0, 0, GRID // 2, self.height(), QColor(self._colour()))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.border))
        painter.end()

    def _colour(self) -> str:
        theme = self._theme
        return {
            Level.SUCCESS: theme.good,
            Level.INFO: theme.accent,
            Level.WARNING: theme.warn,
            Level.ERROR: theme.error,
        }[self._level]

    def _on_old(self) -> None:
        if not self.underMouse():
            self.dismissed.emit()


class NotificationBar(QWidget):
    """The newest messages, one under the other. Good news leave by themselves."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: list[Notification] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def notifications(self) -> tuple[Notification, ...]:
        """What is shown, newest first."""
        return tuple(self._shown)

    def show_message(
        self,
        level: Level,
        text: str,
        *,
        action: str = "",
        handler: Callable[[], None] | None = None,
    ) -> None:
        """Show a message above the others; the same message twice is shown once.

        Parameters
        ----------
        action, handler
            Words of a button, and what it does.
        """
        for shown in self._shown:
            if shown.text == text:
                self._dismiss(shown)
                break
        made = Notification(level, text, self._theme, action=action, handler=handler)
        made.dismissed.connect(lambda: self._dismiss(made))
        self._shown.insert(0, made)
        self._layout.insertWidget(0, made)
        QAccessible.updateAccessibility(QAccessibleEvent(made, QAccessible.Event.Alert))
        for surplus in self._shown[_N_SHOWN:]:
            self._dismiss(surplus)
        self.show()

    def dismiss_all(self) -> None:
        """Take all messages away."""
        for shown in self.notifications:
            self._dismiss(shown)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for shown in self._shown:
            shown.set_theme(theme)

    def _dismiss(self, notification: Notification) -> None:
        if notification in self._shown:
            self._shown.remove(notification)
            self._layout.removeWidget(notification)
            notification.hide()
            notification.deleteLater()
            self.setVisible(bool(self._shown))
