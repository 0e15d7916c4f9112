"""The snapshots of a project: what each would change, and restoring it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from evface_studio.dialogs.choice_rows import column_of
from evface_studio.dialogs.figure_table import FigureTable
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.sharing.snapshots import SnapshotList, Snapshots
from evface_studio.sharing.words import counted
from evface_studio.wording import format_count, format_when

if TYPE_CHECKING:
    from evface.projects.snapshots import Restoring, Snapshot

_SNAPSHOT = Qt.ItemDataRole.UserRole
_COLUMNS = ("Snapshot", "Made", "Recordings", "Landmarks", "Segments", "Annotators")
_EMPTY = "There are no snapshots yet. One is made each day that you open a project with labels."


class SnapshotsDialog(QDialog):
    """Lists them; restoring is one step that can be undone."""

    def __init__(self, snapshots: Snapshots, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Snapshots")
        self._snapshots = snapshots
        self._theme = theme
        self._folder = QUrl()
        self.name_field = QLineEdit()
        self.name_field.setPlaceholderText("Name of a new snapshot")
        self.name_field.setAccessibleName("Name of a new snapshot")
        self.name_field.setMaxLength(100)
        self.take_button = QPushButton("&Take snapshot")
        self.take_button.setAutoDefault(False)
        self.take_button.setEnabled(False)
        self.name_field.textChanged.connect(
            lambda text: self.take_button.setEnabled(bool(text.strip()))
        )
        self.name_field.returnPressed.connect(self._on_take)
        self.take_button.clicked.connect(self._on_take)
        self.table = FigureTable("Snapshots", _COLUMNS, n_names=2)
        self.table.currentItemChanged.connect(self._on_current_changed)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing())
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._where = QLabel()
        self._where.setWordWrap(True)
        self._where.setStyleSheet(f"color: {theme.muted};")
        self._where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.folder_button = QPushButton("Show &folder")
        self.folder_button.setAutoDefault(False)
        self.folder_button.clicked.connect(lambda: QDesktopServices.openUrl(self._folder))
        self.restore_button = QPushButton("&Restore")
        self.restore_button.setProperty("primary", True)
        self.restore_button.setAutoDefault(False)
        self.restore_button.setEnabled(False)
        self.restore_button.clicked.connect(self._on_restore)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        head, foot = QHBoxLayout(), QHBoxLayout()
        for row in (head, foot):
            row.setSpacing(GRID)
        head.addWidget(self.name_field, 1)
        head.addWidget(self.take_button)
        foot.addWidget(self.folder_button)
        foot.addStretch(1)
        foot.addWidget(close)
        foot.addWidget(self.restore_button)
        layout = column_of(self, spacing_px=GRID + GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)
        layout.addWidget(self._where)
        layout.addLayout(foot)
        self.resize(scaled(92 * GRID), scaled(60 * GRID))
        snapshots.listed.connect(self._on_listed)
        snapshots.compared.connect(self._on_compared)
        snapshots.failed.connect(self._on_failed)
        self._say("Looking for snapshots…")
        snapshots.list_all()

    @property
    def _chosen(self) -> Snapshot | None:
        item = self.table.currentItem()
        return None if item is None else item.data(0, _SNAPSHOT)

    @Slot(object)
    def _on_listed(self, listed: SnapshotList) -> None:
        self._folder = QUrl.fromLocalFile(str(listed.folder))
        self.folder_button.setEnabled(bool(listed.snapshots))
        reason = "" if listed.is_beside else ", as the project's own folder cannot be written"
        self._where.setText(
            f"Kept in {listed.folder}{reason}. "
            "The last 14 daily ones are kept, and all that have a name."
        )
        self.name_field.clear()
        self.table.show_rows(map(_cells, listed.snapshots))
        for item, snapshot in zip(self.table.items(), listed.snapshots, strict=True):
            item.setData(0, _SNAPSHOT, snapshot)
        if listed.snapshots:
            self.table.setCurrentItem(self.table.items()[0])
        else:
            self._say(_EMPTY)

    @Slot()
    def _on_current_changed(self) -> None:
        self.restore_button.setEnabled(False)
        if self._chosen is not None:
            self._say("Comparing…")
            self._snapshots.compare(self._chosen)

    @Slot(object, object)
    def _on_compared(self, snapshot: Snapshot, restoring: Restoring) -> None:
        if snapshot is not self._chosen:
            return
        can_restore = self._snapshots.can_restore
        self.restore_button.setEnabled(restoring.edit is not None and can_restore)
        self._say(_in_words(restoring, can_restore=can_restore))

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._say(problem, is_problem=True)

    @Slot()
    def _on_take(self) -> None:
        name = self.name_field.text().strip()
        if name:
            self._snapshots.take(name)

    @Slot()
    def _on_restore(self) -> None:
        if self._chosen is not None:
            self._snapshots.restore(self._chosen)
            self.accept()

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        self.note.setText(text)
        colour = self._theme.error if is_problem else self._theme.text
        self.note.setStyleSheet(f"color: {colour};")


def _cells(snapshot: Snapshot) -> list[str]:
    said = snapshot.counts.values()
    return [
        snapshot.name,
        format_when(snapshot.made_at),
        format_count(snapshot.n_recordings),
        format_count(sum(one.n_landmarks for one in said)),
        format_count(sum(one.n_segments for one in said)),
        format_count(len(snapshot.counts)),
    ]


def _in_words(restoring: Restoring, *, can_restore: bool) -> str:
    if restoring.edit is None:
        words = ["All labels and filters are as they were then."]
    else:
        words = [
            f"Restoring adds {format_count(restoring.n_added)}, changes "
            f"{format_count(restoring.n_changed)} and removes "
            f"{counted(restoring.n_removed, 'label')}."
        ]
        if restoring.n_filtered:
            words.append(
                f"It sets back the filters of {counted(restoring.n_filtered, 'recording')}."
            )
        words.append("It can be undone.")
    if restoring.n_unknown:
        words.append(f"{counted(restoring.n_unknown, 'recording')} of it not in this project.")
    for why, n in restoring.left_out.items():
        words.append(f"{counted(n, 'label')} left out: {why}.")
    if not can_restore:
        words.append("This project can only be read.")
    return " ".join(words)
