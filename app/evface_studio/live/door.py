"""Opens the live view from the window, and takes what it recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from evface_studio.document import Document
from evface_studio.learning.models import Models
from evface_studio.live.choice import LiveChoice
from evface_studio.live.listing import RecordingList
from evface_studio.live.model_section import Network
from evface_studio.settings import Settings

if TYPE_CHECKING:  # Its parts take some tenths of a second to import.
    from evface_studio.live.live_window import LiveWindow


class LiveDoor(QObject):
    """There is at most one live view.

    Parameters
    ----------
    document
        What is recorded goes to its project; its recording tells how RGB lies on the events.
    models
        Of whose networks live ones can be chosen.
    """

    # A recording is to be seen in the window.
    annotate_asked = Signal()
    # A page of the help, by its name.
    help_asked = Signal(str)

    def __init__(
        self, document: Document, models: Models, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._models, self._settings = document, models, settings
        self._recordings = RecordingList(document, self)
        self._window: LiveWindow | None = None
        models.changed.connect(self._on_models_changed)
        document.recording_changed.connect(self._on_recording_changed)

    @property
    def window(self) -> LiveWindow | None:
        """The live view; None where there is none."""
        return self._window

    def open(self, choice: LiveChoice | None = None) -> None:
        """Show the live view, of a camera that is chosen already or is to be chosen there."""
        from evface_studio.live.live_window import LiveWindow

        window = self._window
        if window is None:
            window = self._window = LiveWindow(self._settings, self._recordings)
            window.closed.connect(self._on_closed)
            window.annotate_asked.connect(self._on_annotate)
            window.help_asked.connect(self.help_asked)
            self._settings.theme_changed.connect(window.set_theme)
            self._on_models_changed()
            self._on_recording_changed()
            if choice is None:
                window.ask_camera()
        if choice is not None:
            window.choose(choice)
        window.show()
        window.raise_()
        window.activateWindow()

    def close(self) -> None:
        """End the live view, and wait for it; safe to call twice."""
        if self._window is not None:
            self._window.close()

    @Slot()
    def _on_closed(self) -> None:
        window, self._window = self._window, None
        if window is not None:
            window.deleteLater()

    @Slot()
    def _on_annotate(self) -> None:
        self._recordings.open()
        self.annotate_asked.emit()

    @Slot()
    def _on_models_changed(self) -> None:
        if self._window is not None:
            networks = [
                Network(run.name, run.folder, run.task, run.live_problem)
                for run in self._models.usable
            ]
            self._window.side.models.list_networks(networks)

    @Slot()
    def _on_recording_changed(self) -> None:
        recording = self._document.recording
        if self._window is not None and recording is not None:
            self._window.take_alignment(recording)
