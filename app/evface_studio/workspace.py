"""Everything that shows a recording: three panes, the transport bar, and the timeline."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt, Slot
from PySide6.QtWidgets import QGraphicsView, QSplitter, QVBoxLayout, QWidget

from evface.annotations.tracks import Camera
from evface_studio.coding.controller import Coding
from evface_studio.coding.marking import Marking
from evface_studio.controls.transport_bar import TransportBar
from evface_studio.document import Document
from evface_studio.growth import Growth
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.landmarks.keyframe_marks import KeyframeMarks
from evface_studio.look.theme import Theme
from evface_studio.media import MediaReader
from evface_studio.panes.events_pane import EventsPane
from evface_studio.panes.image_pane import ImagePane
from evface_studio.panes.mesh_pane import MeshPane
from evface_studio.panes.rgb_pane import RgbPane
from evface_studio.playback import Playback
from evface_studio.timeline.timeline import Timeline
from evface_studio.view_state import ViewState

_TIMELINE_HEIGHT = 232


class Workspace(QWidget):
    """Composes the parts and lays them out; they follow the document and the view by themselves."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        playback: Playback,
        coding: Coding,
        marking: Marking,
        landmarks: LandmarkEditing,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._playback = playback
        self._subject: tuple[tuple[Path, ...], str | None] = ((), None)
        # Before the panes are made: they ask for pictures of the recording's own moments.
        document.recording_changed.connect(self._on_recording_changed)
        self.media_reader = MediaReader(document, view_state, self)
        self.growth = Growth(document, self)
        parts = (document, view_state, self.media_reader)
        self.rgb_pane = RgbPane(*parts, landmarks, theme)
        self.events_pane = EventsPane(*parts, landmarks, theme)
        self.mesh_pane = MeshPane(*parts, theme)
        self.transport = TransportBar(view_state, playback, theme)
        self.timeline = Timeline(document, view_state, playback, coding, marking, theme)
        self.keyframes = KeyframeMarks(landmarks, theme, self)
        self.keyframes.found.connect(self.timeline.set_keyframes)
        self.growth.grew.connect(self._on_grew)
        self._panes = QSplitter(Qt.Orientation.Horizontal)
        for pane in (self.rgb_pane, self.events_pane, self.mesh_pane):
            self._panes.addWidget(pane)
        self._panes.setSizes([400, 400, 300])
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._panes, 1)
        column.addWidget(self.transport)
        self._rows = QSplitter(Qt.Orientation.Vertical)
        self._rows.addWidget(upper)
        self._rows.addWidget(self.timeline)
        self._rows.setStretchFactor(0, 1)
        self._rows.setStretchFactor(1, 0)
        self._rows.setSizes([10_000, _TIMELINE_HEIGHT])
        for splitter in (self._panes, self._rows):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._rows)
        # Scenes would take files that are meant for the window.
        for view in self.findChildren(QGraphicsView):
            view.setAcceptDrops(False)
            view.viewport().setAcceptDrops(False)
        self._on_recording_changed()

    @property
    def is_complete(self) -> bool:
        """Whether every part shows all that it can show of this moment."""
        return self.media_reader.is_idle and self.mesh_pane.is_idle and self.timeline.is_idle

    def pane_of(self, camera: Camera) -> ImagePane:
        """Return the pane that shows a camera's picture."""
        return self.rgb_pane if camera is Camera.RGB else self.events_pane

    def save_layout(self) -> list[QByteArray]:
        """Return where the dividers are."""
        return [self._panes.saveState(), self._rows.saveState()]

    def restore_layout(self, states: list[QByteArray]) -> None:
        """Put the dividers where they were."""
        for splitter, state in zip((self._panes, self._rows), states, strict=False):
            splitter.restoreState(state)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for part in (
            self.rgb_pane,
            self.events_pane,
            self.mesh_pane,
            self.transport,
            self.timeline,
            self.keyframes,
        ):
            part.set_theme(theme)

    @Slot(object, object)
    def show_part(self, camera: Camera, part_px: tuple[float, float, float, float]) -> None:
        """Show a part of a picture, ``x0, y0, x1, y1`` px, enlarged."""
        x0, y0, x1, y1 = part_px
        self._pane_of(camera).picture.show_part(QRectF(x0, y0, x1 - x0, y1 - y0))

    @Slot(object)
    def give_keyboard(self, camera: Camera | None) -> None:
        """Give the keyboard to a picture; to the timeline where it is None."""
        if camera is None:
            self.timeline.rows.setFocus()
        else:
            self._pane_of(camera).picture.setFocus()

    def close_threads(self) -> None:
        """End the threads that read and draw."""
        self.timeline.close_threads()
        self.keyframes.close()
        self.media_reader.close()

    def _pane_of(self, camera: Camera) -> ImagePane:
        return self.rgb_pane if camera == Camera.RGB else self.events_pane

    @Slot()
    def _on_grew(self) -> None:
        recording = self._document.recording
        if recording is not None:
            self._view_state.extend_duration_us(recording.duration_us)
            self.timeline.count_again()

    @Slot()
    def _on_recording_changed(self) -> None:
        document, view = self._document, self._view_state
        recording = document.recording
        self._playback.pause()
        self._playback.set_frame_times(None if recording is None else recording.video_times_us)
        # Without its media, a recording is as long as what is known of it.
        ends_us = [int(track.times_us[-1]) for track in document.tracks.values() if len(track)]
        known_us = max(ends_us, default=0)
        view.set_duration_us(known_us if recording is None else recording.duration_us)
        subject = (document.paths, document.recording_id)
        if view.duration_us and subject != self._subject:
            self._subject = subject
            # The first moment whose window is full: at zero there is not a single event.
            view.set_time_us(view.window_us)
            view.set_visible_range(0, view.duration_us)
            view.choose_landmark(None)
            view.set_zoom(None)
            for pane in (self.rgb_pane, self.events_pane):
                pane.picture.fit()
