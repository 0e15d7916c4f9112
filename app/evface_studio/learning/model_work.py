"""What is done with the trained networks of the open project."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QFile, QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from evface.errors import EvfaceError
from evface.training.evaluation_file import FILE_NAME, read_evaluation, whom_in_words
from evface.training.runs import Run, problem_of_name
from evface_studio.document import Document
from evface_studio.jobs.launcher import JobLauncher
from evface_studio.jobs.queue import Job, JobState
from evface_studio.learning.models import Models
from evface_studio.learning.training import Training
from evface_studio.settings import Settings
from evface_studio.view_state import ViewState

if TYPE_CHECKING:  # Imported when it is asked for: plots take long.
    from evface_studio.dialogs.compare_models_dialog import CompareModelsDialog
    from evface_studio.learning.comparing import Comparing


class ModelWork(QObject):
    """Measures, exports, imports, renames, removes and compares runs.

    What takes time is done by jobs; renaming and removing take none.

    Parameters
    ----------
    window
        Dialogs belong to it.
    """

    # One line each for the user.
    succeeded = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        window: QWidget,
        models: Models,
        document: Document,
        view_state: ViewState,
        launcher: JobLauncher,
        training: Training,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._models = models
        self._document = document
        self._view_state = view_state
        self._launcher = launcher
        self._training = training
        self._settings = settings
        self._comparison: CompareModelsDialog | None = None
        self._comparing: Comparing | None = None

    @property
    def can_measure(self) -> bool:
        """Whether the chosen run can be measured now."""
        run = self._models.chosen
        return run is not None and run in self._models.usable and not self._models.is_busy(run)

    def can_predict(self, run: Run) -> bool:
        """Return whether a run can be asked about the recording in view."""
        document = self._document
        has_recording = document.recording_id is not None and not document.is_read_only
        return has_recording and run in self._models.usable

    def measure_chosen(self) -> None:
        """Measure the chosen run."""
        if self._models.chosen is not None:
            self.measure(self._models.chosen)

    def measure(self, run: Run, training_set: Path | None = None) -> Job | None:
        """Measure a run on people it never saw, of its own training set unless one is named."""
        if run not in self._models.usable or self._models.is_busy(run):
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
        if not run.has_network or self._models.is_busy(run):
            return None
        fields = {"checkpoint": str(run.checkpoint), "output": str(path)}
        done = f"{run.name}: written to {path.name}"
        then = partial(self._on_done, done)
        return self._start(run, f"Export {run.name}", "export_network", fields, then)

    def import_network(self, path: Path) -> Job | None:
        """Take a network that was made elsewhere; what cannot be used is refused."""
        models = self._models.folder
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
        if self._models.is_chosen(run):
            self._models.choose(None)
            self._models.choose_once_listed(folder)
        else:
            self._models.refresh()
        return True

    def problem_of_name(self, run: Run, name: str) -> str:
        """Return why a run cannot have a name; empty where it can."""
        name = name.strip()
        if self._models.is_busy(run):
            return f"{run.name}: is at work; wait until it is done, or stop it first"
        if problem := problem_of_name(name):
            return problem
        if name != run.name and run.folder.with_name(name).exists():
            return f"{name}: is there already; choose another name"
        return ""

    def remove(self, run: Run) -> bool:
        """Move a run to the wastebasket of the system; return whether that could be done."""
        if self._models.is_busy(run):
            self.failed.emit(f"{run.name}: is at work; stop it first")
            return False
        if not QFile(str(run.folder)).moveToTrash():
            self.failed.emit(
                f"{run.name}: the wastebasket does not take it; delete {run.folder} by hand"
            )
            return False
        if self._models.is_chosen(run):
            self._models.choose(None)
        self.succeeded.emit(f"{run.name}: moved to the wastebasket")
        self._models.refresh()
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
                self._models,
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

    def close(self) -> None:
        """End the comparison, and its thread."""
        if self._comparison is not None:
            self._comparison.reject()
        if self._comparing is not None:
            self._comparing.close()

    @Slot()
    def _on_comparison_finished(self) -> None:
        dialog, self._comparison = self._comparison, None
        if dialog is not None:
            dialog.deleteLater()

    def _start(self, run: Run, title: str, kind: str, fields: Mapping[str, Any], then: Any) -> Job:
        job = self._launcher.start(title, kind, fields, then)
        self._models.follow(run, job)
        return job

    def _on_evaluated(self, output: Path) -> None:
        try:
            found = read_evaluation(output)
        except EvfaceError as error:
            self.failed.emit(str(error))
            return
        self.succeeded.emit(f"{output.parent.name}: {whom_in_words(found)}")
        self._models.refresh()

    def _on_done(self, words: str, _output: Path) -> None:
        self.succeeded.emit(words)

    def _on_imported(self, folder: Path, _output: Path) -> None:
        self.succeeded.emit(f"{folder.name}: imported")
        self._models.choose_once_listed(folder)
