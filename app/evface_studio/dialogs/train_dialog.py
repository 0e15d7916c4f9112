"""What is to be trained on the labels of the open project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QGridLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from evface.errors import TrainingError
from evface.training.config import read_config
from evface.training.forecast import TrainingTime
from evface.training.runs import problem_of_name
from evface.training.settings import TrainingConfig
from evface.training.suitability import split_for, why_not
from evface.training_sets.counting import RecordingLabels, named_by
from evface.training_sets.recording_facts import Subjects
from evface_studio.dialogs.choice_rows import (
    add_row,
    align_labels,
    button_row,
    choice_box,
    column_of,
    muted_label,
)
from evface_studio.dialogs.train_words import label_facts, split_words, time_words
from evface_studio.learning.training import Training, TrainingChoices, TrainingRequest
from evface_studio.look.icons import icon
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme

_STATES = (
    ("All", "auto"),
    ("That are interpolated, corrected or verified", "interpolated"),
    ("That are corrected or verified", "corrected"),
    ("That are verified", "verified"),
)
_NOT_CODED = (
    ("The machine's curves count", "machine"),
    ("Nothing is known", "unknown"),
)
_WHO_TIP = (
    "A regular expression that finds the person in a recording's name, where nothing else says "
    "who it is: ^[A-Za-z]+ takes anna from anna_02. With (...), what is in it counts."
)
# What is proposed first, for few people and for more.
_FIRST = {"time": "au_quick", "subjects": "au_light"}
_MOST_EPOCHS = 10_000
_N_ROWS = 4
_HOW_TO_INSTALL = (
    "PyTorch is not installed here, and nothing can be trained without it. Install it with  "
    "pip install 'evface[train]'  and start the studio again."
)


class TrainDialog(QDialog):
    """Asks what is trained on what; the project is only read."""

    def __init__(self, training: Training, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train a network")
        self._training = training
        self._theme = theme
        self._choices: TrainingChoices | None = None
        self._time: TrainingTime | None = None
        self._proposed = ""
        self.missing = muted_label(theme)
        self.missing.setText(_HOW_TO_INSTALL)
        self.missing.setStyleSheet(f"color: {theme.error};")
        self.missing.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.missing.setVisible(not training.is_possible)
        self.recordings_list = QListWidget()
        self.recordings_list.setProperty("boxed", True)
        self.recordings_list.setAccessibleName("Recordings")
        self.facts: dict[str, QLabel] = {}
        self.state_box = choice_box(_STATES)
        self.preset_box = choice_box()
        self.about = muted_label(theme)
        self.start_box = choice_box([("Fresh weights", "")])
        self.epochs_box = QSpinBox()
        self.epochs_box.setRange(1, _MOST_EPOCHS)
        self.epochs_box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.epochs_box.setToolTip("How often everything is seen")
        self.name_field = QLineEdit()
        self.more_button = QToolButton()
        self.more_button.setText("&More settings")
        self.more_button.setCheckable(True)
        self.more_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.who_field = QLineEdit()
        self.who_field.setPlaceholderText("^[A-Za-z]+   takes anna from anna_02")
        self.who_field.setToolTip(_WHO_TIP)
        self.not_coded_box = choice_box(_NOT_CODED)
        self.not_coded_box.setToolTip("Of action units, at moments where nobody coded a segment")
        self.more_field = QPlainTextEdit()
        self.more_field.setProperty("boxed", True)
        self.more_field.setPlaceholderText("optimiser.rate=0.001\nrun.batch_size=8")
        self.more_field.setTabChangesFocus(True)
        self.problem = muted_label(theme)
        self.split_note = muted_label(theme)
        self.time_note = QLabel()
        self.time_note.setWordWrap(True)
        self.train_button = QPushButton("&Train")
        self.train_button.setProperty("primary", True)
        self.train_button.setDefault(True)
        self._cancel = QPushButton("Cancel")
        self._cancel.setAutoDefault(False)
        self._build()
        self._connect()
        self._set_ready(False)
        self.time_note.setText("Counting labels…")
        training.find_choices()

    @property
    def request(self) -> TrainingRequest:
        """What is chosen."""
        return TrainingRequest(
            self.name_field.text().strip(),
            self.preset_box.currentData() or "",
            self.settings,
            tuple(one.id for one in self._chosen),
            self.state_box.currentData(),
            self.not_coded_box.currentData(),
            self._pattern,
        )

    @property
    def settings(self) -> tuple[str, ...]:
        """What counts instead of the preset's own; later lines count more."""
        split = split_for(self._chosen)
        start = self.start_box.currentData()
        lines = (line.strip() for line in self.more_field.toPlainText().splitlines())
        return (
            f"data.split={split}",
            f"run.epochs={self.epochs_box.value()}",
            *((f"weights.network={start}",) if start else ()),
            *(line for line in lines if line and not line.startswith("#")),
        )

    @property
    def is_ready(self) -> bool:
        """Whether labels are counted and presets are listed."""
        return self._choices is not None

    @property
    def _recordings(self) -> Sequence[RecordingLabels]:
        """All recordings, with the people whom the pattern finds in their names."""
        known = () if self._choices is None else self._choices.recordings
        return known if self._pattern_problem else named_by(known, self._pattern)

    @property
    def _chosen(self) -> list[RecordingLabels]:
        """The recordings that are ticked."""
        return [
            one
            for row, one in enumerate(self._recordings)
            if self.recordings_list.item(row).checkState() is Qt.CheckState.Checked
        ]

    @property
    def _pattern(self) -> str:
        return self.who_field.text().strip()

    @property
    def _pattern_problem(self) -> str:
        try:
            Subjects({}, self._pattern)
        except ValueError as error:
            return f"Who is who: {error}"
        return ""

    def _build(self) -> None:
        theme = self._theme
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        add_row(form, "&Recordings", self.recordings_list)
        form.addRow("", self._build_facts())
        add_row(form, "&Learn landmarks", self.state_box)
        add_row(form, "&Preset", self.preset_box)
        form.addRow("", self.about)
        add_row(form, "&Begin with", self.start_box)
        add_row(form, "&Epochs", self.epochs_box)
        add_row(form, "&Name", self.name_field)
        form.addRow("", self.more_button)
        add_row(form, "&Who is who", self.who_field)
        add_row(form, "Not co&ded", self.not_coded_box)
        add_row(form, "&Settings", self.more_field)
        form.addRow("", self.problem)
        align_labels(form)
        self._form = form
        self.more_button.setIcon(icon("down", theme))
        self._on_more_toggled(False)
        self.problem.hide()
        self.problem.setStyleSheet(f"color: {theme.error};")
        self.more_field.setFixedHeight(4 * self.fontMetrics().lineSpacing() + GRID)
        line = self.fontMetrics().lineSpacing() + GRID
        self.recordings_list.setFixedHeight(2 * line)
        # Two lines of explanation, so that nothing moves when another is chosen.
        for label in (self.about, self.time_note):
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        foot = button_row(self._cancel, self.train_button)
        layout = column_of(self)
        layout.addWidget(self.missing)
        layout.addLayout(form)
        layout.addWidget(self.split_note)
        layout.addWidget(self.time_note)
        layout.addStretch(1)
        layout.addLayout(foot)
        room = self.screen().availableSize()
        self.resize(min(scaled(84 * GRID), round(0.92 * room.width())), scaled(70 * GRID))

    def _build_facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, GRID)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(1, 1)
        for row, (name, _) in enumerate(label_facts([])):
            title = muted_label(self._theme)
            title.setWordWrap(False)
            title.setText(name)
            words = self.facts[name] = QLabel("…")
            words.setWordWrap(True)
            top = Qt.AlignmentFlag.AlignTop
            for label in (title, words):
                label.setAlignment(top)
                label.setMinimumHeight(self.fontMetrics().lineSpacing())
            grid.addWidget(title, row, 0, top)
            grid.addWidget(words, row, 1, top)
        return grid

    def _connect(self) -> None:
        training, estimator = self._training, self._training.estimator
        training.choices_found.connect(self._on_choices_found)
        training.failed.connect(self._on_failed)
        estimator.began.connect(self._on_measuring)
        estimator.found.connect(self._on_time_found)
        estimator.failed.connect(self._on_measuring_failed)
        self.recordings_list.itemChanged.connect(self._on_data_changed)
        self.state_box.currentIndexChanged.connect(self._on_data_changed)
        self.preset_box.currentIndexChanged.connect(self._on_preset_changed)
        self.start_box.currentIndexChanged.connect(self._on_settings_changed)
        self.epochs_box.valueChanged.connect(self._update)
        self.name_field.textChanged.connect(self._update)
        self.more_button.toggled.connect(self._on_more_toggled)
        self.who_field.textChanged.connect(self._on_who_changed)
        self.not_coded_box.currentIndexChanged.connect(self._on_settings_changed)
        self.more_field.textChanged.connect(self._on_settings_changed)
        self.train_button.clicked.connect(self._on_train)
        self._cancel.clicked.connect(self.reject)

    @Slot(object)
    def _on_choices_found(self, choices: TrainingChoices) -> None:
        if self._choices is not None:
            return
        self.recordings_list.blockSignals(True)
        for one in choices.recordings:
            item = QListWidgetItem(_words(one))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.recordings_list.addItem(item)
        self.recordings_list.blockSignals(False)
        self.recordings_list.setCurrentRow(0)
        line = self.recordings_list.sizeHintForRow(0)
        n_rows = min(max(len(choices.recordings), 1), _N_ROWS)
        frame = 2 * self.recordings_list.frameWidth()
        self.recordings_list.setFixedHeight(n_rows * line + frame + GRID)
        self._choices = choices
        self._list_presets()
        self._on_data_changed()

    def _list_presets(self) -> None:
        assert self._choices is not None
        first = _FIRST[split_for(self._chosen)]
        names = sorted(self._choices.presets, key=lambda name: (name != first, name))
        self.preset_box.blockSignals(True)
        for name in names:
            self.preset_box.addItem(name, name)
        self.preset_box.blockSignals(False)

    @Slot()
    def _on_who_changed(self) -> None:
        """Name the people anew, and part them so."""
        self.recordings_list.blockSignals(True)
        for row, one in enumerate(self._recordings):
            self.recordings_list.item(row).setText(_words(one))
        self.recordings_list.blockSignals(False)
        self._on_data_changed()

    @Slot()
    def _on_data_changed(self) -> None:
        """Count what is chosen anew, and offer what can be trained on it."""
        if self._choices is None:
            return
        chosen = self._chosen
        for name, words in label_facts(chosen):
            self.facts[name].setText(words)
        model = self.preset_box.model()
        assert isinstance(model, QStandardItemModel)
        state = self.state_box.currentData()
        allowed = []
        for row in range(self.preset_box.count()):
            config = self._choices.presets[self.preset_box.itemData(row)]
            reason = why_not(_with_state(config, state), chosen)
            item = model.item(row)
            item.setEnabled(not reason)
            item.setText(f"{item.data(Qt.ItemDataRole.UserRole)}{f'   ({reason})' * bool(reason)}")
            item.setToolTip(reason or config.about)
            if not reason:
                allowed.append(row)
        if allowed and self.preset_box.currentIndex() not in allowed:
            self.preset_box.setCurrentIndex(allowed[0])
        self._on_preset_changed()

    @Slot()
    def _on_preset_changed(self) -> None:
        """Take the preset's own settings, and offer what it may begin with."""
        if self._choices is None:
            return
        name = self.preset_box.currentData()
        config = self._choices.presets[name]
        self.about.setText(config.about)
        self.epochs_box.blockSignals(True)
        self.epochs_box.setValue(config.run.epochs)
        self.epochs_box.blockSignals(False)
        kept = self.start_box.currentData()
        self.start_box.blockSignals(True)
        self.start_box.clear()
        self.start_box.addItem("Fresh weights", "")
        for run in self._choices.runs:
            if run.has_network and not run.problem and run.network == config.network:
                self.start_box.addItem(f"What {run.name} learnt", str(run.checkpoint))
        self.start_box.setCurrentIndex(max(self.start_box.findData(kept), 0))
        self.start_box.blockSignals(False)
        if self.name_field.text() == self._proposed:
            self._proposed = self._training.free_name(name)
            self.name_field.setText(self._proposed)
        self._on_settings_changed()

    @Slot()
    def _on_settings_changed(self) -> None:
        """Measure anew how long it takes, where that can be done."""
        self._time = None
        self._update()
        if self.train_button.isEnabled():
            self._training.estimator.measure(self._training.fields_of(self.request))
        else:
            self._training.estimator.stop()
            self.time_note.clear()

    @Slot(bool)
    def _on_more_toggled(self, is_shown: bool) -> None:
        for field in (self.who_field, self.not_coded_box, self.more_field):
            self._form.setRowVisible(field, is_shown)
        self.more_button.setIcon(icon("up" if is_shown else "down", self._theme))
        if is_shown:
            self.who_field.setFocus()

    @Slot()
    def _update(self) -> None:
        """Say what is wrong with what is chosen, or what it will come to."""
        problem = self._find_problem()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self._set_ready(not problem and self._choices is not None)
        config = self._config() if not problem else None
        if config is not None:
            self.split_note.setText(split_words(self._chosen, config.data.split))
            if self._time is not None:
                n_before = self._training.n_unfinished
                self.time_note.setText(time_words(self._time, config.run.epochs, n_before))

    def _find_problem(self) -> str:
        """Return why this cannot be trained; empty where it can."""
        if self._choices is None:
            return ""
        name = self.name_field.text().strip()
        if problem := problem_of_name(name):
            return problem[0].upper() + problem[1:]
        folder = self._training.folder
        if folder is not None and (folder / name).exists():
            return f"{name} is there already; choose another name."
        if self._pattern_problem:
            return self._pattern_problem
        try:
            config = self._config()
        except TrainingError as error:
            return str(error)
        reason = why_not(_with_state(config, self.state_box.currentData()), self._chosen)
        return f"{self.preset_box.currentData()}: {reason}" if reason else ""

    def _config(self) -> TrainingConfig:
        return read_config(self.preset_box.currentData(), self.settings)

    def _set_ready(self, is_ready: bool) -> None:
        self.train_button.setEnabled(is_ready and self._training.is_possible)

    @Slot()
    def _on_measuring(self) -> None:
        self.time_note.setText("Measuring how long a step takes here…")

    @Slot(object)
    def _on_time_found(self, found: TrainingTime) -> None:
        self._time = found
        self._update()

    @Slot(str)
    def _on_measuring_failed(self, problem: str) -> None:
        self.time_note.setText(f"How long it takes is not known: {problem}")

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.show()

    @Slot()
    def _on_train(self) -> None:
        self._training.estimator.stop()
        if self._training.train(self.request) is not None:
            self.accept()


def _words(one: RecordingLabels) -> str:
    return f"{one.name}   {one.subject}" + (f", {one.au_class}" if one.au_class else "")


def _with_state(config: TrainingConfig, state: str) -> TrainingConfig:
    return replace(config, data=replace(config.data, least_state=cast("Any", state)))
