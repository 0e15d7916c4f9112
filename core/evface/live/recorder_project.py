"""Recordings that are being made, as recordings of a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evface.errors import FileError
from evface.live.recorder_part import RecordedPart
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.projects.unfinished import finish_recording


class RecordedEntries:
    """Adds what a recorder makes to a project as soon as it can be opened, and completes it later.

    Call `look` every second or so, and once after the recorder was stopped, in the thread that the
    project belongs to.

    Parameters
    ----------
    project
        Open for editing.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._ids: dict[Path, str] = {}
        self._finished: set[Path] = set()

    def go_on_in(self, project: Project) -> None:
        """Go on in the same project, which may have been closed and opened again since."""
        self._project = project

    def look(self, parts: Sequence[RecordedPart]) -> list[RecordingEntry]:
        """Add what is new, and complete what is finished.

        Returns
        -------
        list[RecordingEntry]
            The recordings that were added or completed.

        Raises
        ------
        ProjectFileError, RecordingError
            If the project cannot be written, or has the recording already.
        """
        changed: list[RecordingEntry] = []
        for part in parts:
            if part.events in self._finished or not part.is_ready:
                continue
            known = self._ids.get(part.events)
            if known is None:
                try:
                    entry = self._project.add_recording(part.events, part.video, sync=part.sync)
                except FileError:
                    if part.is_finished:
                        raise
                    continue  # Not enough of it is on the disk yet.
                known = self._ids[part.events] = entry.id
                changed.append(entry)
            if part.is_finished:
                changed = [entry for entry in changed if entry.id != known]
                changed.append(finish_recording(self._project, known, part.video, part.sync))
                self._finished.add(part.events)
        return changed
