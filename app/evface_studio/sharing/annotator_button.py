"""Says at the bottom of the window who annotates, and whether blindly."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QToolButton, QWidget

from evface_studio.document import Document
from evface_studio.sharing.sharing import Sharing


class AnnotatorButton(QToolButton):
    """A click asks for another name. Hidden where no project is open."""

    def __init__(self, document: Document, sharing: Sharing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setAutoRaise(True)
        self.clicked.connect(sharing.show_annotator)
        document.annotator_changed.connect(self._update)
        document.project_changed.connect(self._update)
        self._update()

    @Slot()
    def _update(self) -> None:
        document = self._document
        name = document.annotator
        self.setText(f"{name}, blind" if document.is_blind else name)
        self.setToolTip(
            f"You label as {name} and see only your own labels"
            if document.is_blind
            else f"You label as {name} and see everyone's labels"
        )
        self.setAccessibleName(f"Annotator: {self.text()}")
        self.setVisible(document.project is not None)
