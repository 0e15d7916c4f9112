"""Ends what is being opened, where that takes long enough to tell how far it is."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QWidget

from evface_studio.document import Document


class StopButton(QPushButton):
    """Shown while a file is converted, in the status bar."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__("Cancel", parent)
        self.setToolTip("Open nothing; what is shown now stays")
        self.setAccessibleName("Cancel opening")
        self.hide()
        document.progress_told.connect(self._on_told)
        document.busy_changed.connect(self._on_busy_changed)
        self.clicked.connect(document.stop_opening)

    @Slot(str)
    def _on_told(self, _words: str) -> None:
        self.show()

    @Slot(str)
    def _on_busy_changed(self, label: str) -> None:
        # Whatever comes next has not said yet how far it is.
        if not label:
            self.hide()
