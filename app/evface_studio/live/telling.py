"""Says in the window how the camera, the pictures and the models are doing."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from evface.live.latency import Latency
from evface.live.state import Link, LiveState
from evface_studio.live.words import (
    Faults,
    dropped_details,
    dropped_words,
    late_words,
    latency_details,
    latency_words,
    left_out_words,
    models_words,
    rate_words,
    sentence,
    verdict_of,
)

if TYPE_CHECKING:
    from evface_studio.live.live_window import LiveWindow

_log = logging.getLogger(__name__)

_SAY_EVERY_MS = 250
_LOG_EVERY_S = 60.0
# What went wrong so long ago disturbs nobody any more.
_LATELY_S = 5.0
_COME = "Come closer, and see your face as an event camera does"


class Telling(QObject):
    """Looks a few times a second.

    Parameters
    ----------
    window
        What it tells of, and tells.
    """

    def __init__(self, window: LiveWindow) -> None:
        super().__init__(window)
        self._window = window
        self._faults: deque[tuple[float, Faults]] = deque()
        self._link = Link.STOPPED
        self._logged_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_SAY_EVERY_MS)
        self._timer.timeout.connect(self.say)

    def begin(self) -> None:
        """Tell of another camera."""
        self._faults.clear()
        self._link, self._logged_s = Link.STOPPED, time.monotonic()
        self._timer.start()
        self.say()

    def end(self) -> None:
        """Tell nothing."""
        self._timer.stop()
        window = self._window
        window.figures.clear()
        window.strip.show_state(None)
        window.top.show_camera("")
        window.top.show_verdict(None)

    def close(self) -> None:
        """Look no more; safe to call twice."""
        self._timer.stop()

    @Slot()
    def say(self) -> None:
        """Look, and tell."""
        window = self._window
        pipeline = window.session.pipeline
        if pipeline is None:
            return
        state, counters, latency = pipeline.state, pipeline.counters, pipeline.latency
        camera = pipeline.camera
        health = camera.health()
        has_run = counters.n_packets > 0
        window.top.show_camera(f"{camera.info.name} {camera.info.serial}".strip())
        lately = self._lately(Faults.of(health, counters))
        window.top.show_verdict(verdict_of(state, lately, has_run=has_run))
        window.strip.show_state(state, has_run=has_run)
        window.side.controls.show_controls(camera.controls, camera.presets)
        window.side.models.show_state(state)
        window.filtering.look(pipeline)
        self._say_what_is_missing(state)
        is_past = state.link is not Link.RUNNING and not window.operating.is_attracting
        window.pictures.set_dimmed(is_past and not window.slow_motion.is_on)
        if is_past:
            # That few events come is not for want of motion.
            window.pictures.events.header.set_hint("")
        view = window.pictures.events.picture
        painted, screen = view.painted.latency(), view.screen.latency()
        words = [
            rate_words(health.rate_hz),
            latency_words(painted, screen),
            models_words(state, latency),
            dropped_words(counters),
        ]
        if not window.filtering.filters.is_idle and window.filtering.shares is not None:
            words.append(f"filters: {left_out_words(sum(window.filtering.shares))}")
        if health.temperature_c is not None:
            words.append(f"{health.temperature_c:.0f} °C")
        window.figures.setText("   ·   ".join(words))
        details = [latency_details(painted, screen, latency), dropped_details(counters)]
        if pipeline.rgb_delay_us:
            late_ms = pipeline.rgb_delay_us / 1000
            details.append(f"RGB pictures come {late_ms:.0f} ms after the events: allowed for")
        window.figures.setToolTip("\n\n".join(details))
        self._note(state, f"{window.figures.text()}\n{window.figures.toolTip()}")
        if not window.slow_motion.is_on:
            window.caption.say(self._what_is_seen(state), *self._how_late(state, painted))

    def say_past(self, share: float) -> None:
        """Tell how much of the past is over."""
        is_paused = self._window.slow_motion.is_paused
        words = "The last seconds, four times slower"
        self._window.caption.say(f"{words}, held" if is_paused else words, f"{share:.0%}")

    def _what_is_seen(self, state: LiveState) -> str:
        window = self._window
        if window.operating.is_attracting:
            is_lost = state.link is not Link.RUNNING
            return "A recording, until the camera is back" if is_lost else _COME
        if window.is_held:
            return "Held"
        if state.link is not Link.RUNNING:
            return ""  # The strip says it.
        return "Live" if window.pictures.shows_models else "Live, without models"

    def _note(self, state: LiveState, figures: str) -> None:
        """Write into the log what happens to the camera, and now and then how late pictures are."""
        if state.link is not self._link:
            self._link = state.link
            _log.info("live: %s", state.words)
        if time.monotonic() - self._logged_s > _LOG_EVERY_S:
            self._logged_s = time.monotonic()
            _log.info("live: %s", figures.replace("\n\n", "\n").replace("\n", "\n    "))

    def _how_late(self, state: LiveState, painted: Latency) -> tuple[str, ...]:
        window = self._window
        if (
            state.link is not Link.RUNNING
            or window.operating.is_attracting
            or window.is_held
            or not painted.n
        ):
            return ()
        late = late_words(window.pictures.events.shown) if window.pictures.shows_models else ""
        return tuple(words for words in (late, latency_words(painted)) if words)

    def _say_what_is_missing(self, state: LiveState) -> None:
        window = self._window
        pictures = window.pictures
        pictures.events.say("Waiting for the first events…", state.words)
        pictures.rgb.say("" if state.frame_link is Link.RUNNING else state.frame_words)
        title = "No mesh" if state.is_teacher_refused else "No face yet"
        pictures.mesh.say(title, sentence(state.working_words))
        window.arrange()

    def _lately(self, faults: Faults) -> Faults:
        """Return what went wrong in the last seconds."""
        now_s = time.monotonic()
        self._faults.append((now_s, faults))
        while self._faults[0][0] < now_s - _LATELY_S:
            self._faults.popleft()
        return faults.since(self._faults[0][1])
