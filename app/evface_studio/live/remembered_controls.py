"""Gives a camera the values that its controls had when it was shown last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from evface.cameras.base import Camera, Preset
from evface_studio.settings import Settings

if TYPE_CHECKING:
    from evface_studio.live.live_window import LiveWindow

_WAIT_MS = 500


class RememberedControls(QObject):
    """Keeps what is set by hand, for each camera by its key, and puts it back.

    Parameters
    ----------
    window
        Whose cameras they are.
    settings
        Where it is kept.
    """

    def __init__(self, window: LiveWindow, settings: Settings) -> None:
        super().__init__(window)
        self._session, self._settings = window.session, settings
        self._changed: tuple[str, Camera] | None = None
        # A slider that is dragged is kept once.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._keep_soon)
        window.side.controls.set_asked.connect(self._on_asked)
        window.side.controls.preset_asked.connect(self._on_asked)
        window.session.changed.connect(self._on_session_changed)
        window.closed.connect(self.keep)

    @property
    def is_waiting(self) -> bool:
        """Whether something was set so lately that more may follow."""
        return self._timer.isActive()

    @Slot()
    def keep(self) -> None:
        """Keep the values of now, if any were set."""
        self._timer.stop()
        if self._changed is None:
            return
        (key, camera), self._changed = self._changed, None
        self._settings.set_camera_values(
            key,
            {
                control.key: control.value
                for control in camera.controls
                if control.value != control.default
            },
        )

    @Slot()
    def _keep_soon(self) -> None:
        """Keep the values once all that was asked for is set, and nothing more was."""
        self._timer.stop()
        if self._changed is not None:
            self._session.do(lambda: None, lambda _: None if self.is_waiting else self.keep())

    @Slot()
    def _on_asked(self) -> None:
        choice, pipeline = self._session.choice, self._session.pipeline
        if choice is not None and pipeline is not None:
            self._changed = (choice.camera, pipeline.camera)
            self._timer.start()

    @Slot()
    def _on_session_changed(self) -> None:
        self._keep_soon()
        choice, pipeline = self._session.choice, self._session.pipeline
        if choice is None or pipeline is None:
            return
        camera = pipeline.camera
        known = {control.key for control in camera.controls}
        kept = self._settings.camera_values(choice.camera)
        values = {key: value for key, value in kept.items() if key in known}
        if values:
            self._session.do(lambda: camera.apply(Preset("", "", values)), lambda _: None)
