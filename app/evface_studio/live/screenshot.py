"""Saves a picture of the live view once its camera and its models have something to show."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from evface.live.picture import LivePicture
from evface.live.state import TRYING_AGAIN, Link, Working
from evface_studio.screenshot import PictureTaking, save_picture

if TYPE_CHECKING:  # Its parts take some tenths of a second to import.
    from evface_studio.live.live_window import LiveWindow

# A camera may take long to open, models to load. Whoever is not in the picture has no face.
_PATIENCE_S, _MODELS_S = 20.0, 20.0
# So many pictures one after another have everything: the figures beside them are said by then.
_N_COMPLETE = 20


class LiveScreenshot(PictureTaking):
    """Waits for pictures, and for what the models say of one; of the latter not for ever.

    Where no camera was chosen, it waits for the list of those that are there.

    Parameters
    ----------
    path
        Where the picture goes; its ending says the format.
    """

    def __init__(self, window: LiveWindow, path: Path) -> None:
        super().__init__(path, window)
        self._window = window
        self._has_camera = window.session.choice is not None
        self._begun_s = time.monotonic()
        self._seen_s: float | None = None
        self._last: LivePicture | None = None
        window.session.failed.connect(self._end)

    @Slot()
    def _on_look(self) -> None:
        window = self._window
        if window.session.choice is None:
            if self._has_camera:
                self._end("the camera cannot be shown; see the log")
            elif not window.finding.is_looking:
                self._save()
            return
        now_s, shown = time.monotonic(), window.pictures.events.shown
        if shown is None:
            self._look_why_not(now_s)
            return
        if self._seen_s is None:
            self._seen_s = now_s
        if now_s - self._seen_s > _MODELS_S:
            self._save()
        elif shown is not self._last:
            self._last = shown
            self._n_complete = self._n_complete + 1 if self._have_models_spoken() else 0
            if self._n_complete == _N_COMPLETE:
                self._save()

    def _look_why_not(self, now_s: float) -> None:
        pipeline = self._window.session.pipeline
        if pipeline is None:  # What is imported takes as long as it takes.
            self._begun_s = now_s
            return
        state = pipeline.state
        if state.link is Link.LOST:
            self._end(state.words.removesuffix(TRYING_AGAIN))
        elif now_s - self._begun_s > _PATIENCE_S:
            self._end(f"no events came within {_PATIENCE_S:.0f} s: {state.words}")

    def _have_models_spoken(self) -> bool:
        window, pipeline = self._window, self._window.session.pipeline
        if pipeline is None:
            return True
        has_rgb = pipeline.frame_camera is not None
        state = pipeline.state
        is_refused = state.working is Working.OFF and bool(state.working_words)
        if is_refused or not window.side.models.models.are_asked(has_rgb=has_rgb):
            return True
        overlay = None if self._last is None else self._last.overlay
        mesh = window.pictures.mesh
        has_mesh = mesh.isVisible() and not state.is_teacher_refused
        if overlay is None or (has_mesh and mesh.is_empty):
            return False
        return bool(overlay.intensity) or not window.pictures.units.isVisible()

    def _save(self) -> None:
        self._end(save_picture(self._window, self._path))
