"""Merging another project: what it brings, and what becomes of conflicts."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from evface.projects.conflict_words import place_in_words, side_in_words
from evface.projects.label_merging import Choice
from evface_studio.dialogs.choice_rows import column_of
from evface_studio.dialogs.figure_table import FigureTable
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.opening import PROJECT_SUFFIX
from evface_studio.sharing.merging import MergePreview, Merging
from evface_studio.sharing.words import counted

if TYPE_CHECKING:
    from evface.projects.merging import MergePlan

_PLACE = Qt.ItemDataRole.UserRole
_CHOICE = Qt.ItemDataRole.UserRole + 1
_COLUMNS = ("Where", "Annotator", "Here", "There", "Keep")
_KEPT = {Choice.BOTH: "both", Choice.MINE: "mine", Choice.THEIRS: "theirs"}
_FIRST = (
    "Choose the project of somebody who labelled the same recordings. Nothing is changed before "
    "you merge, and merging can be undone."
)
_CONFLICTS = (
    "Both are kept unless you choose otherwise: the later one under the annotator's name, the "
    "earlier one under the name with “(earlier)”."
)


class MergeDialog(QDialog):
    """Shows what another project would bring; conflicts are resolved row by row, or all at once."""

    def __init__(self, merging: Merging, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Merge another project")
        self._merging = merging
        self._theme = theme
        self._preview: MergePreview | None = None
        self.path_field = QLineEdit()
        self.path_field.setReadOnly(True)
        self.path_field.setPlaceholderText("No project chosen")
        self.path_field.setAccessibleName("Project to merge")
        choose = QPushButton("&Choose…")
        choose.clicked.connect(self._on_choose)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self._rule = QLabel(_CONFLICTS)
        self._rule.setWordWrap(True)
        self._rule.setStyleSheet(f"color: {theme.muted};")
        self.table = FigureTable("Conflicts", _COLUMNS, n_names=len(_COLUMNS))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.table.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        for column in (2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.choice_buttons = {
            choice: QPushButton(text)
            for choice, text in (
                (Choice.BOTH, "Keep &both"),
                (Choice.MINE, "Keep m&ine"),
                (Choice.THEIRS, "Keep &theirs"),
            )
        }
        self._choices = QWidget()
        row = QHBoxLayout(self._choices)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        selected = QLabel("Selected rows")
        selected.setStyleSheet(f"color: {theme.muted};")
        row.addWidget(selected)
        for choice, button in self.choice_buttons.items():
            button.clicked.connect(partial(self._choose, choice))
            row.addWidget(button)
        row.addStretch(1)
        everything = QPushButton("Select &all")
        everything.clicked.connect(self.table.selectAll)
        row.addWidget(everything)
        self.merge_button = QPushButton("&Merge")
        self.merge_button.setProperty("primary", True)
        self.merge_button.clicked.connect(self._on_merge)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        for button in (
            choose,
            everything,
            cancel,
            self.merge_button,
            *self.choice_buttons.values(),
        ):
            button.setAutoDefault(False)
        head, foot = QHBoxLayout(), QHBoxLayout()
        for line in (head, foot):
            line.setSpacing(GRID)
        head.addWidget(self.path_field, 1)
        head.addWidget(choose)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.merge_button)
        layout = column_of(self, spacing_px=GRID + GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self.summary)
        layout.addWidget(self._rule)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._choices)
        layout.addStretch(0)
        layout.addLayout(foot)
        room = self.screen().availableSize()
        self.resize(
            min(scaled(120 * GRID), round(0.92 * room.width())),
            min(scaled(64 * GRID), round(0.9 * room.height())),
        )
        merging.planned.connect(self._on_planned)
        merging.failed.connect(self._on_failed)
        self._show_conflicts(None)
        self._say(_FIRST)
        choose.setFocus()

    def choose_project(self, path: Path) -> None:
        """Look at a project."""
        self._preview = None
        self._show_conflicts(None)
        self.path_field.setText(str(path))
        self._say("Comparing…")
        self._merging.plan(path)

    @property
    def choices(self) -> dict[str, dict[tuple[Hashable, ...], Choice]]:
        """What becomes of each conflict, by recording."""
        chosen: dict[str, dict[tuple[Hashable, ...], Choice]] = {}
        for item in self.table.items():
            recording_id, key = item.data(0, _PLACE)
            chosen.setdefault(recording_id, {})[key] = Choice(item.data(0, _CHOICE))
        return chosen

    @Slot(object)
    def _on_planned(self, preview: MergePreview) -> None:
        if str(preview.path) != self.path_field.text():
            return
        self._preview = preview
        self._show_conflicts(preview.plan)
        self.merge_button.setEnabled(not preview.is_empty)
        self._say(_in_words(preview))

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._say(problem, is_problem=True)

    @Slot()
    def _on_choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Project to merge", self.path_field.text(), f"Projects (*{PROJECT_SUFFIX})"
        )
        if name:
            self.choose_project(Path(name))

    def _choose(self, choice: Choice) -> None:
        for item in self.table.selectedItems():
            item.setData(0, _CHOICE, str(choice))
            item.setText(len(_COLUMNS) - 1, _KEPT[choice])

    @Slot()
    def _on_merge(self) -> None:
        if self._preview is not None:
            self._merging.merge(self._preview, self.choices)
            self.accept()

    def _show_conflicts(self, plan: MergePlan | None) -> None:
        conflicts = (
            []
            if plan is None
            else [(one, conflict) for one in plan.recordings for conflict in one.conflicts]
        )
        rows = [
            (
                f"{one.name}: {place_in_words(conflict, one.sync)}",
                conflict.author,
                side_in_words(conflict.mine, conflict.author),
                side_in_words(conflict.theirs, conflict.author),
                _KEPT[Choice.BOTH],
            )
            for one, conflict in conflicts
        ]
        tips = [f"Here: {mine}\nThere: {theirs}" for *_, mine, theirs, _ in rows]
        self.table.show_rows(rows, tips=tips)
        for item, (one, conflict) in zip(self.table.items(), conflicts, strict=True):
            item.setData(0, _PLACE, (one.recording_id, conflict.key))
            item.setData(0, _CHOICE, str(Choice.BOTH))
        for part in (self.table, self._choices, self._rule):
            part.setVisible(bool(conflicts))
        if conflicts:
            self.table.setCurrentItem(self.table.items()[0])
        self.merge_button.setEnabled(False)

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        self.summary.setText(text)
        colour = self._theme.error if is_problem else self._theme.text
        self.summary.setStyleSheet(f"color: {colour};")


def _in_words(preview: MergePreview) -> str:
    result, plan = preview.result, preview.plan
    if preview.is_empty and not result.left_out:
        return "Everything of that project is here already."
    n_common = len(plan.recordings) - result.n_recordings
    words = [f"{counted(n_common, 'recording')} in common."]
    if result.n_recordings:
        words.append(f"{counted(result.n_recordings, 'recording')} more.")
    conflicts = counted(plan.n_conflicts, "conflict") if plan.n_conflicts else "no conflict"
    words.append(f"{counted(result.n_added, 'label')} to come in, {conflicts}.")
    words += plan.notes
    for why, n in result.left_out.items():
        words.append(f"{counted(n, 'label')} left out: {why}.")
    return " ".join(words)
