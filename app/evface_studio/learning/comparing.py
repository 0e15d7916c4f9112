"""Asks networks about the recording in view, for comparison only: nothing is kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from evface.annotations.labelled import LabelledTrack
from evface.annotations.roles import LANDMARK_ROLES, PREDICTED_LANDMARKS
from evface.annotations.tracks import ActionUnitTrack, Camera
from evface.errors import EvfaceError
from evface.jobs.spec import write_job_fields
from evface.models.digests import digest_of
from evface.training.evaluation_file import FILE_NAME, Evaluation, read_evaluation
from evface.training.runs import Run
from evface_studio.document import Document
from evface_studio.jobs.launcher import new_job_folder
from evface_studio.jobs.queue import JobProcess, job_command
from evface_studio.learning.comparison import (
    Labels,
    Said,
    curves_of,
    labelled_units,
    read_said,
)
from evface_studio.newest import NewestWins
from evface_studio.timeline.pyramid import Pyramid

# What a network says of a recording: the run's folder, when it was written, and the recording.
_Key = tuple[Path, float, str]


@dataclass(frozen=True, eq=False)
class _Wanted:
    """A file of predictions, and what is known of the recording."""

    key: _Key
    run: Run
    file: Path
    units: ActionUnitTrack | None
    landmarks: LabelledTrack | None
    shown: str


@dataclass(frozen=True, eq=False)
class Told:
    """What is known of one side.

    Parameters
    ----------
    evaluation
        None where it was not measured, or trained further since.
    labels, truth
        What is known of the recording, and its intensities as curves.
    """

    said: Said
    evaluation: Evaluation | None
    labels: Labels
    truth: Mapping[str, Pyramid]


class Comparing(QObject):
    """One question at a time; a newer one ends the one that runs. It is no entry of the jobs.

    Answers are kept until they are to be forgotten, so that models can be changed back and forth.
    """

    # How far it is, 0 to 1, and what it does.
    progressed = Signal(float, str)
    # Something that was asked for is there: `told` has it.
    changed = Signal()
    # One line for the user.
    failed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._told: dict[_Key, Told] = {}
        self._waiting: list[Run] = []
        self._process: JobProcess | None = None
        self._folder: Path | None = None
        # Processes that were told to end.
        self._leaving: list[JobProcess] = []
        self._asked: tuple[_Key, Run] | None = None
        self._reader: NewestWins[_Wanted, Told] = NewestWins(
            "comparing", _read, self._on_read, self._on_unread, parent=self
        )

    @property
    def document(self) -> Document:
        """What is open."""
        return self._document

    @property
    def is_running(self) -> bool:
        """Whether something is asked that was not answered yet."""
        return self._asked is not None

    def told(self, run: Run) -> Told | None:
        """Return what a run says of the recording in view; None while that is not known."""
        return self._told.get(self._key(run))

    def ask(self, runs: list[Run]) -> None:
        """Find out what runs say of the recording in view, one after the other."""
        wanted = {self._key(run): run for run in runs if self._key(run) not in self._told}
        if self._asked is not None and self._asked[0] not in wanted:
            self.stop()
        self._waiting = [
            run for key, run in wanted.items() if self._asked is None or key != self._asked[0]
        ]
        if self._asked is None:
            self._next()

    def forget(self) -> None:
        """Ask anew from now on: labels may have changed."""
        self._told.clear()

    def stop(self) -> None:
        """End what runs, without waiting for it. Nothing is said of it."""
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        self._asked, self._waiting = None, []
        if process is not None:
            process.progressed.disconnect(self.progressed)
            process.succeeded.disconnect(self._on_succeeded)
            process.failed.disconnect(self._on_failed)
            self._leaving.append(process)
            process.succeeded.connect(partial(self._on_left, process, folder))
            process.failed.connect(partial(self._on_left, process, folder))
            process.cancel()
        elif folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End the process and the thread."""
        self.stop()
        for process in tuple(self._leaving):
            process.wait()
        self._reader.close()

    def _key(self, run: Run) -> _Key:
        return run.folder, run.made_at.timestamp(), self._document.recording_id or ""

    def _next(self) -> None:
        project, recording_id = self._document.project, self._document.recording_id
        if not self._waiting or project is None or recording_id is None:
            return
        run = self._waiting.pop(0)
        folder = new_job_folder()
        fields = {
            "project": str(project.path),
            "recordings": [recording_id],
            "checkpoints": [str(run.checkpoint)],
            "output": str(folder / "told.npz"),
        }
        try:
            write_job_fields(folder / "job.json", "predict", fields)
        except EvfaceError as error:
            self.failed.emit(str(error))
            return
        process = JobProcess(job_command(folder / "job.json"), self)
        process.progressed.connect(self.progressed)
        process.succeeded.connect(self._on_succeeded)
        process.failed.connect(self._on_failed)
        self._process, self._folder, self._asked = process, folder, (self._key(run), run)
        process.start()

    def _on_left(self, process: JobProcess, folder: Path | None, _words: str) -> None:
        self._leaving.remove(process)
        process.deleteLater()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _forget_folder(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    @Slot(str)
    def _on_succeeded(self, output: str) -> None:
        self._end()
        if self._asked is not None:
            key, run = self._asked
            document = self._document
            roles = (r for r in LANDMARK_ROLES[Camera.EVENTS] if r != PREDICTED_LANDMARKS)
            landmarks = next((document.labels[r] for r in roles if r in document.labels), None)
            units, shown = labelled_units(document.tracks), document.video_class or ""
            self._reader.ask(_Wanted(key, run, Path(output), units, landmarks, shown))

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._end()
        asked, self._asked = self._asked, None
        self._forget_folder()
        # What the other says is shown all the same.
        self._next()
        self.changed.emit()
        self.failed.emit(problem if asked is None else f"{asked[1].name}: {problem}")

    def _end(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None

    def _on_read(self, wanted: _Wanted, told: Told) -> None:
        self._told[wanted.key] = told
        if self._asked is not None and self._asked[0] == wanted.key:
            self._asked = None
            self._forget_folder()
            self._next()
            self.changed.emit()

    def _on_unread(self, wanted: _Wanted, error: Exception) -> None:
        if self._asked is not None and self._asked[0] == wanted.key:
            self._asked = None
            self._forget_folder()
            self._next()
            self.changed.emit()
            self.failed.emit(f"{wanted.run.name}: what it says cannot be read: {error}")


def _read(wanted: _Wanted) -> Told:
    from evface.jobs.predicting import read_predictions

    tracks = next(iter(read_predictions(wanted.file).values()), {})
    evaluation = None
    path = wanted.run.folder / FILE_NAME
    if path.exists():
        try:
            evaluation = read_evaluation(path)
            if evaluation.checkpoint != digest_of(wanted.run.checkpoint):
                evaluation = None
        except EvfaceError:  # The models panel says so where the run is chosen.
            evaluation = None
    landmarks = None if wanted.landmarks is None else wanted.landmarks.laid()
    labels = Labels(wanted.units, landmarks, wanted.shown)
    return Told(read_said(tracks, labels), evaluation, labels, curves_of(wanted.units))
