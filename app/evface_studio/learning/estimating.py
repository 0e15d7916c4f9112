"""Measures how long a training would take, in a process of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from evface.errors import EvfaceError
from evface.jobs.spec import write_job_fields
from evface.training.forecast import TrainingTime, read_time
from evface_studio.jobs.launcher import new_job_folder
from evface_studio.jobs.queue import JobProcess, job_command

# A person who goes through a list, or types, is not done yet.
_AFTER_MS = 700


class Estimator(QObject):
    """Measures one training at a time; a newer wish ends the one that runs."""

    # A measurement began.
    began = Signal()
    # A `TrainingTime`.
    found = Signal(object)
    # One line for the user.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: JobProcess | None = None
        # Asked to stop, and perhaps not gone yet.
        self._stopping: dict[JobProcess, Path] = {}
        self._folder = Path()
        self._wanted: Mapping[str, Any] | None = None
        self._known: dict[str, TrainingTime] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self._start)

    def measure(self, fields: Mapping[str, Any]) -> None:
        """Measure a training soon, unless another is wished for before that.

        Parameters
        ----------
        fields
            Of a `TimeTrainingJob`, save where it works.
        """
        self.stop()
        self._wanted = fields
        known = self._known.get(str(fields))
        if known is not None:
            self.found.emit(known)
            return
        self.began.emit()
        self._timer.start()

    def stop(self) -> None:
        """End what runs; nothing is said of it."""
        self._timer.stop()
        process, self._process = self._process, None
        if process is not None:
            for signal in (process.succeeded, process.failed):
                signal.disconnect()
                signal.connect(partial(self._forget, process))
            self._stopping[process] = self._folder
            process.cancel()

    def close(self) -> None:
        """End what runs; returns when its process is gone."""
        self.stop()
        for process in list(self._stopping):
            process.wait()

    @Slot()
    def _start(self) -> None:
        if self._wanted is None:
            return
        try:
            self._folder = new_job_folder()
            job = self._folder / "job.json"
            fields = {**self._wanted, "output": str(self._folder)}
            write_job_fields(job, "time_training", fields)
        except (OSError, EvfaceError) as error:
            self.failed.emit(str(error))
            return
        # What it does is of no use to anybody once it is not wished for.
        process = JobProcess(job_command(job), self, kill_after_ms=0)
        process.succeeded.connect(self._on_succeeded)
        process.failed.connect(self._on_failed)
        self._process = process
        process.start()

    @Slot(str)
    def _on_succeeded(self, output: str) -> None:
        try:
            found = read_time(Path(output))
        except EvfaceError as error:
            self._end()
            self.failed.emit(str(error))
            return
        self._known[str(self._wanted)] = found
        self._end()
        self.found.emit(found)

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._end()
        self.failed.emit(problem)

    def _end(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _forget(self, process: JobProcess, _told: str) -> None:
        folder = self._stopping.pop(process)
        with suppress(OSError):
            shutil.rmtree(folder)
        process.deleteLater()
