"""The events of the window that ends at the moment shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from evface.annotations.tracks import Camera
from evface.events.palettes import Palette, lookup_table
from evface.geometry.registration import Registration
from evface_studio.document import Document
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.media import EventPicture, MediaReader
from evface_studio.panes.comparison import ComparedPicture
from evface_studio.panes.error_overlay import ErrorOverlay
from evface_studio.panes.image_pane import ImagePane
from evface_studio.panes.pane import words_without_recording
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import Comparison, ViewState
from evface_studio.wording import format_count, format_span, format_time

# A face seen by fewer events than one in a thousand pixels shows no outline that could be judged.
_FEWEST_PER_PIXEL = 1e-3
_FEWEST = 200


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
        self.picture.add_overlay(self.compared)
        self.picture.add_overlay(self.errors)
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

    @Slot(object)
    def try_registration(self, registration: Registration | None) -> None:
        """Compare the pictures as another registration has them; None for the one that is set."""
        self._tried = registration
        self._compare()
        if self._shown is not None:
            self.header.set_hint(*self._label_hint())

    def _add_buttons(self) -> None:
        self._legend = _PolarityLegend(self._theme.muted)
        self.header.add_widget(self._legend)
        super()._add_buttons()

    @Slot(object, object, int)
    def _on_events_ready(self, stop_us: int, picture: EventPicture, n_events: int) -> None:
        self._shown = picture
        self._paint_picture(picture)
        self._show_face_at(stop_us)
        self._show_picture()
        self.compared.set_resolution(self.picture.resolution)
        self.errors.set_resolution(self.picture.resolution)
        width, height = self.picture.resolution
        self.header.set_info(
            f"{format_count(n_events)} events in {format_span(picture.window_us)}  ·  "
            f"{format_time(stop_us)}  ·  {width} × {height}"
        )
        fewest = max(_FEWEST, int(width * height * _FEWEST_PER_PIXEL))
        if n_events < fewest:
            self.header.set_hint(
                "too few events to judge",
                f"{format_count(n_events)} events in this window; below {format_count(fewest)} "
                "a face shows no outline. Take a longer window, or a moment with more motion.",
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
            self._legend.set_palette(Palette(wanted[1]))
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


_POLARITIES = ("on", "off")
# Side of a patch of the legend.
_PATCH = GRID + GRID // 2


class _PolarityLegend(QWidget):
    """Two patches that say which colour is brighter and which is darker."""

    def __init__(self, text_colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text_colour = text_colour
        self._colours = Palette.DARK.colours
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setToolTip("On: the pixel became brighter. Off: it became darker.")

    def set_palette(self, palette: Palette) -> None:
        """Show other colours."""
        self._colours = palette.colours
        self.update()

    def set_text_colour(self, colour: str) -> None:
        """Write in another colour."""
        self._text_colour = colour
        self.update()

    def sizeHint(self) -> QSize:
        """Take what the words need."""
        words = sum(self.fontMetrics().horizontalAdvance(word) for word in _POLARITIES)
        return QSize(words + 2 * self._step + 2 * GRID, scaled(2 * GRID))

    def minimumSizeHint(self) -> QSize:
        """Do with the patches where there is no room for the words."""
        return QSize(2 * self._step, scaled(2 * GRID))

    @property
    def _step(self) -> int:
        """Return the room of a patch, with a gap behind it."""
        return scaled(_PATCH) + GRID // 2

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw each patch on the picture's background, with its word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        background, off, on = (QColor(*colour.tolist()) for colour in self._colours)
        has_words = self.width() >= self.sizeHint().width()
        x, side, rim = 0, scaled(_PATCH), scaled(3)
        top = (self.height() - side) // 2
        for word, colour in zip(_POLARITIES, (on, off), strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(background)
            painter.drawRoundedRect(QRect(x, top, side, side), 3, 3)
            painter.setBrush(colour)
            painter.drawEllipse(QRect(x, top, side, side).adjusted(rim, rim, -rim, -rim))
            x += self._step
            if has_words:
                width = painter.fontMetrics().horizontalAdvance(word)
                painter.setPen(QColor(self._text_colour))
                painter.drawText(
                    QRect(x, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, word
                )
                x += width + GRID
        painter.end()
