"""Leaves the wheel to the panel that a field lies on, which is scrolled by it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class StillWheel(QObject):
    """What a field is set to does not change when the wheel happens to turn over it."""

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Hand the wheel on to what lies behind."""
        if event.type() is QEvent.Type.Wheel:
            event.ignore()
            return True
        return False
