"""Counts what comes from a camera."""

from __future__ import annotations

import threading
import time

from evface.cameras.base import CameraHealth

_MEASURED_OVER_S = 0.5


class Tally:
    """Counts and rates since a camera was opened. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_events = self._n_bytes = self._n_dropped = 0
        self._rate_hz = self._bytes_per_s = 0.0
        self._since = (time.monotonic(), 0, 0)

    def add(self, n_events: int, n_bytes: int, n_dropped: int = 0) -> None:
        """Count a packet."""
        with self._lock:
            self._n_events += n_events
            self._n_bytes += n_bytes
            self._n_dropped += n_dropped
            self._measure(_MEASURED_OVER_S)

    def health(
        self,
        *,
        backlog: int = 0,
        n_damaged: int = 0,
        n_outside: int = 0,
        temperature_c: float | None = None,
        illuminance: int | None = None,
    ) -> CameraHealth:
        """Return the counts with what only the camera knows."""
        with self._lock:
            # Where nothing comes any more, nothing is added that would tell.
            self._measure(2 * _MEASURED_OVER_S)
            return CameraHealth(
                backlog=backlog,
                n_dropped=self._n_dropped,
                n_events=self._n_events,
                n_bytes=self._n_bytes,
                rate_hz=self._rate_hz,
                bytes_per_s=self._bytes_per_s,
                n_damaged=n_damaged,
                n_outside=n_outside,
                temperature_c=temperature_c,
                illuminance=illuminance,
            )

    def _measure(self, at_least_s: float) -> None:
        began_s, n_events, n_bytes = self._since
        now_s = time.monotonic()
        if now_s - began_s >= at_least_s:
            self._rate_hz = (self._n_events - n_events) / (now_s - began_s)
            self._bytes_per_s = (self._n_bytes - n_bytes) / (now_s - began_s)
            self._since = (now_s, self._n_events, self._n_bytes)
