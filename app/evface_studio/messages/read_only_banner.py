"""Says above the pictures that nothing can be changed, and why."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from evface_studio.document import Document
from evface_studio.look.accessibility import set_role
from evface_studio.look.icons import pixmap
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, ICON, Theme


class ReadOnlyBanner(QWidget):
    """Stays as long as the open project can only be read."""

    # The project is to be opened once more, perhaps for writing now.
    retry_asked = Signal()

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._retry = QPushButton("Try again")
        self._retry.setToolTip("Open the project once more, to change it if that is possible now")
        self._retry.clicked.connect(self.retry_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID // 2, GRID, GRID // 2)
        layout.setSpacing(GRID + GRID // 2)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._retry)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        document.project_changed.connect(self._on_project_changed)
        self.set_theme(theme)
        self._on_project_changed()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._icon.setPixmap(pixmap("warning", theme.warn, scaled(ICON)))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill, with a stripe in the colour of warnings."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.raised))
        painter.fillRect(0, 0, GRID // 2, self.height(), QColor(self._theme.warn))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.border))
        painter.end()

    @Slot()
    def _on_project_changed(self) -> None:
        document = self._document
        is_read_only = document.is_read_only
        if is_read_only:
            name = document.paths[0].name
            self._text.setText(
                f"{name} can only be read: {document.read_only_reason}. You can look at "
                "everything; nothing you do changes it."
            )
            set_role(self, QAccessible.Role.AlertMessage, self._text.text())
        self.setVisible(is_read_only)
