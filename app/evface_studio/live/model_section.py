"""Which models are asked live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from evface.live.state import LiveState, Working
from evface_studio.live.choice import ModelChoice
from evface_studio.live.words import sentence
from evface_studio.look.theme import GRID, Theme

_TEACHERS = (
    ("MediaPipe", "mediapipe", "Fast; landmarks, action units and mesh"),
    ("FAN", "fan", "Slow; more careful landmarks"),
    ("None", "", "Nobody looks at the RGB picture"),
)
_TIP = Qt.ItemDataRole.ToolTipRole
_FILE = "A file…"
_NETWORKS = "Networks (*.safetensors);;All files (*)"


@dataclass(frozen=True)
class Network:
    """A trained network that can be chosen.

    Parameters
    ----------
    name
        For people.
    path
        Its file, or the folder of its training.
    task
        ``"landmarks"`` or ``"action_units"``.
    """

    name: str
    path: Path
    task: str


class ModelSection(QWidget):
    """The teacher, and a network each for landmarks and for action units."""

    # A `ModelChoice`.
    changed = Signal(object)
    # Whether pictures wait for the models.
    in_step_changed = Signal(bool)

    def __init__(self, models: ModelChoice, theme: Theme) -> None:
        super().__init__()
        self._title = QLabel("Models")
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self.teacher = QComboBox()
        self.teacher.setAccessibleName("Teacher")
        for words, name, tip in _TEACHERS:
            self.teacher.addItem(words, name)
            self.teacher.setItemData(self.teacher.count() - 1, tip, _TIP)
        self.teacher.setCurrentIndex(max(self.teacher.findData(models.teacher), 0))
        self.networks = {"landmarks": QComboBox(), "action_units": QComboBox()}
        names = {"landmarks": "Landmarks", "action_units": "Action units"}
        self._labels = [QLabel("Teacher"), *(QLabel(words) for words in names.values())]
        for task, box in self.networks.items():
            box.setAccessibleName(f"Network of {names[task].lower()}")
        self.in_step = QCheckBox("Pictures wait for the models")
        self.in_step.setToolTip(
            "Landmarks then lie exactly on their picture, and all of it is shown later"
        )
        self._state = QLabel()
        self._state.setWordWrap(True)
        self._state.hide()
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(1, 1)
        for row, (label, field) in enumerate(
            zip(self._labels, (self.teacher, *self.networks.values()), strict=True)
        ):
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + GRID // 2, GRID, GRID + GRID // 2, GRID)
        column.setSpacing(GRID)
        column.addWidget(self._title)
        column.addLayout(grid)
        column.addWidget(self.in_step)
        column.addWidget(self._state)
        self.list_networks(())
        self.teacher.activated.connect(self._on_chosen)
        for task, box in self.networks.items():
            box.activated.connect(lambda _place, task=task: self._on_network(task))
        self.in_step.toggled.connect(self.in_step_changed)
        self.set_theme(theme)

    @property
    def models(self) -> ModelChoice:
        """What is chosen."""
        paths = [box.currentData() for box in self.networks.values()]
        return ModelChoice(tuple(path for path in paths if path), self.teacher.currentData())

    def list_networks(self, networks: Sequence[Network]) -> None:
        """Offer other networks; one that is chosen stays."""
        for task, box in self.networks.items():
            chosen, name = box.currentData(), box.currentText()
            box.clear()
            box.addItem("None", None)
            for one in networks:
                if one.task == task:
                    box.addItem(one.name, one.path)
            if chosen is not None and box.findData(chosen) < 0:
                box.addItem(name, chosen)
            box.addItem(_FILE, _FILE)
            box.setCurrentIndex(max(box.findData(chosen), 0) if chosen is not None else 0)

    def set_has_rgb(self, has_rgb: bool) -> None:
        """Say whether there is a picture for the teacher."""
        self.teacher.setEnabled(has_rgb)
        self.teacher.setToolTip("" if has_rgb else "The teacher needs an RGB camera")

    def show_state(self, state: LiveState) -> None:
        """Say what the models do, where that is worth a line."""
        words = state.working_words
        if not words and state.working is Working.LOADING:
            words = "Loading; pictures are shown meanwhile."
        self._state.setText(sentence(words))
        self._state.setVisible(bool(words))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for label in (*self._labels, self._state):
            label.setStyleSheet(f"color: {theme.muted};")

    @Slot()
    def _on_chosen(self) -> None:
        self.changed.emit(self.models)

    def _on_network(self, task: str) -> None:
        box = self.networks[task]
        if box.currentData() == _FILE:
            name, _ = QFileDialog.getOpenFileName(
                self, "Choose a trained network", str(Path.home()), _NETWORKS
            )
            box.setCurrentIndex(0)
            if not name:
                return
            path = Path(name)
            box.insertItem(box.count() - 1, path.parent.name or path.stem, path)
            box.setCurrentIndex(box.count() - 2)
        self.changed.emit(self.models)
