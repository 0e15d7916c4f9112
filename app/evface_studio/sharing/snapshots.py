"""Keeps the labels of the open project as they are now, and brings them back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from evface_studio.document import Document
from evface_studio.tasks import SerialTasks

if TYPE_CHECKING:
    from evface.annotations.edits import Edit
    from evface.projects.project import Project
    from evface.projects.snapshots import Restoring, Snapshot


@dataclass(frozen=True, eq=False)
class SnapshotList:
    """All snapshots of a project, the latest first.

    Parameters
    ----------
    is_beside
        Whether they are kept beside the project, which is not where that cannot be written.
    """

    folder: Path
    is_beside: bool
    snapshots: tuple[Snapshot, ...]


class Snapshots(QObject):
    """Makes the day's snapshot when a project is opened, and others when asked; in a thread."""

    # A `SnapshotList`, also after one was made.
    listed = Signal(object)
    # A `Snapshot` and the `Restoring` that it would be.
    compared = Signal(object, object)
    failed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._tasks = SerialTasks(self)
        self._tasks.failed.connect(self.failed)
        self._seen: Path | None = None
        self._chosen: Snapshot | None = None
        document.project_changed.connect(self._on_project_changed)

    @property
    def can_restore(self) -> bool:
        """Whether the open project can be changed."""
        return self._document.project is not None and not self._document.is_read_only

    def list_all(self) -> None:
        """Look which snapshots there are."""
        self._with_path(_list, self.listed.emit)

    def take(self, name: str) -> None:
        """Keep all labels as they are now under a name."""

        def work(path: Path) -> SnapshotList:
            from evface.projects.snapshots import write_snapshot

            write_snapshot(path, name)
            return _list(path)

        self._with_path(work, self.listed.emit, writes=True)

    def compare(self, snapshot: Snapshot) -> None:
        """Find out what restoring a snapshot would change; of several the last is answered."""
        self._chosen = snapshot

        def work(path: Path) -> Restoring | None:
            from evface.projects.project import Project
            from evface.projects.snapshots import plan_restore

            if self._chosen is not snapshot:
                return None
            with Project.open(path, read_only=True) as project:
                return plan_restore(project, snapshot)

        def then(restoring: Restoring | None) -> None:
            if restoring is not None and self._chosen is snapshot:
                self.compared.emit(snapshot, restoring)

        self._with_path(work, then)

    def restore(self, snapshot: Snapshot) -> None:
        """Bring all labels and filters back to what they were; it can be undone."""
        project = self._document.project
        if project is not None:
            self._document.edit_from(
                f"Restoring {snapshot.name}", lambda: _restore(project, snapshot)
            )

    def close(self) -> None:
        """End the thread."""
        self._tasks.close()

    def _with_path(
        self,
        work: Callable[[Path], object],
        then: Callable[..., None],
        *,
        writes: bool = False,
    ) -> None:
        project = self._document.project
        if project is not None:
            path = project.path
            self._tasks.submit("", lambda: lambda: work(path), then, writes=writes)

    @Slot()
    def _on_project_changed(self) -> None:
        project = self._document.project
        path = None if project is None else project.path
        if path is not None and path != self._seen:
            self._with_path(_keep_day, lambda _: None, writes=True)
        self._seen = path


def _keep_day(path: Path) -> None:
    from evface.projects.snapshots import write_daily_snapshot

    write_daily_snapshot(path, date.today())


def _list(path: Path) -> SnapshotList:
    from evface.projects.snapshots import list_snapshots, snapshot_folder

    folder = snapshot_folder(path)
    is_beside = folder.parent == path.resolve().parent
    return SnapshotList(folder, is_beside, tuple(list_snapshots(path)))


def _restore(project: Project, snapshot: Snapshot) -> Edit:
    from evface.annotations.edits import Together
    from evface.projects.snapshots import plan_restore

    edit = plan_restore(project, snapshot).edit
    return edit if edit is not None else Together((), f"Restore snapshot {snapshot.name}")
