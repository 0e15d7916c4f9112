"""The window of the live view: builds its parts, and shows the newest picture at all times."""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from evface.live.state import Link, LiveState
from evface_studio.live.camera_page import CameraPage
from evface_studio.live.choice import LiveChoice, LookChoice, ModelChoice
from evface_studio.live.finding import CameraFinding
from evface_studio.live.pictures import LivePictures
from evface_studio.live.session import LiveSession
from evface_studio.live.state_strip import StateStrip
from evface_studio.live.top_bar import TopBar
from evface_studio.live.words import (
    dropped_details,
    dropped_words,
    latency_details,
    latency_words,
    models_words,
    rate_words,
    verdict_of,
)
from evface_studio.look.icons import application_icon
from evface_studio.look.theme import GRID, Theme
from evface_studio.messages.notifications import Level, NotificationBar
from evface_studio.settings import Settings

_FETCH_EVERY_MS = 16
_SAY_EVERY_MS = 250
# What was lost so long ago disturbs nobody any more.
_LATELY_S = 5.0
_SIZE, _SMALLEST = QSize(1280, 800), QSize(720, 480)


class LiveWindow(QWidget):
    """Everything that is seen of a camera.

    It may be shown at once: what takes long to import is imported in threads.
    """

    closed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        theme = settings.theme
        self._theme = theme
        self.setWindowTitle("Live – evface studio")
        self.setWindowIcon(application_icon())
        self.resize(_SIZE)
        self.setMinimumSize(_SMALLEST)
        self.session = LiveSession(self)
        self.finding = CameraFinding(self)
        self.look, self.models = LookChoice(), ModelChoice()
        self.top = TopBar(theme)
        self.strip = StateStrip(theme)
        self.notifications = NotificationBar(theme)
        self.camera_page = CameraPage(self.finding, theme)
        self.pictures = LivePictures(theme)
        self.figures = QLabel()
        self._lost: deque[tuple[float, int]] = deque()
        self._lay_out()
        self._fetching = QTimer(self)
        self._fetching.setTimerType(Qt.TimerType.PreciseTimer)
        self._fetching.setInterval(_FETCH_EVERY_MS)
        self._fetching.timeout.connect(self._on_fetch)
        self._saying = QTimer(self)
        self._saying.setInterval(_SAY_EVERY_MS)
        self._saying.timeout.connect(self._on_say)
        self._connect()
        self.set_theme(theme)
        self._on_session_changed()

    def choose(self, choice: LiveChoice) -> None:
        """Show other cameras."""
        self.pictures.begin()
        self.session.begin(choice, self.look, self.models)

    def ask_camera(self) -> None:
        """Let the person choose a camera."""
        self.session.end()
        self.finding.look()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for part in (self.top, self.strip, self.notifications, self.camera_page, self.pictures):
            part.set_theme(theme)
        self.figures.setStyleSheet(f"color: {theme.muted};")

    def shut_down(self) -> None:
        """End everything, and wait for it; safe to call twice."""
        self._fetching.stop()
        self._saying.stop()
        self.finding.close()
        self.session.close()
        self.pictures.close_threads()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End everything."""
        self.hide()
        self.shut_down()
        event.accept()
        self.closed.emit()

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(self.camera_page)
        self._shown = QWidget()
        shown = QVBoxLayout(self._shown)
        shown.setContentsMargins(0, 0, 0, 0)
        shown.setSpacing(0)
        shown.addWidget(self.strip)
        shown.addWidget(self.pictures, 1)
        below = QHBoxLayout()
        below.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        below.addWidget(self.figures, 1)
        shown.addLayout(below)
        self._pages.addWidget(self._shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.notifications)
        column.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self.session.changed.connect(self._on_session_changed)
        self.session.failed.connect(self._on_failed)
        self.camera_page.chosen.connect(self.choose)
        self.top.cameras_asked.connect(self.ask_camera)

    @Slot()
    def _on_session_changed(self) -> None:
        choice, pipeline = self.session.choice, self.session.pipeline
        self._pages.setCurrentWidget(self.camera_page if choice is None else self._shown)
        if choice is None:
            self.top.show_camera("")
            self.top.show_verdict(None)
        if pipeline is None:
            self._fetching.stop()
            self._saying.stop()
            self.pictures.events.say("Starting…", "")
            self.figures.clear()
            return
        self._lost.clear()
        has_rgb = pipeline.frame_camera is not None
        has_teacher = has_rgb and bool(self.models.teacher)
        self.pictures.ask_for(
            has_rgb=has_rgb,
            has_mesh=has_teacher,
            has_units=has_teacher or bool(self.models.checkpoints),
        )
        self._fetching.start()
        self._saying.start()
        self._on_say()

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self.notifications.show_message(Level.ERROR, problem)

    @Slot()
    def _on_fetch(self) -> None:
        pipeline = self.session.pipeline
        picture = None if pipeline is None else pipeline.latest()
        if picture is not None:
            self.pictures.show_picture(picture)

    @Slot()
    def _on_say(self) -> None:
        pipeline = self.session.pipeline
        if pipeline is None:
            return
        state, counters, latency = pipeline.state, pipeline.counters, pipeline.latency
        health = pipeline.camera.health()
        self.top.show_camera(pipeline.camera.info.name)
        self.top.show_verdict(verdict_of(state, health, counters, self._lost_lately()))
        self.strip.show_state(state)
        self._say_what_is_missing(state)
        view = self.pictures.events.picture
        painted, screen = view.painted.latency(), view.screen.latency()
        words = [
            rate_words(health.rate_hz),
            latency_words(painted, screen),
            models_words(state, latency),
            dropped_words(counters),
        ]
        if health.temperature_c is not None:
            words.append(f"{health.temperature_c:.0f} °C")
        self.figures.setText("   ·   ".join(words))
        self.figures.setToolTip(
            f"{latency_details(painted, screen, latency)}\n\n{dropped_details(counters)}"
        )

    def _say_what_is_missing(self, state: LiveState) -> None:
        self.pictures.events.say("Waiting for the first events…", state.words)
        self.pictures.rgb.say("" if state.frame_link is Link.RUNNING else state.frame_words)
        if state.working_words:
            self.pictures.mesh.say(state.working_words)

    def _lost_lately(self) -> int:
        """Return what was lost in the last seconds."""
        pipeline = self.session.pipeline
        assert pipeline is not None
        counters, now_s = pipeline.counters, time.monotonic()
        n_lost = counters.n_dropped_by_camera + counters.n_dropped_by_ring
        self._lost.append((now_s, n_lost))
        while self._lost[0][0] < now_s - _LATELY_S:
            self._lost.popleft()
        return n_lost - self._lost[0][1]
