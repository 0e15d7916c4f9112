"""The one mutable model: what is open, its tracks, and the edits made to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from evface.annotations.tracks import Track
from evface.errors import EvfaceError, RecordingError
from evface_studio.opening import (
    Annotator,
    Labels,
    Listed,
    Opened,
    Report,
    add_recording,
    apply_to,
    change_recordings,
    list_recording,
    load_recording,
    open_instead,
    read_labels,
    relink,
    save_as_project,
)
from evface_studio.tasks import SerialTasks
from evface_studio.work_progress import WorkProgress

if TYPE_CHECKING:  # Imported where they are first used: the window is shown before.
    from evface.annotations.edits import Edit, Place
    from evface.annotations.labelled import LabelledTrack
    from evface.annotations.reviews import Review
    from evface.annotations.segments import Segment
    from evface.events.filters.filter import Filter
    from evface.projects.entries import RecordingEntry
    from evface.projects.history import History
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
    # Landmarks or boxes of these roles, a frozenset, also whenever the recording changes.
    labels_changed = Signal(object)
    # Segments of action units, or the recording's class.
    coding_changed = Signal()
    # Verdicts on frames of the review queue.
    reviews_changed = Signal()
    # The filters that the events of the recording shown pass, not when the recording changes.
    filters_changed = Signal()
    # What can be taken back or made again.
    history_changed = Signal()
    # An edit is about to be taken back, or something else to be shown: what is held back for a
    # moment is to be made an edit now.
    about_to_move_on = Signal()
    # Who works, or whether blindly.
    annotator_changed = Signal()
    # The `Place` of an edit just made, undone or redone.
    edited = Signal(object)
    # The `Place` of an edit just undone or redone: the view goes there, it would be silent else.
    stepped = Signal(object)
    # An edit that was asked for here and is on disk and shown now.
    made = Signal(object)
    # What the thread does now, empty when idle.
    busy_changed = Signal(str)
    # How far the opening is that can be ended by `stop_opening`, in words.
    progress_told = Signal(str)
    # One line for the user.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = _NOTHING
        self._labels = Labels()
        self._listed: dict[str, Listed] = {}
        self._history = ("", "")
        self._annotator = Annotator()
        self._tasks = SerialTasks(self)
        self._tasks.busy_changed.connect(self.busy_changed)
        self._progress = WorkProgress(self)
        self._progress.told.connect(self.progress_told)
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
    def tracks(self) -> Mapping[str, Track]:
        """Tracks of the recording chosen as machines made them, by role.

        Rows of large arrays are read when they are asked for: see `LazyArray`.
        """
        return self._labels.tracks

    @property
    def labels(self) -> Mapping[str, LabelledTrack]:
        """Landmark tracks, and the boxes of both pictures, with what people said, by role."""
        return self._labels.landmarks

    @property
    def segments(self) -> Mapping[str, Segment]:
        """Segments of action units that the annotator may see, by id, in order of onset."""
        return self._labels.segments

    @property
    def video_class(self) -> str | None:
        """The action unit that the annotator says the whole recording shows."""
        return self._labels.video_class

    @property
    def reviews(self) -> Mapping[tuple[str, int], Review]:
        """The annotator's verdicts on frames, by role and time (us)."""
        return self._labels.reviews

    @property
    def annotator(self) -> str:
        """Who works: labels are kept under this name."""
        project = self._shown.project
        return self._annotator.name if project is None else project.author

    @property
    def is_blind(self) -> bool:
        """Whether the annotator sees only their own labels."""
        return self._annotator.is_blind

    @property
    def is_read_only(self) -> bool:
        """Whether the open project cannot be changed here."""
        return self._shown.project is not None and self._shown.project.is_read_only

    @property
    def read_only_reason(self) -> str:
        """Why it cannot be changed, as in "it ..."; empty where it can."""
        return self._shown.hold.reason if self._shown.hold is not None else ""

    @property
    def undo_label(self) -> str:
        """Name of the edit that would be taken back; empty where there is none."""
        return self._history[0]

    @property
    def redo_label(self) -> str:
        """Name of the edit that would be made again; empty where there is none."""
        return self._history[1]

    @property
    def is_busy(self) -> bool:
        """Whether something is being opened or edited."""
        return self._tasks.is_busy

    @property
    def is_writing(self) -> bool:
        """Whether an edit is on its way to the disk."""
        return self._tasks.is_writing

    def open(self, paths: Sequence[Path]) -> None:
        """Open a project, or an event file with or without its video, instead of what is open."""
        self.about_to_move_on.emit()
        names = ", ".join(path.name for path in paths)

        # Who opens something else wants no more of what is being opened.
        self._progress.stop()

        def prepare() -> Callable[[], Opened]:
            shown, annotator, report = self._shown, self._annotator, self._progress.begin()
            return lambda: open_instead(shown, paths, annotator, report)

        self._tasks.submit(f"Opening {names}", prepare, self._show)

    def stop_opening(self) -> None:
        """Open nothing: what is shown stays. Only what tells its progress can be ended."""
        self._progress.stop()

    def open_project(self, path: Path) -> None:
        """Open a project instead of what is open."""
        self.open([path])

    def close(self) -> None:
        """Show nothing."""
        self.about_to_move_on.emit()
        self._progress.stop()
        self._tasks.submit("Closing", lambda: lambda: _NOTHING, self._show)

    def show_recording(self, recording_id: str) -> None:
        """Show another recording of the project."""
        self.about_to_move_on.emit()
        hold = self._shown.hold
        self._with_project(
            "Opening the recording",
            lambda project, report: load_recording(project, recording_id, hold, report=report),
        )

    def add_recording(self, events: Path, video: Path | None = None) -> None:
        """Add a recording to the project, and show it."""
        hold = self._shown.hold
        self._with_project(
            f"Adding {events.name}",
            lambda project, report: add_recording(project, events, video, hold, report=report),
        )

    def list_recordings(
        self, path: Path, change: Callable[[Project], Sequence[RecordingEntry]]
    ) -> None:
        """Let something add recordings to a project or complete them, and list them.

        What is shown stays. A project that is not open gets them all the same; it is made where
        there is none.

        Parameters
        ----------
        change
            Called in the thread; returns what it changed.
        """

        def prepare() -> Callable[[], Opened | None]:
            shown = self._shown
            return lambda: change_recordings(shown, path, change)

        def then(opened: Opened | None) -> None:
            if opened is not None:
                self._show(opened)

        self._tasks.submit("", prepare, then, writes=True)

    def relink(self, folder: Path) -> None:
        """Look for missing media in a folder, by their content, and show the recording again."""
        chosen, hold = self.recording_id, self._shown.hold
        self._with_project(
            f"Searching {folder}", lambda project, _report: relink(project, folder, chosen, hold)
        )

    def refresh(self) -> None:
        """Look whether another program changed the project, and show what it did."""

        def work(shown: Opened, project: Project) -> Opened | None:
            if not project.changed_outside():
                return None
            return load_recording(project, shown.recording_id, shown.hold)

        def then(opened: Opened | None) -> None:
            if opened is not None:
                self._show(opened)

        def prepare() -> Callable[[], Opened | None] | None:
            shown = self._shown
            project = shown.project
            return None if project is None else lambda: work(shown, project)

        self._tasks.submit("", prepare, then)

    def set_annotator(self, name: str) -> None:
        """Keep what follows under another name."""
        self._set_annotator(Annotator(name, self._annotator.is_blind))

    def set_blind(self, is_blind: bool) -> None:
        """Show the annotator only their own labels, or everyone's."""
        self._set_annotator(Annotator(self._annotator.name, is_blind))

    def save_as_project(self, path: Path) -> None:
        """Make a project of the lone media that are shown, and open it."""

        def prepare() -> Callable[[], Opened] | None:
            recording = self._shown.recording
            if recording is None or self._shown.project is not None:
                return None
            annotator = self._annotator
            return lambda: save_as_project(path, recording, annotator)

        self._tasks.submit(f"Writing {path.name}", prepare, self._show)

    def shut_down(self) -> list[str]:
        """Wait for what is being written, then release all files. Nothing works afterwards.

        Returns
        -------
        list[str]
            One line for each edit that could not be written.
        """
        self.about_to_move_on.emit()
        self._progress.stop()
        problems = self._tasks.close()
        old, self._shown = self._shown, _NOTHING
        old.close()
        return problems

    def edit(self, edit: Edit) -> None:
        """Apply an edit, undoably."""
        self.edit_from(edit.label, lambda: edit)

    def edit_from(self, label: str, make: Callable[[], Edit]) -> None:
        """Apply an edit that is made in the thread. `label` is what the status bar says."""
        made: list[Edit] = []
        asked_in = self._shown.project

        def keep() -> Edit:
            made.append(make())
            return made[-1]

        def prepare() -> Callable[[], _Outcome | None]:
            # Where something else was opened meanwhile, the edit is one of what was open before.
            if asked_in is not None and self._shown.project is not asked_in:
                path, annotator = asked_in.path, self._annotator
                return lambda: apply_to(path, keep(), annotator)
            return self._work_of(_applying(keep))

        def then(outcome: _Outcome | None) -> None:
            if outcome is not None:
                self._take(outcome)
                self.made.emit(made[-1])

        self._tasks.submit(label, prepare, then, writes=True)

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
            project, annotator = self._shown.project, self._annotator
            if project is not None and project.path == path:
                return self._work_of(_applying(make))
            return lambda: apply_to(path, make(), annotator)

        def then(outcome: _Outcome | None) -> None:
            if outcome is not None:
                self._take(outcome)
            done()

        self._tasks.submit(label, prepare, then, writes=True)

    def set_filters(self, filters: tuple[Filter, ...], label: str = "Set filters") -> None:
        """Let the events of the recording shown pass filters.

        In a project that is an edit; of lone media, only what is shown now changes.
        """
        from evface.annotations.edits import SetFilters

        if self.project is None or self.recording_id is None:
            self._pass_filters(filters)
        else:
            self.edit(SetFilters(self.recording_id, filters, label))

    def undo(self) -> None:
        """Take back the annotator's last edit, and show the recording that it changes."""
        self._step("Undoing", lambda project: project.undo())

    def redo(self) -> None:
        """Make the edit again that was taken back last, and show the recording that it changes."""
        self._step("Redoing", lambda project: project.redo())

    def _step(self, label: str, take: Callable[[Project], Place | None]) -> None:
        self.about_to_move_on.emit()
        asked_in = self._shown.project

        def prepare() -> Callable[[], _Outcome] | None:
            if self._shown.project is None or self._shown.project is not asked_in:
                return None
            return self._work_of(take, goes_there=True)

        def then(outcome: _Outcome) -> None:
            self._take(outcome)
            if outcome.place is not None:
                self.stepped.emit(outcome.place)

        self._tasks.submit(label, prepare, then, writes=True)

    def _set_annotator(self, annotator: Annotator) -> None:
        self.about_to_move_on.emit()

        def work(project: Project, recording_id: str | None) -> _Outcome:
            annotator.take_over(project)
            labels = None if recording_id is None else read_labels(project, recording_id)
            return _Outcome(None, project.history(), labels)

        self._annotator = annotator

        def prepare() -> Callable[[], _Outcome] | None:
            project, recording_id = self._shown.project, self._shown.recording_id
            if project is None:
                self.annotator_changed.emit()
                return None
            return lambda: work(project, recording_id)

        def then(outcome: _Outcome) -> None:
            self._take(outcome)
            self.annotator_changed.emit()

        self._tasks.submit("", prepare, then)

    def _work_of(
        self, change: Callable[[Project], Place | None], *, goes_there: bool = False
    ) -> Callable[[], _Outcome]:
        """Return what changes the project and reads what is shown then.

        Parameters
        ----------
        change
            Returns what was changed, None where nothing was.
        goes_there
            Show the recording that it changes instead of another one.
        """
        shown = self._shown
        project, recording_id = shown.project, shown.recording_id
        if project is None:
            raise RecordingError(
                "this recording belongs to no project yet; "
                "use File > Save as project, then changes are kept"
            )
        if project.is_read_only:
            raise RecordingError(
                f"{project.path.name} can only be read: {self.read_only_reason}; "
                "nothing was changed"
            )
        entry = shown.recording.entry if shown.recording is not None else None

        def work() -> _Outcome:
            place = change(project)
            try:
                return read_back(place)
            except EvfaceError as error:  # It is on disk all the same.
                return _Outcome(place, problem=f"done, but it cannot be shown: {error}")

        def read_back(place: Place | None) -> _Outcome:
            history = project.history()
            changed = None if place is None else place.recording_id
            if goes_there and changed is not None and changed != recording_id:
                reopened = load_recording(project, changed, shown.hold)
                return _Outcome(place, history, reopened=reopened)
            listed = [
                list_recording(project, project.recording(one))
                for one in dict.fromkeys((recording_id, changed))
                if one is not None
            ]
            if recording_id is None:
                return _Outcome(place, history, listed=listed)
            now = listed[0].entry
            if entry is not None and not _fit_alike(entry, now):
                # Times or places are mapped differently now, which an open recording cannot learn.
                reopened = load_recording(project, recording_id, shown.hold)
                return _Outcome(place, history, reopened=reopened)
            return _Outcome(place, history, read_labels(project, recording_id), listed)

        return work

    def _with_project(self, label: str, work: Callable[[Project, Report], Opened]) -> None:
        self._progress.stop()

        def prepare() -> Callable[[], Opened] | None:
            project, report = self._shown.project, self._progress.begin()
            return None if project is None else lambda: work(project, report)

        self._tasks.submit(label, prepare, self._show)

    def _take(self, outcome: _Outcome) -> None:
        if outcome.reopened is not None:
            self._show(outcome.reopened)
        else:
            self._listed |= {listed.entry.id: listed for listed in outcome.listed}
            chosen = self._listed.get(self.recording_id or "")
            if chosen is not None:
                self._pass_filters(chosen.entry.filters)
            if outcome.labels is not None:
                self._set_labels(outcome.labels)
        if outcome.history is not None:
            self._set_history(outcome.history)
        if outcome.problem:
            self.failed.emit(outcome.problem)
        if outcome.place is not None:
            self.edited.emit(outcome.place)

    def _pass_filters(self, filters: tuple[Filter, ...]) -> None:
        if self.recording is not None and self.recording.filters != filters:
            self.recording.set_filters(filters)
            self.filters_changed.emit()

    def _set_labels(self, labels: Labels) -> None:
        """Show other labels, and say which are others."""
        old, self._labels = self._labels, labels
        if not _same_objects(old.tracks, labels.tracks):
            self.tracks_changed.emit()
        roles = {*old.landmarks, *labels.landmarks}
        changed = {r for r in roles if old.landmarks.get(r) is not labels.landmarks.get(r)}
        if changed:
            self.labels_changed.emit(frozenset(changed))
        if old.segments is not labels.segments or old.video_class != labels.video_class:
            self.coding_changed.emit()
        if old.reviews != labels.reviews:
            self.reviews_changed.emit()

    def _set_history(self, history: History | None) -> None:
        words = ("", "") if history is None else (history.undo_label, history.redo_label)
        if words != self._history:
            self._history = words
            self.history_changed.emit()

    def _show(self, opened: Opened) -> None:
        old, self._shown = self._shown, opened
        self._labels, self._listed = opened.labels, dict(opened.listed)
        self._set_history(opened.history)
        self.project_changed.emit()
        self.recording_changed.emit()
        self.tracks_changed.emit()
        self.labels_changed.emit(frozenset({*old.labels.landmarks, *opened.labels.landmarks}))
        self.coding_changed.emit()
        self.reviews_changed.emit()
        # Before anything else, which may want to open the same project.
        self._tasks.submit(
            "Closing", lambda: lambda: old.close(keep=opened), lambda _: None, is_next=True
        )
        if opened.problem and opened.listed:
            self.failed.emit(opened.problem)


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What a change leads to: the recording's labels as they are then, or all opened anew."""

    place: Place | None
    history: History | None = None
    labels: Labels | None = None
    listed: Sequence[Listed] = ()
    reopened: Opened | None = None
    problem: str = ""


def _applying(make: Callable[[], Edit]) -> Callable[[Project], Place]:
    def change(project: Project) -> Place:
        from evface.annotations.edits import place_of

        edit = make()
        return place_of(edit, project.apply(edit))

    return change


def _same_objects(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return one.keys() == other.keys() and all(one[key] is other[key] for key in one)


def _fit_alike(one: RecordingEntry, other: RecordingEntry) -> bool:
    """Return whether two entries map times and places alike."""
    return one.sync == other.sync and one.event_from_rgb.maps_like(other.event_from_rgb)
