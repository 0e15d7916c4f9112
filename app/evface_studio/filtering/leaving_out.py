"""What filters leave out of a window, worked out in threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evface.errors import EvfaceError

if TYPE_CHECKING:  # Numba takes long to import, and the window is to be seen first.
    from evface.events.filters.filter import Filter
    from evface.events.filters.hot_pixels import HotPixels
    from evface.events.sources import EventSource
    from evface.projects.recording import Recording


@dataclass(frozen=True, eq=False)
class WindowRequest:
    """A window that filters are looked at in.

    Parameters
    ----------
    previewed
        Which filter's events are wanted themselves, as if it were on; None for none.
    """

    recording: Recording
    filters: tuple[Filter, ...]
    previewed: int | None
    start_us: int
    stop_us: int


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What filters leave out of a window.

    Parameters
    ----------
    n_events
        In the window before the filters.
    n_removed
        By each filter, in their order; what the one that is previewed would leave out.
    mask : (height, width) uint8 or None
        1 where the previewed filter leaves an event out; None where none is previewed.
    """

    n_events: int
    n_removed: tuple[int, ...]
    mask: NDArray[np.uint8] | None


def leave_out(request: WindowRequest) -> LeftOut:
    """Return what the filters of a request leave out."""
    from evface.events.filters.chain import FilterChain
    from evface.events.filters.filtered_source import FilteredSource

    filters = list(request.filters)
    if request.previewed is not None:
        filters[request.previewed] = replace(filters[request.previewed], is_on=True)
    source = FilteredSource(request.recording.unfiltered_events, FilterChain(tuple(filters)))
    passed, removed = source.split(max(request.start_us, 0), max(request.stop_us, 0))
    mask = None
    if request.previewed is not None:
        width, height = source.resolution
        gone = removed[request.previewed]
        mask = np.zeros((height, width), np.uint8)
        mask[gone.y, gone.x] = 1
    n_removed = tuple(map(len, removed))
    return LeftOut(len(passed) + sum(n_removed), n_removed, mask)


class SearchStopped(EvfaceError):
    """Nobody wants the hot pixels any more."""


@dataclass(frozen=True, eq=False)
class HotPixelRequest:
    """A search for hot pixels.

    Parameters
    ----------
    report
        Told the share that is done; raises `SearchStopped` to end it.
    """

    source: EventSource
    filters: tuple[Filter, ...]
    index: int
    report: Callable[[float], None]


def search_hot_pixels(request: HotPixelRequest) -> HotPixels:
    """Return the filter of a request with the hot pixels of the recording."""
    from evface.events.filters.hot_pixel_search import find_hot_pixels
    from evface.events.filters.hot_pixels import HotPixels

    rule = request.filters[request.index]
    if not isinstance(rule, HotPixels):
        raise ValueError(f"the filter must be one of hot pixels, got {rule.name}")
    return find_hot_pixels(request.source, rule, report=lambda share, _words: request.report(share))
