"""The line at the bottom: what exactly is being looked at."""

from __future__ import annotations

import math

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QWidget

from evface.geometry.clock import ClockSync
from evface_studio.alignment.frame_on import frame_on_at
from evface_studio.document import Document
from evface_studio.growth import Growth
from evface_studio.look.theme import GRID, Theme
from evface_studio.media import MediaReader
from evface_studio.stop_button import StopButton
from evface_studio.view_state import ViewState
from evface_studio.wording import format_count, format_span, format_time

_SAVING_MS = 150


class StatusBar(QStatusBar):
    """Time, frame, window, events in it, and how well video and events fit in time."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._theme = theme
        self._view_state: ViewState | None = None
        self.setSizeGripEnabled(False)
        self._busy = QLabel()
        doing = QWidget()
        row = QHBoxLayout(doing)
        row.setContentsMargins(GRID, 0, 0, 0)
        row.addWidget(self._busy)
        row.addWidget(StopButton(document, doing))
        row.addStretch(1)
        self.addWidget(doing, 1)
        self._busy_label = self._growth_note = ""
        self._saved = self._add_field("Saved", "")
        self._time = self._add_field("Time", "The moment shown, on the sensor's clock")
        self._frame = self._add_field("Frame", "The video frame that is on at this moment")
        self._window = self._add_field("Window", "Events of this long before the moment are drawn")
        self._events = self._add_field("Events", "Number of events in the window")
        self._sync = self._add_field("Sync", "")
        document.busy_changed.connect(self._on_busy_changed)
        document.progress_told.connect(self._on_progress_told)
        document.project_changed.connect(self._show_saved)
        # Most edits are on disk before anyone could read that they are on their way.
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(_SAVING_MS)
        self._saving.timeout.connect(self._show_saved)
        document.recording_changed.connect(self._on_recording_changed)
        self.set_theme(theme)
        self._on_recording_changed()

    @property
    def words(self) -> tuple[str, ...]:
        """What the fields say: time, frame, window, events, sync."""
        return tuple(field.text() for field in self._fields())

    @property
    def saved(self) -> str:
        """Whether all changes are on disk, in words; empty without a project."""
        return self._saved.text()

    def follow(self, view_state: ViewState, media_reader: MediaReader, growth: Growth) -> None:
        """Say what these show."""
        self._view_state = view_state
        view_state.time_changed.connect(self._on_moment_changed)
        view_state.window_changed.connect(self._on_moment_changed)
        view_state.span_changed.connect(self._on_moment_changed)
        media_reader.events_ready.connect(self._on_events_ready)
        growth.note_changed.connect(self._on_growth_noted)
        self._on_growth_noted(growth.note)
        self._on_moment_changed()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._busy.setStyleSheet(f"color: {theme.muted};")
        self._show_saved()
        self._on_recording_changed()

    def _add_field(self, name: str, tip: str) -> QLabel:
        field = QLabel()
        font = QFont(field.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        field.setFont(font)
        field.setAccessibleName(name)
        field.setToolTip(tip)
        field.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        self.addPermanentWidget(field)
        return field

    def _fields(self) -> tuple[QLabel, ...]:
        return (self._time, self._frame, self._window, self._events, self._sync)

    @Slot(str)
    def _on_busy_changed(self, label: str) -> None:
        self._busy_label = label
        self._show_doing()
        if self._document.is_writing:
            self._saving.start()
        else:
            self._saving.stop()
            self._show_saved()

    @Slot(str)
    def _on_progress_told(self, words: str) -> None:
        self._busy_label = words
        self._show_doing()

    @Slot(str)
    def _on_growth_noted(self, note: str) -> None:
        self._growth_note = note
        self._show_doing()

    def _show_doing(self) -> None:
        """Say what is being done, else how far the recording can be seen."""
        self._busy.setText(f"{self._busy_label}…" if self._busy_label else self._growth_note)

    @Slot()
    def _show_saved(self) -> None:
        """Say whether all changes are on disk."""
        document, theme = self._document, self._theme
        if document.is_read_only:
            words, colour, tip = "Read-only", theme.warn, document.read_only_reason
        elif document.is_writing:
            words, colour, tip = "Saving…", theme.accent, "A change is on its way to the disk"
        else:
            words, colour = "All changes saved", theme.good
            tip = "Every change is on disk before you see it"
        self._saved.setText(f"● {words}" if document.project is not None else "")
        self._saved.setVisible(document.project is not None)
        self._saved.setStyleSheet(f"color: {colour};")
        self._saved.setToolTip(tip)

    @Slot()
    def _on_recording_changed(self) -> None:
        recording = self._document.recording
        for field in self._fields():
            field.setVisible(recording is not None)
        self._events.clear()
        has_video = recording is not None and recording.video is not None
        self._frame.setVisible(has_video)
        self._sync.setVisible(has_video)
        if recording is not None:
            self._show_sync(recording.sync)
            self._on_moment_changed()

    def _show_sync(self, sync: ClockSync) -> None:
        is_known = math.isfinite(sync.residual_us)
        error = f", ±{format_span(sync.residual_us)}" if is_known else ""
        self._sync.setText(f"Sync {sync.method}{error}")
        colour = self._theme.muted if is_known else self._theme.warn
        self._sync.setStyleSheet(f"color: {colour};")
        offset = f"The video begins at {format_time(sync.offset_us)} of the events"
        drift = f"drift {sync.drift_ppm:.1f} ppm"
        doubt = "" if is_known else " How well they fit is not known."
        self._sync.setToolTip(f"{offset}, {drift}.{doubt}")

    @Slot()
    def _on_moment_changed(self) -> None:
        recording, view = self._document.recording, self._view_state
        if recording is None or view is None:
            return
        self._time.setText(format_time(view.time_us))
        self._window.setText(f"Window {format_span(view.span_us)}")
        if recording.video is not None:
            index = frame_on_at(recording, view.time_us)
            n_frames = format_count(recording.video.n_frames)
            self._frame.setText(
                f"Frame {format_count(index)} of {n_frames}" if index is not None else "No frame"
            )

    @Slot(object, object, int)
    def _on_events_ready(self, _stop_us: int, _picture: object, n_events: int) -> None:
        self._events.setText(f"{format_count(n_events)} events")
