"""The review queue of the open project: made, read, filtered, and kept up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from evface.annotations.tracks import Track
from evface.errors import EvfaceError
from evface.review.progress import Progress
from evface.review.queue import QueueItem, ReviewQueue
from evface.review.reasons import ReasonKind
from evface_studio.document import Document
from evface_studio.newest import NewestWins
from evface_studio.review.queue_making import QueueMaker
from evface_studio.review.reading import Key, ReviewState, Status, Wanted, read_review

# Edits that follow one another are counted together.
_SETTLE_MS = 150


class Shown(StrEnum):
    """Which items are listed."""

    OPEN = "open"
    DECIDED = "decided"
    ALL = "all"


@dataclass(frozen=True)
class Filter:
    """What is listed of the queue; None for everything."""

    kind: ReasonKind | None = None
    recording_id: str | None = None
    shown: Shown = Shown.OPEN


class KnownQueue(QObject):
    """What was found, what became of each item, and how far people are.

    A queue is made in a process; what people decided is read in a thread after each edit. So this
    is always a moment behind the document, and never in its way.
    """

    # Another queue was made.
    remade = Signal()
    # Other items are listed, or others of them are decided.
    listed_changed = Signal()
    # How far people are.
    progress_changed = Signal()
    # Whether a queue is being made, how far, and whether the one there is of now.
    looking_changed = Signal()
    # One line for the user: what went wrong.
    failed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._queue = ReviewQueue()
        self._statuses: dict[Key, Status] = {}
        self._progress: dict[tuple[str, str], Progress] = {}
        self._filter = Filter()
        # What the filter leaves, whatever became of it; and what is listed of that.
        self._matching: tuple[QueueItem, ...] = ()
        self._listed: tuple[QueueItem, ...] = ()
        self._path: Path | None = None
        self._tracks: tuple[str | None, Mapping[str, Track]] = (None, {})
        self._is_followed = False
        self._is_stale = True
        self._looking = (0.0, "")
        # Recordings whose labels changed since they were read.
        self._waiting: set[str] = set()
        self._maker = QueueMaker(self)
        self._maker.progressed.connect(self._on_progressed)
        self._maker.made.connect(self._on_made)
        self._maker.failed.connect(self._on_making_failed)
        self._reader = NewestWins[Wanted, ReviewState](
            "review", read_review, self._on_read, self._on_read_failed, parent=self
        )
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._read_again)
        document.project_changed.connect(self._on_project_changed)
        document.tracks_changed.connect(self._on_tracks_changed)
        document.reviews_changed.connect(self._on_labels_changed)
        document.labels_changed.connect(self._on_labels_changed)
        document.coding_changed.connect(self._on_labels_changed)
        document.annotator_changed.connect(self._on_annotator_changed)

    @property
    def queue(self) -> ReviewQueue:
        """All that was found, decided or not."""
        return self._queue

    @property
    def listed(self) -> tuple[QueueItem, ...]:
        """What the filter leaves, the most doubtful first."""
        return self._listed

    @property
    def filter(self) -> Filter:
        """What is listed."""
        return self._filter

    @property
    def is_looking(self) -> bool:
        """Whether a queue is being made."""
        return self._maker.is_running

    @property
    def looking(self) -> tuple[float, str]:
        """How far the queue is that is being made, 0 to 1, and what is being done."""
        return self._looking

    @property
    def is_stale(self) -> bool:
        """Whether tracks changed since the queue was made, or none was made yet."""
        return self._is_stale

    @property
    def can_look(self) -> bool:
        """Whether there is a project to look through."""
        return self._document.project is not None

    @property
    def progress(self) -> Mapping[tuple[str, str], Progress]:
        """How far people are, by author and recording."""
        return self._progress

    @property
    def own_progress(self) -> tuple[Progress, ...]:
        """How far the annotator is, one for each recording."""
        me = self._document.annotator
        return tuple(said for (who, _), said in self._progress.items() if who == me)

    def status_of(self, item: QueueItem) -> Status:
        """Return what became of an item."""
        return self._statuses.get(item.key, Status.OPEN)

    def follow(self, is_followed: bool) -> None:
        """Say whether someone looks at the queue: it is made and kept up to date then."""
        self._is_followed = is_followed
        if is_followed and self._is_stale and not self.is_looking:
            self.look()

    @Slot()
    def look(self) -> None:
        """Make the queue anew."""
        project = self._document.project
        if project is not None:
            self._is_stale = False
            self._looking = (0.0, "")
            self._maker.start(project.path, self._author)
            self.looking_changed.emit()

    def set_filter(
        self,
        *,
        kind: ReasonKind | None,
        recording_id: str | None,
        shown: Shown,
    ) -> None:
        """List something else; None for everything."""
        chosen = replace(self._filter, kind=kind, recording_id=recording_id, shown=shown)
        if chosen != self._filter:
            self._filter = chosen
            self._match()

    def set_status(self, item: QueueItem, status: Status) -> None:
        """Say what became of an item before it is read."""
        self._statuses[item.key] = status
        self._list()

    def close(self) -> None:
        """End the process and the thread."""
        self._settle.stop()
        self._maker.stop()
        self._reader.close()

    @property
    def _author(self) -> str:
        """Whose labels are looked at; everyone's where it is empty."""
        return self._document.annotator if self._document.is_blind else ""

    def _match(self) -> None:
        kind, recording_id = self._filter.kind, self._filter.recording_id
        self._matching = tuple(
            item
            for item in self._queue.items
            if (recording_id is None or item.recording_id == recording_id)
            and (kind is None or kind in item.kinds)
        )
        self._list()

    def _list(self) -> None:
        decided, shown = self._statuses, self._filter.shown
        if shown is Shown.ALL:
            self._listed = self._matching
        else:
            wanted = shown is Shown.DECIDED
            self._listed = tuple(i for i in self._matching if (i.key in decided) == wanted)
        self.listed_changed.emit()

    def _read(self, file: Path | None, recording_ids: Iterable[str] = ()) -> None:
        document = self._document
        if document.project is not None:
            self._reader.ask(
                Wanted(
                    document.project,
                    document.annotator,
                    document.is_blind,
                    self._queue,
                    file,
                    frozenset(recording_ids),
                )
            )

    @Slot()
    def _read_again(self) -> None:
        """Read what was decided about the recordings that changed."""
        if self._reader.is_idle:
            self._read(None, self._waiting)
        else:
            self._settle.start()

    @Slot()
    def _on_project_changed(self) -> None:
        project = self._document.project
        path = None if project is None else project.path
        if path == self._path:
            known = {one.recording_id for one in self._queue.recordings}
            if known and not known.issuperset(self._document.listed):
                self._grow_stale()
            return
        self._path = path
        self._maker.stop()
        self._reader.forget()
        self._settle.stop()
        self._waiting.clear()
        self._queue, self._statuses, self._progress = ReviewQueue(), {}, {}
        self._filter = Filter()
        self._match()
        self.remade.emit()
        self.progress_changed.emit()
        self._grow_stale()

    def _grow_stale(self) -> None:
        self._is_stale = True
        self.looking_changed.emit()
        if self._is_followed:
            self.look()

    @Slot()
    def _on_tracks_changed(self) -> None:
        known_id, known = self._tracks
        now_id, now = self._document.recording_id, self._document.tracks
        self._tracks = (now_id, now)
        if now_id is not None and now_id == known_id:
            roles = {*known, *now}
            if any(known.get(role) is not now.get(role) for role in roles):
                self._grow_stale()

    @Slot()
    def _on_labels_changed(self) -> None:
        recording_id = self._document.recording_id
        if recording_id is not None and self._queue.recordings:
            self._waiting.add(recording_id)
            self._settle.start()

    @Slot()
    def _on_annotator_changed(self) -> None:
        self._statuses, self._progress = {}, {}
        if self._queue.recordings:
            self._waiting.update(one.recording_id for one in self._queue.recordings)
            self._settle.start()
            if self._queue.author != self._author:
                self._grow_stale()

    @Slot(float, str)
    def _on_progressed(self, fraction: float, message: str) -> None:
        self._looking = (fraction, message)
        self.looking_changed.emit()

    @Slot(object)
    def _on_made(self, file: Path) -> None:
        self._settle.stop()
        self._read(file)

    @Slot(str)
    def _on_making_failed(self, problem: str) -> None:
        self._is_stale = True
        self.looking_changed.emit()
        self.failed.emit(problem)

    def _on_read(self, wanted: Wanted, state: ReviewState) -> None:
        if wanted.project is not self._document.project:
            return
        if wanted.author != self._document.annotator:
            self._settle.start()
            return
        self._waiting -= state.recording_ids
        others = {
            key: status
            for key, status in self._statuses.items()
            if key[0] not in state.recording_ids
        }
        self._statuses = {**others, **state.statuses}
        if state.queue is not self._queue:
            self._queue, self._progress = state.queue, dict(state.progress)
            self._match()
            self.remade.emit()
        else:
            self._progress = {**self._progress, **state.progress}
            self._list()
        self.looking_changed.emit()
        self.progress_changed.emit()

    def _on_read_failed(self, wanted: Wanted, error: Exception) -> None:
        if wanted.project is not self._document.project:
            return  # Closed meanwhile.
        if not isinstance(error, EvfaceError):
            raise error
        self._is_stale = True
        self.looking_changed.emit()
        self.failed.emit(str(error))
