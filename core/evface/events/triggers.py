"""Edges that another device sent to the sensor's trigger input, on the sensor's clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Triggers:
    """Edges at the trigger inputs of an event sensor.

    Parameters
    ----------
    times_us : (n,) int64
        On the recording's clock, never decreasing. Below zero before the first event.
    channels : (n,) uint8
        Which input.
    is_rising : (n,) bool
        Whether the input went up.
    """

    times_us: NDArray[np.int64]
    channels: NDArray[np.uint8]
    is_rising: NDArray[np.bool_]

    @classmethod
    def empty(cls) -> Triggers:
        """Return no triggers."""
        return cls(np.empty(0, np.int64), np.empty(0, np.uint8), np.empty(0, np.bool_))

    def __len__(self) -> int:
        return len(self.times_us)

    def part(self, first: int, last: int) -> Triggers:
        """Return the triggers from `first` up to `last` as views."""
        return Triggers(
            self.times_us[first:last], self.channels[first:last], self.is_rising[first:last]
        )

    def followed_by(self, others: Triggers) -> Triggers:
        """Return these and then `others`."""
        return Triggers(
            np.concatenate((self.times_us, others.times_us)),
            np.concatenate((self.channels, others.channels)),
            np.concatenate((self.is_rising, others.is_rising)),
        )
