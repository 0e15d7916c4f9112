"""Keeps the events around the moment shown, so that a moving window reads only what is new."""

from __future__ import annotations

import numpy as np

from evface.events.events import Events
from evface.events.sources import EventSource

_FIRST_CAPACITY = 1 << 18
# A jump gives memory above this back; 13 bytes an event.
_KEPT_CAPACITY = 1 << 22


class EventWindow:
    """A stretch of a source held in memory, extended at its end as the window moves on.

    Parameters
    ----------
    source
        What is read. `EventWindow` is for one thread.
    """

    def __init__(self, source: EventSource) -> None:
        self._source = source
        self._start_us = self._stop_us = 0
        self._first = self._last = 0
        self._buffer = _allocate(_FIRST_CAPACITY)

    @property
    def stop_us(self) -> int:
        """Where the stretch in memory ends."""
        return self._stop_us

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``, as views that the next call may overwrite.

        Raises
        ------
        EventFileError
            If the source cannot be read there.
        """
        start_us, stop_us = max(start_us, 0), max(stop_us, 0)
        if not self._source.is_complete:
            # The last microsecond may still gain events, and what was read is not read again.
            stop_us = min(stop_us, self._source.duration_us - 1)
        if not self._start_us <= start_us <= self._stop_us:
            self._start_us = self._stop_us = start_us
            self._first = self._last = 0
            if len(self._buffer) > _KEPT_CAPACITY:
                self._buffer = _allocate(_FIRST_CAPACITY)
        if stop_us > self._stop_us:
            fresh = self._source.read(self._stop_us, stop_us)
            self._drop_before(start_us)
            self._append(fresh)
            self._stop_us = stop_us
        return self._held().between(start_us, stop_us)

    def _held(self) -> Events:
        held = slice(self._first, self._last)
        return Events(
            self._buffer.t[held], self._buffer.x[held], self._buffer.y[held], self._buffer.p[held]
        )

    def _drop_before(self, start_us: int) -> None:
        self._first += int(np.searchsorted(self._held().t, start_us))
        self._start_us = start_us

    def _append(self, fresh: Events) -> None:
        n_held = self._last - self._first
        if self._last + len(fresh) > len(self._buffer):
            # Moving to the front costs as much as what is held, so there must be room for as much.
            roomy = 2 * (n_held + len(fresh))
            held = self._held()
            if roomy > len(self._buffer):
                self._buffer = _allocate(roomy)
            for name in ("t", "x", "y", "p"):
                getattr(self._buffer, name)[:n_held] = getattr(held, name)
            self._first, self._last = 0, n_held
        for name in ("t", "x", "y", "p"):
            getattr(self._buffer, name)[self._last : self._last + len(fresh)] = getattr(fresh, name)
        self._last += len(fresh)


def _allocate(n: int) -> Events:
    return Events(np.empty(n, np.int64), np.empty(n, "u2"), np.empty(n, "u2"), np.empty(n, "?"))
