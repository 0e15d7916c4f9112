"""The video's frame of the moment shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from evface.annotations.tracks import Camera
from evface_studio.document import Document
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.look.theme import Theme
from evface_studio.media import MediaReader
from evface_studio.panes.image_pane import ImagePane
from evface_studio.panes.pane import words_without_recording
from evface_studio.view_state import ViewState
from evface_studio.wording import format_count, format_span, format_time


class RgbPane(ImagePane):
    """Shows the last video frame that has begun, with the landmarks that lie on it."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        media_reader: MediaReader,
        landmarks: LandmarkEditing,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "RGB",
            "video",
            Camera.RGB,
            document,
            view_state,
            landmarks,
            theme,
            parent,
        )
        self._frame: tuple[int, int] | None = None
        view_state.video_hidden_changed.connect(self._on_video_hidden_changed)
        media_reader.video_ready.connect(self._on_video_ready)
        media_reader.video_failed.connect(self._on_video_failed)
        media_reader.video_missed.connect(self._on_video_missed)
        self._say_what_is_missing()

    @Slot(object, int, object)
    def _on_video_ready(self, t_us: int, index: int, frame: NDArray[np.uint8]) -> None:
        self.picture.set_image(frame)
        self._frame = (t_us, index)
        self._on_video_hidden_changed()

    @Slot()
    def _on_video_hidden_changed(self) -> None:
        """Show the frame that is there, or say that it is hidden."""
        if self._frame is None:
            return
        t_us, index = self._frame
        self._show_face_at(t_us)
        if not self._view_state.is_video_seen:
            self._show_words(
                "The video is hidden",
                "Only the events are coded. Hold V on the timeline to look at it; "
                "Ctrl+8 shows it again.",
            )
            return
        self._show_picture()
        width, height = self.picture.resolution
        self.header.set_info(
            f"frame {format_count(index)}  ·  {format_time(t_us)}  ·  {width} × {height}"
        )
        shift_us = self._view_state.video_shift_us
        if shift_us:
            self.header.set_hint(
                f"shown {format_span(abs(shift_us))} {'later' if shift_us > 0 else 'earlier'}",
                "Tries another offset of the video's clock. Nothing is changed until it is set.",
            )
        else:
            self.header.set_hint(*self._age_hint())

    @Slot()
    def _on_video_missed(self) -> None:
        self._frame = None
        recording = self._document.recording
        if recording is not None and len(recording.video_times_us):
            first_us, last_us = (int(recording.video_times_us[row]) for row in (0, -1))
            self._show_words(
                "No video at this moment",
                f"It lasts from {format_time(first_us)} to {format_time(last_us)}.",
            )

    @Slot(str)
    def _on_video_failed(self, problem: str) -> None:
        self._frame = None
        self._show_words("This video cannot be read", problem)

    @Slot()
    def _on_recording_changed(self) -> None:
        super()._on_recording_changed()
        self._frame = None
        self._say_what_is_missing()

    def _say_what_is_missing(self) -> None:
        recording = self._document.recording
        if recording is None:
            self._show_words(*words_without_recording(self._document.problem))
        elif recording.video is None:
            self._show_words(
                "No video",
                "This recording has events alone. To see both, open the event file and its "
                "video together.",
            )
        elif self.is_empty:
            self._show_words("Reading the video…", "")
