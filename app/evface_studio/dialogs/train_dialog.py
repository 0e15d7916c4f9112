"""What is to be trained on the labels of the open project."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from evface.training.config import preset_names
from evface_studio.dialogs.choice_rows import add_row, choice_box
from evface_studio.learning.training import Training, TrainingRequest
from evface_studio.look.theme import GRID, Theme

_FOR_TESTS = "_tiny"


class TrainDialog(QDialog):
    """Asks what is trained."""

    def __init__(self, training: Training, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train a network")
        self._training = training
        self._theme = theme
        presets = [name for name in preset_names() if not name.endswith(_FOR_TESTS)]
        self.preset_box = choice_box((name, name) for name in presets)
        self.name_field = QLineEdit(training.free_name("au_light"))
        self.train_button = QPushButton("&Train")
        self.train_button.setProperty("primary", True)
        self.train_button.setDefault(True)
        self.preset_box.setCurrentIndex(self.preset_box.findData("au_light"))
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        add_row(form, "&Preset", self.preset_box)
        add_row(form, "&Name", self.name_field)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.train_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        layout.addLayout(form)
        layout.addLayout(foot)
        self.train_button.clicked.connect(self._on_train)

    @Slot()
    def _on_train(self) -> None:
        request = TrainingRequest(
            self.name_field.text().strip(), self.preset_box.currentData(), ("data.split=none",)
        )
        if self._training.train(request) is not None:
            self.accept()
