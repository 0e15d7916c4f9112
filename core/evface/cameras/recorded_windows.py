"""The events of any recording, handed out window by window."""

from __future__ import annotations

import numpy as np

from evface.cameras.recorded_events import PAUSE_US, Jump, Piece
from evface.events.events import Events
from evface.events.formats.raw_index import FOREVER_US
from evface.events.sources import EventSource
from evface.events.triggers import Triggers

# So much is read at once at most: reading is dear, parting is not.
_WINDOW_US, _WINDOW_EVENTS = 50_000, 1 << 18
# More bins would say how many events there are to the millisecond, also in recordings of hours.
_MOST_BINS = 1 << 20


class RecordedWindows:
    """The events of any recording.

    Parameters
    ----------
    source
        Open.
    """

    raw_header = None
    start_us = 0

    def __init__(self, source: EventSource) -> None:
        self._source = source
        # All, how many of them were handed out in this round, and when the last of them was.
        self._triggers, self._n_triggers = source.triggers(), 0
        self._last_trigger_us = -FOREVER_US
        # What was read and not handed out yet, and up to when that is all, on the source's clock.
        self._ahead, self._ahead_us = Events.empty(), 0
        self._shift_us = self._at_us = 0
        # How many events there are before each bin of time, as far as that was asked for.
        self._bin_us, self._n_before = 1000, np.zeros(1, np.int64)

    def take(self, until_us: int) -> Piece | None:
        """Return the events before a time, of a short window at most."""
        if self._at_us >= self._source.duration_us and self._n_triggers == len(self._triggers):
            return None
        start_us, until_us = self._at_us, until_us - self._shift_us
        if start_us >= self._ahead_us and until_us > start_us:
            self._read()
        self._at_us = min(max(until_us, start_us), self._ahead_us)
        events = self._ahead.between(start_us, self._at_us)
        shifted = Events(events.t + self._shift_us, events.x, events.y, events.p)
        return Piece(shifted, self._take_triggers(), None, self._at_us + self._shift_us)

    def skip(self, until_us: int) -> Jump | None:
        """Go on at a time; how many events that leaves out is told by the recording's rate.

        Triggers are few and each counts: what is taken next has those that lie in between.
        """
        until_us = min(until_us - self._shift_us, self._source.duration_us)
        # Between whole milliseconds the rate is exact.
        until_us -= until_us % 1000
        if until_us <= self._at_us:
            return None
        n_left_out = len(self._ahead.between(self._at_us, until_us))
        if until_us > self._ahead_us:
            n_left_out += self._count(until_us) - self._count(self._ahead_us)
            self._ahead_us = until_us
        self._at_us = until_us
        return Jump(n_left_out, until_us + self._shift_us)

    def rewind(self) -> int:
        """Begin again, a moment after the end."""
        self._shift_us += self._source.duration_us + PAUSE_US
        self._ahead, self._ahead_us, self._at_us = Events.empty(), 0, 0
        self._n_triggers = 0
        return self._shift_us

    def close(self) -> None:
        """Close the recording."""
        self._source.close()

    def _take_triggers(self) -> Triggers | None:
        """Return the triggers up to where it is; at the end of the events, all that are left."""
        found, first = self._triggers, self._n_triggers
        is_end = self._at_us >= self._source.duration_us
        last = len(found) if is_end else int(np.searchsorted(found.times_us, self._at_us))
        if last <= first:
            return None
        self._n_triggers = last
        some = found.part(first, last)
        # They may be before the first event, or after the last: then rounds overlap.
        times_us = np.maximum(some.times_us + self._shift_us, self._last_trigger_us)
        self._last_trigger_us = int(times_us[-1])
        return Triggers(times_us, some.channels, some.is_rising)

    def _read(self) -> None:
        """Read ahead: as long as is quick, and no more events than there is room for."""
        start_us = self._ahead_us
        furthest_us = min(start_us + _WINDOW_US, self._source.duration_us)
        self._count(furthest_us)
        most = self._count(start_us) + _WINDOW_EVENTS
        last = int(np.searchsorted(self._n_before, most, side="right")) - 1
        stop_us = min(max(last * self._bin_us, start_us + 1000), furthest_us)
        self._ahead, self._ahead_us = self._source.read(start_us, stop_us), stop_us

    def _count(self, t_us: int) -> int:
        """Return how many events there are before a time; within a bin, about."""
        if t_us > (len(self._n_before) - 1) * self._bin_us:
            # Some recordings grow while they are played.
            self._bin_us = 1000 * (1 + self._source.duration_us // (1000 * _MOST_BINS))
            rate = self._source.rate(self._bin_us)
            self._n_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(rate)])
        place, rest_us = divmod(t_us, self._bin_us)
        before, after = self._n_before[[place, min(place + 1, len(self._n_before) - 1)]]
        return int(before + (after - before) * rest_us // self._bin_us)
