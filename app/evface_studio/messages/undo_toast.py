"""Says that much was changed at once, and offers to take it back."""

from __future__ import annotations

from PySide6.QtCore import Property, QPropertyAnimation, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from evface_studio.look.accessibility import set_role
from evface_studio.look.icons import icon, pixmap
from evface_studio.look.text_size import scaled, set_icon_size
from evface_studio.look.theme import GRID, ICON, Theme
from evface_studio.messages.overlay import Overlay

LASTS_MS = 8_000
_WIDEST = 640


class UndoToast(Overlay):
    """Lies at the bottom of the window for some seconds, longer while it is pointed at or used."""

    undo_asked = Signal()

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self.setObjectName("toast")
        set_role(self, QAccessible.Role.AlertMessage)
        self._left = 1.0
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._undo = QPushButton()
        self._undo.clicked.connect(self._on_undo_clicked)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setToolTip("Dismiss")
        self._close.setAccessibleName("Dismiss")
        set_icon_size(self._close, 2 * GRID)
        self._close.clicked.connect(self.close_up)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, GRID + GRID // 2)
        layout.setSpacing(GRID + GRID // 2)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._undo)
        layout.addWidget(self._close)
        self._time = QPropertyAnimation(self, b"left", self)
        self._time.setDuration(LASTS_MS)
        self._time.setStartValue(1.0)
        self._time.setEndValue(0.0)
        self._time.finished.connect(self._on_time_over)
        self.set_theme(theme)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def announce(self, text: str, undo_keys: str) -> None:
        """Say what was changed; `undo_keys` take it back, as people read them."""
        self._text.setText(text)
        self._undo.setText(f"Undo  {undo_keys}".rstrip())
        self.setAccessibleName(text)
        self.setAccessibleDescription(f"{self._undo.text()} takes it back")
        self.open()
        self._time.stop()
        self._time.start()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._icon.setPixmap(pixmap("success", theme.good, scaled(ICON)))
        self._close.setIcon(icon("close", theme))
        self.update()

    def close_up(self) -> None:
        """Go."""
        self._time.stop()
        super().close_up()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a card with the time that is left at its foot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.border))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), GRID, GRID)
        width = round((self.width() - 2 * GRID) * self._left)
        painter.fillRect(GRID, self.height() - 4, width, 2, QColor(self._theme.accent))
        painter.end()

    def _place(self) -> None:
        window = self._window
        width = min(scaled(_WIDEST), window.width() - 4 * GRID)
        height = max(self.heightForWidth(width), self.sizeHint().height())
        foot = window.height() - height - scaled(6 * GRID)
        self.setGeometry((window.width() - width) // 2, foot, width, height)

    def _get_left(self) -> float:
        return self._left

    def _set_left(self, left: float) -> None:
        self._left = left
        self.update(0, self.height() - 4, self.width(), 4)

    left = Property(float, _get_left, _set_left)

    @Slot()
    def _on_undo_clicked(self) -> None:
        self.close_up()
        self.undo_asked.emit()

    @Slot()
    def _on_time_over(self) -> None:
        if self.underMouse() or self._undo.hasFocus() or self._close.hasFocus():
            self._time.start()
        else:
            self.close_up()
