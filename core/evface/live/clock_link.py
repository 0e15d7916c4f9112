"""Where a picture's time lies on the event camera's clock, while both arrive."""

from __future__ import annotations

import threading
from collections import deque

from evface.geometry.clock import ClockSync

# Delays vary, the shortest hardly: over so long the shortest is looked for.
_MEMORY_S = 10.0
# One look in so long is enough, which bounds what is remembered.
_LEAST_STEP_S = 0.02


class ArrivalClock:
    """Follows how a camera's clock runs against the time at which what it sends arrives.

    For any thread.

    What arrives quickest shows the offset best, so the least delay of the last seconds counts. A
    constant delay of the transport stays in it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, int]] = deque()

    def reset(self) -> None:
        """Forget everything: the clock began anew."""
        with self._lock:
            self._seen.clear()

    def see(self, t_us: int, received_s: float) -> None:
        """Take in when something of a time arrived."""
        with self._lock:
            if self._seen and received_s - self._seen[-1][0] < _LEAST_STEP_S:
                return
            self._seen.append((received_s, round(received_s * 1e6) - t_us))
            while received_s - self._seen[0][0] > _MEMORY_S:
                self._seen.popleft()

    @property
    def arrival_from_camera_us(self) -> int | None:
        """What is to be added to the camera's times to get arrival times; None if nothing came."""
        with self._lock:
            return min((offset for _, offset in self._seen), default=None)


def sync_of(
    events: ArrivalClock, frames: ArrivalClock, *, rgb_delay_us: int = 0
) -> ClockSync | None:
    """Return how the frames' clock maps to the events', as the arrivals tell; None until they do.

    Parameters
    ----------
    rgb_delay_us
        How much longer the RGB camera takes to deliver than the event camera: some milliseconds to
        a hundred. Not told by arrivals; what was recorded and put in sync tells, see
        `evface.projects.recorded_sync.read_rgb_delay_us`.
    """
    of_events, of_frames = events.arrival_from_camera_us, frames.arrival_from_camera_us
    if of_events is None or of_frames is None:
        return None
    return ClockSync(of_frames - of_events - rgb_delay_us, 0.0, "arrival")
