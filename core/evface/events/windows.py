"""Windows of events that end at a moment: by time, by count, or fading."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.sources import EventSource

# Of a window with more events, the last so many are read: 13 bytes each.
MOST_EVENTS = 8_000_000
# A fading window is as long as its events take to fade to 5 %.
_TAUS_SHOWN = 3
# No sensor sends more than `MOST_EVENTS` in less.
_NEVER_TOO_MANY_US = 50_000
# A face seen by fewer events than one in a thousand pixels shows no outline that could be judged.
_FEWEST_PER_PIXEL = 1e-3
_FEWEST = 200


@dataclass(frozen=True)
class TimeWindow:
    """The events of the last `length_us`."""

    length_us: int

    def __post_init__(self) -> None:
        """Check the length."""
        _check("length_us", self.length_us)


@dataclass(frozen=True)
class CountWindow:
    """The last `n_events` events, at most `MOST_EVENTS`."""

    n_events: int

    def __post_init__(self) -> None:
        """Check the number."""
        _check("n_events", self.n_events)
        if self.n_events > MOST_EVENTS:
            raise ValueError(f"n_events must be at most {MOST_EVENTS}, got {self.n_events}")


@dataclass(frozen=True)
class FadingWindow:
    """All events, fading to 1/e in `tau_us`; for representations that take a time constant."""

    tau_us: int

    def __post_init__(self) -> None:
        """Check the time constant."""
        _check("tau_us", self.tau_us)


Window = TimeWindow | CountWindow | FadingWindow


@dataclass(frozen=True, eq=False)
class WindowEvents:
    """The events of a window.

    Parameters
    ----------
    events
        Those before `start_us` are only there for representations that remember.
    start_us, stop_us
        The window, at least 1 us long.
    n_events
        Within the window.
    is_short
        Fewer events than the window counts were found before the moment, after filters among the
        last `MOST_EVENTS`.
    is_cut
        There are more events than `MOST_EVENTS`, and the older ones are left out.
    """

    events: Events
    start_us: int
    stop_us: int
    n_events: int
    is_short: bool = False
    is_cut: bool = False


class WindowReader:
    """Reads windows of a recording.

    Where the last N events begin is found by the recording's rate, so that nothing else is
    decoded.

    Parameters
    ----------
    source
        The file, whose rate tells at once where events are. It may grow.
    read
        Reads what is wanted of it, through filters perhaps; ``source.read`` where left out.
    """

    def __init__(
        self, source: EventSource, read: Callable[[int, int], Events] | None = None
    ) -> None:
        self._source = source
        self._read = read or source.read
        self._n_counted = -1
        self._bin_us = 1000
        self._before = np.zeros(1, np.int64)

    def read(self, window: Window, stop_us: int, *, lookback_us: int = 0) -> WindowEvents:
        """Return the events of the window that ends before a moment.

        Parameters
        ----------
        window
            How far it reaches back.
        stop_us
            Events from this moment on are left out.
        lookback_us
            How long before the window a representation remembers.

        Raises
        ------
        EventFileError
            If the recording cannot be read there.
        """
        if isinstance(window, CountWindow):
            return self._read_last(window.n_events, stop_us, lookback_us)
        length_us = (
            window.length_us
            if isinstance(window, TimeWindow)
            else math.ceil(_TAUS_SHOWN * window.tau_us)
        )
        start_us = stop_us - length_us
        earliest_us = self._earliest(start_us - lookback_us, stop_us)
        events = self._read(earliest_us, stop_us)
        n_before = int(np.searchsorted(events.t, start_us))
        is_cut = earliest_us > start_us
        return WindowEvents(events, start_us, stop_us, len(events) - n_before, is_cut=is_cut)

    def _read_last(self, n_events: int, stop_us: int, lookback_us: int) -> WindowEvents:
        start_us = self._start_of_last(n_events, stop_us)
        events = self._read(start_us, stop_us)
        # The rate counts events that filters leave out, too.
        earliest_us = self._start_of_last(MOST_EVENTS, stop_us)
        while len(events) < n_events and start_us > earliest_us:
            start_us = max(earliest_us, stop_us - 2 * (stop_us - start_us))
            events = self._read(start_us, stop_us)
        n_missing = n_events - len(events)
        start_us = min(int(events.t[-n_events]) if n_missing <= 0 else start_us, stop_us - 1)
        if lookback_us:
            events = self._read(self._earliest(start_us - lookback_us, stop_us), stop_us)
        else:
            events = _last(events, n_events)
        n_shown = min(n_events, n_events - n_missing)
        return WindowEvents(events, start_us, stop_us, n_shown, is_short=n_missing > 0)

    def _earliest(self, start_us: int, stop_us: int) -> int:
        """Return the start, or a later one where there would be too many events."""
        if stop_us - start_us <= _NEVER_TOO_MANY_US:
            return start_us
        return max(start_us, self._start_of_last(MOST_EVENTS, stop_us))

    def _start_of_last(self, n_events: int, stop_us: int) -> int:
        """Return the last beginning of a bin of the rate from which on there are enough events."""
        before = self._count()
        n_stop = before[min(max(stop_us // self._bin_us, 0), len(before) - 1)]
        first = int(np.searchsorted(before, n_stop - n_events, side="right")) - 1
        return max(first, 0) * self._bin_us

    def _count(self) -> NDArray[np.int64]:
        """Return how many events there are before the beginning of each bin, and after all."""
        if self._source.n_events != self._n_counted:
            self._n_counted = self._source.n_events
            # Coarser bins for hours-long recordings keep the table small.
            self._bin_us = 1000 * max(1, self._source.duration_us // 10**9)
            counts = self._source.rate(self._bin_us)
            self._before = np.concatenate([[0], np.cumsum(counts)])
        return self._before


def fewest_events(resolution: tuple[int, int]) -> int:
    """Return how many events a picture needs for a face's outline to be judged."""
    width, height = resolution
    return max(_FEWEST, int(width * height * _FEWEST_PER_PIXEL))


def _last(events: Events, n_events: int) -> Events:
    return Events(
        events.t[-n_events:], events.x[-n_events:], events.y[-n_events:], events.p[-n_events:]
    )


def _check(name: str, value: int) -> None:
    if value <= 0:
        raise ValueError(f"{name} must be above 0, got {value}")
