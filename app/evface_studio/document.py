"""The one mutable model: what is open, its tracks, and the edits made to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from evface.annotations.tracks import Track
from evface.errors import RecordingError
from evface_studio.opening import (
    Listed,
    Opened,
    add_recording,
    apply_to,
    list_recording,
    load_recording,
    open_paths,
    read_tracks,
    relink,
    save_as_project,
)
from evface_studio.tasks import SerialTasks

if TYPE_CHECKING:  # Imported where they are first used: the window is shown before.
    from evface.annotations.edits import Edit
    from evface.projects.entries import RecordingEntry
    from evface.projects.project import Project
    from evface.projects.recording import Recording

_NOTHING = Opened()


class Document(QObject):
    """What is open. Panes read it, obey its signals, and change it by `edit`.

    Opening, editing, undoing and redoing happen in a thread, one after another, and the signals
    follow when the result is there: an edit is on disk before the screen shows it. What fails
    changes nothing and says so by `failed`.
    """

    # Another project, or none, or another list of recordings in it.
    project_changed = Signal()
    # Another recording, or none. The old one is closed after everyone was told.
    recording_changed = Signal()
    # Tracks of the recording shown, also whenever the recording changes.
    tracks_changed = Signal()
    # The time of an edit just made, undone or redone, where it has one.
    edited = Signal(object)
    # What the thread does now, empty when idle.
    busy_changed = Signal(str)
    # One line for the user.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = _NOTHING
        self._tracks: dict[str, Track] = {}
        self._listed: dict[str, Listed] = {}
        self.undo_stack = QUndoStack(self)
        self._tasks = SerialTasks(self)
        self._tasks.busy_changed.connect(self.busy_changed)
        self._tasks.failed.connect(self.failed)

    @property
    def project(self) -> Project | None:
        """The open project; None for lone media and for nothing."""
        return self._shown.project

    @property
    def recording(self) -> Recording | None:
        """The recording shown; None where there is none or where its media cannot be read."""
        return self._shown.recording

    @property
    def recording_id(self) -> str | None:
        """Which recording of the project is chosen, even where its media are missing."""
        return self._shown.recording_id

    @property
    def listed(self) -> dict[str, Listed]:
        """All recordings of the project, by id, in their order."""
        return self._listed

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is open: the project, or the event file and its video; empty for nothing."""
        return self._shown.paths

    @property
    def problem(self) -> str:
        """Why no recording is shown although a project is open: one line, else empty."""
        return self._shown.problem

    @property
    def tracks(self) -> dict[str, Track]:
        """Tracks of the recording chosen, by role."""
        return self._tracks

    @property
    def is_busy(self) -> bool:
        """Whether something is being opened or edited."""
        return self._tasks.is_busy

    def open(self, paths: Sequence[Path]) -> None:
        """Open a project, or an event file with or without its video, instead of what is open."""
        names = ", ".join(path.name for path in paths)
        self._tasks.submit(f"Opening {names}", lambda: lambda: open_paths(paths), self._show)

    def open_project(self, path: Path) -> None:
        """Open a project instead of what is open."""
        self.open([path])

    def close(self) -> None:
        """Show nothing."""
        self._tasks.submit("Closing", lambda: lambda: _NOTHING, self._show)

    def show_recording(self, recording_id: str) -> None:
        """Show another recording of the project."""
        self._with_project("Opening the recording", lambda p: load_recording(p, recording_id))

    def add_recording(self, events: Path, video: Path | None = None) -> None:
        """Add a recording to the project, and show it."""
        self._with_project(
            f"Adding {events.name}", lambda project: add_recording(project, events, video)
        )

    def relink(self, folder: Path) -> None:
        """Look for missing media in a folder, by their content, and show the recording again."""
        chosen = self.recording_id
        self._with_project(f"Searching {folder}", lambda project: relink(project, folder, chosen))

    def refresh(self) -> None:
        """Look whether another program changed the project, and show what it did.

        Edits made before cannot be taken back then: their inverses restore another state.
        """

        def work(project: Project, recording_id: str | None) -> Opened | None:
            return load_recording(project, recording_id) if project.changed_outside() else None

        def then(opened: Opened | None) -> None:
            if opened is not None:
                self.undo_stack.clear()
                self._show(opened)

        def prepare() -> Callable[[], Opened | None] | None:
            project, recording_id = self._shown.project, self._shown.recording_id
            return None if project is None else lambda: work(project, recording_id)

        self._tasks.submit("", prepare, then)

    def save_as_project(self, path: Path) -> None:
        """Make a project of the lone media that are shown, and open it."""

        def prepare() -> Callable[[], Opened] | None:
            recording = self._shown.recording
            if recording is None or self._shown.project is not None:
                return None
            return lambda: save_as_project(path, recording)

        self._tasks.submit(f"Writing {path.name}", prepare, self._show)

    def shut_down(self) -> None:
        """Wait for what is being written, then release all files. Nothing works afterwards."""
        self._tasks.close()
        self.undo_stack.clear()
        old, self._shown = self._shown, _NOTHING
        old.close()

    def edit(self, edit: Edit) -> None:
        """Apply an edit, undoably."""
        self.edit_from(edit.label, lambda: edit)

    def edit_from(self, label: str, make: Callable[[], Edit]) -> None:
        """Apply an edit that is made in the thread. `label` is what the status bar says."""
        self._tasks.submit(label, lambda: self._work_of(make), self._push)

    def edit_in(
        self, path: Path, label: str, make: Callable[[], Edit], done: Callable[[], None]
    ) -> None:
        """Apply the result of a job to the project it was made for.

        In the open project it can be undone. One that was closed since gets it all the same.

        Parameters
        ----------
        label
            What the status bar says meanwhile.
        make
            Makes the edit, in the thread.
        done
            Called once the edit is on disk and shown.
        """

        def prepare() -> Callable[[], _Outcome | None]:
            project = self._shown.project
            if project is not None and project.path == path:
                return self._work_of(make)
            return lambda: apply_to(path, make())

        def then(outcome: _Outcome | None) -> None:
            if outcome is not None:
                self._push(outcome)
            done()

        self._tasks.submit(label, prepare, then)

    def undo(self) -> None:
        """Take back the last edit, and show the recording that it changes."""

        def prepare() -> Callable[[], _Outcome] | None:
            command = self._command(-1) if self.undo_stack.canUndo() else None
            return self._work_of(lambda: command.inverse, goes_there=True) if command else None

        def then(outcome: _Outcome) -> None:
            self._command(-1).edit = outcome.inverse
            self.undo_stack.undo()
            self._take(outcome)

        self._tasks.submit("Undoing", prepare, then)

    def redo(self) -> None:
        """Make the edit again that was taken back last, and show the recording that it changes."""

        def prepare() -> Callable[[], _Outcome] | None:
            command = self._command(0) if self.undo_stack.canRedo() else None
            return self._work_of(lambda: command.edit, goes_there=True) if command else None

        def then(outcome: _Outcome) -> None:
            self._command(0).inverse = outcome.inverse
            self.undo_stack.redo()
            self._take(outcome)

        self._tasks.submit("Redoing", prepare, then)

    def _push(self, outcome: _Outcome) -> None:
        self.undo_stack.push(_EditCommand(outcome.edit, outcome.inverse))
        self._take(outcome)

    def _command(self, offset: int) -> _EditCommand:
        command = self.undo_stack.command(self.undo_stack.index() + offset)
        assert isinstance(command, _EditCommand)
        return command

    def _work_of(
        self, make: Callable[[], Edit], *, goes_there: bool = False
    ) -> Callable[[], _Outcome]:
        """Return what applies an edit; `goes_there` shows its recording instead of another one."""
        project, recording_id = self._shown.project, self._shown.recording_id
        if project is None:
            raise RecordingError(
                "this recording belongs to no project yet; "
                "use File > Save as project, then changes are kept"
            )
        entry = self._shown.recording.entry if self._shown.recording is not None else None

        def work() -> _Outcome:
            edit = make()
            inverse = project.apply(edit)
            changed = _recording_of(edit)
            if goes_there and changed is not None and changed != recording_id:
                return _Outcome(edit, inverse, reopened=load_recording(project, changed))
            if recording_id is None:
                return _Outcome(edit, inverse)
            now = project.recording(recording_id)
            if entry is not None and not _fit_alike(entry, now):
                # Times or places are mapped differently now, which an open recording cannot learn.
                return _Outcome(edit, inverse, reopened=load_recording(project, recording_id))
            tracks = read_tracks(project, recording_id)
            return _Outcome(edit, inverse, tracks, list_recording(project, now))

        return work

    def _with_project(self, label: str, work: Callable[[Project], Opened]) -> None:
        def prepare() -> Callable[[], Opened] | None:
            project = self._shown.project
            return None if project is None else lambda: work(project)

        self._tasks.submit(label, prepare, self._show)

    def _take(self, outcome: _Outcome) -> None:
        if outcome.reopened is not None:
            self._show(outcome.reopened)
        elif outcome.listed is not None:
            self._tracks = dict(outcome.tracks)
            self._listed = {**self._listed, outcome.listed.entry.id: outcome.listed}
            self.tracks_changed.emit()
        t_us = getattr(outcome.edit, "t_us", None)
        if t_us is not None:
            self.edited.emit(t_us)

    def _show(self, opened: Opened) -> None:
        old, self._shown = self._shown, opened
        self._tracks, self._listed = dict(opened.tracks), dict(opened.listed)
        if opened.project is not old.project:
            self.undo_stack.clear()
        self.project_changed.emit()
        self.recording_changed.emit()
        self.tracks_changed.emit()
        self._tasks.submit("Closing", lambda: lambda: old.close(keep=opened), lambda _: None)
        if opened.problem and opened.listed:
            self.failed.emit(opened.problem)


@dataclass(frozen=True, eq=False)
class _Outcome:
    edit: Edit
    inverse: Edit
    tracks: Mapping[str, Track] = field(default_factory=dict)
    listed: Listed | None = None
    reopened: Opened | None = None


class _EditCommand(QUndoCommand):
    """An edit that was made already. The document applies it; the stack only counts."""

    def __init__(self, edit: Edit, inverse: Edit) -> None:
        super().__init__(edit.label)
        self.edit, self.inverse = edit, inverse


def _recording_of(edit: Edit) -> str | None:
    """Return which recording an edit changes, the first one of several edits in one step."""
    first = next(iter(getattr(edit, "edits", (edit,))), None)
    return getattr(first, "recording_id", None)


def _fit_alike(one: RecordingEntry, other: RecordingEntry) -> bool:
    """Return whether two entries map times and places alike."""
    return one.sync == other.sync and one.event_from_rgb.maps_like(other.event_from_rgb)
