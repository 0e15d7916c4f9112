"""Brings another project's labels into the open one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from evface_studio.document import Document
from evface_studio.tasks import SerialTasks

if TYPE_CHECKING:
    from evface.annotations.edits import Edit
    from evface.projects.label_merging import Choices
    from evface.projects.merging import MergePlan, MergeResult
    from evface.projects.project import Project


@dataclass(frozen=True, eq=False)
class MergePreview:
    """What merging a project would do, with both sides kept everywhere."""

    path: Path
    plan: MergePlan
    result: MergeResult

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to bring."""
        result = self.result
        return not (
            self.plan.n_conflicts
            or result.n_recordings
            or result.n_added
            or result.n_changed
            or result.n_removed
        )


class Merging(QObject):
    """Looks at another project in a thread, then merges it by one edit of the document."""

    # A `MergePreview`.
    planned = Signal(object)
    failed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._tasks = SerialTasks(self)
        self._tasks.failed.connect(self.failed)

    @property
    def is_allowed(self) -> bool:
        """Whether the open project can be changed."""
        return self._document.project is not None and not self._document.is_read_only

    def plan(self, other: Path) -> None:
        """Find out what merging would do. Nothing is changed."""
        project = self._document.project
        if project is not None:
            path = project.path
            self._tasks.submit("", lambda: lambda: _preview(path, other), self.planned.emit)

    def merge(self, preview: MergePreview, choices: Mapping[str, Choices]) -> None:
        """Merge, with conflicts resolved by recording and `Conflict.key`; it can be undone."""
        project = self._document.project
        if project is None:
            return
        self._document.edit_from(
            f"Merging {preview.path.name}", lambda: _merge(project, preview.path, choices)
        )
        if preview.result.n_recordings:
            self._document.refresh()

    def close(self) -> None:
        """End the thread."""
        self._tasks.close()


def _preview(path: Path, other: Path) -> MergePreview:
    from evface.projects.merging import plan_merge, preview_merge
    from evface.projects.project import Project

    with (
        Project.open(path, read_only=True) as mine,
        Project.open(other, read_only=True) as theirs,
    ):
        plan = plan_merge(mine, theirs)
        return MergePreview(other, plan, preview_merge(mine, plan))


def _merge(project: Project, other: Path, choices: Mapping[str, Choices]) -> Edit:
    """Plan anew, since something may have been edited meanwhile, and return the edit."""
    from evface.annotations.edits import Together
    from evface.projects.merging import LABEL, plan_merge, prepare_merge
    from evface.projects.project import Project

    with Project.open(other, read_only=True) as theirs:
        edit = prepare_merge(project, plan_merge(project, theirs), choices)
    return edit if edit is not None else Together((), LABEL)
