"""Opens the live view from the window, and takes what it recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from evface_studio.live.choice import LiveChoice
from evface_studio.settings import Settings

if TYPE_CHECKING:  # Its parts take some tenths of a second to import.
    from evface_studio.live.live_window import LiveWindow


class LiveDoor(QObject):
    """There is at most one live view.

    Parameters
    ----------
    parent
        Lives as long.
    """

    def __init__(self, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._window: LiveWindow | None = None

    @property
    def window(self) -> LiveWindow | None:
        """The live view; None where there is none."""
        return self._window

    def open(self, choice: LiveChoice | None = None) -> None:
        """Show the live view, of a camera that is chosen already or is to be chosen there."""
        from evface_studio.live.live_window import LiveWindow

        window = self._window
        if window is None:
            window = self._window = LiveWindow(self._settings)
            window.closed.connect(self._on_closed)
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
