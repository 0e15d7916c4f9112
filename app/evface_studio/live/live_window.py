"""The window of the live view: builds its parts, and wires them to one another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from evface.cameras.base import Preset
from evface.live.picture import LivePicture
from evface.projects.recorded_sync import read_rgb_delay_us
from evface_studio.live.camera_page import CameraPage
from evface_studio.live.caption import Caption
from evface_studio.live.choice import LiveChoice, LookChoice, ModelChoice
from evface_studio.live.filtering import LiveFiltering
from evface_studio.live.finding import CameraFinding
from evface_studio.live.keeping import Keeping
from evface_studio.live.key_line import KeyLine
from evface_studio.live.listing import RecordingList
from evface_studio.live.operating import Operating
from evface_studio.live.pictures import LivePictures
from evface_studio.live.record_bar import RecordBar
from evface_studio.live.recording import LiveRecording
from evface_studio.live.remembered_controls import RememberedControls
from evface_studio.live.session import LiveSession
from evface_studio.live.side_panel import SidePanel
from evface_studio.live.slow_motion import Past, SlowMotion
from evface_studio.live.state_strip import StateStrip
from evface_studio.live.telling import Telling
from evface_studio.live.top_bar import TopBar
from evface_studio.look.icons import application_icon
from evface_studio.look.theme import GRID, Theme
from evface_studio.messages.notifications import Level, NotificationBar
from evface_studio.settings import Settings

if TYPE_CHECKING:
    from evface.geometry.registration import Registration
    from evface.live.replay import Replay
    from evface.projects.recording import Recording

_FETCH_EVERY_MS = 16
_SIZE, _SMALLEST = QSize(1400, 860), QSize(720, 480)


class LiveWindow(QWidget):
    """Everything that is seen of a camera.

    It may be shown at once: what takes long to import is imported in threads.

    Parameters
    ----------
    recordings
        Has what is recorded listed in a project.
    """

    closed = Signal()
    # The recording made last is to be opened.
    annotate_asked = Signal()
    # A page of the help, by its name.
    help_asked = Signal(str)

    def __init__(self, settings: Settings, recordings: RecordingList) -> None:
        super().__init__()
        theme = settings.theme
        self.setWindowTitle("Live – evface studio")
        self.setWindowIcon(application_icon())
        self.resize(_SIZE)
        self.setMinimumSize(_SMALLEST)
        self._event_from_rgb: Registration | None = None
        self._rgb_delay_us = 0
        self._is_held = False
        self._held: Past | None = None
        self.recordings = recordings
        self.session = LiveSession(self)
        self.finding = CameraFinding(self)
        self.recording = LiveRecording(self.session, recordings.look, self)
        self.keeping = Keeping(self.session, self)
        self.slow_motion = SlowMotion(self.session, self)
        self.top = TopBar(theme)
        self.strip = StateStrip(theme)
        self.record_bar = RecordBar(theme)
        self.notifications = NotificationBar(theme)
        self.camera_page = CameraPage(self.finding, theme)
        self.pictures = LivePictures(theme)
        self.side = SidePanel(LookChoice(), ModelChoice(), theme)
        self.caption, self.key_line = Caption(theme), KeyLine(theme)
        self.figures = QLabel()
        self.filtering = LiveFiltering(self, theme)
        self.operating = Operating(self)
        self.telling = Telling(self)
        self.remembered = RememberedControls(self, settings)
        self._lay_out()
        self._fetching = QTimer(self)
        self._fetching.setTimerType(Qt.TimerType.PreciseTimer)
        self._fetching.setInterval(_FETCH_EVERY_MS)
        self._fetching.timeout.connect(self._on_fetch)
        self._connect()
        self._make_keys()
        self.set_theme(theme)
        self._on_session_changed()

    @property
    def is_held(self) -> bool:
        """Whether the picture stands still."""
        return self._is_held

    def choose(self, choice: LiveChoice) -> None:
        """Show other cameras."""
        self.recording.end()
        self.slow_motion.end()
        self._is_held, self._held = False, None
        self.pictures.begin()
        self.filtering.begin()
        look, models = self.side.look.look, self.side.models.models
        self.session.begin(choice, look, models, self._event_from_rgb)
        self.pictures.setFocus()  # Not a button, which Space would press.

    def ask_camera(self) -> None:
        """Let the person choose a camera."""
        self.recording.end()
        self.session.end()
        # A camera that is still open would be found to be in use.
        self.finding.expect()
        self.session.do(lambda: None, lambda _: self.finding.look())

    def take_alignment(self, recording: Recording) -> None:
        """Lay an RGB camera on the events as in a recording, in space and, if it tells, in time."""
        self._event_from_rgb = recording.event_from_rgb
        pipeline = self.session.pipeline
        if pipeline is not None:
            pipeline.event_from_rgb = recording.event_from_rgb
        self.session.do(lambda: read_rgb_delay_us(recording), self._take_rgb_delay)

    def _take_rgb_delay(self, delay_us: int | None) -> None:
        if delay_us is not None:
            self._rgb_delay_us = delay_us
            if self.session.pipeline is not None:
                self.session.pipeline.rgb_delay_us = delay_us

    def show_picture(self, picture: LivePicture, *, is_live: bool = True) -> None:
        """Show a picture that is not the camera's newest, or is."""
        self.pictures.show_picture(picture, is_live=is_live)

    def arrange(self) -> None:
        """Show the panes that can have something to show, and on the full screen no others."""
        pipeline, models = self.session.pipeline, self.side.models.models
        has_rgb = pipeline is not None and pipeline.frame_camera is not None
        has_teacher = has_rgb and bool(models.teacher)
        is_refused = pipeline is not None and pipeline.state.is_teacher_refused
        teaches = has_teacher and not is_refused
        self.pictures.ask_for(
            has_rgb=has_rgb,
            # Where there is none, the window says there why.
            has_mesh=teaches or (has_teacher and not self.operating.is_on),
            has_units=teaches or self.side.models.tells_units,
        )
        self.side.models.set_has_rgb(has_rgb)

    def toggle_models(self) -> None:
        """Draw what models say, or the pictures alone."""
        self.pictures.set_models_shown(not self.pictures.shows_models)

    def toggle_mirror(self) -> None:
        """Show pictures as in a mirror, or as the cameras see them."""
        self.side.audience.mirrored.toggle()

    def toggle_slow_motion(self) -> None:
        """Show the last seconds again slowly, or go back to now."""
        if self.slow_motion.is_on:
            self.slow_motion.end()
        else:
            self.slow_motion.begin()

    def toggle_hold(self) -> None:
        """Let the picture stand still, or go on."""
        if self.slow_motion.is_on:
            self.slow_motion.is_paused = not self.slow_motion.is_paused
        else:
            self._is_held, self._held = not self._is_held, None
            if self._is_held:
                self._keep_held()
        self.telling.say()

    def toggle_recording(self) -> None:
        """Ask for consent and record, or end that."""
        if self.recording.is_on:
            self.recording.end()
        elif self.record_bar.is_asking:
            self.record_bar.yes.click()
        elif self.session.pipeline is not None:
            self.record_bar.ask()

    def annotate(self) -> None:
        """Open the recording made last, where there is one."""
        if self.recordings.can_open:
            self.operating.end()
            self.annotate_asked.emit()

    def keep_snapshot(self) -> None:
        """Write the picture that is shown."""
        self.keeping.keep_snapshot(self.recordings.folder, self.slow_motion.past or self._held)

    def keep_clip(self) -> None:
        """Write the seconds up to the picture that is shown."""
        self.keeping.keep_clip(self.recordings.folder, self.slow_motion.past or self._held)

    def tell(self, level: Level, text: str) -> None:
        """Say what happened: above the pictures, on the full screen in the large line."""
        if self.operating.is_on:
            self.caption.tell(text, is_wrong=level is Level.ERROR)
        if level is Level.ERROR or not self.operating.is_on:
            self.notifications.show_message(level, text)

    def go_back(self) -> None:
        """Leave what was entered last: a question, the past, a held picture, full screen."""
        if self.record_bar.is_asking:
            self.record_bar.hide()
        elif self.slow_motion.is_on:
            self.slow_motion.end()
        elif self._is_held:
            self.toggle_hold()
        else:
            self.operating.end()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for part in (
            self.top,
            self.strip,
            self.record_bar,
            self.notifications,
            self.camera_page,
            self.pictures,
            self.side,
            self.filtering,
            self.caption,
            self.key_line,
        ):
            part.set_theme(theme)
        self.figures.setStyleSheet(f"color: {theme.muted};")

    def shut_down(self) -> None:
        """End everything, and wait for it; safe to call twice."""
        self._fetching.stop()
        self.telling.close()
        self.operating.close()
        self.slow_motion.close()
        self.finding.close()
        self.session.close()
        self.recording.close()
        self.side.models.close_threads()
        self.pictures.close_threads()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End everything."""
        self.hide()
        self.shut_down()
        event.accept()
        self.closed.emit()

    def _lay_out(self) -> None:
        self.pages = QStackedWidget()
        self.pages.addWidget(self.camera_page)
        self._shown = QWidget()
        shown = QVBoxLayout(self._shown)
        shown.setContentsMargins(0, 0, 0, 0)
        shown.setSpacing(0)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.pictures)
        split.addWidget(self.side)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setCollapsible(0, False)
        split.setSizes([1100, self.side.sizeHint().width()])
        self.below = QWidget()
        below = QHBoxLayout(self.below)
        below.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        below.addWidget(self.figures, 1)
        for part in (self.strip, self.caption):
            shown.addWidget(part)
        shown.addWidget(split, 1)
        shown.addWidget(self.below)
        shown.addWidget(self.key_line)
        self.pages.addWidget(self._shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.news = QWidget()
        news = QVBoxLayout(self.news)
        news.setContentsMargins(0, 0, 0, 0)
        news.addWidget(self.notifications)
        for widget in (self.top, self.record_bar, self.news):
            column.addWidget(widget)
        column.addWidget(self.pages, 1)

    def _connect(self) -> None:
        self.session.changed.connect(self._on_session_changed)
        self.camera_page.chosen.connect(self.choose)
        self.top.cameras_asked.connect(self.ask_camera)
        self.top.record_asked.connect(self.toggle_recording)
        self.top.operating_asked.connect(self.operating.begin)
        self.top.side_asked.connect(lambda: self.side.setVisible(not self.side.isVisible()))
        self.record_bar.agreed.connect(self._on_agreed)
        self.record_bar.stop_asked.connect(self.recording.end)
        self.record_bar.annotate_asked.connect(self.annotate)
        self.recording.changed.connect(self._on_recording_changed)
        self.recording.finished.connect(self._on_recorded)
        self.recordings.listed.connect(self._on_recording_changed)
        self.keeping.kept.connect(self._on_kept)
        self.slow_motion.came.connect(self._on_past)
        self.slow_motion.changed.connect(self.telling.say)
        for part in (self.session, self.recording, self.keeping, self.slow_motion):
            part.failed.connect(self._on_failed)
        self.pictures.events.header.help_asked.connect(self.help_asked)
        self.pictures.events.coloured.connect(self.caption.legend.show_colours)
        self.side.look.changed.connect(self.session.show)
        self.side.look.palette_changed.connect(self.pictures.events.set_palette)
        self.side.models.changed.connect(self._on_models)
        self.side.models.in_step_changed.connect(self._on_in_step)
        self.side.controls.set_asked.connect(self.session.set_control)
        self.side.controls.preset_asked.connect(self._on_preset)
        self.side.audience.mirrored_changed.connect(self.pictures.set_mirrored)

    def _make_keys(self) -> None:
        keys: tuple[tuple[str, Callable[[], None]], ...] = (
            ("H", self.toggle_models),
            ("M", self.toggle_mirror),
            ("R", self.toggle_slow_motion),
            ("S", self.keep_snapshot),
            ("C", self.keep_clip),
            ("V", self.toggle_recording),
            ("A", self.annotate),
            ("F11", self.operating.toggle),
            ("Escape", self.go_back),
        )
        for key, handler in keys:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(handler)
            shortcut.activated.connect(self.operating.show_keys)
        # A button that has the keyboard is pressed by Space, but on the full screen there is none.
        self.space = QShortcut(QKeySequence("Space"), self)
        self.space.setEnabled(False)
        self.space.activated.connect(self.toggle_hold)
        self.space.activated.connect(self.operating.show_keys)

    @Slot()
    def _on_session_changed(self) -> None:
        choice, pipeline = self.session.choice, self.session.pipeline
        if choice is None:
            self.operating.end()
        self.pages.setCurrentWidget(self.camera_page if choice is None else self._shown)
        self.top.setVisible(choice is not None and not self.operating.is_on)
        if pipeline is None:
            self._fetching.stop()
            self.telling.end()
            self.pictures.events.say("Starting…", "")
            return
        self.arrange()
        pipeline.in_step = self.side.models.in_step.isChecked()
        pipeline.rgb_delay_us = self._rgb_delay_us
        self._fetching.start()
        self.telling.begin()

    @Slot()
    def _on_fetch(self) -> None:
        pipeline = self.session.pipeline
        if pipeline is None:
            return
        picture = pipeline.latest()
        if self.slow_motion.is_on:
            self.slow_motion.go_on()
        elif not self._is_held and not self.operating.attracts(picture) and picture is not None:
            self.show_picture(picture)

    def _keep_held(self) -> None:
        """Remember what led to the picture that stands still: soon it is kept no longer."""
        pipeline, shown = self.session.pipeline, self.pictures.events.shown
        if pipeline is None or shown is None:
            return

        def keep(replay: Replay) -> None:
            is_there = replay.start_us < shown.t_us <= replay.stop_us
            if self._is_held and is_there and pipeline is self.session.pipeline:
                self._held = Past(replay.part(replay.start_us, shown.t_us + 1), shown.t_us)

        self.session.do(pipeline.replay, keep)

    @Slot(object, float)
    def _on_past(self, picture: LivePicture, share: float) -> None:
        self.show_picture(picture, is_live=False)
        self.telling.say_past(share)

    @Slot(object)
    def _on_models(self, models: ModelChoice) -> None:
        self.session.choose_models(models)
        self.arrange()

    @Slot(bool)
    def _on_in_step(self, is_in_step: bool) -> None:
        pipeline = self.session.pipeline
        if pipeline is not None:
            pipeline.in_step = is_in_step

    @Slot(object)
    def _on_preset(self, preset: Preset) -> None:
        self.session.apply(preset, self.telling.say)

    @Slot()
    def _on_agreed(self) -> None:
        self.recordings.begin()
        self.recording.begin(self.recordings.folder)

    @Slot()
    def _on_recording_changed(self) -> None:
        recording = self.recording
        self.record_bar.show_recording(
            recording.state, is_on=recording.is_on, is_listed=self.recordings.can_open
        )
        self.top.show_recording(is_on=recording.is_on)

    @Slot(object)
    def _on_recorded(self, path: Path) -> None:
        if self.operating.is_on:  # Nobody presses buttons there.
            self.tell(Level.SUCCESS, f"Recorded: {path.name}. A annotates it.")
            return
        self.notifications.show_message(
            Level.SUCCESS,
            f"Recorded: {path}",
            action="Annotate it now",
            handler=self.annotate,
        )

    @Slot(object)
    def _on_kept(self, path: Path) -> None:
        self.tell(Level.SUCCESS, f"Kept: {path.name if self.operating.is_on else path}")

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self.tell(Level.ERROR, problem)
