"""Takes labels out of the open project into files of other tools, and brings theirs in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QWidget

from evface.errors import FileError
from evface.jobs.spec import write_job_fields
from evface_studio.document import Document
from evface_studio.jobs.launcher import JobLauncher, new_job_folder
from evface_studio.jobs.queue import JobProcess, job_command
from evface_studio.messages.notifications import Level, NotificationBar
from evface_studio.settings import Settings
from evface_studio.sharing.interchange_words import exported_in_words, in_window_words
from evface_studio.tasks import SerialTasks

if TYPE_CHECKING:
    from evface.annotations.edits import Edit
    from evface.interchange.recognition import Recognised

# Names of files that hold labels and no media; what is in them is looked at later.
LABEL_SUFFIXES = (".json", ".xml", ".zip", ".eaf", ".csv", ".npz")
_SIDECAR = ".evface.json"


@dataclass(frozen=True)
class ExportRequest:
    """What is to be exported, as in `ExportJob`."""

    form: str
    recordings: tuple[str, ...]
    paths: tuple[str, ...]
    author: str = ""
    camera: str = "rgb"
    role: str = ""
    all_keyframes: bool = False
    units: str = "model"


@dataclass(frozen=True)
class ImportRequest:
    """What is to be imported, as in `ImportJob`."""

    recording: str
    file: str
    form: str = ""
    camera: str = ""
    onto: str = ""
    person: str = ""
    first_frame: int = 0
    rate_hz: float = 0.0
    face: int = -1


class Interchange(QObject):
    """Opens the dialogs, and has the work done in processes of their own.

    Parameters
    ----------
    window
        The dialogs belong to it.
    """

    # Everyone who labelled anything in the open project, by name.
    annotators_found = Signal(object)
    # Those of the paths asked for at which there are files.
    existing_found = Signal(object)
    # A file, what it says it is (`Recognised`, or None), and why that is not known.
    recognised = Signal(object, object, str)
    # What an import would bring, an `ImportPreview`.
    planned = Signal(object)
    # Why it cannot be said: one line for the user.
    plan_failed = Signal(str)

    def __init__(
        self,
        window: QWidget,
        document: Document,
        launcher: JobLauncher,
        settings: Settings,
        notifications: NotificationBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._launcher = launcher
        self._settings = settings
        self._notifications = notifications
        self._tasks = SerialTasks(self)
        self._tasks.failed.connect(self._on_failed)
        self._dialog: QDialog | None = None
        self._planning: JobProcess | None = None
        # Asked to stop, and perhaps not gone yet.
        self._stopping: list[JobProcess] = []
        self._plan: Path | None = None
        self._brought: tuple[Edit, str] | None = None
        self.document = document
        # Where files were chosen last.
        self.folder: Path | None = None
        document.made.connect(self._on_made)

    @property
    def dialog(self) -> QDialog | None:
        """The dialog that is open."""
        return self._dialog

    @property
    def can_export(self) -> bool:
        """Whether there is something to take out."""
        return bool(self.document.listed)

    @property
    def can_import(self) -> bool:
        """Whether labels can be brought in."""
        return bool(self.document.listed) and not self.document.is_read_only

    def show_export(self) -> None:
        """Ask what to export, and where to."""
        from evface_studio.dialogs.export_dialog import ExportDialog

        self._show(ExportDialog(self, self._settings.theme, self._window))

    def show_import(self, path: Path | None = None) -> None:
        """Ask what to import, or how to import a file."""
        from evface_studio.dialogs.import_dialog import ImportDialog

        dialog = ImportDialog(self, self._settings.theme, self._window)
        self._show(dialog)
        if path is not None:
            dialog.choose_file(path)

    def takes(self, paths: Sequence[Path]) -> bool:
        """Return whether files that were dropped may be labels, by their names."""
        return bool(paths) and all(path.suffix.lower() in LABEL_SUFFIXES for path in paths)

    def tell_labels(self, paths: Sequence[Path], then: Callable[[bool], None]) -> None:
        """Ask whether files are labels, by what is in them."""
        self._tasks.submit("", lambda: lambda: all(_recognise(path)[0] for path in paths), then)

    def drop(self, paths: Sequence[Path]) -> None:
        """Ask how to import files of labels; a sidecar goes with the file that it belongs to."""
        files = [path for path in paths if not path.name.endswith(_SIDECAR)] or list(paths)
        if not self.can_import:
            reason = (
                f"the project can only be read: {self.document.read_only_reason}"
                if self.document.is_read_only
                else "open the project that they belong to first"
            )
            self._say(Level.WARNING, f"Labels cannot be imported: {reason}.")
        elif len(files) > 1:
            self._say(Level.WARNING, "Import one file of labels at a time.")
        else:
            self.show_import(files[0])

    def find_annotators(self) -> None:
        """Ask who labelled anything."""
        project = self.document.project
        if project is not None:
            self._tasks.submit("", lambda: project.annotators, self.annotators_found.emit)

    def find_existing(self, paths: Sequence[Path]) -> None:
        """Ask at which of some paths there are files."""
        self._tasks.submit(
            "", lambda: lambda: [one for one in paths if one.exists()], self.existing_found.emit
        )

    def export(self, request: ExportRequest, title: str) -> None:
        """Write the files, and say so when they are there."""
        project = self.document.project
        if project is not None:
            fields = {"project": str(project.path), **asdict(request)}
            self._launcher.export(title, fields, partial(self._on_exported, request.form))

    def recognise(self, path: Path) -> None:
        """Ask what a file is."""
        self._tasks.submit(
            "", lambda: lambda: _recognise(path), lambda found: self.recognised.emit(path, *found)
        )

    def plan(self, request: ImportRequest) -> None:
        """Find out what a file would bring. Nothing is changed; of several, the newest counts."""
        self.forget_plan()
        project = self.document.project
        if project is None:
            return
        folder = new_job_folder()
        spec = folder / "job.json"
        fields = {
            "project": str(project.path),
            "output": str(folder / "plan.json"),
            "author": self.document.annotator,
            **asdict(request),
        }
        write_job_fields(spec, "import", fields)
        process = JobProcess(job_command(spec), self)
        process.succeeded.connect(partial(self._on_planned, process, folder))
        process.failed.connect(partial(self._on_plan_failed, process, folder))
        self._planning = process
        process.start()

    def forget_plan(self) -> None:
        """Stop planning, and drop what was planned."""
        if self._planning is not None:
            self._planning.cancel()
            running = [process for process in self._stopping if process.is_running]
            self._stopping = [*running, self._planning]
            self._planning = None
        if self._plan is not None:
            shutil.rmtree(self._plan.parent, ignore_errors=True)
            self._plan = None

    def bring_in(self, name: str, words: str) -> None:
        """Import what was planned, as one edit.

        Parameters
        ----------
        name, words
            Of the file, and what comes in, for the user.
        """
        project, plan = self.document.project, self._plan
        if project is None or plan is None:
            return
        self._plan = None

        def make() -> Edit:
            from evface.interchange.plan_file import read_plan

            try:
                edit = read_plan(plan, project)
            finally:
                shutil.rmtree(plan.parent, ignore_errors=True)
            self._brought = (edit, words)
            return edit

        self.document.edit_from(f"Importing {name}", make)

    def close(self) -> None:
        """End the thread and the processes."""
        self.forget_plan()
        for process in self._stopping:
            if process.is_running:
                process.wait()
        self._tasks.close()

    def _show(self, dialog: QDialog) -> None:
        if self._dialog is not None:
            self._dialog.close()
        self.document.about_to_move_on.emit()
        self._dialog = dialog
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.finished.connect(self._on_finished)
        dialog.show()

    @Slot()
    def _on_finished(self) -> None:
        self._dialog = None

    def _on_exported(self, form: str, output: Path) -> None:
        from evface.jobs.exporting import read_report

        report = read_report(output)
        for problem in report.problems:
            self._say(Level.ERROR, in_window_words(problem))
        if report.written:
            first = Path(report.written[0].files[0])
            has_notes = any(one.notes for one in report.written)
            self._say(
                Level.WARNING if has_notes else Level.SUCCESS,
                exported_in_words(form, report),
                "Show in folder",
                partial(self._show_folder, first),
            )

    def _show_folder(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))):
            self._say(Level.INFO, f"No program here shows folders; it is {path}")

    def _on_planned(self, process: JobProcess, folder: Path, output: str) -> None:
        process.deleteLater()
        if process is not self._planning:
            shutil.rmtree(folder, ignore_errors=True)
            return
        from evface.interchange.plan_file import read_preview

        self._planning, self._plan = None, Path(output)
        self.planned.emit(read_preview(self._plan))

    def _on_plan_failed(self, process: JobProcess, folder: Path, problem: str) -> None:
        process.deleteLater()
        shutil.rmtree(folder, ignore_errors=True)
        if process is self._planning:
            self._planning = None
            self.plan_failed.emit(problem)

    @Slot(object)
    def _on_made(self, edit: Edit) -> None:
        if self._brought is not None and edit is self._brought[0]:
            words, self._brought = self._brought[1], None
            self._say(Level.SUCCESS, words)

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._say(Level.ERROR, problem)

    def _say(
        self, level: Level, text: str, action: str = "", handler: Callable[[], None] | None = None
    ) -> None:
        self._notifications.show_message(level, text, action=action, handler=handler)


def _recognise(path: Path) -> tuple[Recognised | None, str]:
    from evface.interchange.recognition import recognise

    try:
        return recognise(path), ""
    except FileError as error:
        return None, str(error)


def landmark_roles(document: Document, recording_id: str, camera: str) -> list[str]:
    """Return the landmark tracks of a recording on a camera's picture, the one shown first."""
    from evface.annotations.boxes import camera_of_box
    from evface.annotations.roles import LANDMARK_ROLES
    from evface.annotations.tracks import Camera

    wanted = Camera(camera)
    listed = document.listed.get(recording_id)
    found = [role for role in LANDMARK_ROLES[wanted] if listed is not None and role in listed.roles]
    if recording_id == document.recording_id:
        found += [
            role
            for role, labelled in document.labels.items()
            if role not in found and camera_of_box(role) is None and labelled.track.camera == wanted
        ]
    return found
