"""Has the review queue made in a process of its own."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from platformdirs import user_cache_path
from PySide6.QtCore import QObject, Signal, Slot

from evface.jobs.spec import write_job_fields
from evface_studio.jobs.queue import JobProcess, job_command


class QueueMaker(QObject):
    """Looks through a project, one at a time; a newer wish ends the one that runs.

    It is no entry of the list of jobs: nothing is lost when it ends early, and it need not wait
    for them.
    """

    # How far it is, 0 to 1, and what it does.
    progressed = Signal(float, str)
    # The file, which whoever reads it removes with its folder.
    made = Signal(object)
    # One line for the user.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: JobProcess | None = None
        self._folder: Path | None = None

    @property
    def is_running(self) -> bool:
        """Whether a queue is being made."""
        return self._process is not None

    def start(self, project: Path, author: str) -> None:
        """Make the queue of a project.

        Parameters
        ----------
        author
            Whose labels to look at; everyone's where it is empty.
        """
        self.stop()
        folder = user_cache_path("evface", appauthor=False) / "jobs" / uuid.uuid4().hex
        folder.mkdir(parents=True)
        job = folder / "job.json"
        fields = {
            "project": str(project),
            "output": str(folder / "queue.jsonl"),
            "author": author,
        }
        write_job_fields(job, "review", fields)
        process = JobProcess(job_command(job), self)
        process.progressed.connect(self.progressed)
        process.succeeded.connect(self._on_succeeded)
        process.failed.connect(self._on_failed)
        self._process, self._folder = process, folder
        process.start()

    def stop(self) -> None:
        """End what runs; returns when the process is gone. Nothing is said of it."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.cancel()
            process.wait()
            process.deleteLater()
            self._forget_folder()

    @Slot(str)
    def _on_succeeded(self, output: str) -> None:
        self._end()
        self._folder = None
        self.made.emit(Path(output))

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._end()
        self._forget_folder()
        self.failed.emit(f"The review queue could not be made: {problem}")

    def _end(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None

    def _forget_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
