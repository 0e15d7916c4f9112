"""How many events a recording has over time, counted in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from evface.projects.recording import Recording

_MAX_BINS = 1_000_000


@dataclass(frozen=True, eq=False)
class EventRate:
    """Events per second over time.

    Parameters
    ----------
    times_s, rates_hz : (n,) float64
        Middle of each bin, and its rate.
    """

    times_s: NDArray[np.floating]
    rates_hz: NDArray[np.floating]

    def at(self, time_us: int) -> float | None:
        """Return the rate at a moment, None outside the recording. Takes constant time."""
        if not len(self.times_s):
            return None
        bin_s = 2.0 * self.times_s[0]
        index = int(time_us * 1e-6 / bin_s)
        return float(self.rates_hz[index]) if 0 <= index < len(self.rates_hz) else None


def count_events(recording: Recording) -> EventRate:
    """Count a recording's events in bins of a millisecond, wider ones in very long recordings.

    Raises
    ------
    EventFileError
        If the file cannot be read.
    """
    bin_us = 1_000 * -(-max(recording.events.duration_us, 1) // (1_000 * _MAX_BINS))
    counts = recording.events.rate(bin_us)
    times_s = (np.arange(len(counts)) + 0.5) * (bin_us * 1e-6)
    return EventRate(times_s, counts / (bin_us * 1e-6))


def format_rate(rate_hz: float) -> str:
    """Return a rate in its handiest unit: ``1.2 M/s``."""
    for factor, unit in ((1e6, "M"), (1e3, "k")):
        if rate_hz >= factor:
            value = rate_hz / factor
            return f"{value:.0f}\u202f{unit}/s" if value >= 100 else f"{value:.3g}\u202f{unit}/s"
    return f"{rate_hz:.0f}\u202f/s"
