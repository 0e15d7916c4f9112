"""The settings beside the pictures of a live view."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from evface_studio.live.choice import LookChoice, ModelChoice
from evface_studio.live.control_section import ControlSection
from evface_studio.live.filter_section import FilterSection
from evface_studio.live.look_section import LookSection
from evface_studio.live.model_section import ModelSection
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.opening import EVENT_SUFFIXES
from evface_studio.panels.scrolled_column import ScrolledColumn

_WIDTH = 330


class AudienceSection(QWidget):
    """What is shown to an audience."""

    mirrored_changed = Signal(bool)
    # A path, or None.
    attraction_changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._title = QLabel("For an audience")
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self.mirrored = QCheckBox("As in a mirror")
        self.mirrored.toggled.connect(self.mirrored_changed)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self.attraction: Path | None = None
        self.choose = QPushButton("Choose a recording…")
        self.choose.clicked.connect(self._ask)
        self.clear = QPushButton("None")
        self.clear.clicked.connect(lambda: self.set_attraction(None))
        line = QHBoxLayout()
        line.addWidget(self.choose)
        line.addWidget(self.clear)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + GRID // 2, GRID, GRID + GRID // 2, GRID)
        column.setSpacing(GRID)
        for part in (self._title, self.mirrored, self._text):
            column.addWidget(part)
        column.addLayout(line)
        self.set_attraction(None)
        self.set_theme(theme)

    def set_attraction(self, path: Path | None) -> None:
        """Choose what full screen shows when nobody is there."""
        self.attraction = path
        self.clear.setVisible(path is not None)
        what = "what the camera sees" if path is None else path.name
        self._text.setText(f"When nobody is there, full screen shows {what}.")
        self.attraction_changed.emit(path)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._text.setStyleSheet(f"color: {theme.muted};")

    @Slot()
    def _ask(self) -> None:
        suffixes = " ".join(f"*{suffix}" for suffix in EVENT_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self, "A recording for when nobody is there", "", f"Event files ({suffixes})"
        )
        if name:
            self.set_attraction(Path(name))


class SidePanel(ScrolledColumn):
    """Events, models, filters, the camera's controls, and what an audience sees."""

    def __init__(self, look: LookChoice, models: ModelChoice, theme: Theme) -> None:
        self.look = LookSection(look, theme)
        self.models = ModelSection(models, theme)
        self.filters = FilterSection(theme)
        self.controls = ControlSection(theme)
        self.audience = AudienceSection(theme)
        self._sections = (self.look, self.models, self.filters, self.controls, self.audience)
        super().__init__("Settings of the live view", self._sections)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for section in self._sections:
            section.set_theme(theme)

    def minimumSizeHint(self) -> QSize:
        """Cut nothing at the right."""
        bar = self.verticalScrollBar().sizeHint().width()
        body = self.widget()
        return QSize(bar if body is None else body.minimumSizeHint().width() + bar, 0)

    def sizeHint(self) -> QSize:
        """Ask for a width that fits the controls."""
        return QSize(scaled(_WIDTH), 0)
