"""Notices that the recording shown has become longer: it is being indexed, or being recorded."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from evface.events.sources import IndexedSource
from evface_studio.document import Document
from evface_studio.wording import format_span

_LOOKED_AT_EVERY_MS = 300
# Less than this of a file that is being recorded is never known for long.
_NEARLY_ALL = 0.9


class Growth(QObject):
    """Follows the events of a document's recording while they are not complete."""

    # There are more events than before, or all of them now.
    grew = Signal()
    # What was found to be wrong with a recording once all of it was indexed: one line.
    warned = Signal(str)
    # One line for the user, empty where there is nothing to say.
    note_changed = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._note = ""
        self._known: tuple[int, int] = (0, 0)
        self._told: tuple[str, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOKED_AT_EVERY_MS)
        self._timer.timeout.connect(self._look)
        document.recording_changed.connect(self._on_recording_changed)
        self._on_recording_changed()

    @property
    def note(self) -> str:
        """How far the recording can be seen; empty where all of it can."""
        return self._note

    @Slot()
    def _on_recording_changed(self) -> None:
        recording = self._document.recording
        is_growing = recording is not None and isinstance(
            recording.unfiltered_events, IndexedSource
        )
        self._known = self._seen()
        self._told = () if recording is None else recording.warnings
        # A recording that is complete may be gone on with.
        if is_growing:
            self._timer.start()
        else:
            self._timer.stop()
        self._say()

    @Slot()
    def _look(self) -> None:
        seen = self._seen()
        if seen != self._known:
            self._known = seen
            self.grew.emit()
        self._say()
        recording = self._document.recording
        # Before, there may be other words each time.
        if recording is not None and recording.unfiltered_events.is_complete:
            for warning in recording.warnings:
                if warning not in self._told:
                    self.warned.emit(f"{recording.name}: {warning}")
            self._told = recording.warnings

    def _seen(self) -> tuple[int, int]:
        recording = self._document.recording
        if recording is None:
            return 0, 0
        events = recording.unfiltered_events
        return events.duration_us, events.n_events

    def _say(self) -> None:
        note = self._in_words()
        if note != self._note:
            self._note = note
            self.note_changed.emit(note)

    def _in_words(self) -> str:
        recording = self._document.recording
        if recording is None or recording.unfiltered_events.is_complete:
            return ""
        events = recording.unfiltered_events
        share = events.indexed_share if isinstance(events, IndexedSource) else 1.0
        length = format_span(events.duration_us)
        if share < _NEARLY_ALL:
            return f"Indexing {share:.0%}: the first {length} can be seen"
        return f"Being written: {length} so far"
