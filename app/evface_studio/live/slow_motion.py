"""Shows the last seconds again, slowly, while the camera goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from evface.live.picture import LivePicture
from evface_studio.live.session import LiveSession
from evface_studio.newest import NewestWins

if TYPE_CHECKING:
    from evface.live.replay import Replay

SPEED = 0.25
_NOTHING = "There is nothing to show again yet"


@dataclass(frozen=True, eq=False)
class Past:
    """A moment of what a live view kept.

    Parameters
    ----------
    replay
        What was kept.
    t_us
        On its camera's clock.
    """

    replay: Replay
    t_us: int


class SlowMotion(QObject):
    """Pictures are drawn one after another in a thread; what is too late is left out."""

    # It began or ended.
    changed = Signal()
    # A picture, and how much of the whole is over, 0 to 1.
    came = Signal(object, float)
    failed = Signal(str)

    def __init__(self, session: LiveSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._worker: NewestWins[Past, LivePicture] | None = None
        self._replay: Replay | None = None
        self._at_us = 0.0
        self._looked_s = 0.0
        self.is_paused = False

    @property
    def is_on(self) -> bool:
        """Whether the past is shown."""
        return self._replay is not None

    @property
    def past(self) -> Past | None:
        """What is shown; None where that is now."""
        return None if self._replay is None else Past(self._replay, int(self._at_us))

    def begin(self) -> None:
        """Show the last seconds, from their beginning."""
        pipeline = self._session.pipeline
        if pipeline is None:
            self.failed.emit(_NOTHING)
            return

        def show(replay: Replay) -> None:
            # That of another camera is nobody's here.
            if pipeline is self._session.pipeline:
                self._show(replay)

        self._session.do(pipeline.replay, show)

    def end(self) -> None:
        """Go back to now."""
        if self._replay is not None:
            self._replay = None
            if self._worker is not None:
                self._worker.forget()
            self.changed.emit()

    def go_on(self) -> None:
        """Let time pass; called at the rate of the display."""
        replay, worker = self._replay, self._worker
        if replay is None or worker is None:
            return
        now_s = time.monotonic()
        passed_s, self._looked_s = now_s - self._looked_s, now_s
        if not self.is_paused:
            self._at_us += passed_s * 1e6 * SPEED
        if self._at_us >= replay.stop_us:
            self.end()
        elif worker.is_idle:
            worker.ask(Past(replay, int(self._at_us)))

    def close(self) -> None:
        """End the thread; safe to call twice."""
        self._replay = None
        if self._worker is not None:
            self._worker.close()

    def _show(self, replay: Replay) -> None:
        if replay.stop_us - replay.start_us <= replay.view.window_us:
            self.failed.emit(_NOTHING)
            return
        if self._worker is None:
            self._worker = NewestWins(
                "slow-motion",
                lambda wanted: wanted.replay.picture_at(wanted.t_us),
                self._on_drawn,
                self._on_failed,
                parent=self,
            )
        self._replay, self.is_paused = replay, False
        self._at_us = float(replay.start_us + replay.view.window_us)
        self._looked_s = time.monotonic()
        self.changed.emit()

    def _on_drawn(self, wanted: Past, picture: LivePicture) -> None:
        replay = wanted.replay
        if replay is self._replay:
            length_us = max(replay.stop_us - replay.start_us, 1)
            self.came.emit(picture, (wanted.t_us - replay.start_us) / length_us)

    def _on_failed(self, _past: Past, error: Exception) -> None:
        self.end()
        raise error
