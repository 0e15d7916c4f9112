"""What this is."""

from __future__ import annotations

from importlib.metadata import version
from platform import python_version

from PySide6.QtCore import QSize, Qt, qVersion
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from evface_studio.look.icons import application_icon
from evface_studio.look.text_size import set_text_factor
from evface_studio.look.theme import GRID, Theme


class AboutDialog(QDialog):
    """Name, version, licence."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About evface")
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(application_icon().pixmap(QSize(64, 64), self.devicePixelRatioF()))
        title = QLabel("evface studio", alignment=Qt.AlignmentFlag.AlignCenter)
        font = title.font()
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        set_text_factor(title, 1.6)
        words = QLabel(
            "Shows, labels and learns faces recorded by event cameras.\n\n"
            f"Version {version('evface')}, Qt {qVersion()}, Python {python_version()}\n"
            "Apache License 2.0. Icons by Phosphor Icons, MIT licence.",
            alignment=Qt.AlignmentFlag.AlignCenter,
        )
        words.setStyleSheet(f"color: {theme.muted};")
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        layout.setSpacing(2 * GRID)
        for widget in (picture, title, words):
            layout.addWidget(widget)
