"""Starts the jobs that the window offers, and brings their results into the document."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path
from PySide6.QtCore import QObject, Signal

from evface.jobs.spec import write_job_fields
from evface_studio.document import Document
from evface_studio.jobs.queue import Job, JobQueue, JobState, job_command

if TYPE_CHECKING:
    from evface.annotations.edits import Edit
    from evface.projects.entries import RecordingEntry

_DEMO = "Make the demo"


class JobLauncher(QObject):
    """Writes a job down, queues it, and applies what it made."""

    # The demo's project, a path, is there.
    demo_made = Signal(object)
    # One line each for the user.
    succeeded = Signal(str)
    failed = Signal(str)

    def __init__(self, document: Document, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._queue = queue

    def make_demo(self) -> None:
        """Make the demo's recording and process it, unless that is being done."""
        if not any(job.title == _DEMO for job in self._queue.unfinished):
            self._submit(_DEMO, "demo", {}, new_job_folder(), self._on_demo_made)

    def process(self, entry: RecordingEntry) -> None:
        """Find the face in a recording of the open project, unless that is being done."""
        project = self._document.project
        if project is None:
            return
        subject = (str(project.path), entry.id)
        if any(job.subject == subject for job in self._queue.unfinished):
            return
        folder = new_job_folder()
        fields = {
            "project": str(project.path),
            "recording": entry.id,
            "output": str(folder / "tracks.npz"),
        }
        then = partial(self._on_processed, project.path, entry)
        self._submit(f"Process {entry.name}", "process", fields, folder, then, subject)

    def find(
        self, kind: str, title: str, entry: RecordingEntry, then: Callable[[Path], None]
    ) -> Job | None:
        """Find out something of a recording of the open project, unless that is being done.

        Parameters
        ----------
        kind
            Of the job, a key of `JOB_KINDS`.
        title
            What is done and to what, for the user.
        then
            Called with the file of what was found, which is gone afterwards.

        Returns
        -------
        Job or None
            None where nothing was begun.
        """
        project = self._document.project
        if project is None or any(job.title == title for job in self._queue.unfinished):
            return None
        folder = new_job_folder()
        fields = {
            "project": str(project.path),
            "recording": entry.id,
            "output": str(folder / "finding"),
        }
        return self._submit(title, kind, fields, folder, lambda _folder, output: then(Path(output)))

    def export(self, title: str, fields: Mapping[str, Any], then: Callable[[Path], None]) -> Job:
        """Write labels into files of other tools.

        Parameters
        ----------
        title
            What is exported and as what, for the user.
        fields
            Of an `ExportJob`, save where its report goes.
        then
            Called with the file of the report, which is gone afterwards.
        """
        folder = new_job_folder()
        fields = {**fields, "output": str(folder / "report.json")}
        job = self._submit(
            title, "export", fields, folder, lambda _folder, output: then(Path(output))
        )
        paths = tuple(map(Path, fields["paths"]))
        job.ended.connect(partial(_remove_half_written, paths))
        return job

    def start(
        self, title: str, kind: str, fields: Mapping[str, Any], then: Callable[[Path], None]
    ) -> Job:
        """Start a job that keeps its result itself; `then` is called with the path of it."""
        return self._submit(
            title, kind, fields, new_job_folder(), lambda _folder, output: then(Path(output))
        )

    def _submit(
        self,
        title: str,
        kind: str,
        fields: Mapping[str, Any],
        folder: Path,
        then: Callable[[Path, str], None],
        subject: tuple[str, str] = ("", ""),
    ) -> Job:
        path = folder / "job.json"
        write_job_fields(path, kind, fields)
        job = self._queue.submit(
            title, job_command(path), subject=subject, on_success=partial(then, folder)
        )
        job.ended.connect(partial(self._on_ended, job, folder))
        return job

    def _on_demo_made(self, _folder: Path, output: str) -> None:
        self.demo_made.emit(Path(output))

    def _on_processed(
        self, project: Path, entry: RecordingEntry, folder: Path, output: str
    ) -> None:
        def make() -> Edit:
            from evface.annotations.edits import ReplaceTracks
            from evface.annotations.tracks_file import read_tracks

            try:
                tracks = read_tracks(Path(output))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return ReplaceTracks(entry.id, tracks, f"Process {entry.name}")

        self._document.edit_in(
            project,
            f"Writing what was found in {entry.name}",
            make,
            lambda: self.succeeded.emit(f"{entry.name}: processed"),
        )

    def _on_ended(self, job: Job, folder: Path) -> None:
        if job.state is JobState.FAILED:
            self.failed.emit(f"{job.title}: {job.error}")
        if job.state is not JobState.SUCCEEDED or not job.subject[0]:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_half_written(paths: tuple[Path, ...]) -> None:
    """Remove what a job leaves that was killed while it wrote."""
    from evface.files import temporary_of
    from evface.interchange.sidecar import sidecar_path

    for path in (*paths, *map(sidecar_path, paths)):
        with suppress(OSError):  # Only tidiness: it may be on a drive that is gone.
            temporary_of(path).unlink(missing_ok=True)


def new_job_folder() -> Path:
    """Make a folder of a job's own, for what it is told and what it writes."""
    folder = user_cache_path("evface", appauthor=False) / "jobs" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    return folder
