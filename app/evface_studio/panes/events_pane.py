"""The events of the window that ends at the moment shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from evface.annotations.tracks import Camera
from evface.events.filters.hot_pixels import HotPixels
from evface.events.palettes import lookup_table
from evface.events.windows import MOST_EVENTS, FadingWindow, fewest_events
from evface.geometry.registration import Registration
from evface_studio.document import Document
from evface_studio.filtering.controller import Filtering
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.look.theme import Theme
from evface_studio.media import EventPicture, MediaReader
from evface_studio.panes.comparison import ComparedPicture
from evface_studio.panes.error_overlay import ErrorOverlay
from evface_studio.panes.event_legend import EventLegend
from evface_studio.panes.image_pane import ImagePane
from evface_studio.panes.left_out_overlay import LeftOutOverlay
from evface_studio.panes.pane import words_without_recording
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import Comparison, ViewState
from evface_studio.wording import format_count, format_span, format_time


class EventsPane(ImagePane):
    """Shows the picture that models are fed for this window, with the transferred landmarks."""

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
            "Events",
            "events",
            Camera.EVENTS,
            document,
            view_state,
            landmarks,
            theme,
            parent,
        )
        self._shown: EventPicture | None = None
        self._colours_of = ("", "")
        self._frame: NDArray[np.uint8] | None = None
        self._tried: Registration | None = None
        self.compared = ComparedPicture(theme)
        self.errors = ErrorOverlay(theme)
        self.left_out = LeftOutOverlay(theme)
        self.picture.add_overlay(self.compared)
        self.picture.add_overlay(self.errors)
        self.picture.add_overlay(self.left_out)
        self.picture.add_overlay(self.compared.divider)
        self.layer.give_way_to(self._distance_to_divider)
        media_reader.video_ready.connect(self._on_video_ready)
        media_reader.video_missed.connect(self._on_video_missed)
        view_state.comparison_changed.connect(self._on_comparison_changed)
        media_reader.events_ready.connect(self._on_events_ready)
        media_reader.events_failed.connect(self._on_events_failed)
        view_state.appearance_changed.connect(self._on_appearance_changed)
        self._say_what_is_missing()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self._legend.set_text_colour(theme.muted)
        self.compared.set_theme(theme)
        self.errors.set_theme(theme)
        self.left_out.set_theme(theme)

    @Slot(object)
    def try_registration(self, registration: Registration | None) -> None:
        """Compare the pictures as another registration has them; None for the one that is set."""
        self._tried = registration
        self._compare()
        if self._shown is not None:
            self.header.set_hint(*self._label_hint())

    def show_left_out_of(self, filtering: Filtering) -> None:
        """Draw what the filter that is previewed leaves out, from now on."""

        def show() -> None:
            index, left_out = filtering.previewed, filtering.left_out
            if index is None or left_out is None or left_out.mask is None:
                self.left_out.show_mask(None)
                return
            one = filtering.filters[index] if index < len(filtering.filters) else None
            rings = one.pixels if isinstance(one, HotPixels) else ()
            self.left_out.show_mask(left_out.mask, rings)

        filtering.counted.connect(show)
        filtering.preview_changed.connect(show)

    def _add_buttons(self) -> None:
        self._legend = EventLegend(self._theme.muted)
        self.header.add_widget(self._legend)
        super()._add_buttons()

    @Slot(object, object, int)
    def _on_events_ready(self, stop_us: int, picture: EventPicture, n_events: int) -> None:
        self._shown = picture
        self._paint_picture(picture)
        self._view_state.set_span_us(picture.stop_us - picture.start_us)
        self._show_face_at(stop_us)
        self._show_picture()
        self.compared.set_resolution(self.picture.resolution)
        self.errors.set_resolution(self.picture.resolution)
        width, height = self.picture.resolution
        recording = self._document.recording
        is_filtered = recording is not None and recording.events is not recording.unfiltered_events
        words = f"{_window_in_words(picture)}{', filtered' if is_filtered else ''}"
        self.header.set_info(f"{words}  ·  {format_time(stop_us)}  ·  {width} × {height}")
        fewest = fewest_events(self.picture.resolution)
        if n_events < fewest:
            self.header.set_hint(
                "too few events to judge",
                f"{format_count(n_events)} events in this window; below {format_count(fewest)} "
                "a face shows no outline. Take a longer window, or a moment with more motion.",
            )
        elif picture.is_short:
            self.header.set_hint(
                "fewer events than asked for",
                f"Only {format_count(n_events)} events were found before this moment.",
            )
        elif picture.is_cut:
            self.header.set_hint(
                "only the newest events",
                f"The window has more than {format_count(MOST_EVENTS)} events; older ones are "
                "left out. Take a shorter window.",
            )
        else:
            self.header.set_hint(*self._label_hint())

    def _paint_picture(self, picture: EventPicture) -> None:
        # The colours belong to the representation of this very picture, which may not yet be the
        # one just chosen.
        wanted = (picture.representation, self._view_state.palette)
        if wanted != self._colours_of:
            self._colours_of = wanted
            self._colours = lookup_table(*wanted)
            self._legend.show_colours(picture.representation, self._colours)
        self.picture.set_image(picture.image, self._colours)

    @Slot()
    def _on_appearance_changed(self) -> None:
        if self._shown is not None:
            self._paint_picture(self._shown)

    @Slot(object, int, object)
    def _on_video_ready(self, _t_us: int, _index: int, frame: NDArray[np.uint8]) -> None:
        self._frame = frame
        self._compare()

    @Slot()
    def _on_video_missed(self) -> None:
        self._frame = None
        self._compare()

    @Slot()
    def _on_comparison_changed(self) -> None:
        self.compared.set_comparison(self._view_state.comparison)
        self._compare()

    def _distance_to_divider(self, pointer: Pointer) -> float:
        divider = self.compared.divider
        if not divider.isVisible():
            return float("inf")
        return abs(float(divider.value()) - 0.5 - pointer.x_px) * pointer.scale

    def _label_hint(self) -> tuple[str, str]:
        """Return a warning where the landmarks lie elsewhere in time, or perhaps in space."""
        recording = self._document.recording
        if self._tried is not None and self.compared.is_shown:
            return (
                "video as found",
                "The video lies as the search found it. Nothing is changed until it is used.",
            )
        words = self._age_hint()
        if words[0] or recording is None or self.overlay.marks is None:
            return words
        if recording.event_from_rgb.quality == "bad":
            return (
                "pictures badly aligned",
                "How the two pictures lie is too uncertain to trust these landmarks. Find it "
                "anew, or place landmarks by hand: View > Alignment and landmark.",
            )
        return "", ""

    def _compare(self) -> None:
        recording = self._document.recording
        if self._view_state.comparison is Comparison.OFF or recording is None:
            self.compared.set_frame(None)
        else:
            registration = self._tried or recording.event_from_rgb
            self.compared.set_frame(self._frame, registration.planar)

    @Slot(str)
    def _on_events_failed(self, problem: str) -> None:
        self._show_words("These events cannot be read", problem)

    @Slot()
    def _on_recording_changed(self) -> None:
        super()._on_recording_changed()
        self._shown = None
        self._frame = None
        self._compare()
        self._say_what_is_missing()

    def _say_what_is_missing(self) -> None:
        if self._document.recording is None:
            self._show_words(*words_without_recording(self._document.problem))
        elif self.is_empty:
            self._show_words("Reading the events…", "")


def _window_in_words(picture: EventPicture) -> str:
    n_events = format_count(picture.n_events)
    if isinstance(picture.window, FadingWindow):
        return f"{n_events} events fading in {format_span(picture.window.tau_us)}"
    return f"{n_events} events in {format_span(picture.stop_us - picture.start_us)}"
