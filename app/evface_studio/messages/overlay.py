"""What lies over the window for a while, without being a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QFrame, QWidget
from shiboken6 import isValid


class Overlay(QFrame):
    """Keeps its place over a window while that is resized, and gives the keyboard back.

    Children say by `_place` where they lie.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._focused_before: QWidget | None = None
        window.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Come up above everything else."""
        if self.isHidden():
            self._focused_before = QApplication.focusWidget()
        self._place()
        self.show()
        self.raise_()

    def close_up(self) -> None:
        """Go, and give the keyboard back to whatever had it before."""
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and (focused is self or self.isAncestorOf(focused))
        self.hide()
        before, self._focused_before = self._focused_before, None
        if had_keyboard and before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize and watched is self._window and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        """Lie over the window as is right for its size now."""
        raise NotImplementedError
