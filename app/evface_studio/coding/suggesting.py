"""Suggested segments: what curves and models say, less what a person decided already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from evface.annotations.segments import Segment
from evface.annotations.tracks import ActionUnitTrack, SourceKind
from evface.errors import EvfaceError
from evface_studio.document import Document
from evface_studio.newest import NewestWins

# Tracks that something found out; truth is not to be suggested.
_KINDS = (SourceKind.FIT, SourceKind.TRANSFERRED, SourceKind.TEACHER, SourceKind.MODEL)

_Span = tuple[str, str, int, int]


@dataclass(frozen=True, eq=False)
class _Question:
    tracks: tuple[ActionUnitTrack, ...]
    decided: tuple[Segment, ...]


class Suggesting(QObject):
    """Works the suggestions out in a thread, anew whenever a person decided something.

    A suggestion that stays keeps its id, also after an edit was taken back.
    """

    changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._found: dict[str, Segment] = {}
        self._known: dict[_Span, Segment] = {}
        self._tracks: tuple[ActionUnitTrack, ...] = ()
        self._worker: NewestWins[_Question, list[Segment]] = NewestWins(
            "suggestions", _suggest, self._on_found, self._on_failed, parent=self
        )
        document.recording_changed.connect(self._on_recording_changed)
        document.tracks_changed.connect(self._on_tracks_changed)
        document.coding_changed.connect(self._ask)
        self._on_tracks_changed()

    @property
    def is_idle(self) -> bool:
        """Whether all suggestions are there."""
        return self._worker.is_idle

    @property
    def found(self) -> Mapping[str, Segment]:
        """The suggestions by id, in the order of rows and time."""
        return self._found

    def close(self) -> None:
        """End the thread."""
        self._worker.close()

    @Slot()
    def _on_recording_changed(self) -> None:
        self._worker.forget()
        self._found, self._known, self._tracks = {}, {}, ()
        self.changed.emit()

    @Slot()
    def _on_tracks_changed(self) -> None:
        tracks = tuple(
            track
            for track in self._document.tracks.values()
            if isinstance(track, ActionUnitTrack) and track.source.kind in _KINDS
        )
        if len(tracks) != len(self._tracks) or any(
            one is not other for one, other in zip(tracks, self._tracks, strict=True)
        ):
            self._tracks = tracks
            self._ask()

    @Slot()
    def _ask(self) -> None:
        self._worker.ask(_Question(self._tracks, tuple(self._document.segments.values())))

    def _on_found(self, question: _Question, found: list[Segment]) -> None:
        if question.tracks is not self._tracks:
            return
        kept = [self._known.setdefault(_span_of(one), one) for one in found]
        ids = {one.id: one for one in kept}
        if ids.keys() != self._found.keys():
            self._found = ids
            self.changed.emit()

    def _on_failed(self, _question: _Question, error: Exception) -> None:
        # A file that cannot be read is said where its curves would be.
        if not isinstance(error, EvfaceError | OSError):
            raise error


def _suggest(question: _Question) -> list[Segment]:
    from evface.coding.suggestions import suggest_segments

    found: list[Segment] = []
    for track in question.tracks:
        # What two tracks agree on is suggested once.
        found += suggest_segments(track, (*question.decided, *found))
    return found


def _span_of(segment: Segment) -> _Span:
    return segment.source, segment.unit, segment.onset_us, segment.offset_us
