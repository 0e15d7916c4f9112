"""Has recordings of the live view listed in a project while they are being made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from evface_studio.document import Document

if TYPE_CHECKING:  # They take long to import: that happens in a thread.
    from evface.live.recorder_part import RecordedPart
    from evface.live.recorder_project import RecordedEntries
    from evface.projects.entries import RecordingEntry
    from evface.projects.project import Project

_PROJECT = "live.evface"


class RecordingList(QObject):
    """Recordings go to the open project, or else to one beside their files.

    Parameters
    ----------
    document
        Whose thread it is done in.
    """

    # A recording was listed.
    listed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._entries: RecordedEntries | None = None
        self._path: Path | None = None
        self._seen: tuple[tuple[object, ...], ...] = ()
        self._newest: str | None = None

    @property
    def folder(self) -> Path:
        """Where recordings, snapshots and clips go."""
        project = self._document.project
        return Path.home() / "evface" if project is None else project.path.parent

    @property
    def can_open(self) -> bool:
        """Whether the recording made last is listed, so that it can be opened."""
        return self._newest is not None

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be listed."""
        return self._document.is_busy

    def begin(self) -> None:
        """Forget the recording before: another one begins."""
        project = self._document.project
        is_taken = project is None or self._document.is_read_only
        self._path = self.folder / _PROJECT if is_taken or project is None else project.path
        self._entries, self._newest, self._seen = None, None, ()

    def look(self, parts: Sequence[RecordedPart]) -> None:
        """List what is new, and complete what is finished; returns at once."""
        seen = tuple((part.events, part.is_ready, part.is_finished) for part in parts)
        if seen == self._seen or self._path is None:
            return
        self._seen = seen
        if any(part.is_ready for part in parts):
            self._document.list_recordings(self._path, lambda one: self._change(one, parts))

    def open(self) -> None:
        """Show the recording made last."""
        document, path = self._document, self._path
        if path is None or self._newest is None:
            return
        project = document.project
        if project is None or project.path != path:
            document.open([path])
        document.show_recording(self._newest)

    def _change(self, project: Project, parts: Sequence[RecordedPart]) -> list[RecordingEntry]:
        """Belongs to the document's thread."""
        from evface.live.recorder_project import RecordedEntries

        if self._entries is None:
            self._entries = RecordedEntries(project)
        self._entries.go_on_in(project)
        changed = self._entries.look(parts)
        if changed:
            self._newest = changed[-1].id
            self.listed.emit()
        elif any(part.is_ready for part in parts):
            self._seen = ()  # Not enough of it was on the disk yet.
        return changed
