"""Compares annotators of the open project, or of it and another one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from evface_studio.document import Document
from evface_studio.tasks import SerialTasks

if TYPE_CHECKING:
    from evface.agreement.report import AgreementReport
    from evface.projects.label_set import LabelCounts


@dataclass(frozen=True)
class Comparison:
    """What is to be compared, and how.

    Parameters
    ----------
    other
        The second annotator's project; None for the open one.
    """

    first: str
    second: str
    other: Path | None = None
    step_us: int = 10_000
    tolerance_us: int = 500_000
    is_uncoded_absent: bool = False


class Comparing(QObject):
    """Counts and compares labels in a thread; of several questions the newest is answered."""

    # How much everyone labelled in the open project: a dict of `LabelCounts` by name.
    counted = Signal(object)
    # Names of those who labelled in another project.
    others_found = Signal(object)
    # An `AgreementReport`.
    compared = Signal(object)
    # A file that was written.
    written = Signal(object)
    failed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._tasks = SerialTasks(self)
        self._tasks.failed.connect(self.failed)
        self._asked: Comparison | None = None

    @property
    def path(self) -> Path | None:
        """The open project's file."""
        project = self._document.project
        return None if project is None else project.path

    def count(self) -> None:
        """Count everyone's labels in the open project."""
        path = self.path
        if path is not None:
            self._tasks.submit("", lambda: lambda: _count(path), self.counted.emit)

    def find_annotators(self, other: Path) -> None:
        """Ask who labelled in another project."""
        self._tasks.submit("", lambda: lambda: _annotators(other), self.others_found.emit)

    def compare(self, comparison: Comparison) -> None:
        """Compare two annotators."""
        self._asked = comparison
        path = self.path

        def prepare() -> Callable[[], AgreementReport] | None:
            if path is None or self._asked is not comparison:
                return None
            return lambda: _compare(path, comparison)

        def then(report: AgreementReport) -> None:
            if self._asked is comparison:
                self.compared.emit(report)

        self._tasks.submit("", prepare, then)

    def write(self, report: AgreementReport, path: Path) -> None:
        """Write a report; the name's ending says in which form."""

        def work() -> Path:
            from evface.agreement.writing import write_report

            write_report(report, path)
            return path

        self._tasks.submit("", lambda: work, self.written.emit, writes=True)

    def close(self) -> None:
        """End the thread."""
        self._tasks.close()


def _count(path: Path) -> dict[str, LabelCounts]:
    from evface.projects.database import Database
    from evface.projects.label_set import count_labels

    database = Database(path, read_only=True)
    try:
        return count_labels(database)
    finally:
        database.close()


def _annotators(path: Path) -> list[str]:
    from evface.projects.project import Project

    with Project.open(path, read_only=True) as project:
        return project.annotators()


def _compare(path: Path, comparison: Comparison) -> AgreementReport:
    from evface.agreement.action_units import CodingSettings
    from evface.agreement.report import Coder, compare_coders
    from evface.projects.project import Project

    with ExitStack() as stack:
        mine = stack.enter_context(Project.open(path, read_only=True))
        theirs = mine
        if comparison.other is not None:
            theirs = stack.enter_context(Project.open(comparison.other, read_only=True))
        settings = CodingSettings(
            comparison.step_us, comparison.tolerance_us, comparison.is_uncoded_absent
        )
        return compare_coders(
            Coder(mine, comparison.first), Coder(theirs, comparison.second), settings=settings
        )
