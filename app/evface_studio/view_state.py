"""What the window shows at present: time, event window, layers. Signals, not undoable."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from evface.annotations.tracks import Camera
from evface.events.catalogue import CATALOGUE

MIN_WINDOW_US = 100
MAX_WINDOW_US = 1_000_000
DEFAULT_WINDOW_US = 20_000
MIN_WINDOW_COUNT = 1_000
MAX_WINDOW_COUNT = 5_000_000
DEFAULT_WINDOW_COUNT = 50_000
MIN_SPEED = 0.01
MAX_SPEED = 4.0


class Layer(StrEnum):
    """What can be drawn over the pictures, or left out."""

    LANDMARKS = "landmarks"
    BOX = "box"
    MESH = "mesh"
    TRUTH = "truth"
    # What networks say.
    PREDICTIONS = "predictions"
    # The mirrored face over the face.
    MIRROR = "mirror"


class WindowKind(StrEnum):
    """What bounds the event window."""

    TIME = "time"
    COUNT = "count"
    # Nothing: events fade.
    FADING = "fading"


class Comparison(StrEnum):
    """How the RGB picture is laid over the events."""

    OFF = "off"
    SWIPE = "swipe"
    BLEND = "blend"


class LabelSource(StrEnum):
    """Whose word is shown."""

    LABELS = "labels"
    PREDICTIONS = "predictions"
    BOTH = "both"


class PointerTool(StrEnum):
    """What the pointer does on a picture."""

    # Choose, drag, and move the picture.
    SELECT = "select"
    # Say where the chosen landmark is.
    PLACE = "place"
    # Draw the face's box.
    BOX = "box"


class ViewState(QObject):
    """The moment, the event window and the layers that every pane and the timeline follow.

    Setters clip to what makes sense and stay silent where nothing changes. The events shown are
    those in ``[time_us - window_us, time_us)``.
    """

    # Times travel as `object`: Qt's int has 32 bits, which microseconds outgrow after 35 minutes.
    time_changed = Signal(object)
    window_changed = Signal(int)
    # How long the window shown is in fact.
    span_changed = Signal()
    duration_changed = Signal(object)
    appearance_changed = Signal()
    playing_changed = Signal(bool)
    speed_changed = Signal(float)
    layers_changed = Signal()
    visible_range_changed = Signal()
    linking_changed = Signal(bool)
    zoom_changed = Signal()
    following_changed = Signal(bool)
    comparison_changed = Signal()
    # Whose curves the timeline shows, whose face the mesh, and whether that is coloured.
    sources_changed = Signal()
    video_shift_changed = Signal(object)
    # The landmark that is looked at, or those that are chosen.
    landmark_changed = Signal()
    tool_changed = Signal()
    # The picture that keys act on.
    camera_changed = Signal()
    loupe_changed = Signal(bool)
    shown_scheme_changed = Signal()
    # Whether the video is seen.
    video_hidden_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._time_us = 0
        self._window_us = DEFAULT_WINDOW_US
        self._window_kind = WindowKind.TIME
        self._window_count = DEFAULT_WINDOW_COUNT
        self._fading_us = DEFAULT_WINDOW_US
        self._span_us = DEFAULT_WINDOW_US
        self._duration_us = 0
        self._representation = "metavision"
        self._palette = "dark"
        self._is_playing = False
        self._speed = 1.0
        self._layers = frozenset({Layer.LANDMARKS, Layer.BOX, Layer.MESH, Layer.PREDICTIONS})
        self._curve_source = LabelSource.BOTH
        self._mesh_source = LabelSource.LABELS
        self._colours_mesh = True
        self._visible_range = (0, 0)
        self._links_zoom = False
        self._zoom: tuple[float, float, float, float] | None = None
        self._follows_head = True
        self._comparison = Comparison.OFF
        self._video_shift_us = 0
        self._pointed_landmark: int | None = None
        self._chosen_landmark: int | None = None
        self._selected: frozenset[int] = frozenset()
        self._tool = PointerTool.SELECT
        self._camera = Camera.EVENTS
        self._shows_loupe = False
        self._shown_scheme = ""
        self._hides_video = False
        self._peeks_at_video = False

    @property
    def time_us(self) -> int:
        """The moment shown, us on the sensor's clock."""
        return self._time_us

    def set_time_us(self, time_us: int) -> None:
        """Show another moment, clipped to the recording."""
        time_us = min(max(int(time_us), 0), self._duration_us)
        if time_us != self._time_us:
            self._time_us = time_us
            self.time_changed.emit(time_us)

    @property
    def duration_us(self) -> int:
        """Length of the recording; 0 without one."""
        return self._duration_us

    def set_duration_us(self, duration_us: int) -> None:
        """Take the length of another recording; the moment shown and the range obey it."""
        duration_us = max(int(duration_us), 0)
        if duration_us == self._duration_us:
            return
        self._duration_us = duration_us
        self.duration_changed.emit(duration_us)
        self.set_time_us(self._time_us)
        self.set_visible_range(0, duration_us)

    def extend_duration_us(self, duration_us: int) -> None:
        """Take a longer length of the same recording.

        The moment shown stays, unless it is the end; so does the range, unless it is all.
        """
        if duration_us <= self._duration_us:
            return
        is_at_end = self._time_us == self._duration_us
        is_all_visible = self._visible_range == (0, self._duration_us)
        self._duration_us = duration_us
        self.duration_changed.emit(duration_us)
        if is_at_end:
            self.set_time_us(duration_us)
        if is_all_visible:
            self.set_visible_range(0, duration_us)

    @property
    def window_us(self) -> int:
        """Length of the event window that ends at the moment shown."""
        return self._window_us

    def set_window_us(self, window_us: int) -> None:
        """Change the event window, clipped to 100 us to 1 s."""
        window_us = min(max(int(window_us), MIN_WINDOW_US), MAX_WINDOW_US)
        if window_us != self._window_us:
            self._window_us = window_us
            self.window_changed.emit(window_us)

    @property
    def window_kind(self) -> WindowKind:
        """What bounds the event window; fading is only for representations that can."""
        is_fading = self._window_kind is WindowKind.FADING
        if is_fading and not CATALOGUE[self._representation].fades:
            return WindowKind.TIME
        return self._window_kind

    def set_window_kind(self, kind: WindowKind) -> None:
        """Bound the event window by something else."""
        if kind is not self._window_kind:
            self._window_kind = kind
            self.window_changed.emit(self._window_us)

    @property
    def window_count(self) -> int:
        """How many events the window has where it is bounded by their number."""
        return self._window_count

    def set_window_count(self, n_events: int) -> None:
        """Change that number, clipped to a thousand and five million."""
        n_events = min(max(int(n_events), MIN_WINDOW_COUNT), MAX_WINDOW_COUNT)
        if n_events != self._window_count:
            self._window_count = n_events
            self.window_changed.emit(self._window_us)

    @property
    def fading_us(self) -> int:
        """Time in which events fade to 1/e where the window is not bounded."""
        return self._fading_us

    def set_fading_us(self, fading_us: int) -> None:
        """Change that time, clipped as windows are."""
        fading_us = min(max(int(fading_us), MIN_WINDOW_US), MAX_WINDOW_US)
        if fading_us != self._fading_us:
            self._fading_us = fading_us
            self.window_changed.emit(self._window_us)

    @property
    def span_us(self) -> int:
        """How long the window shown is, whatever bounds it."""
        return self._window_us if self.window_kind is WindowKind.TIME else self._span_us

    def set_span_us(self, span_us: int) -> None:
        """Say how long the window turned out to be."""
        if span_us != self._span_us:
            self._span_us = span_us
            self.span_changed.emit()

    @property
    def representation(self) -> str:
        """How events become a picture, e.g. ``"metavision"``."""
        return self._representation

    def set_representation(self, representation: str) -> None:
        """Choose another representation."""
        if representation != self._representation:
            self._representation = representation
            self.appearance_changed.emit()

    @property
    def palette(self) -> str:
        """Colours of the event picture, e.g. ``"dark"``."""
        return self._palette

    def set_palette(self, palette: str) -> None:
        """Choose other colours."""
        if palette != self._palette:
            self._palette = palette
            self.appearance_changed.emit()

    @property
    def is_playing(self) -> bool:
        """Whether time runs."""
        return self._is_playing

    def set_playing(self, is_playing: bool) -> None:
        """Say that time runs or stands; `Playback` obeys and moves the time."""
        if is_playing != self._is_playing:
            self._is_playing = is_playing
            self.playing_changed.emit(is_playing)

    @property
    def speed(self) -> float:
        """How fast time runs; 1 is real time."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Change the speed, clipped to 0.01 to 4."""
        speed = min(max(float(speed), MIN_SPEED), MAX_SPEED)
        if speed != self._speed:
            self._speed = speed
            self.speed_changed.emit(speed)

    @property
    def layers(self) -> frozenset[Layer]:
        """The layers drawn."""
        return self._layers

    def shows(self, layer: Layer) -> bool:
        """Return whether a layer is drawn."""
        return layer in self._layers

    def set_layer(self, layer: Layer, is_visible: bool) -> None:
        """Draw a layer, or leave it out."""
        layers = self._layers | {layer} if is_visible else self._layers - {layer}
        if layers != self._layers:
            self._layers = layers
            self.layers_changed.emit()

    @property
    def visible_range(self) -> tuple[int, int]:
        """The stretch ``[start_us, stop_us)`` that the timeline shows."""
        return self._visible_range

    def set_visible_range(self, start_us: int, stop_us: int) -> None:
        """Change the stretch that the timeline shows."""
        visible_range = (int(start_us), int(stop_us))
        if visible_range != self._visible_range:
            self._visible_range = visible_range
            self.visible_range_changed.emit()

    @property
    def links_zoom(self) -> bool:
        """Whether the RGB and event pictures are zoomed together."""
        return self._links_zoom

    def set_links_zoom(self, links_zoom: bool) -> None:
        """Zoom both pictures together, or each by itself."""
        if links_zoom != self._links_zoom:
            self._links_zoom = links_zoom
            self.linking_changed.emit(links_zoom)

    @property
    def zoom(self) -> tuple[float, float, float, float] | None:
        """The part of the event picture in linked panes, ``x0, y0, x1, y1`` px; None for all."""
        return self._zoom

    def set_zoom(self, zoom: tuple[float, float, float, float] | None) -> None:
        """Let linked panes show another part of the picture."""
        if zoom != self._zoom:
            self._zoom = zoom
            self.zoom_changed.emit()

    @property
    def follows_head(self) -> bool:
        """Whether the mesh turns with the head; else it is seen from the front."""
        return self._follows_head

    def set_follows_head(self, follows_head: bool) -> None:
        """Turn the mesh with the head, or see it from the front."""
        if follows_head != self._follows_head:
            self._follows_head = follows_head
            self.following_changed.emit(follows_head)

    @property
    def curve_source(self) -> LabelSource:
        """Whose curves of action units the timeline shows."""
        return self._curve_source

    def set_curve_source(self, source: LabelSource) -> None:
        """Show the curves of the labels, those of predictions, or both."""
        if source is not self._curve_source:
            self._curve_source = source
            self.sources_changed.emit()

    @property
    def mesh_source(self) -> LabelSource:
        """Whose face the mesh shows: that of the labels or of predictions."""
        return self._mesh_source

    def set_mesh_source(self, source: LabelSource) -> None:
        """Let the mesh show the fitted face, or the predicted one."""
        if source is not self._mesh_source:
            self._mesh_source = source
            self.sources_changed.emit()

    def toggle_mesh_source(self) -> None:
        """Let the mesh show the predicted face, or again the fitted one."""
        is_predicted = self._mesh_source is LabelSource.PREDICTIONS
        self.set_mesh_source(LabelSource.LABELS if is_predicted else LabelSource.PREDICTIONS)

    @property
    def colours_mesh(self) -> bool:
        """Whether the mesh is coloured by how far each point has moved."""
        return self._colours_mesh

    def set_colours_mesh(self, colours_mesh: bool) -> None:
        """Colour the mesh by movement, or leave it plain."""
        if colours_mesh != self._colours_mesh:
            self._colours_mesh = colours_mesh
            self.sources_changed.emit()

    @property
    def comparison(self) -> Comparison:
        """How the RGB picture is laid over the events."""
        return self._comparison

    def set_comparison(self, comparison: Comparison) -> None:
        """Lay the RGB picture over the events, or take it away. What was hidden is shown for it."""
        if comparison is not Comparison.OFF:
            self.set_hides_video(False)
        if comparison != self._comparison:
            self._comparison = comparison
            self.comparison_changed.emit()

    @property
    def hides_video(self) -> bool:
        """Whether the video is hidden, so that only events are looked at."""
        return self._hides_video

    def set_hides_video(self, hides_video: bool) -> None:
        """Hide the video, over the events too, or show it again."""
        if hides_video != self._hides_video:
            self._hides_video = hides_video
            self.video_hidden_changed.emit()
            if hides_video:
                self.set_comparison(Comparison.OFF)

    @property
    def is_video_seen(self) -> bool:
        """Whether the video is not hidden, or looked at all the same for a moment."""
        return self._peeks_at_video or not self._hides_video

    def peek_at_video(self, peeks: bool) -> None:
        """Look at a hidden video for a moment, or no longer."""
        if peeks != self._peeks_at_video:
            self._peeks_at_video = peeks
            self.video_hidden_changed.emit()

    @property
    def video_shift_us(self) -> int:
        """By how much later the video is shown than its sync says, to try another one."""
        return self._video_shift_us

    def set_video_shift_us(self, shift_us: int) -> None:
        """Show the video later, or earlier where negative; nothing but the picture follows."""
        if shift_us != self._video_shift_us:
            self._video_shift_us = shift_us
            self.video_shift_changed.emit(shift_us)

    @property
    def landmark(self) -> int | None:
        """The landmark that is looked at: under the pointer, else the chosen one."""
        return self._chosen_landmark if self._pointed_landmark is None else self._pointed_landmark

    @property
    def chosen_landmark(self) -> int | None:
        """The landmark that was clicked; of several chosen ones the last."""
        return self._chosen_landmark

    @property
    def selected_landmarks(self) -> frozenset[int]:
        """The landmarks that keys act on."""
        return self._selected

    def point_at_landmark(self, landmark: int | None) -> None:
        """Say which landmark is under the pointer."""
        if landmark != self._pointed_landmark:
            self._pointed_landmark = landmark
            self.landmark_changed.emit()

    def choose_landmark(self, landmark: int | None) -> None:
        """Keep looking at one landmark; None ends it, and placing with it."""
        self.select_landmarks(() if landmark is None else (landmark,), landmark)

    def select_landmarks(self, landmarks: Iterable[int], chosen: int | None = None) -> None:
        """Choose landmarks for keys to act on.

        Parameters
        ----------
        landmarks
            None at all chooses nothing, which ends placing.
        chosen
            Which of them is looked at; the same as before where left out, if it still can be.
        """
        selected = frozenset(landmarks)
        if chosen is None:
            kept = self._chosen_landmark if self._chosen_landmark in selected else None
            chosen = next(iter(selected)) if len(selected) == 1 else kept
        if (selected, chosen) != (self._selected, self._chosen_landmark):
            self._selected, self._chosen_landmark = selected, chosen
            self.landmark_changed.emit()
        if chosen is None and self._tool is PointerTool.PLACE:
            self.set_tool(PointerTool.SELECT)

    @property
    def tool(self) -> PointerTool:
        """What the pointer does on a picture."""
        return self._tool

    def set_tool(self, tool: PointerTool) -> None:
        """Let the pointer do something else; without a chosen landmark there is none to place."""
        if tool is PointerTool.PLACE and self._chosen_landmark is None:
            return
        if tool is not self._tool:
            self._tool = tool
            self.tool_changed.emit()

    def toggle_tool(self, tool: PointerTool) -> None:
        """Let the pointer do something else, or again what it usually does."""
        self.set_tool(PointerTool.SELECT if self._tool is tool else tool)

    @property
    def camera(self) -> Camera:
        """The picture that keys act on: the one that was used last."""
        return self._camera

    def set_camera(self, camera: Camera) -> None:
        """Let keys act on another picture."""
        if camera is not self._camera:
            self._camera = camera
            self.camera_changed.emit()

    @property
    def shown_scheme(self) -> str:
        """Name of the scheme that landmarks are shown in; empty for their own."""
        return self._shown_scheme

    def set_shown_scheme(self, scheme: str) -> None:
        """Show landmarks of a finer scheme as those of another; empty for their own."""
        if scheme != self._shown_scheme:
            self._shown_scheme = scheme
            self.shown_scheme_changed.emit()

    @property
    def shows_loupe(self) -> bool:
        """Whether the chosen landmark is shown enlarged, also while nothing is dragged."""
        return self._shows_loupe

    def set_shows_loupe(self, shows_loupe: bool) -> None:
        """Show the chosen landmark enlarged, or only while something is dragged."""
        if shows_loupe != self._shows_loupe:
            self._shows_loupe = shows_loupe
            self.loupe_changed.emit(shows_loupe)
