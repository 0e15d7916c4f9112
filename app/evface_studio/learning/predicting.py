"""Asks trained networks about recordings, and lays what they say into the document, undoably."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from evface.training.runs import Run
from evface.training_sets.clips import PERIOD_US
from evface_studio.document import Document
from evface_studio.jobs.launcher import JobLauncher, new_job_folder
from evface_studio.jobs.queue import Job, JobState
from evface_studio.settings import Settings

if TYPE_CHECKING:
    from evface.annotations.edits import Edit

_MOST_NAMED = 3
# When the networks that are remembered were asked, s since the epoch.
_ASKED_AT = "asked_at"


@dataclass(frozen=True)
class PredictionRequest:
    """What is asked of which networks.

    Parameters
    ----------
    landmarks, action_units
        Checkpoints of networks; empty for none. One of them is given.
    n_between
        So many landmarks more between two moments of training.
    n_beside
        Looks from beside, whose mean is taken.
    smooths
        Whether landmarks are smoothed in time.
    """

    landmarks: str = ""
    action_units: str = ""
    n_between: int = 0
    n_beside: int = 0
    smooths: bool = False

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """The networks that are asked."""
        return tuple(path for path in (self.landmarks, self.action_units) if path)

    @property
    def event_period_us(self) -> int:
        """From one predicted moment to the next; 0 for that of training."""
        return round(PERIOD_US / (self.n_between + 1)) if self.n_between else 0


class Predicting(QObject):
    """One job asks about any number of recordings; what it finds is one step to undo.

    Former predictions are replaced. What people said stays: it is no part of a machine's track.

    Parameters
    ----------
    window
        The dialog belongs to it.
    networks
        Returns the runs whose network can be asked, newest first.
    """

    # What was predicted, in one line; it can be undone.
    predicted = Signal(str)
    # One line for the user: what could not be predicted, or how to do better.
    noticed = Signal(str)

    def __init__(
        self,
        window: QWidget,
        document: Document,
        launcher: JobLauncher,
        settings: Settings,
        networks: Callable[[], Sequence[Run]],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._launcher = launcher
        self._settings = settings
        self._networks = networks
        self._dialog: QDialog | None = None
        self._job: Job | None = None
        self.document = document

    @property
    def dialog(self) -> QDialog | None:
        """The dialog that is open."""
        return self._dialog

    @property
    def is_predicting(self) -> bool:
        """Whether networks are being asked."""
        return self._job is not None and not self._job.is_over

    @property
    def networks(self) -> tuple[Run, ...]:
        """The runs whose network can be asked, newest first."""
        return tuple(self._networks())

    @property
    def last(self) -> PredictionRequest:
        """What was asked last, in this project or another one."""
        kept = dict(self._settings.prediction)
        kept.pop(_ASKED_AT, None)
        try:
            return PredictionRequest(**kept)
        except TypeError:  # Another version kept something else.
            return PredictionRequest()

    def is_new(self, run: Run) -> bool:
        """Return whether a run came after networks were asked last."""
        asked_at = self._settings.prediction.get(_ASKED_AT)
        return isinstance(asked_at, float) and run.made_at.timestamp() > asked_at

    def show_dialog(self, *, asks_all: bool) -> None:
        """Ask which networks to ask, about the recording shown or about all."""
        from evface_studio.dialogs.predict_dialog import PredictDialog

        if self._dialog is None and self.document.project is not None:
            self._dialog = PredictDialog(
                self, self._settings.theme, self._window, asks_all=asks_all
            )
            self._dialog.finished.connect(self._on_dialog_finished)
            self._dialog.open()

    def predict(self, request: PredictionRequest, recordings: Sequence[str]) -> Job | None:
        """Ask networks about recordings, by id; return None where nothing was begun."""
        project = self.document.project
        if project is None or not request.checkpoints or not recordings:
            return None
        if self.is_predicting:
            self.noticed.emit("Networks are being asked already; wait for that, or cancel it")
            return None
        self._settings.set_prediction(asdict(request) | {_ASKED_AT: time.time()})
        folder = new_job_folder()
        fields = {
            "project": str(project.path),
            "recordings": tuple(recordings),
            "checkpoints": request.checkpoints,
            "output": str(folder / "predictions.npz"),
            "n_beside": request.n_beside,
            "event_period_us": request.event_period_us,
            "smooths": request.smooths,
        }
        names = [self.document.listed[one].entry.name for one in recordings]
        what = names[0] if len(names) == 1 else f"{len(names)} recordings"
        then = partial(self._on_predicted, project.path, what)
        job = self._launcher.start(f"Predict {what}", "predict", fields, then)
        job.ended.connect(partial(self._on_ended, job, folder))
        self._job = job
        return job

    def _on_predicted(self, project: Path, what: str, output: Path) -> None:
        said: list[str] = []
        notes: list[str] = []

        def make() -> Edit:
            from evface.jobs.predicting import (
                describe_predictions,
                notes_on,
                predictions_edit,
                read_predictions,
                read_problems,
            )

            try:
                predictions = read_predictions(output)
                notes.extend(read_problems(output))
            finally:
                shutil.rmtree(output.parent, ignore_errors=True)
            said.extend(map(describe_predictions, predictions.values()))
            notes.extend(notes_on(predictions))
            return predictions_edit(predictions)

        def done() -> None:
            words = f"{what}: {said[0]}" if len(said) == 1 else f"Predicted {len(said)} recordings"
            self.predicted.emit(words)
            more = len(notes) - _MOST_NAMED
            if notes:
                told = "; ".join(notes[:_MOST_NAMED])
                self.noticed.emit(f"{told}; and {more} more" if more > 0 else told)

        self.document.edit_in(project, f"Writing what was predicted of {what}", make, done)

    def _on_ended(self, job: Job, folder: Path) -> None:
        if job.state is not JobState.SUCCEEDED:
            shutil.rmtree(folder, ignore_errors=True)

    def _on_dialog_finished(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
