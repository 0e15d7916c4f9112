"""The trained networks of the open project, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QFile, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from evface.errors import EvfaceError
from evface.models.digests import digest_of
from evface.training.evaluation_file import (
    FILE_NAME,
    ClipTold,
    Evaluation,
    read_evaluation,
    whom_in_words,
)
from evface.training.runs import Run, list_runs, models_folder, problem_of_name
from evface_studio.document import Document
from evface_studio.jobs.launcher import JobLauncher
from evface_studio.jobs.queue import Job, JobQueue, JobState
from evface_studio.learning.model_words import ModelState, state_of
from evface_studio.learning.training import Training
from evface_studio.newest import NewestWins
from evface_studio.settings import Settings
from evface_studio.view_state import ViewState

if TYPE_CHECKING:  # Imported when it is asked for: plots take long.
    from evface_studio.dialogs.compare_models_dialog import CompareModelsDialog
    from evface_studio.learning.comparing import Comparing

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
    """Knows the runs beside the open project, one of which is chosen. Files are read in a thread.

    What it does with them, it does by jobs; renaming and removing take no time.

    Parameters
    ----------
    window
        Dialogs belong to it.
    """

    # The list, a state, or what is known of the chosen run.
    changed = Signal()
    # Another run is chosen, or none.
    chosen_changed = Signal()
    # One line each for the user.
    succeeded = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        window: QWidget,
        document: Document,
        view_state: ViewState,
        jobs: JobQueue,
        launcher: JobLauncher,
        training: Training,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._comparison: CompareModelsDialog | None = None
        self._comparing: Comparing | None = None
        self._document = document
        self._view_state = view_state
        self._launcher = launcher
        self._training = training
        self._known = Known()
        self._chosen: Path | None = None
        # A training that is new, to be chosen once it is listed.
        self._awaited: Path | None = None
        self._jobs: dict[Path, Job] = {}
        self._way: tuple[str, int] | None = None
        self._states: tuple[ModelState, ...] = ()
        self._reader: NewestWins[_Wanted, Known] | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self.refresh)
        document.project_changed.connect(self._on_project_changed)
        document.recording_changed.connect(self._on_recording_changed)
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

    def choose(self, run: Run | None) -> None:
        """Look at a run."""
        folder = None if run is None else run.folder
        if folder != self._chosen:
            self._chosen = folder
            self.chosen_changed.emit()
            self.refresh()

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
        if self._comparison is not None:
            self._comparison.reject()
        if self._comparing is not None:
            self._comparing.close()
        if self._reader is not None:
            self._reader.close()

    # --- what is done with a run ----------------------------------------------------------------

    @property
    def can_measure(self) -> bool:
        """Whether the chosen run can be measured now."""
        run = self.chosen
        return run is not None and run in self.usable and not self.is_busy(run)

    def can_predict(self, run: Run) -> bool:
        """Return whether a run can be asked about the recording in view."""
        document = self._document
        has_recording = document.recording_id is not None and not document.is_read_only
        return has_recording and run in self.usable

    def measure_chosen(self) -> None:
        """Measure the chosen run."""
        if self.chosen is not None:
            self.measure(self.chosen)

    def measure(self, run: Run, training_set: Path | None = None) -> Job | None:
        """Measure a run on people it never saw, of its own training set unless one is named."""
        if run not in self.usable or self.is_busy(run):
            return None
        fields = {
            "checkpoint": str(run.checkpoint),
            "training_set": "" if training_set is None else str(training_set),
            "output": str(run.folder / FILE_NAME),
        }
        return self._start(run, f"Measure {run.name}", "evaluate", fields, self._on_evaluated)

    def can_pause(self, run: Run) -> bool:
        """Return whether a run is being trained in this window."""
        job = self._training.job_of(run.folder)
        return job is not None and job.state is JobState.RUNNING

    def pause(self, run: Run) -> None:
        """Let a training wait."""
        self._training.pause(run.folder)

    def resume(self, run: Run) -> None:
        """Let a run go on with its training."""
        self._training.resume(run)

    def export(self, run: Run, path: Path) -> Job | None:
        """Write the network of a run as ONNX."""
        if not run.has_network or self.is_busy(run):
            return None
        fields = {"checkpoint": str(run.checkpoint), "output": str(path)}
        done = f"{run.name}: written to {path.name}"
        then = partial(self._on_done, done)
        return self._start(run, f"Export {run.name}", "export_network", fields, then)

    def import_network(self, path: Path) -> Job | None:
        """Take a network that was made elsewhere; what cannot be used is refused."""
        models = self.folder
        if models is None:
            return None
        name = path.parent.name if path.stem in ("best", "last") else path.stem
        folder = models / self._training.free_name(name)
        fields = {"checkpoint": str(path), "output": str(folder)}
        return self._launcher.start(
            f"Import {path.name}",
            "import_network",
            fields,
            partial(self._on_imported, folder),
        )

    def rename(self, run: Run, name: str) -> bool:
        """Give a run another name; return whether it could be done."""
        name = name.strip()
        problem = self.problem_of_name(run, name)
        if problem or name == run.name:
            if problem:
                self.failed.emit(problem)
            return not problem
        folder = run.folder.with_name(name)
        try:
            run.folder.rename(folder)
        except OSError as error:
            self.failed.emit(f"{run.name}: cannot be renamed ({error.strerror})")
            return False
        if self._chosen == run.folder:
            self._chosen = folder
        self.refresh()
        return True

    def problem_of_name(self, run: Run, name: str) -> str:
        """Return why a run cannot have a name; empty where it can."""
        name = name.strip()
        if self.is_busy(run):
            return f"{run.name}: is at work; wait until it is done, or stop it first"
        if problem := problem_of_name(name):
            return problem
        if name != run.name and run.folder.with_name(name).exists():
            return f"{name}: is there already; choose another name"
        return ""

    def remove(self, run: Run) -> bool:
        """Move a run to the wastebasket of the system; return whether that could be done."""
        if self.is_busy(run):
            self.failed.emit(f"{run.name}: is at work; stop it first")
            return False
        if not QFile(str(run.folder)).moveToTrash():
            self.failed.emit(
                f"{run.name}: the wastebasket does not take it; delete {run.folder} by hand"
            )
            return False
        if self._chosen == run.folder:
            self._chosen = None
            self.chosen_changed.emit()
        self.succeeded.emit(f"{run.name}: moved to the wastebasket")
        self.refresh()
        return True

    @property
    def comparison(self) -> CompareModelsDialog | None:
        """The dialog that compares two runs, where it is open."""
        return self._comparison

    @Slot()
    def show_comparison(self) -> None:
        """Compare two runs on the recording in view."""
        from evface_studio.dialogs.compare_models_dialog import CompareModelsDialog
        from evface_studio.learning.comparing import Comparing

        if self._comparing is None:
            self._comparing = Comparing(self._document, self)
        if self._comparison is None:
            self._comparing.forget()
            self._comparison = CompareModelsDialog(
                self,
                self._comparing,
                self._document,
                self._view_state,
                self._settings.theme,
                self._window,
            )
            self._comparison.finished.connect(self._on_comparison_finished)
            self._settings.theme_changed.connect(self._comparison.set_theme)
        self._comparison.show()
        self._comparison.raise_()

    # --- clips ----------------------------------------------------------------------------------

    def recording_of(self, clip: ClipTold) -> str | None:
        """Return the recording of the open project that a clip was cut from, if it is there."""
        listed = self._document.listed.values()
        return next((one.entry.id for one in listed if one.entry.name == clip.recording), None)

    def go_to(self, clip: ClipTold) -> bool:
        """Show a clip; return whether its recording is in the project."""
        recording_id = self.recording_of(clip)
        if recording_id is None:
            return False
        self._view_state.set_playing(False)
        if recording_id == self._document.recording_id:
            self._view_state.set_time_us(clip.start_us)
        else:
            self._way = (recording_id, clip.start_us)
            self._document.show_recording(recording_id)
        return True

    @Slot()
    def _on_comparison_finished(self) -> None:
        dialog, self._comparison = self._comparison, None
        if dialog is not None:
            dialog.deleteLater()

    def _start(self, run: Run, title: str, kind: str, fields: Mapping[str, Any], then: Any) -> Job:
        job = self._launcher.start(title, kind, fields, then)
        self._jobs[run.folder] = job
        job.ended.connect(partial(self._on_job_ended, run.folder))
        self.changed.emit()
        return job

    def _on_job_ended(self, folder: Path) -> None:
        self._jobs.pop(folder, None)
        self.changed.emit()

    def _on_evaluated(self, output: Path) -> None:
        try:
            found = read_evaluation(output)
        except EvfaceError as error:
            self.failed.emit(str(error))
            return
        self.succeeded.emit(f"{output.parent.name}: {whom_in_words(found)}")
        self.refresh()

    def _on_done(self, words: str, _output: Path) -> None:
        self.succeeded.emit(words)

    def _on_imported(self, folder: Path, _output: Path) -> None:
        self.succeeded.emit(f"{folder.name}: imported")
        self._chosen = folder
        self.chosen_changed.emit()
        self.refresh()

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

    @Slot()
    def _on_recording_changed(self) -> None:
        self.changed.emit()
        way, self._way = self._way, None
        if way is not None and self._document.recording_id == way[0]:
            # The panes and the timeline follow the document first.
            QTimer.singleShot(0, self, lambda: self._view_state.set_time_us(way[1]))

    @Slot(object)
    def _on_training_begun(self, folder: Path) -> None:
        # One that waits leaves the curves to the one that runs.
        if self._training.n_unfinished == 1:
            self._awaited = folder
            self.refresh()

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
