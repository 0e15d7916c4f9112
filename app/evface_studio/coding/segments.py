"""The segments of the recording shown, edits that are not on disk yet included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from evface.annotations.coding_edits import SetSegments
from evface.annotations.segments import Segment
from evface_studio.coding.suggesting import Suggesting
from evface_studio.document import Document


class CodedSegments(QObject):
    """What was coded, and what is suggested.

    An edit takes some milliseconds to be on disk. Until then `segments` holds what was asked for,
    so that nothing jumps back under the pointer; should it fail, it is as it was.
    """

    # Segments or suggestions of these action units, a frozenset.
    segments_changed = Signal(object)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.suggesting = Suggesting(document, self)
        self._document = document
        self._asked: dict[str, Segment | None] = {}
        self._segments: dict[str, Segment] = {}
        self._suggested: dict[str, Segment] = {}
        # Units whose segments changed although it was not asked for here.
        self._taken_back: frozenset[str] = frozenset()
        document.coding_changed.connect(self._on_coding_changed)
        document.recording_changed.connect(self._forget_asked)
        document.annotator_changed.connect(self._on_annotator_changed)
        document.failed.connect(self._forget_asked)
        document.busy_changed.connect(self._on_busy_changed)
        self.suggesting.changed.connect(self._update)
        self._update()

    @property
    def segments(self) -> Mapping[str, Segment]:
        """What was coded, refused suggestions too, by id."""
        return self._segments

    @property
    def suggested(self) -> Mapping[str, Segment]:
        """Suggestions that nothing was decided about, by id."""
        return self._suggested

    @property
    def can_edit(self) -> bool:
        """Whether the document takes edits."""
        document = self._document
        return (
            document.project is not None
            and document.recording_id is not None
            and not document.is_read_only
        )

    def is_suggestion(self, segment: Segment) -> bool:
        """Return whether nothing was decided about a segment yet."""
        return segment.id in self._suggested

    def is_others(self, segment: Segment) -> bool:
        """Return whether somebody else coded a segment."""
        return segment.author not in ("", self._document.annotator)

    def edit(self, edit: SetSegments) -> None:
        """Change segments, at once to the eye and soon on disk."""
        if self.can_edit:
            self._asked.update(edit.segments)
            self._update()
        # Where it cannot be edited, the document says why.
        self._document.edit(edit)

    def close(self) -> None:
        """End the thread."""
        self.suggesting.close()

    @Slot()
    def _update(self) -> frozenset[str]:
        """Put together what the document holds and what was asked of it; return what changed."""
        segments = dict(self._document.segments)
        for key, segment in self._asked.items():
            if segment is None:
                segments.pop(key, None)
            else:
                segments[key] = segment
        suggested = {key: one for key, one in self.suggesting.found.items() if key not in segments}
        changed = _changed_units(self._segments, segments)
        changed |= _changed_units(self._suggested, suggested)
        self._segments, self._suggested = segments, suggested
        if changed:
            self.segments_changed.emit(frozenset(changed))
        return frozenset(changed)

    @Slot()
    def _on_coding_changed(self) -> None:
        now = self._document.segments
        was_asked = bool(self._asked)
        self._asked = {
            key: asked for key, asked in self._asked.items() if not _is_done(asked, now.get(key))
        }
        changed = self._update()
        self._taken_back = frozenset() if was_asked else changed

    @Slot(str)
    def _on_busy_changed(self, label: str) -> None:
        if not label and self._asked and not self._document.is_busy:
            self._forget_asked()

    @Slot()
    def _forget_asked(self) -> None:
        self._asked = {}
        self._update()

    @Slot()
    def _on_annotator_changed(self) -> None:
        # Whose words are whose is another matter now.
        self.segments_changed.emit(frozenset(one.unit for one in self._segments.values()))


def says_the_same(one: Segment, other: Segment) -> bool:
    """Return whether two segments differ in nothing but who said so, and when."""
    return replace(one, author="", made_at="") == replace(other, author="", made_at="")


def _is_done(asked: Segment | None, now: Segment | None) -> bool:
    if asked is None or now is None:
        return asked is now
    return says_the_same(asked, now)


def _changed_units(before: Mapping[str, Segment], now: Mapping[str, Segment]) -> set[str]:
    # The unit of a segment never changes.
    gone = {one.unit for key, one in before.items() if key not in now}
    other = {one.unit for key, one in now.items() if before.get(key) != one}
    return gone | other
