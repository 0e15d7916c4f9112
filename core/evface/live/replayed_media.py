"""What a live view kept of events and pictures, as sources like those of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import Frame
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.rates import check_bin_us
from evface.events.triggers import Triggers
from evface.live.packed_events import PackedEvents


class ReplayedEvents:
    """Kept events as an `EventSource`: time zero is the first event.

    Parameters
    ----------
    packed
        In the order of time.
    resolution
        Sensor ``(width, height)``, px.
    name
        Of the camera.
    """

    format = "live"
    warnings: tuple[str, ...] = ()
    findings = Findings()
    is_complete = True

    def __init__(
        self, packed: Sequence[PackedEvents], resolution: tuple[int, int], name: str
    ) -> None:
        self._packed = packed
        self._starts_us = np.array([one.start_us for one in packed], np.int64)
        self.path = Path(name)
        self.resolution = resolution
        self.metadata = {"camera": name}
        self.origin_us = packed[0].start_us if packed else 0
        self.duration_us = packed[-1].last_us + 1 - self.origin_us if packed else 0
        self.n_events = sum(one.n_events for one in packed)

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside."""
        start_us, stop_us = start_us + self.origin_us, stop_us + self.origin_us
        # The one before the first that begins within may reach into the window, or several may
        # where they share a time.
        first = max(int(np.searchsorted(self._starts_us, start_us)) - 1, 0)
        last = int(np.searchsorted(self._starts_us, stop_us))
        parts = [
            one.unpack().between(start_us, stop_us)
            for one in self._packed[first:last]
            if one.last_us >= start_us
        ]
        found = Events.concatenate(parts)
        return Events(found.t - self.origin_us, found.x, found.y, found.p)

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64."""
        check_bin_us(bin_us)
        counts = np.zeros(-(-self.duration_us // bin_us), np.int64)
        for one in self._packed:
            first = (one.start_us - self.origin_us) // bin_us
            if (one.last_us - self.origin_us) // bin_us == first:
                counts[first] += one.n_events
            else:
                bins = (one.unpack().t - self.origin_us) // bin_us
                counts += np.bincount(bins, minlength=len(counts))
        return counts

    def triggers(self) -> Triggers:
        """Return no triggers: they are only recorded."""
        return Triggers.empty()

    def close(self) -> None:
        """Nothing is to be released."""


class ReplayedFrames:
    """Kept RGB pictures, as a `VideoSource` has a video's; time zero is the first.

    Parameters
    ----------
    times_us : (n,) int64
        Increasing, the first 0.
    frames
        One for each, of one size, at least one.
    name
        Of the camera.
    """

    warnings: tuple[str, ...] = ()

    def __init__(self, times_us: NDArray[np.int64], frames: Sequence[Frame], name: str) -> None:
        self.times_us, self._frames = times_us, frames
        self.path = Path(name)
        self.n_frames = len(frames)
        height, width = frames[0].image.shape[:2]
        self.resolution = (width, height)
        step_us = int(np.median(np.diff(times_us))) if len(frames) > 1 else 0
        self.duration_us = int(times_us[-1]) + step_us
        self.rate_hz = 1e6 / step_us if step_us else float("nan")

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return a frame, (height, width, 3) uint8 RGB, copied."""
        return self._frames[index].image.copy()

    def close(self) -> None:
        """Nothing is to be released."""
