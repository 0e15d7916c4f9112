"""How many events a recording has over time, counted in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evface_studio.timeline.pyramid import Pyramid

if TYPE_CHECKING:
    from evface.projects.recording import Recording

_MAX_BINS = 1_000_000


@dataclass(frozen=True, eq=False)
class EventRate:
    """Events per second over time.

    Parameters
    ----------
    bin_us
        Length of a bin.
    rates_hz : (n,) float64
        Rate in each bin.
    curve
        The same, to be drawn.
    """

    bin_us: int
    rates_hz: NDArray[np.floating]
    curve: Pyramid

    def at(self, time_us: int) -> float | None:
        """Return the rate at a moment, None outside the recording. Takes constant time."""
        index = time_us // self.bin_us
        return float(self.rates_hz[index]) if 0 <= index < len(self.rates_hz) else None


def count_events(recording: Recording) -> EventRate:
    """Count a recording's events in bins of a millisecond, wider ones in very long recordings.

    Raises
    ------
    EventFileError
        If the file cannot be read.
    """
    bin_us = 1_000 * -(-max(recording.events.duration_us, 1) // (1_000 * _MAX_BINS))
    # Of the file: what filters leave of it is known only where it was read.
    rates_hz = recording.unfiltered_events.rate(bin_us) / (bin_us * 1e-6)
    times_s = (np.arange(len(rates_hz)) + 0.5) * (bin_us * 1e-6)
    return EventRate(bin_us, rates_hz, Pyramid(times_s, rates_hz))


def format_rate(rate_hz: float) -> str:
    """Return a rate in its handiest unit: ``1.2 M/s``."""
    for factor, unit in ((1e6, "M"), (1e3, "k")):
        if rate_hz >= factor:
            value = rate_hz / factor
            return f"{value:.0f}\u202f{unit}/s" if value >= 100 else f"{value:.3g}\u202f{unit}/s"
    return f"{rate_hz:.0f}\u202f/s"
