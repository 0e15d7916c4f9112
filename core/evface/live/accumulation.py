"""Pictures of a stream of events, many times a second, drawn from what is new."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.representations.counting import MetavisionFrame
from evface.events.representations.representation import Representation
from evface.events.representations.surfaces import TimeSurface

_NEVER = -(1 << 62)
# Parts are put together until they have so many events, as a part takes room by itself.
_SMALL = 1024
_SIDE = 1024


class RecentEvents:
    """The latest events of a stream, as long as they matter.

    Parameters
    ----------
    memory_us
        How long they are kept.
    max_events
        How many at most; the oldest go first.
    """

    def __init__(self, memory_us: int, max_events: int) -> None:
        self._memory_us, self._max_events = memory_us, max_events
        self._small = min(_SMALL, max_events // 16)
        self._parts: deque[Events] = deque()
        self._n = 0

    def add(self, events: Events) -> None:
        """Add events that follow those before."""
        if not len(events):
            return
        if self._parts and len(self._parts[-1]) + len(events) <= self._small:
            self._parts[-1] = Events.concatenate([self._parts[-1], events])
        else:
            self._parts.append(events)
        self._n += len(events)
        oldest_us = int(events.t[-1]) - self._memory_us
        while len(self._parts) > 1 and (
            int(self._parts[0].t[-1]) < oldest_us or self._n > self._max_events
        ):
            self._n -= len(self._parts.popleft())

    def parts(self, start_us: int, stop_us: int) -> list[Events]:
        """Return the events kept in ``[start_us, stop_us)``, as views, in the order of time."""
        found = []
        for part in reversed(self._parts):
            if part.t[-1] < start_us:
                break
            if part.t[0] < stop_us:
                whole = part.t[0] >= start_us and part.t[-1] < stop_us
                found.append(part if whole else part.between(start_us, stop_us))
        return found[::-1]


class Accumulator(Protocol):
    """Draws windows of a stream that end about where it is."""

    def add(self, events: Events) -> None:
        """Take events that follow those before."""

    def draw(self, stop_us: int) -> NDArray[np.uint8]:
        """Return the index image of the window that ends at a time; the receiver's own."""


def accumulator(
    drawn: Representation, resolution: tuple[int, int], *, window_us: int, recent: RecentEvents
) -> Accumulator:
    """Return what draws a stream of events as a representation.

    Where a picture depends on the last event of each pixel only, an event costs once, however long
    the window is. Other representations are drawn from all events of the window.

    Parameters
    ----------
    drawn
        The picture is the same as that of its `index_image`.
    resolution
        Sensor ``(width, height)``, px.
    window_us
        Above 0.
    recent
        Holds at least the window and what the representation looks back to; it is filled by the
        caller.
    """
    if isinstance(drawn, MetavisionFrame | TimeSurface):
        off, on = (_levels_by_age(drawn, window_us, is_on) for is_on in (False, True))
        return LastEvents(resolution, off, on)
    return WholeWindow(drawn, resolution, window_us, recent)


class LastEvents:
    """Remembers when each pixel's last event was and its polarity, and draws these by their age.

    Parameters
    ----------
    resolution
        Sensor ``(width, height)``, px.
    off, on : (n,) uint8
        What an event of an age, us, is drawn as; older ones are not drawn.
    """

    def __init__(
        self, resolution: tuple[int, int], off: NDArray[np.uint8], on: NDArray[np.uint8]
    ) -> None:
        width, height = resolution
        # The time, doubled, plus one for on.
        self._last = np.full((height, width), _NEVER, np.int64)
        self._off, self._on = off, on

    def add(self, events: Events) -> None:
        """Take events that follow those before."""
        _remember(events.t, events.x, events.y, events.p, self._last)

    def draw(self, stop_us: int) -> NDArray[np.uint8]:
        """Return the index image of the window that ends at a time."""
        image = np.empty(self._last.shape, np.uint8)
        _draw_by_age(self._last, stop_us, self._off, self._on, image)
        return image


class WholeWindow:
    """Draws all events of the window, each time anew.

    Parameters
    ----------
    drawn, resolution, window_us, recent
        As for `accumulator`.
    """

    def __init__(
        self,
        drawn: Representation,
        resolution: tuple[int, int],
        window_us: int,
        recent: RecentEvents,
    ) -> None:
        self._drawn, self._resolution = drawn, resolution
        self._window_us, self._recent = window_us, recent

    def add(self, events: Events) -> None:
        """Take events that follow those before: `recent` holds them already."""

    def draw(self, stop_us: int) -> NDArray[np.uint8]:
        """Return the index image of the window that ends at a time."""
        start_us = stop_us - self._window_us
        parts = self._recent.parts(start_us - self._drawn.lookback_us, stop_us)
        return self._drawn.index_image(
            Events.concatenate(parts), self._resolution, start_us=start_us, stop_us=stop_us
        )


@njit(cache=True, nogil=True)
def _remember(t, x, y, p, last):  # type: ignore[no-untyped-def]
    height, width = last.shape
    flat = last.reshape(-1)
    for i in range(x.size):
        if x[i] < width and y[i] < height:
            flat[np.uint32(y[i]) * np.uint32(width) + x[i]] = (t[i] << 1) | p[i]


@njit(cache=True, nogil=True)
def _draw_by_age(last, stop_us, off, on, image):  # type: ignore[no-untyped-def]
    seen, flat = last.reshape(-1), image.reshape(-1)
    for k in range(seen.size):
        age = stop_us - (seen[k] >> 1)
        level = np.uint8(0)
        if 0 < age < off.size:
            level = on[age] if seen[k] & 1 else off[age]
        flat[k] = level


def _levels_by_age(drawn: Representation, window_us: int, is_on: bool) -> NDArray[np.uint8]:
    """Return what a lone event of each age is drawn as, from 0 us on."""
    n = window_us + drawn.lookback_us
    k = np.arange(n)
    # Each on a pixel of its own, the oldest first.
    events = Events(
        k.astype(np.int64) - n,
        (k % _SIDE).astype(np.uint16),
        (k // _SIDE).astype(np.uint16),
        np.full(n, is_on),
    )
    size = (_SIDE, -(-n // _SIDE))
    image = drawn.index_image(events, size, start_us=-window_us, stop_us=0)
    levels = np.zeros(n + 1, np.uint8)
    levels[1:] = image.reshape(-1)[n - 1 :: -1]
    return levels
