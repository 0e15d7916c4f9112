"""Looks for cameras in a thread."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from evface.cameras.base import Found
from evface_studio.newest import NewestWins


@dataclass(frozen=True)
class FoundCameras:
    """What there is.

    Parameters
    ----------
    event_cameras, frame_cameras
        With what stands in the way of using them.
    """

    event_cameras: tuple[Found, ...] = ()
    frame_cameras: tuple[Found, ...] = ()


class CameraFinding(QObject):
    """Knows the cameras that were found when one last looked."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found = FoundCameras()
        self.is_looking = False
        self.problem = ""
        self._worker: NewestWins[int, FoundCameras] | None = None

    def expect(self) -> None:
        """Say that it is going to be looked soon."""
        self.is_looking = True
        self.changed.emit()

    def look(self) -> None:
        """Look again; returns at once."""
        if self._worker is None:
            self._worker = NewestWins(
                "find-cameras", _look, self._on_found, self._on_failed, parent=self
            )
        self._worker.ask(0)
        self.expect()

    def close(self) -> None:
        """End the thread; safe to call twice."""
        if self._worker is not None:
            self._worker.close()

    def _on_found(self, _request: int, found: FoundCameras) -> None:
        self.found, self.is_looking, self.problem = found, False, ""
        self.changed.emit()

    def _on_failed(self, _request: int, error: Exception) -> None:
        self.is_looking, self.problem = False, str(error)
        self.changed.emit()


def _look(_request: int) -> FoundCameras:
    from evface.cameras.registry import list_cameras, list_frame_cameras

    return FoundCameras(tuple(list_cameras()), tuple(list_frame_cameras()))
