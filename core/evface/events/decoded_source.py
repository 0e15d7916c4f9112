"""Sources of files that were decoded whole: held in memory, or kept as HDF5 in the cache."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError
from evface.events.decoding import Decoder, FrameIndex
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.formats.hdf5_source import Hdf5Source
from evface.events.intake import MAX_DURATION_US, Intake
from evface.events.rates import check_bin_us, rebin_sparse
from evface.events.triggers import Triggers

# Sensors by size, for files that do not state theirs.
_KNOWN_SENSORS = (
    (128, 128), (240, 180), (304, 240), (320, 240), (346, 260), (320, 320), (480, 360),
    (640, 480), (1280, 720), (1280, 800),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Decoded:
    """What is known of a file once it was decoded, save its events.

    Parameters
    ----------
    format, resolution, origin_us, metadata, warnings, findings
        As of an `EventSource`.
    triggers
        On the recording's clock.
    frames
        Where pictures lie; None where there are none. Their times are on the recording's clock.
    """

    format: str
    resolution: tuple[int, int]
    origin_us: int
    metadata: dict[str, str]
    warnings: tuple[str, ...]
    findings: Findings
    triggers: Triggers = field(default_factory=Triggers.empty)
    frames: FrameIndex | None = None


def sum_up(decoder: Decoder, intake: Intake) -> Decoded:
    """Say what was found once all pieces of a file have been taken in.

    Raises
    ------
    EventFileError
        If the file holds no events, or most of them are not in order of time.
    """
    if intake.origin_us is None:
        if intake.n_outside:
            raise decoder.fail("all events are outside its sensor; it is damaged")
        raise decoder.fail("holds no events; copy or record it again")
    n_disordered = intake.n_impossible + intake.n_restarts
    if n_disordered > max(0.2 * intake.n_events, 100):
        raise decoder.fail("its events are not in order of time; sort them by time first")
    resolution = decoder.resolution
    warnings = [*decoder.warnings]
    if resolution is None:
        resolution = _sensor_of(intake.extent)
        warnings.append(
            "the file does not state its sensor; {} x {} is assumed".format(*resolution)
        )
    warnings += _warnings(decoder, intake, resolution)
    triggers, frames = decoder.triggers(), decoder.frames()
    metadata = dict(decoder.metadata)
    if frames is not None:
        metadata["pictures"] = "{:,}, {} x {}".format(len(frames), *frames.resolution)
    origin_us = intake.origin_us
    return Decoded(
        decoder.format,
        resolution,
        origin_us,
        metadata,
        tuple(warnings),
        Findings(
            n_outside=intake.n_outside,
            n_damaged_words=decoder.n_damaged + intake.n_impossible,
            n_late=intake.n_late,
            max_late_us=intake.max_late_us,
            n_restarts=intake.n_restarts,
            n_wraps=decoder.n_wraps,
            n_cut_bytes=decoder.n_cut_bytes,
            cut_at_us=intake.duration_us if decoder.n_cut_bytes or intake.is_full else None,
            n_motion=decoder.n_motion,
        ),
        replace(triggers, times_us=np.maximum.accumulate(triggers.times_us) - origin_us),
        None if frames is None else replace(frames, times_us=frames.times_us - origin_us),
    )


class DecodedSource(ABC):
    """An `EventSource` of a file whose events lie elsewhere than in the file.

    Parameters
    ----------
    path
        The file.
    decoded
        What is known of it.
    """

    def __init__(self, path: Path, decoded: Decoded) -> None:
        self._path = path
        self._decoded = decoded

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def format(self) -> str:
        """Name of the format as users know it."""
        return self._decoded.format

    @property
    def resolution(self) -> tuple[int, int]:
        """Sensor ``(width, height)``, px."""
        return self._decoded.resolution

    @property
    def origin_us(self) -> int:
        """Time of the first event as the file states it."""
        return self._decoded.origin_us

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read."""
        return self._decoded.warnings

    @property
    def findings(self) -> Findings:
        """What was left out or mended."""
        return self._decoded.findings

    @property
    def metadata(self) -> dict[str, str]:
        """What the file says of itself."""
        return dict(self._decoded.metadata)

    @property
    def is_complete(self) -> bool:
        """True: the file was decoded whole."""
        return True

    @property
    def frames(self) -> FrameIndex | None:
        """Where pictures lie that the file holds beside its events; None where it holds none."""
        return self._decoded.frames

    def triggers(self) -> Triggers:
        """Return the edges at the sensor's trigger inputs."""
        return self._decoded.triggers

    @property
    @abstractmethod
    def duration_us(self) -> int:
        """Time of the last event plus one."""

    @property
    @abstractmethod
    def n_events(self) -> int:
        """Number of events."""

    @abstractmethod
    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside the recording."""

    @abstractmethod
    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64."""

    @abstractmethod
    def close(self) -> None:
        """Release the file."""


class MemorySource(DecodedSource):
    """Events of a small file, held in memory.

    Parameters
    ----------
    path, decoded
        As for `DecodedSource`.
    events
        On the recording's clock; at least one.
    """

    def __init__(self, path: Path, decoded: Decoded, events: Events) -> None:
        super().__init__(path, decoded)
        self._events = events

    @property
    def duration_us(self) -> int:
        """Time of the last event plus one."""
        return int(self._events.t[-1]) + 1

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self._events)

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside the recording."""
        return self._events.between(start_us, max(start_us, stop_us))

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64."""
        check_bin_us(bin_us)
        ms, counts = np.unique(self._events.t // 1000, return_counts=True)
        return rebin_sparse(ms, counts, bin_us, self.duration_us)

    def close(self) -> None:
        """Do nothing: the file was read whole."""


class ConvertedSource(DecodedSource):
    """Events of a large file, in the HDF5 file that was made of it.

    Parameters
    ----------
    path, decoded
        As for `DecodedSource`.
    converted
        The HDF5 file, open. Closed with this source.
    """

    def __init__(self, path: Path, decoded: Decoded, converted: Hdf5Source) -> None:
        super().__init__(path, decoded)
        self._converted = converted

    @property
    def duration_us(self) -> int:
        """Time of the last event plus one."""
        return self._converted.duration_us

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self._converted.n_events

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside the recording."""
        try:
            return self._converted.read(start_us, stop_us)
        except EventFileError as error:
            raise EventFileError(
                self._path, f"its copy in the cache is damaged; delete {error.path}"
            ) from error

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64, from the index."""
        return self._converted.rate(bin_us)

    def close(self) -> None:
        """Release the converted file."""
        self._converted.close()


def _sensor_of(extent: tuple[int, int]) -> tuple[int, int]:
    for size in _KNOWN_SENSORS:
        if size[0] >= extent[0] and size[1] >= extent[1]:
            return size
    return extent


def _warnings(decoder: Decoder, intake: Intake, resolution: tuple[int, int]) -> list[str]:
    warnings = []
    if decoder.n_cut_bytes:
        warnings.append(
            f"the file was cut off after {intake.duration_us / 1e6:.3f} s; "
            f"its last {_count(decoder.n_cut_bytes, 'byte')} incomplete"
        )
    if intake.is_full:
        hours = MAX_DURATION_US // 3_600_000_000
        warnings.append(f"only the first {hours} hours are shown; cut the file to see the rest")
    if decoder.n_damaged:
        warnings.append(f"{_count(decoder.n_damaged, 'damaged part')} left out")
    if intake.n_impossible:
        warnings.append(f"{intake.n_impossible:,} events with impossible times are left out")
    if intake.n_outside:
        warnings.append(
            f"{intake.n_outside:,} events outside the sensor ({resolution[0]} x {resolution[1]}) "
            "are left out"
        )
    if intake.n_restarts:
        warnings.append(
            f"the time starts again or jumps {intake.n_restarts:,} times; "
            "what follows is placed after a gap"
        )
    if intake.n_late:
        warnings.append(
            f"{intake.n_late:,} events came up to {intake.max_late_us:,} us late "
            "and have the time of the event before"
        )
    return warnings


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing} is" if n == 1 else f"{n:,} {thing}s are"
