"""The pictures of a live view: events, and RGB beside them."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal

from evface.events.palettes import lookup_table
from evface.events.windows import fewest_events
from evface.live.picture import LivePicture
from evface_studio.live.face_marks import LiveFace
from evface_studio.live.timed_view import TimedView
from evface_studio.live.words import POLARITIES, late_words
from evface_studio.look.theme import Theme
from evface_studio.panes.event_legend import EventLegend
from evface_studio.panes.pane import Pane
from evface_studio.panes.picture_view import PictureView
from evface_studio.wording import format_count, format_span

# Numbers that change faster cannot be read.
_SAY_EVERY_S = 0.25


class LiveEventsPane(Pane):
    """Shows pictures of events, with what models say of them, and says how late that is."""

    # It is drawn in other colours: the name of the representation, and its table.
    coloured = Signal(str, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__("Events", "events", theme)
        self.picture = TimedView(theme.picture)
        self._set_picture(self.picture)
        self.face = LiveFace(self.picture, theme)
        self._legend = EventLegend(theme.muted, POLARITIES)
        self.coloured.connect(self._legend.show_colours)
        self.header.add_widget(self._legend)
        self.header.set_help("live")
        self._palette, self._colours_of = "dark", ("", "")
        self._colours = lookup_table("metavision")
        self._shows_models = True
        self._shown: LivePicture | None = None
        self._said_s = 0.0
        self.begin()

    @property
    def shown(self) -> LivePicture | None:
        """The picture that is shown."""
        return self._shown

    def begin(self) -> None:
        """Show nothing yet: another camera was chosen."""
        self._shown = None
        self.picture.forget()
        self.face.clear()
        self._show_words("Waiting for the first events…", "")

    def say(self, title: str, text: str) -> None:
        """Say why there is no picture, as long as there is none."""
        if self._shown is None:
            self._show_words(title, text)

    def set_palette(self, palette: str) -> None:
        """Draw in other colours."""
        self._palette = palette
        if self._shown is not None:
            self._paint(self._shown)

    def set_models_shown(self, are_shown: bool) -> None:
        """Draw what models say, or not."""
        self._shows_models = are_shown
        if self._shown is not None:
            self._show_overlay(self._shown)

    def show_picture(self, picture: LivePicture, *, is_live: bool = True) -> None:
        """Show a picture with its overlay; a live one is measured."""
        if picture is self._shown:
            return
        before, self._shown = self._shown, picture
        if before is None or picture.image is not before.image:
            self._paint(picture)
            if is_live:
                self.picture.expect(picture)
        self._show_picture()
        self._show_overlay(picture)
        now_s = time.monotonic()
        if before is None or now_s - self._said_s > _SAY_EVERY_S:
            self._said_s = now_s
            self._say(picture)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.picture.setBackground(theme.picture)
        self.face.set_theme(theme)
        self._legend.set_text_colour(theme.muted)

    def _paint(self, picture: LivePicture) -> None:
        wanted = (picture.representation, self._palette)
        if wanted != self._colours_of:
            self._colours_of = wanted
            self._colours = lookup_table(*wanted)
            self.coloured.emit(picture.representation, self._colours)
        self.picture.set_image(picture.image, self._colours)

    def _show_overlay(self, picture: LivePicture) -> None:
        overlay = picture.overlay
        if overlay is None or not self._shows_models:
            self.face.clear()
        else:
            self.face.show_on_events(overlay, is_late=picture.is_overlay_late)

    def _say(self, picture: LivePicture) -> None:
        width, height = picture.resolution
        span = format_span(picture.t_us - picture.start_us)
        n_events = format_count(picture.n_events)
        self.header.set_info(f"{n_events} events in {span}  ·  {width} × {height}")
        late = late_words(picture) if self._shows_models else ""
        if late:
            self.header.set_hint(
                late,
                "The models are slower than the camera: these landmarks belong to a picture that "
                "was shown so long ago. They are drawn fainter.",
            )
        elif picture.n_events < fewest_events(picture.resolution):
            self.header.set_hint(
                "few events", "Too few for a face to show. Move a little, or take a longer window."
            )
        else:
            self.header.set_hint("")


class LiveRgbPane(Pane):
    """Shows the RGB picture that belongs to the events."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("RGB", "video", theme)
        self.picture = PictureView(theme.picture)
        self._set_picture(self.picture)
        self.face = LiveFace(self.picture, theme)
        self._shows_models = True
        self._shown: LivePicture | None = None
        self.begin()

    def begin(self) -> None:
        """Show nothing yet: another camera was chosen."""
        self._shown = None
        self.face.clear()
        self._show_words("Waiting for the RGB camera…", "")

    def say(self, text: str) -> None:
        """Say what is wrong with the camera, where no picture came."""
        if self.is_empty:
            self._show_words("Waiting for the RGB camera…", text)
        else:
            self.header.set_hint(text)

    def set_models_shown(self, are_shown: bool) -> None:
        """Draw what models say, or not."""
        self._shows_models = are_shown
        if self._shown is not None:
            self._show_overlay(self._shown)

    def show_picture(self, picture: LivePicture) -> None:
        """Show the RGB picture of a moment, with the teacher's landmarks."""
        frame = picture.frame
        if frame is None:
            return
        before, self._shown = self._shown, picture
        if before is None or before.frame is not frame:
            self.picture.set_image(frame.image)
            self._show_picture()
            height, width = frame.image.shape[:2]
            self.header.set_info(f"{width} × {height}")
        self._show_overlay(picture)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.picture.setBackground(theme.picture)
        self.face.set_theme(theme)

    def _show_overlay(self, picture: LivePicture) -> None:
        overlay = picture.overlay
        if overlay is None or not self._shows_models:
            self.face.clear()
            return
        is_late = picture.is_overlay_late or overlay.frame_t_us != picture.frame_t_us
        self.face.show_on_rgb(overlay, is_late=is_late)
