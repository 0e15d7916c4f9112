"""Times and counts, to be read and to be typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from evface_studio.look.text_size import scaled
from evface_studio.wording import format_count, parse_count, parse_time


class TimeEdit(QLineEdit):
    """Shows a number of microseconds in words, and takes what is typed after Return.

    What is not understood is put back. While it is being edited, new values wait.

    Parameters
    ----------
    write
        Turns microseconds into words.
    unit
        What a bare number counts, as for `parse_time`.
    widest
        The value with the longest words.
    """

    # Microseconds that were typed.
    entered = Signal(object)

    def __init__(
        self,
        write: Callable[[int], str],
        unit: str,
        widest: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._write = write
        self._read: Callable[[str], int | None] = partial(parse_time, unit=unit)
        self._widest = widest
        self._value_us: int | None = 0
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._fit_width()
        self.returnPressed.connect(self._on_return_pressed)
        self.setText(write(0))

    def set_value(self, value_us: int | None) -> None:
        """Show a value; None where there is none, which leaves the field empty."""
        self._value_us = value_us
        if not self.isModified():
            self._show_value()

    def changeEvent(self, event: QEvent) -> None:
        """Stay wide enough when text grows."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_width()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Escape put the value back."""
        if event.key() == Qt.Key.Key_Escape:
            self._put_back()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Mark all, so that typing replaces it."""
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Put back what was typed without Return."""
        super().focusOutEvent(event)
        self._put_back()

    def _fit_width(self) -> None:
        words = self._write(self._widest)
        self.setFixedWidth(QFontMetrics(self.font()).horizontalAdvance(words) + scaled(24))

    def _put_back(self) -> None:
        self.setModified(False)
        self._show_value()

    def _show_value(self) -> None:
        self.setText("" if self._value_us is None else self._write(self._value_us))

    @Slot()
    def _on_return_pressed(self) -> None:
        entered = self._read(self.text())
        self._put_back()
        if entered is not None:
            self.entered.emit(entered)
        self.clearFocus()


class CountEdit(TimeEdit):
    """Shows a number of events instead, and takes what is typed after Return."""

    def __init__(self, widest: int, parent: QWidget | None = None) -> None:
        super().__init__(format_count, "us", widest, parent)
        self._read = parse_count
