"""The trained networks of the open project: which there are, how they stand, which is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from evface.errors import EvfaceError
from evface.models.digests import digest_of
from evface.training.evaluation_file import FILE_NAME, Evaluation, read_evaluation
from evface.training.runs import Run, list_runs, models_folder
from evface_studio.document import Document
from evface_studio.jobs.queue import Job, JobQueue, JobState
from evface_studio.learning.model_words import ModelState, state_of
from evface_studio.learning.training import Training
from evface_studio.newest import NewestWins

# While a training writes, its run is read again this often at most.
_SETTLE_MS = 400


@dataclass(frozen=True, eq=False)
class Known:
    """What was read of the runs of a project.

    Parameters
    ----------
    evaluation
        Of the chosen run; None where there is none.
    problem
        Why it cannot be used, one line.
    """

    runs: tuple[Run, ...] = ()
    chosen: Path | None = None
    evaluation: Evaluation | None = None
    problem: str = ""


@dataclass(frozen=True)
class _Wanted:
    folder: Path | None
    chosen: Path | None


class Models(QObject):
    """Knows the runs beside the open project, one of which is chosen. Reads files in a thread."""

    # The list, a state, or what is known of the chosen run.
    changed = Signal()
    # Another run is chosen, or none.
    chosen_changed = Signal()
    # One line for the user.
    failed = Signal(str)

    def __init__(
        self, document: Document, jobs: JobQueue, training: Training, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._training = training
        self._known = Known()
        self._chosen: Path | None = None
        # Chosen once it is listed.
        self._awaited: Path | None = None
        self._jobs: dict[Path, Job] = {}
        self._states: tuple[ModelState, ...] = ()
        self._reader: NewestWins[_Wanted, Known] | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self.refresh)
        document.project_changed.connect(self._on_project_changed)
        document.recording_changed.connect(self.changed)
        jobs.changed.connect(self._on_jobs_changed)
        training.changed.connect(self.refresh)
        training.begun.connect(self._on_training_begun)
        training.finished.connect(self._on_training_finished)
        training.measured.connect(self._on_measured)

    @property
    def folder(self) -> Path | None:
        """Where the runs of the open project lie; None without a project."""
        project = self._document.project
        return None if project is None else models_folder(project.path)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs, newest first."""
        return self._known.runs

    @property
    def usable(self) -> tuple[Run, ...]:
        """The runs whose network can be asked, newest first."""
        return tuple(
            run
            for run in self.runs
            if run.has_network and not run.problem and run.task != "self_supervised"
        )

    @property
    def chosen(self) -> Run | None:
        """The run that is looked at."""
        return next((run for run in self.runs if run.folder == self._chosen), None)

    @property
    def evaluation(self) -> Evaluation | None:
        """What was measured of the chosen run."""
        return self._known.evaluation if self._known.chosen == self._chosen else None

    @property
    def evaluation_problem(self) -> str:
        """Why the chosen run has no evaluation that counts; empty where it has none at all."""
        return self._known.problem if self._known.chosen == self._chosen else ""

    def state_of(self, run: Run) -> ModelState:
        """Return how a run stands."""
        return state_of(run, self._training.job_of(run.folder), self._jobs.get(run.folder))

    def is_busy(self, run: Run) -> bool:
        """Return whether a job works on a run."""
        jobs = (self._training.job_of(run.folder), self._jobs.get(run.folder))
        return any(job is not None and not job.is_over for job in jobs)

    def is_chosen(self, run: Run) -> bool:
        """Return whether a run is the one that is looked at."""
        return run.folder == self._chosen

    def choose(self, run: Run | None) -> None:
        """Look at a run."""
        folder = None if run is None else run.folder
        if folder != self._chosen:
            self._chosen = folder
            self.chosen_changed.emit()
            self.refresh()

    def choose_once_listed(self, folder: Path) -> None:
        """Look at a run that is not listed yet."""
        self._awaited = folder
        self.refresh()

    def follow(self, run: Run, job: Job) -> None:
        """Let a run's state be that of a job that works on it."""
        self._jobs[run.folder] = job
        job.ended.connect(partial(self._on_job_ended, run.folder))
        self.changed.emit()

    @Slot()
    def refresh(self) -> None:
        """Read the runs anew."""
        self._soon.stop()
        if self._reader is None:
            self._reader = NewestWins("models", _read, self._on_read, self._on_unread, parent=self)
        self._reader.ask(_Wanted(self.folder, self._chosen))

    def close(self) -> None:
        """End the thread."""
        self._soon.stop()
        if self._reader is not None:
            self._reader.close()

    def _on_job_ended(self, folder: Path) -> None:
        self._jobs.pop(folder, None)
        self.changed.emit()

    def _on_read(self, wanted: _Wanted, known: Known) -> None:
        if wanted.folder != self.folder:
            return
        self._known = known
        awaited = next((run for run in known.runs if run.folder == self._awaited), None)
        if awaited is not None:
            self._awaited = None
            self.choose(awaited)
        elif self._chosen is None and known.runs:
            self.choose(known.runs[0])
        self.changed.emit()

    def _on_unread(self, _wanted: _Wanted, error: Exception) -> None:
        self.failed.emit(f"The models cannot be listed: {error}")

    @Slot()
    def _on_jobs_changed(self) -> None:
        """Tell of other states only: jobs report far more often."""
        states = tuple(map(self.state_of, self.runs))
        if states != self._states:
            self._states = states
            self.changed.emit()

    @Slot()
    def _on_project_changed(self) -> None:
        folders = {run.folder.parent for run in self.runs}
        if folders and self.folder not in folders:
            self._known, self._chosen = Known(), None
            self.chosen_changed.emit()
            self.changed.emit()
        if self.folder is not None:
            self.refresh()

    @Slot(object)
    def _on_training_begun(self, folder: Path) -> None:
        # One that waits leaves the curves to the one that runs.
        if self._training.n_unfinished == 1:
            self.choose_once_listed(folder)

    @Slot(object)
    def _on_training_finished(self, folder: Path) -> None:
        job = self._training.job_of(folder)
        if job is not None and job.state is JobState.SUCCEEDED and self._chosen is None:
            self._chosen = folder
            self.chosen_changed.emit()
        self.refresh()

    @Slot(object, object)
    def _on_measured(self, _folder: Path, metrics: Mapping[str, float]) -> None:
        # Validated: a better network may have been kept.
        if any(name.startswith("validation/") for name in metrics):
            self._soon.start()


def _read(wanted: _Wanted) -> Known:
    if wanted.folder is None:
        return Known()
    runs = tuple(list_runs(wanted.folder))
    path = None if wanted.chosen is None else wanted.chosen / FILE_NAME
    if path is None or not path.exists():
        return Known(runs, wanted.chosen)
    try:
        found = read_evaluation(path)
        run = next(run for run in runs if run.folder == wanted.chosen)
        if run.has_network and digest_of(run.checkpoint) != found.checkpoint:
            stale = "The network was trained further since it was measured; measure it again."
            return Known(runs, wanted.chosen, None, stale)
    except EvfaceError as error:
        return Known(runs, wanted.chosen, None, str(error))
    except StopIteration:
        return Known(runs, wanted.chosen)
    return Known(runs, wanted.chosen, found)
