"""Clips that a network was measured on, shown where they come from."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from evface.training.evaluation_file import ClipTold
from evface_studio.document import Document
from evface_studio.view_state import ViewState


class ClipPlaces(QObject):
    """Knows which recordings of the open project clips were cut from, and goes there."""

    def __init__(self, document: Document, view_state: ViewState, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._view_state = document, view_state
        # A recording that is being opened, and the moment to show of it.
        self._way: tuple[str, int] | None = None
        document.recording_changed.connect(self._on_recording_changed)

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
    def _on_recording_changed(self) -> None:
        way, self._way = self._way, None
        if way is not None and self._document.recording_id == way[0]:
            # The panes and the timeline follow the document first.
            QTimer.singleShot(0, self, lambda: self._view_state.set_time_us(way[1]))
