"""Which models are asked live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from evface.errors import ModelFileError
from evface.live.state import LiveState, Working
from evface.models.checkpoints import read_info
from evface.models.live_use import why_not_live
from evface.models.registry import task_of
from evface_studio.live.choice import ModelChoice
from evface_studio.live.words import sentence
from evface_studio.look.theme import GRID, Theme
from evface_studio.newest import NewestWins

_TEACHERS = (
    ("MediaPipe", "mediapipe", "Fast; landmarks, action units and mesh"),
    ("FAN", "fan", "Slow; more careful landmarks"),
    ("None", "", "Nobody looks at the RGB picture"),
)
_TIP = Qt.ItemDataRole.ToolTipRole
_FILE = "A file…"
_NETWORKS = "Networks (*.safetensors);;All files (*)"
_TASKS = {"landmarks": "Landmarks", "action_units": "Action units"}
# Of a training's folder, which says more than they do.
_PLAIN_NAMES = ("best", "last")
_FEWEST_LETTERS = 12


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
    problem
        Why it cannot be asked live: what is wrong; what to do. Empty where it can.
    """

    name: str
    path: Path
    task: str
    problem: str = ""


@dataclass(frozen=True)
class _Chosen:
    """A file that a person chose for a task."""

    path: Path
    task: str

    @property
    def name(self) -> str:
        """What people call it."""
        stem = self.path.stem
        return self.path.parent.name if stem in _PLAIN_NAMES else stem


class ModelSection(QWidget):
    """The teacher, and a network each for landmarks and for action units.

    What a file holds is read in a thread. One that cannot be used is said why, and what was chosen
    before stays.
    """

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
        self.networks = {task: QComboBox() for task in _TASKS}
        self._chosen: dict[str, Path | None] = dict.fromkeys(_TASKS)
        self._folder = Path.home()
        self._has_rgb = True
        # Of the network chosen last; and what is to be said of the models besides.
        self._refusal = self._words = ""
        self._reader: NewestWins[_Chosen, str] | None = None
        self._labels = [QLabel("Teacher"), *(QLabel(words) for words in _TASKS.values())]
        for task, box in self.networks.items():
            box.setAccessibleName(f"Network of {_TASKS[task].lower()}")
            # Long names must not widen the panel.
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(_FEWEST_LETTERS)
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
        paths = tuple(path for path in self._chosen.values() if path is not None)
        return ModelChoice(paths, self.teacher.currentData())

    @property
    def tells_units(self) -> bool:
        """Whether a network of action units is chosen."""
        return self._chosen["action_units"] is not None

    def list_networks(self, networks: Sequence[Network]) -> None:
        """Offer other networks; one that is chosen stays. Those that cannot be asked say why."""
        for task, box in self.networks.items():
            chosen, name = self._chosen[task], box.currentText()
            box.clear()
            box.addItem("None", None)
            for one in sorted(networks, key=lambda one: bool(one.problem)):
                if one.task == task:
                    _add(box, one)
            if chosen is not None and box.findData(chosen) < 0:
                box.addItem(name, chosen)
            box.addItem(_FILE, _FILE)
            self._show_chosen(task)
            _fit_list(box)

    def set_has_rgb(self, has_rgb: bool) -> None:
        """Say whether there is a picture for the teacher."""
        self._has_rgb = has_rgb
        self.teacher.setEnabled(has_rgb)
        self.teacher.setToolTip("" if has_rgb else "The teacher needs an RGB camera")

    def show_state(self, state: LiveState) -> None:
        """Say what the models do, where that is worth a line."""
        self._words = state.working_words
        if not self._words and state.working is Working.LOADING:
            self._words = "Loading; pictures are shown meanwhile."
        refused = [task for task, path in self._chosen.items() if path in state.refused]
        if refused:
            self._refusal = state.working_words
            for task in refused:
                self._chosen[task] = None
                self._show_chosen(task)
            self.changed.emit(self.models)
        self._say()

    def choose_file(self, path: Path, task: str) -> None:
        """Take a file's network for a task, unless it cannot be used; returns at once."""
        self._folder = path.parent
        if self._reader is None:
            self._reader = NewestWins("network", _problem_of, self._on_read, _raise, parent=self)
        self._reader.ask(_Chosen(path, task))

    def close_threads(self) -> None:
        """End what reads files; safe to call twice."""
        if self._reader is not None:
            self._reader.close()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for label in (*self._labels, self._state):
            label.setStyleSheet(f"color: {theme.muted};")

    @Slot()
    def _on_chosen(self) -> None:
        self.changed.emit(self.models)

    def _on_network(self, task: str) -> None:
        chosen = self.networks[task].currentData()
        if chosen != _FILE:
            self._choose(task, chosen)
            return
        self._show_chosen(task)
        name, _ = QFileDialog.getOpenFileName(
            self, "Choose a trained network", str(self._folder), _NETWORKS
        )
        if name:
            self.choose_file(Path(name), task)

    def _choose(self, task: str, path: Path | None) -> None:
        self._chosen[task], self._refusal = path, ""
        self._show_chosen(task)
        self._say()
        self.changed.emit(self.models)

    def _on_read(self, chosen: _Chosen, problem: str) -> None:
        if problem:
            self._refusal = f"{chosen.name}: {problem}"
            self._say()
            return
        box = self.networks[chosen.task]
        if box.findData(chosen.path) < 0:
            box.insertItem(box.count() - 1, chosen.name, chosen.path)
            _fit_list(box)
        self._choose(chosen.task, chosen.path)

    def _show_chosen(self, task: str) -> None:
        box, path = self.networks[task], self._chosen[task]
        box.setCurrentIndex(0 if path is None else box.findData(path))
        # A long name is cut in the box.
        box.setToolTip("" if path is None else box.currentText())

    def _say(self) -> None:
        lines = [sentence(words) for words in (self._refusal, self._words) if words]
        has_place = self._chosen["landmarks"] or (self._has_rgb and self.teacher.currentData())
        if self.tells_units and not has_place:
            lines.append(
                "Action units are looked for in the middle of the picture; with a network of "
                "landmarks, where the face is."
            )
        self._state.setText("\n".join(dict.fromkeys(lines)))
        self._state.setVisible(bool(lines))


def _add(box: QComboBox, network: Network) -> None:
    """Offer a network; one that cannot be asked live is there, says why, and cannot be chosen."""
    if not network.problem:
        box.addItem(network.name, network.path)
        return
    what = network.problem.partition(";")[0]
    box.addItem(f"{network.name} – {what}", network.path)
    box.setItemData(box.count() - 1, sentence(network.problem), _TIP)
    rows = box.model()
    assert isinstance(rows, QStandardItemModel)
    rows.item(box.count() - 1).setEnabled(False)


def _fit_list(box: QComboBox) -> None:
    """Let the open list be as wide as its longest line, which the box is not."""
    view = box.view()
    view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * GRID)


def _problem_of(chosen: _Chosen) -> str:
    """Return why a file's network cannot be asked live for a task; empty where it can."""
    try:
        info = read_info(chosen.path)
    except ModelFileError as error:
        return error.problem
    task = task_of(info.network)
    if task in _TASKS and task != chosen.task:
        return f"is a network of {_TASKS[task].lower()}; choose it there"
    return why_not_live(info)


def _raise(_chosen: _Chosen, error: Exception) -> None:
    raise error
