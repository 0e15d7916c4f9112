"""The live view for an audience: full screen, large, by keyboard only."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication

from evface.live.picture import LivePicture
from evface.live.state import TRYING_AGAIN, Link, Working
from evface_studio.live.choice import LiveChoice, LookChoice, ModelChoice
from evface_studio.live.presence import Presence
from evface_studio.live.session import LiveSession
from evface_studio.look.text_size import set_text_factor
from evface_studio.messages.notifications import Level

if TYPE_CHECKING:
    from evface_studio.live.live_window import LiveWindow

_NOBODY_AFTER_S = 20.0
# A window manager has given the window its size by then.
_SETTLES_MS = 250
_UNITS_FACTOR, _N_ROWS = 1.5, 2


class Operating(QObject):
    """Fills the screen with the pictures. When nobody is there it shows a recording, if one is set.

    The recording plays through a pipeline of its own, so that the camera's goes on.

    Parameters
    ----------
    window
        Whose parts it shows and hides.
    """

    def __init__(self, window: LiveWindow) -> None:
        super().__init__(window)
        self._window = window
        self._presence = Presence(_NOBODY_AFTER_S)
        self._attraction = LiveSession(self)
        self._attraction.failed.connect(self._on_refused)
        self._refused: Path | None = None
        self._is_on = False
        self._had_side = True
        self._before = window.geometry()
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLES_MS)
        self._settling.timeout.connect(self._see_to_size)

    @property
    def is_on(self) -> bool:
        """Whether the screen is filled."""
        return self._is_on

    @property
    def is_attracting(self) -> bool:
        """Whether a recording is shown, since nobody is there."""
        return self._attraction.choice is not None

    @Slot()
    def toggle(self) -> None:
        """Fill the screen, or stop that."""
        if self._is_on:
            self.end()
        else:
            self.begin()

    @Slot()
    def begin(self) -> None:
        """Fill the screen."""
        window = self._window
        if self._is_on or window.session.choice is None:
            return
        self._is_on, self._refused = True, None
        self._had_side = window.side.isVisible()
        self._show_parts()
        self._presence.begin(time.monotonic())
        window.setCursor(Qt.CursorShape.BlankCursor)
        self._before = window.geometry()
        window.showFullScreen()
        self._settling.start()
        window.setFocus()
        window.key_line.come()

    @Slot()
    def end(self) -> None:
        """Go back to a window."""
        if not self._is_on:
            return
        self._is_on = False
        self._stop_attracting()
        self._show_parts()
        self._window.unsetCursor()
        self._window.showNormal()
        self._settling.start()
        self._window.key_line.go()

    @Slot()
    def show_keys(self) -> None:
        """Show for a while which keys there are."""
        if self._is_on:
            self._window.key_line.come()

    def set_patience(self, nobody_after_s: float) -> None:
        """Take it that nobody is there after so long without a sign."""
        self._presence = Presence(nobody_after_s)

    def attracts(self, picture: LivePicture | None) -> bool:
        """Return whether a recording is shown instead of a picture of the camera; if so, show it.

        Called with the newest picture at the rate of the display.
        """
        path = self._window.side.audience.attraction
        if not self._is_on or path is None:
            return False
        pipeline = self._window.session.pipeline
        state = None if pipeline is None else pipeline.state
        has_models = state is not None and state.working is Working.RUNNING
        if state is None or state.link is not Link.RUNNING:
            picture = None  # It is not of now.
        if self._presence.is_there(picture, time.monotonic(), has_models=has_models):
            self._stop_attracting()
            return False
        return self._attract(path)

    def close(self) -> None:
        """End the recording that is shown; safe to call twice."""
        self._settling.stop()
        self._attraction.close()

    def _attract(self, path: Path) -> bool:
        """Show the recording, as soon as there is something of it; return whether it is shown."""
        if path == self._refused:
            return False
        if not self.is_attracting:
            choice = LiveChoice(f"replay:{path}?loop=1", "")
            self._attraction.begin(choice, LookChoice(), ModelChoice(teacher=""))
        pipeline = self._attraction.pipeline
        picture = None if pipeline is None else pipeline.latest()
        if picture is not None:
            self._window.pictures.set_alone(True)
            self._window.show_picture(picture, is_live=False)
            return True
        state = None if pipeline is None else pipeline.state
        if state is not None and state.link is Link.LOST:
            self._attraction.end()
            self._on_refused(state.words.removesuffix(TRYING_AGAIN))
        return False

    @Slot(str)
    def _on_refused(self, problem: str) -> None:
        """Say once why a recording cannot be shown, and go on with the camera."""
        self._refused = self._window.side.audience.attraction
        self._window.tell(Level.ERROR, problem)

    def _stop_attracting(self) -> None:
        if self.is_attracting:
            self._attraction.end()
            self._window.pictures.set_alone(False)

    @Slot()
    def _see_to_size(self) -> None:
        """Do what no window manager did, as a kiosk may run on X without one."""
        window, screen = self._window, self._window.screen().geometry()
        is_full = window.size() == screen.size()
        if is_full != self._is_on and QGuiApplication.platformName() == "xcb":
            window.setGeometry(screen if self._is_on else self._before)

    def _show_parts(self) -> None:
        window, is_on = self._window, self._is_on
        for part in (window.top, window.news, window.below):
            part.setVisible(not is_on)
        window.side.setVisible(not is_on and self._had_side)
        window.caption.setVisible(is_on)
        window.pictures.set_headers_shown(not is_on)
        window.arrange()
        # The pointer stays hidden over them, and nothing is turned by accident.
        window.pictures.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, is_on)
        window.space.setEnabled(is_on)
        for large in (window.record_bar, window.strip, window.pictures):
            large.set_large(is_on)
        set_text_factor(window.pictures.units, _UNITS_FACTOR if is_on else 1.0)
        window.pictures.set_rows_of_units(_N_ROWS if is_on else None)
