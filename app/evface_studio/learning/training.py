"""Trains networks on the open project: starts jobs, lets them wait, go on and stop."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from evface.errors import EvfaceError
from evface.jobs.spec import write_job_fields
from evface.training.runs import JOB, JOB_KIND, LAST, Run, list_runs, models_folder
from evface_studio.document import Document
from evface_studio.jobs.queue import Job, JobQueue, JobState, job_command
from evface_studio.learning.estimating import Estimator
from evface_studio.settings import Settings
from evface_studio.tasks import SerialTasks

if TYPE_CHECKING:
    from evface.projects.project import Project
    from evface.training.settings import TrainingConfig
    from evface.training_sets.counting import RecordingLabels

# Trainings wait for one another, and nothing else for them.
LANE = "training"
# A step may be long, and what was trained is written before the process ends.
_KILL_AFTER_MS = 20_000
_FOR_TESTS = "_tiny"
# A person's two cores: one for the window. Little is lost where the process is killed.
_SETTINGS = ("run.threads=1", "run.checkpoint_every_s=20.0")


@dataclass(frozen=True)
class TrainingRequest:
    """What is to be trained, as in `TrainProjectJob`.

    Parameters
    ----------
    name
        Of the training, and of its folder.
    config
        A preset.
    settings
        ``section.key=value`` each.
    recordings
        Ids; all of the project's when empty.
    """

    name: str
    config: str
    settings: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    least_state: str = "auto"
    not_coded: str = "machine"
    subject_pattern: str = ""


@dataclass(frozen=True)
class TrainingChoices:
    """What can be chosen of.

    Parameters
    ----------
    recordings
        Of the project, with what they have.
    presets
        By name, those that are for people.
    runs
        Trainings of the project, the newest first.
    """

    recordings: Sequence[RecordingLabels]
    presets: Mapping[str, TrainingConfig]
    runs: Sequence[Run]


class Training(QObject):
    """The trainings of the open project that wait or run in this window.

    Parameters
    ----------
    window
        The dialog belongs to it.
    """

    # The folder of a training, and what it measured: numbers by name, with "step" and "epoch".
    measured = Signal(object, object)
    # A training began to wait, to run, or was over.
    changed = Signal()
    # The folder of a training that is new.
    begun = Signal(object)
    # The folder of a training that came to its end.
    finished = Signal(object)
    # What can be chosen of, `TrainingChoices`.
    choices_found = Signal(object)
    # One line each for the user.
    succeeded = Signal(str)
    failed = Signal(str)

    def __init__(
        self, window: QWidget, document: Document, jobs: JobQueue, settings: Settings
    ) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self._settings = settings
        self._by_folder: dict[Path, Job] = {}
        self._states: dict[Path, JobState] = {}
        self._dialog: QDialog | None = None
        self._tasks = SerialTasks(self)
        self._tasks.failed.connect(self.failed)
        self.estimator = Estimator(self)
        self.document = document

    @property
    def dialog(self) -> QDialog | None:
        """The dialog that is open."""
        return self._dialog

    @property
    def folder(self) -> Path | None:
        """Where the trainings of the open project lie."""
        project = self.document.project
        return None if project is None else models_folder(project.path)

    @property
    def n_unfinished(self) -> int:
        """How many trainings wait or run."""
        return sum(job.lane == LANE for job in self._jobs.unfinished)

    def job_of(self, folder: Path) -> Job | None:
        """Return the job that trains in a folder, or did last in this window."""
        return self._by_folder.get(folder)

    def show_dialog(self) -> None:
        """Ask what to train on what."""
        from evface_studio.dialogs.train_dialog import TrainDialog

        if self._dialog is None and self.document.project is not None:
            self._dialog = TrainDialog(self, self._settings.theme, self._window)
            self._dialog.finished.connect(self._on_dialog_finished)
            self._dialog.open()

    @property
    def is_possible(self) -> bool:
        """Whether PyTorch is installed."""
        return find_spec("torch") is not None

    def find_choices(self) -> None:
        """Ask what can be chosen of."""
        project = self.document.project
        if project is not None:
            self._tasks.submit("", lambda: lambda: _find_choices(project), self.choices_found.emit)

    def fields_of(self, request: TrainingRequest) -> dict[str, Any]:
        """Return the fields of the job that does what is asked, save where its results go."""
        project = self.document.project
        fields = asdict(request) | {
            "project": "" if project is None else str(project.path),
            "settings": (*_SETTINGS, *request.settings),
        }
        del fields["name"]
        return fields

    def close(self) -> None:
        """End the threads and what is measured."""
        self.estimator.close()
        self._tasks.close()

    def free_name(self, wanted: str) -> str:
        """Return a name that no training of the project has: the one wanted, or with a number."""
        taken = self.folder
        name, number = wanted, 1
        while taken is not None and (taken / name).exists():
            number += 1
            name = f"{wanted} {number}"
        return name

    def train(self, request: TrainingRequest) -> Path | None:
        """Train as soon as no other training runs.

        Returns
        -------
        Path or None
            The folder of the training; None where it could not be made, which `failed` tells.
        """
        project, models = self.document.project, self.folder
        if project is None or models is None:
            return None
        folder = models / request.name
        fields = self.fields_of(request)
        try:
            folder.mkdir(parents=True)
            write_job_fields(folder / JOB, JOB_KIND, fields | {"output": str(folder)})
        except FileExistsError:
            self.failed.emit(f"{folder}: is there already; choose another name")
            return None
        except (OSError, EvfaceError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self.failed.emit(f"{folder}: cannot be made ({reason}); networks are kept there")
            return None
        self._submit(folder, f"Train {request.name}")
        self.begun.emit(folder)
        return folder

    def resume(self, run: Run) -> None:
        """Let a training go on where it stopped, also one of an earlier session."""
        job = self.job_of(run.folder)
        if job is not None and job.state is JobState.PAUSED:
            job.go_on()
        elif job is None or job.is_over:
            try:
                self._write_anew(run.folder)
            except (OSError, ValueError, EvfaceError) as error:
                self.failed.emit(f"{run.folder / JOB}: cannot go on ({error}); train anew")
                return
            self._submit(run.folder, f"Train {run.name}")

    def pause(self, folder: Path) -> None:
        """Let a training wait."""
        if (job := self.job_of(folder)) is not None:
            job.pause()

    def cancel(self, folder: Path) -> None:
        """Stop a training; it can go on later."""
        if (job := self.job_of(folder)) is not None:
            job.cancel()

    def _write_anew(self, folder: Path) -> None:
        """Write a job down where its project lies now, which may have been moved."""
        fields = json.loads((folder / JOB).read_text(encoding="utf-8"))
        fields.pop("kind")
        project = self.document.project
        if project is not None and models_folder(project.path) == folder.parent:
            fields["project"] = str(project.path)
        write_job_fields(folder / JOB, JOB_KIND, fields | {"output": str(folder)})

    def _submit(self, folder: Path, title: str) -> None:
        job = self._jobs.submit(
            title, job_command(folder / JOB), lane=LANE, kill_after_ms=_KILL_AFTER_MS
        )
        self._by_folder[folder] = job
        job.measured.connect(partial(self.measured.emit, folder))
        job.changed.connect(partial(self._on_job_changed, folder, job))
        job.ended.connect(partial(self._on_job_ended, folder, job))
        self.changed.emit()

    def _on_job_changed(self, folder: Path, job: Job) -> None:
        """Tell of another state; of progress the jobs panel does."""
        if self._states.get(folder) is not job.state:
            self._states[folder] = job.state
            self.changed.emit()

    def _on_job_ended(self, folder: Path, job: Job) -> None:
        self._states[folder] = job.state
        if job.state is JobState.FAILED:
            kept = "; what was trained is kept, and can be resumed"
            self.failed.emit(f"{job.title}: {job.error}{kept * (folder / LAST).is_file()}")
        elif job.state is JobState.SUCCEEDED:
            self.succeeded.emit(f"{folder.name}: trained")
        self.finished.emit(folder)
        self.changed.emit()

    def _on_dialog_finished(self) -> None:
        self.estimator.stop()
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


def _find_choices(project: Project) -> TrainingChoices:
    from evface.training.config import preset_names, read_config
    from evface.training_sets.counting import count_labels

    presets = {name: read_config(name) for name in preset_names() if not name.endswith(_FOR_TESTS)}
    runs = list_runs(models_folder(project.path))
    return TrainingChoices(count_labels(project), presets, runs)
