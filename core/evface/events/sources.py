"""Event files behind one protocol, told apart by their content."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events


class EventSource(Protocol):
    """An event recording that can be read at any time.

    Times are the recording's clock: microseconds of the sensor, zero at the first event.
    `origin_us` is what the file itself says for that instant.
    Safe to read from several threads.
    """

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def format(self) -> str:
        """Name of the format as users know it, e.g. ``"RAW EVT3"``."""

    @property
    def resolution(self) -> tuple[int, int]:
        """Sensor ``(width, height)``, px."""

    @property
    def origin_us(self) -> int:
        """Time of the first event as the file states it."""

    @property
    def duration_us(self) -> int:
        """Time of the last event plus one; 0 without events."""

    @property
    def n_events(self) -> int:
        """Number of events."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read: one line each, for the user."""

    @property
    def metadata(self) -> dict[str, str]:
        """What the header says: camera, serial, date and the like. May be empty."""

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside the recording."""

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64, without decoding where possible.

        Raises
        ------
        ValueError
            If `bin_us` is not a positive multiple of 1000.
        """

    def close(self) -> None:
        """Release the file. Reading afterwards is an error."""
