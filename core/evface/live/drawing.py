"""Draws what waits in the ring, at the rate of a display."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from evface.events.events import Events
from evface.events.representations.representation import Representation
from evface.live.accumulation import Accumulator, RecentEvents, accumulator
from evface.live.picture import LivePicture
from evface.live.ring import Batch

# What a long window of a busy camera may hold, 13 bytes each.
_MAX_RECENT = 16_000_000
# After so long without events the picture fades as if time went on without them.
_QUIET_S = 0.1


@dataclass(frozen=True)
class View:
    """What is drawn.

    Parameters
    ----------
    representation
        Of the events.
    window_us
        How long a picture looks back.

    Raises
    ------
    ValueError
        If the window is shorter than 1 ms or longer than 2 s.
    """

    representation: Representation
    window_us: int = 33_000

    def __post_init__(self) -> None:
        """Check the window."""
        if not 1_000 <= self.window_us <= 2_000_000:
            raise ValueError(f"window_us must be 1,000 to 2,000,000, got {self.window_us}")


class Drawer:
    """Turns batches into pictures. One thread draws; others may ask for events and set the view.

    Parameters
    ----------
    view
        What is drawn.
    memory_us
        How long events are kept beyond what is drawn, for the models.
    """

    def __init__(self, view: View, memory_us: int) -> None:
        self._memory_us = memory_us
        self._lock = threading.Lock()
        self._view = self._shown = view
        self._is_changed = True
        self._epoch = 0
        self._resolution = (0, 0)
        self._recent = RecentEvents(memory_us, _MAX_RECENT)
        self._accumulator: Accumulator | None = None
        self._last_us: int | None = None
        self._last_s = 0.0
        self._number = 0

    @property
    def view(self) -> View:
        """What is drawn."""
        return self._view

    def show(self, view: View) -> None:
        """Draw something else from the next picture on."""
        with self._lock:
            self._view, self._is_changed = view, True

    def events(self, start_us: int, stop_us: int) -> tuple[int, list[Events]]:
        """Return the epoch and the events in ``[start_us, stop_us)`` that are still there."""
        with self._lock:
            return self._epoch, self._recent.parts(start_us, stop_us)

    def prepare(self) -> None:
        """Load what is compiled, or compile it, before the first events come."""
        no_events = Events.empty()
        drawn = accumulator(
            self._view.representation,
            (1, 1),
            window_us=self._view.window_us,
            recent=RecentEvents(0, 0),
        )
        drawn.add(no_events)
        drawn.draw(0)

    def take(self, batches: Iterable[Batch]) -> None:
        """Add batches that follow those before."""
        with self._lock:
            if self._is_changed and self._epoch:
                self._begin()
            for batch in batches:
                if batch.epoch != self._epoch:
                    self._epoch, self._resolution = batch.epoch, batch.resolution
                    self._last_us = None
                    self._begin()
                if len(batch.events):
                    self._recent.add(batch.events)
                    if self._accumulator is not None:
                        self._accumulator.add(batch.events)
                    self._last_us, self._last_s = int(batch.events.t[-1]), batch.received_s

    def draw(self) -> LivePicture | None:
        """Return the picture of now; None before the first event."""
        if self._last_us is None or self._accumulator is None:
            return None
        view, now_s = self._shown, time.monotonic()
        stop_us = self._last_us + 1
        if now_s - self._last_s > _QUIET_S:
            stop_us += round((now_s - self._last_s) * 1e6)
        start_us = stop_us - view.window_us
        image = self._accumulator.draw(stop_us)
        n_events = sum(len(part) for part in self._recent.parts(start_us, stop_us))
        self._number += 1
        return LivePicture(
            number=self._number,
            image=image,
            representation=view.representation.name,
            start_us=start_us,
            t_us=stop_us,
            n_events=n_events,
            received_s=self._last_s,
            drawn_s=time.monotonic(),
            epoch=self._epoch,
        )

    def _begin(self) -> None:
        """Make what draws the view anew, from the events that are still there."""
        view = self._shown = self._view
        drawn = view.representation
        memory_us = max(self._memory_us, view.window_us + drawn.lookback_us)
        recent = RecentEvents(memory_us, _MAX_RECENT)
        self._accumulator = accumulator(
            drawn, self._resolution, window_us=view.window_us, recent=recent
        )
        if self._last_us is not None:
            for part in self._recent.parts(self._last_us - memory_us, self._last_us + 1):
                recent.add(part)
                self._accumulator.add(part)
        self._recent, self._is_changed = recent, False
