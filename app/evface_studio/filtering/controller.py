"""Shows what the filters of the recording leave out, and changes them, one edit at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from evface.errors import EvfaceError
from evface_studio.document import Document
from evface_studio.filtering.leaving_out import (
    HotPixelRequest,
    LeftOut,
    SearchStopped,
    WindowRequest,
    leave_out,
    search_hot_pixels,
)
from evface_studio.newest import NewestWins
from evface_studio.view_state import ViewState

if TYPE_CHECKING:
    from evface.events.filters.filter import Filter
    from evface.events.filters.hot_pixels import HotPixels


class Filtering(QObject):
    """The chain of filters, what each leaves out of the window in view, and one that is previewed.

    Nothing is counted while nobody looks: see `set_watched`.
    """

    # The chain, what can be done with it, or the search for hot pixels.
    changed = Signal()
    # What filters leave out of the window in view; also when that is not known any more.
    counted = Signal()
    # Which filter is previewed.
    preview_changed = Signal()
    # One line for the user.
    failed = Signal(str)
    _searched = Signal(object, float)

    def __init__(
        self, document: Document, view_state: ViewState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._is_watched = False
        # What was asked for and is on its way to the disk: the next change builds on it.
        self._wanted: tuple[Filter, ...] | None = None
        self._pinned: int | None = None
        self._hovered: int | None = None
        self._left_out: LeftOut | None = None
        self._search: HotPixelRequest | None = None
        self._searched_share = 0.0
        self._counter = NewestWins(
            "filters", leave_out, self._on_counted, self._on_failed, parent=self
        )
        self._searcher = NewestWins(
            "hot pixels", search_hot_pixels, self._on_found, self._on_search_failed, parent=self
        )
        self._searched.connect(self._on_searched, Qt.ConnectionType.QueuedConnection)
        document.recording_changed.connect(self._on_recording_changed)
        document.filters_changed.connect(self._on_filters_changed)
        document.project_changed.connect(self.changed)
        document.busy_changed.connect(self._on_busy_changed)
        view_state.time_changed.connect(self._count)
        view_state.window_changed.connect(self._count)
        view_state.span_changed.connect(self._count)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters of the recording shown, in their order, as they were last asked for."""
        if self._wanted is not None:
            return self._wanted
        recording = self._document.recording
        return () if recording is None else recording.filters

    @property
    def has_recording(self) -> bool:
        """Whether there is something to filter."""
        return self._document.recording is not None

    @property
    def is_kept(self) -> bool:
        """Whether filters are kept in a project; those of lone media are not."""
        return self._document.project is not None

    @property
    def can_change(self) -> bool:
        """Whether the chain can be changed."""
        return self.has_recording and not self._document.is_read_only

    @property
    def left_out(self) -> LeftOut | None:
        """What the filters leave out of the window in view; None while that is not known."""
        return self._left_out

    @property
    def previewed(self) -> int | None:
        """Which filter's events are drawn: the one pointed at, else the one pinned."""
        return self._pinned if self._hovered is None else self._hovered

    @property
    def pinned(self) -> int | None:
        """Which filter stays previewed."""
        return self._pinned

    @property
    def searching(self) -> tuple[int, float] | None:
        """Which filter's hot pixels are being searched, and the share that is done."""
        return None if self._search is None else (self._search.index, self._searched_share)

    @property
    def is_idle(self) -> bool:
        """Whether all is counted and nothing is searched."""
        return self._counter.is_idle and self._search is None

    def set_watched(self, is_watched: bool) -> None:
        """Count while somebody looks."""
        self._is_watched = is_watched
        if is_watched:
            self._count()
        else:
            self.hover(None)
            self.pin(None)

    def set_filters(self, filters: tuple[Filter, ...], label: str) -> None:
        """Let the events pass other filters; one edit in a project."""
        if self.can_change and filters != self.filters:
            self._wanted = filters
            self.changed.emit()
            self._document.set_filters(filters, label)

    def add(self, *filters: Filter, label: str = "Add filter") -> None:
        """Put filters at the end of the chain."""
        self.set_filters((*self.filters, *filters), label)

    def replace(self, index: int, one: Filter) -> None:
        """Put another filter in the place of one."""
        filters = list(self.filters)
        filters[index] = one
        self.set_filters(tuple(filters), f"Change {one.title.lower()}")

    def remove(self, index: int) -> None:
        """Take a filter out of the chain."""
        filters = list(self.filters)
        title = filters.pop(index).title.lower()
        self._forget_preview()
        self.set_filters(tuple(filters), f"Remove {title}")

    def move(self, index: int, by: int) -> None:
        """Let a filter act earlier or later."""
        filters = list(self.filters)
        if 0 <= index + by < len(filters):
            filters.insert(index + by, filters.pop(index))
            self._forget_preview()
            self.set_filters(tuple(filters), "Reorder filters")

    def pin(self, index: int | None) -> None:
        """Draw what a filter leaves out until another is pinned; None for none."""
        self._preview(index, self._hovered)

    def hover(self, index: int | None) -> None:
        """Draw what a filter leaves out while it is pointed at; None for none."""
        self._preview(self._pinned, index)

    def find_hot_pixels(self, index: int) -> None:
        """Search the recording for hot pixels, put them into a filter, and show them."""
        recording = self._document.recording
        if recording is None:
            return

        def report(share: float) -> None:
            if self._search is not request:
                raise SearchStopped("the search was stopped")
            self._searched.emit(request, share)

        request = HotPixelRequest(recording.unfiltered_events, self.filters, index, report)
        self._search, self._searched_share = request, 0.0
        self._searcher.ask(request)
        self.changed.emit()

    def stop_search(self) -> None:
        """Search no more."""
        if self._search is not None:
            self._search = None
            self._searcher.forget()
            self.changed.emit()

    def close(self) -> None:
        """End the threads."""
        self._search = None
        self._counter.close()
        self._searcher.close()

    def _preview(self, pinned: int | None, hovered: int | None) -> None:
        before = self.previewed
        self._pinned, self._hovered = pinned, hovered
        if self.previewed != before:
            self._count()
        self.preview_changed.emit()

    def _forget_preview(self) -> None:
        self._preview(None, None)

    @Slot()
    def _count(self) -> None:
        recording = self._document.recording
        if not self._is_watched or recording is None or not recording.filters:
            self._counter.forget()
            if self._left_out is not None:
                self._left_out = None
                self.counted.emit()
            return
        view, previewed = self._view_state, self.previewed
        if previewed is not None and previewed >= len(recording.filters):
            previewed = None
        self._counter.ask(
            WindowRequest(
                recording,
                recording.filters,
                previewed,
                view.time_us - view.span_us,
                view.time_us,
            )
        )

    def _on_counted(self, request: WindowRequest, left_out: LeftOut) -> None:
        is_current = (
            request.recording is self._document.recording and request.filters == self.filters
        )
        # A picture of a filter that is not previewed any more would come too late.
        if is_current and self._is_watched and request.previewed == self.previewed:
            self._left_out = left_out
            self.counted.emit()

    def _on_failed(self, request: WindowRequest, error: Exception) -> None:
        # What was closed meanwhile cannot be read, and nobody asks any more.
        if request.recording is not self._document.recording:
            return
        if not isinstance(error, EvfaceError | OSError):
            raise error
        # The events pane says what is wrong with the file.
        self._left_out = None
        self.counted.emit()

    def _on_found(self, request: HotPixelRequest, found: HotPixels) -> None:
        if request is not self._search:
            return
        self._search = None
        if request.filters == self.filters:
            self.set_filters(
                (*request.filters[: request.index], found, *request.filters[request.index + 1 :]),
                "Find hot pixels",
            )
            self.pin(request.index)
        self.changed.emit()

    def _on_search_failed(self, request: HotPixelRequest, error: Exception) -> None:
        if request is not self._search:
            return
        if not isinstance(error, EvfaceError | OSError):
            raise error
        self._search = None
        self.failed.emit(str(error))
        self.changed.emit()

    @Slot(object, float)
    def _on_searched(self, request: HotPixelRequest, share: float) -> None:
        if request is self._search:
            self._searched_share = share
            self.changed.emit()

    @Slot()
    def _on_recording_changed(self) -> None:
        self.stop_search()
        self._wanted = None
        self._left_out = None
        self._forget_preview()
        self.changed.emit()
        self.counted.emit()

    @Slot(str)
    def _on_busy_changed(self, label: str) -> None:
        """Show what is there where a change could not be made."""
        if not label and self._wanted is not None:
            self._wanted = None
            self.changed.emit()

    @Slot()
    def _on_filters_changed(self) -> None:
        recording = self._document.recording
        if recording is not None and recording.filters == self._wanted:
            self._wanted = None
        if self._search is not None and self._search.filters != self.filters:
            self.stop_search()
        n = len(self.filters)
        self._preview(
            *(k if k is not None and k < n else None for k in (self._pinned, self._hovered))
        )
        self.changed.emit()
        self._count()
