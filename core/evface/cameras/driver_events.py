"""Takes over the events of drivers that decode for themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from evface.events.events import Events
from evface.events.formats.evt_state import JITTER_US
from evface.events.triggers import Triggers

# No camera is silent for so long: its clock has jumped.
_LONGEST_STEP_US = 3_600_000_000


class DriverEvents:
    """Checks what a driver decoded: nothing outside the sensor, and no time that steps back.

    Parameters
    ----------
    resolution
        Sensor ``(width, height)``, px.
    """

    n_damaged = 0

    def __init__(self, resolution: tuple[int, int]) -> None:
        self._width, self._height = resolution
        self._last_us = self._last_trigger_us = 0
        self._is_started = False
        self.n_outside = 0
        self.n_restarts = 0

    def convert(self, packet: Any) -> tuple[Events, Triggers | None]:
        """Return the events and triggers of a driver's packet."""
        return self._events(packet.polarity_events), self._triggers(packet.trigger_events)

    def _events(self, found: Any) -> Events:
        if found is None or not len(found):
            return Events.empty()
        is_inside = (found["x"] < self._width) & (found["y"] < self._height)
        if not is_inside.all():
            self.n_outside += int(np.count_nonzero(~is_inside))
            found = found[is_inside]
            if not len(found):
                return Events.empty()
        t = found["t"].astype(np.int64)
        if not self._is_started:
            self._last_us, self._is_started = int(t.min()), True
        steps = np.diff(t, prepend=self._last_us)
        if steps.min() < -JITTER_US or steps.max() > _LONGEST_STEP_US:
            self.n_restarts += 1
            return Events.empty()
        t = np.maximum.accumulate(np.maximum(t, self._last_us))
        self._last_us = int(t[-1])
        return Events(
            t,
            found["x"].astype(np.uint16),
            found["y"].astype(np.uint16),
            found["on"].astype(np.bool_),
        )

    def _triggers(self, found: Any) -> Triggers | None:
        if found is None or not len(found):
            return None
        names = found.dtype.names
        t = np.maximum.accumulate(found["t"].astype(np.int64))
        t = np.maximum(t, self._last_trigger_us)
        self._last_trigger_us = int(t[-1])
        channels = found["id"].astype(np.uint8) if "id" in names else np.zeros(len(t), np.uint8)
        # A DAVIS says 0 falling, 1 rising, 2 a pulse, which begins with a rise.
        edges = found["rising" if "rising" in names else "polarity"]
        return Triggers(t, channels, edges.astype(np.bool_))
