"""What waits to be drawn: a bounded queue whose oldest packets give way."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from evface.events.events import Events

# Small batches take more room than their events do.
_LEAST_WEIGHT = 64


@dataclass(frozen=True, eq=False)
class Batch:
    """Some events that arrived together.

    Parameters
    ----------
    events
        Sorted, inside the sensor. May be empty.
    received_s
        ``time.monotonic()`` when they arrived.
    epoch
        Changes whenever the camera's clock or sensor does: what came before is to be forgotten.
    resolution
        Of the sensor, ``(width, height)``, px.
    """

    events: Events
    received_s: float
    epoch: int
    resolution: tuple[int, int]


class EventRing:
    """Hands events from the thread that captures them to the one that draws.

    Parameters
    ----------
    max_events
        How many may wait; when more come the oldest are dropped, and counted. A batch takes the
        room of at least 64.
    """

    def __init__(self, max_events: int) -> None:
        self._max_events = max_events
        self._lock = threading.Lock()
        self._waiting: deque[Batch] = deque()
        self._n = 0
        self.n_dropped = 0

    def put(self, batch: Batch) -> None:
        """Add a batch."""
        with self._lock:
            self._waiting.append(batch)
            self._n += _weight(batch)
            while self._n > self._max_events and len(self._waiting) > 1:
                oldest = self._waiting.popleft()
                self._n -= _weight(oldest)
                self.n_dropped += len(oldest.events)

    def take(self) -> deque[Batch]:
        """Return all that waits, the oldest first."""
        with self._lock:
            taken, self._waiting = self._waiting, deque()
            self._n = 0
        return taken

    def drop(self) -> None:
        """Drop all that waits, and count it."""
        for batch in self.take():
            self.n_dropped += len(batch.events)


def _weight(batch: Batch) -> int:
    return max(_LEAST_WEIGHT, len(batch.events))
