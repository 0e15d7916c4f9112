"""Reads the pictures of the moment shown, in threads of its own."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from evface.errors import EvfaceError, RecordingError
from evface.events.windows import CountWindow, FadingWindow, TimeWindow, Window, WindowReader
from evface_studio.alignment.frame_on import frame_on_at
from evface_studio.document import Document
from evface_studio.event_window import EventWindow
from evface_studio.newest import NewestWins
from evface_studio.view_state import ViewState, WindowKind

if TYPE_CHECKING:
    from evface.events.representations.representation import Representation
    from evface.events.sources import EventSource
    from evface.projects.recording import Recording
    from evface.video.reader import VideoSource

# How much recorded time is read ahead of a running cursor at normal speed.
_AHEAD_US = 100_000


@dataclass(frozen=True, eq=False)
class EventPicture:
    """An index image of the events in ``[start_us, stop_us)``.

    Parameters
    ----------
    image : (height, width) uint8
        To be shown through `evface.events.palettes.lookup_table` of `representation`.
    window
        What was asked for.
    n_events, is_short, is_cut
        As in `evface.events.windows.WindowEvents`.
    """

    image: NDArray[np.uint8]
    representation: str
    window: Window
    start_us: int
    stop_us: int
    n_events: int
    is_short: bool = False
    is_cut: bool = False


@dataclass(frozen=True, eq=False)
class _EventRequest:
    recording: Recording
    representation: str
    window: Window
    stop_us: int
    ahead_us: int


@dataclass(frozen=True, eq=False)
class _FrameRequest:
    recording: Recording
    index: int
    reads_ahead: bool


class MediaReader(QObject):
    """Follows a `ViewState` and delivers the pictures of its moment, always the newest asked for.

    Decoding and drawing happen in two threads, one for the video and one for the events, so that
    neither waits for the other and a damaged file stops only its own pictures.
    """

    # Time of the frame on the sensor's clock, its index, (height, width, 3) uint8 RGB.
    video_ready = Signal(object, int, object)
    # End of the window, `EventPicture`, number of events in the window.
    events_ready = Signal(object, object, int)
    # The moment shown lies outside the video.
    video_missed = Signal()
    # One line for the user.
    video_failed = Signal(str)
    events_failed = Signal(str)
    # The application ends: whoever has a thread of its own ends it now.
    closing = Signal()

    def __init__(
        self, document: Document, view_state: ViewState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._asked_events: tuple[str, Window, int] | None = None
        self._asked_index: int | None = None
        drawer = _EventDrawer()
        self._events = NewestWins(
            "events",
            drawer.draw,
            self._on_events,
            self._on_events_failed,
            prepare=drawer.prepare,
            idle=drawer.read_ahead,
            parent=self,
        )
        self._frames = NewestWins(
            "video",
            _read_frame,
            self._on_frame,
            self._on_frame_failed,
            idle=_read_next_frame,
            parent=self,
        )
        document.recording_changed.connect(self._on_recording_changed)
        document.filters_changed.connect(self._on_filters_changed)
        for changed in (
            view_state.time_changed,
            view_state.window_changed,
            view_state.appearance_changed,
            view_state.video_shift_changed,
        ):
            changed.connect(self._on_view_changed)
        view_state.playing_changed.connect(self._on_playing_changed)
        self._ask()

    @property
    def is_idle(self) -> bool:
        """Whether the pictures of the moment shown have all been delivered."""
        return self._events.is_idle and self._frames.is_idle

    def close(self) -> None:
        """End the threads. Nothing is delivered afterwards."""
        self.closing.emit()
        self._events.close()
        self._frames.close()

    def _ask(self) -> None:
        recording = self._document.recording
        if recording is None:
            return
        view = self._view_state
        wanted = (view.representation, _window_of(view), view.time_us)
        if wanted != self._asked_events:
            self._asked_events = wanted
            ahead_us = int(_AHEAD_US * view.speed) if view.is_playing else 0
            self._events.ask(_EventRequest(recording, *wanted, ahead_us))
        if recording.video is not None:
            index = frame_on_at(recording, view.time_us - view.video_shift_us)
            if index != self._asked_index or self._asked_index is None:
                self._asked_index = index
                if index is None:
                    self._frames.forget()
                    self.video_missed.emit()
                else:
                    self._frames.ask(_FrameRequest(recording, index, view.is_playing))

    @Slot()
    def _on_view_changed(self) -> None:
        if self._view_state.is_playing:
            self._events.fetch()
            self._frames.fetch()
        self._ask()

    @Slot(bool)
    def _on_playing_changed(self, is_playing: bool) -> None:
        # While time runs, pictures appear when it moves on: all of them in one frame.
        self._events.set_held(is_playing)
        self._frames.set_held(is_playing)

    @Slot()
    def _on_recording_changed(self) -> None:
        self._events.forget()
        self._frames.forget()
        self._asked_events = self._asked_index = None
        self._ask()

    @Slot()
    def _on_filters_changed(self) -> None:
        self._events.forget()
        self._asked_events = None
        self._ask()

    def _on_events(self, request: _EventRequest, picture: EventPicture) -> None:
        if request.recording is self._document.recording:
            self.events_ready.emit(picture.stop_us, picture, picture.n_events)

    def _on_frame(self, request: _FrameRequest, frame: NDArray[np.uint8]) -> None:
        if request.recording is self._document.recording and self._asked_index is not None:
            t_us = int(request.recording.video_times_us[request.index])
            self.video_ready.emit(t_us, request.index, frame)

    def _on_events_failed(self, request: _EventRequest, error: Exception) -> None:
        if request.recording is self._document.recording:
            self.events_failed.emit(_in_words(error))

    def _on_frame_failed(self, request: _FrameRequest, error: Exception) -> None:
        if request.recording is self._document.recording:
            self.video_failed.emit(_in_words(error))


class _EventDrawer:
    """Draws event pictures in the events' thread."""

    def __init__(self) -> None:
        self._source: EventSource | None = None
        self._held: EventWindow
        self._reader: WindowReader
        # From when on what is held in memory is still needed.
        self._needed_from_us = 0

    def prepare(self) -> None:
        """Import what takes long, and load what is compiled, before anything is opened."""
        import evface.events.sources
        import evface.projects.recording
        import evface.video.reader  # noqa: F401
        from evface.events.events import Events
        from evface.events.representations.counting import MetavisionFrame

        MetavisionFrame().index_image(Events.empty(), (8, 8), start_us=0, stop_us=1)

    def draw(self, request: _EventRequest) -> EventPicture:
        self._open(request.recording)
        drawn = _representation_of(request)
        found = self._reader.read(request.window, request.stop_us, lookback_us=drawn.lookback_us)
        self._needed_from_us = found.start_us - drawn.lookback_us
        image = drawn.index_image(
            found.events,
            request.recording.events.resolution,
            start_us=found.start_us,
            stop_us=found.stop_us,
        )
        return EventPicture(
            image,
            request.representation,
            request.window,
            found.start_us,
            found.stop_us,
            found.n_events,
            found.is_short,
            found.is_cut,
        )

    def read_ahead(self, request: _EventRequest) -> None:
        self._open(request.recording)
        # In pieces: large enough, since each begins and ends within a compressed chunk, but not so
        # large that a frame of the window has to wait for one.
        if self._held.stop_us - request.stop_us >= request.ahead_us * 3 // 4:
            return
        stop_us = min(request.stop_us + request.ahead_us, request.recording.events.duration_us)
        # What is damaged there is reported when it is to be shown.
        with suppress(EvfaceError, OSError):
            self._held.read(self._needed_from_us, stop_us)

    def _open(self, recording: Recording) -> None:
        source = recording.events
        if self._source is not source:
            self._source, self._held = source, EventWindow(source)
            self._reader = WindowReader(recording.unfiltered_events, self._held.read)
            self._needed_from_us = 0


def _window_of(view: ViewState) -> Window:
    if view.window_kind is WindowKind.COUNT:
        return CountWindow(view.window_count)
    if view.window_kind is WindowKind.FADING:
        return FadingWindow(view.fading_us)
    return TimeWindow(view.window_us)


def _representation_of(request: _EventRequest) -> Representation:
    # Numba takes long to import, and the window is to be seen first.
    from evface.events.representations.registry import representation

    tau_us = request.window.tau_us if isinstance(request.window, FadingWindow) else None
    return representation(request.representation, tau_us=tau_us)


def _read_frame(request: _FrameRequest) -> NDArray[np.uint8]:
    return _video(request.recording).read(request.index)


def _read_next_frame(request: _FrameRequest) -> None:
    video = _video(request.recording)
    if request.reads_ahead and request.index + 1 < video.n_frames:
        with suppress(EvfaceError, OSError):
            video.read(request.index + 1)


def _video(recording: Recording) -> VideoSource:
    if recording.video is None:
        raise RecordingError("the recording has no video")
    return recording.video


def _in_words(error: Exception) -> str:
    """Return the world's fault as one line; raise anything else, which is our own."""
    if isinstance(error, EvfaceError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'The file'}: {error.strerror or error}"
    raise error
