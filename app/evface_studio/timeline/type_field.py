"""The line in which action units are typed, with what Enter would do beside it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from evface_studio.coding.text import Typed
from evface_studio.look.text_size import fix_size
from evface_studio.look.theme import GRID, Theme


class TypeField(QWidget):
    """Opens with a key, takes codes such as ``12cl`` or ``1+2+5b``, and closes with Escape.

    Parameters
    ----------
    read
        Says what a text would do.
    """

    entered = Signal(object)
    # The keyboard is free again.
    closed = Signal()

    def __init__(
        self, read: Callable[[str], Typed], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._theme = theme
        self._line = _Line()
        self._line.setPlaceholderText("12cl, 1+2+5b")
        self._line.setAccessibleName("Code of an action unit")
        self._line.setToolTip(
            "Number, level a to e, side l or r; - is absent, n not visible. "
            "Several with + or a blank."
        )
        fix_size(self._line, width_px=16 * GRID)
        self._echo = QLabel()
        self._echo.setAccessibleName("What Enter does")
        self._echo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID + GRID // 2, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self._line)
        row.addWidget(self._echo, 1)
        self._line.textEdited.connect(self.follow)
        self._line.returnPressed.connect(self._on_return)
        self.hide()

    @property
    def line(self) -> QLineEdit:
        """Where the code is typed."""
        return self._line

    @property
    def echo(self) -> str:
        """What is said beside the line."""
        return self._echo.text()

    def open(self, begin: str = "") -> None:
        """Take the keyboard, for a code that begins with a digit already typed."""
        self.show()
        self._line.setText(begin)
        self._line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._line.deselect()
        self.follow()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Say what Enter would do now."""
        typed = self._read(self._line.text())
        colour = self._theme.error if typed.problem else self._theme.text
        if not self._line.text().strip():
            colour = self._theme.muted
        self._echo.setStyleSheet(f"color: {colour};")
        self._echo.setText(typed.problem or typed.words or "Esc goes back to the rows")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close without a word."""
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_return(self) -> None:
        typed = self._read(self._line.text())
        if typed.is_complete:
            self._close()
            self.entered.emit(typed)
        elif not self._line.text().strip():
            self._close()

    def _close(self) -> None:
        self._line.clear()
        self.hide()
        self.closed.emit()


class _Line(QLineEdit):
    """Keeps plain keys to itself, Return too, which mean other things in the rows."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            others = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            if not event.modifiers() & others:
                event.accept()
                return True
        return super().event(event)
