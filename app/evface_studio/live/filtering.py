"""Has the live view's events filtered as the settings beside it say."""

from __future__ import annotations

import operator
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from evface.events.filters.chain import FilterChain
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.regions import Region
from evface_studio.live.region_drawing import RegionDrawing
from evface_studio.look.theme import Theme

if TYPE_CHECKING:
    from evface.live.pipeline import LivePipeline
    from evface_studio.live.live_window import LiveWindow

# Shares are those of so many looks, a quarter of a second each.
_N_LOOKS = 8


class LiveFiltering(QObject):
    """Wires the filters' settings, the picture, and the pipeline to one another.

    Parameters
    ----------
    window
        Whose they are.
    """

    def __init__(self, window: LiveWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._section = window.side.filters
        self.region = RegionDrawing(window.pictures.events.picture, self._section.set_region, theme)
        self._counts: deque[tuple[int, ...]] = deque(maxlen=_N_LOOKS)
        self._section.changed.connect(self._on_changed)
        self._section.drawing_asked.connect(self.region.set_on)
        self._section.search_asked.connect(self._search)
        window.session.changed.connect(self._on_session_changed)

    @property
    def filters(self) -> FilterChain:
        """What is chosen."""
        return self._section.filters

    def begin(self) -> None:
        """Forget what belongs to the camera before: another one is shown."""
        self._section.begin()
        self._counts.clear()
        self.region.show_region(None)

    def look(self, pipeline: LivePipeline) -> None:
        """Say what the filters leave out; a few times a second."""
        resolution = pipeline.camera.info.resolution
        if resolution is not None:
            self._section.set_resolution(resolution)
        counts = (pipeline.counters.n_events, *pipeline.n_left_out)
        before = self._counts[-1] if self._counts else counts
        # They begin anew with other filters, and when the camera does.
        if len(counts) != len(before) or any(map(operator.lt, counts, before)):
            self._counts.clear()
        self._counts.append(counts)
        self._section.show_left_out(self.shares)

    @property
    def shares(self) -> tuple[float, ...] | None:
        """Which share of all events each filter leaves out; None where nothing comes."""
        if not self._counts:
            return None
        first, last = self._counts[0], self._counts[-1]
        n_events, *n_left_out = map(operator.sub, last, first)
        if n_events <= 0 or len(n_left_out) != len(self.filters.filters):
            return None
        return tuple(n / n_events for n in n_left_out)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.region.set_theme(theme)

    @Slot()
    def _on_session_changed(self) -> None:
        self._window.session.filter_by(self.filters)

    @Slot(object)
    def _on_changed(self, filters: FilterChain) -> None:
        self._counts.clear()
        regions = [one for one in filters.filters if isinstance(one, Region) and one.is_on]
        self.region.show_region(regions[0] if regions else None)
        self._window.session.filter_by(filters)

    @Slot()
    def _search(self) -> None:
        """Look for hot pixels in what is kept of the last seconds."""
        pipeline = self._window.session.pipeline
        if pipeline is None:
            self._section.show_searching(is_on=False)
            return

        def find() -> HotPixels:
            from evface.events.filters.hot_pixel_search import find_hot_pixels

            return find_hot_pixels(pipeline.replay().events(), HotPixels())

        def take(found: HotPixels) -> None:
            # Those of another camera are nobody's here.
            if pipeline is self._window.session.pipeline:
                self._section.add_hot_pixels(found.pixels)

        self._window.session.do(find, take)
