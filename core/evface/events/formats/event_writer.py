"""What the writers of event files have in common."""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.triggers import Triggers


class EventFileWriter(ABC):
    """Writes an event file piece by piece; it appears under its name only when complete.

    Use it as a context manager: leaving it normally finishes the file, an exception discards it.
    A format says how its pieces are written; what is checked and when a file appears is the same
    for all. Its constructor makes `_temporary`, and an OSError there is to be given to `_failure`.

    Parameters
    ----------
    path
        The file to write. An existing one is replaced at the end.
    resolution
        Sensor ``(width, height)``, px.

    Raises
    ------
    ValueError
        If the resolution is not positive.
    """

    # Whether triggers are written among the events; else all of them at the end.
    _interleaves = False

    def __init__(self, path: Path, *, resolution: tuple[int, int]) -> None:
        if min(resolution) <= 0:
            raise ValueError(f"resolution must be positive, got {resolution}")
        self._path = Path(path)
        self._resolution = resolution
        self._temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        self._waiting = Triggers.empty()
        self._last_us: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._discard()

    def append(self, events: Events) -> None:
        """Add events that follow those before.

        Parameters
        ----------
        events
            ``t`` is on the sensor's clock, as `EventSource.origin_us`. May be empty.

        Raises
        ------
        ValueError
            If times decrease or a coordinate is outside the sensor.
        EventFileError
            If the file cannot be written, for example because the disk is full.
        """
        if not len(events):
            return
        width, height = self._resolution
        if events.x.max() >= width or events.y.max() >= height:
            raise ValueError(
                f"coordinates must be inside {width} x {height}, "
                f"got up to ({events.x.max()}, {events.y.max()})"
            )
        begins_us = events.t[0] if self._last_us is None else self._last_us
        if events.t[0] < begins_us or np.any(np.diff(events.t) < 0):
            raise ValueError("times of appended events must not decrease")
        with self._reporting():
            if not self._interleaves:
                self._write(events)
                self._last_us = int(events.t[-1])
                return
            # Triggers come right before the events of their time.
            n_before = int(np.searchsorted(self._waiting.times_us, events.t[-1], side="right"))
            due = self._waiting.part(0, n_before)
            self._waiting = self._waiting.part(n_before, len(self._waiting))
            first = 0
            for k, place in enumerate(np.searchsorted(events.t, due.times_us)):
                if place > first:
                    self._write(_slice(events, first, int(place)))
                    first = int(place)
                self._write_triggers(due.part(k, k + 1))
            self._write(_slice(events, first, len(events)))
        self._last_us = int(events.t[-1])

    def append_triggers(self, triggers: Triggers) -> None:
        """Add triggers; they are written where they belong among events appended later.

        Parameters
        ----------
        triggers
            On the clock of the events, after those added before and after the last event.

        Raises
        ------
        ValueError
            If they are not.
        """
        if not len(triggers):
            return
        waiting = self._waiting.times_us
        least_us = waiting[-1] if len(waiting) else self._last_us
        is_late = least_us is not None and triggers.times_us[0] < least_us
        if is_late or np.any(np.diff(triggers.times_us) < 0):
            raise ValueError("times of appended triggers must not decrease nor lie before events")
        self._waiting = self._waiting.followed_by(triggers)

    def close(self) -> None:
        """Finish the file and put it in place.

        Raises
        ------
        EventFileError
            If the file cannot be written.
        """
        with self._reporting():
            self._write_triggers(self._waiting)
            self._finish()
            self._temporary.replace(self._path)

    @abstractmethod
    def _write(self, events: Events) -> None:
        """Write events that were checked; there is at least one."""

    @abstractmethod
    def _write_triggers(self, triggers: Triggers) -> None:
        """Write triggers that follow what was written before. May be empty."""

    @abstractmethod
    def _finish(self) -> None:
        """Write what is left and close `_temporary`."""

    @abstractmethod
    def _release(self) -> None:
        """Close `_temporary`, whatever its state."""

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise self._failure(error) from error

    def _discard(self) -> None:
        # A full disk also fails the closing; the file is thrown away in any case.
        with contextlib.suppress(OSError, RuntimeError):
            self._release()
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def _failure(self, error: Exception) -> EventFileError:
        self._discard()
        # What HDF5 itself says of it runs over several lines.
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else str(error).partition(" (")[0] or "unknown"
        return EventFileError(
            self._path, f"cannot be written ({reason}); check the folder and the free space"
        )


# What metadata say of the file that they were read from, not of the recording.
FORMAT_KEYS = frozenset(
    ("end", "evt", "format", "geometry", "height", "width", "version", "data", "endianness")
)


def _slice(events: Events, first: int, last: int) -> Events:
    return Events(*(getattr(events, name)[first:last] for name in "txyp"))
