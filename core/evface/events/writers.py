"""Event files to write: one table of formats, one protocol of writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from evface.events.events import Events
from evface.events.triggers import Triggers


class EventWriter(Protocol):
    """Writes an event file piece by piece; it appears under its name only when complete.

    Use it as a context manager: leaving it normally finishes the file, an exception discards it.
    Times are on the sensor's clock, as `EventSource.origin_us`.
    """

    def append(self, events: Events) -> None:
        """Add events that follow those before; may be empty."""

    def append_triggers(self, triggers: Triggers) -> None:
        """Add triggers that follow those before, ahead of the events that come after them.

        Left out where the format cannot hold them; see `WritableFormat.holds_triggers`.
        """

    def close(self) -> None:
        """Finish the file and put it in place."""

    def __enter__(self) -> Self:
        """Return the writer."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or discard it after an exception."""


@dataclass(frozen=True)
class WritableFormat:
    """A format that event files can be written in.

    Parameters
    ----------
    name
        As given on the command line.
    title
        As users know it.
    suffixes
        Of its files. The first format of the table with a suffix is what the suffix stands for.
    writer
        Module and class, imported when first used; the class takes `path`, and by name
        `resolution`, `metadata` and the `options`.
    options
        What else the class is given.
    holds_triggers
        Whether `EventWriter.append_triggers` keeps them.
    holds_metadata, holds_resolution
        Whether what is known of the camera, and the size of its sensor, are kept.
    counter_us
        The format states times modulo so many; None where it states them in full.
    takes_video_offset
        Whether the class takes `video_offset_us`.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    writer: tuple[str, str]
    options: tuple[tuple[str, Any], ...] = ()
    holds_triggers: bool = False
    holds_metadata: bool = False
    holds_resolution: bool = True
    counter_us: int | None = None
    takes_video_offset: bool = False

    def open(
        self,
        path: Path,
        *,
        resolution: tuple[int, int],
        metadata: Mapping[str, str] | None = None,
        video_offset_us: int | None = None,
    ) -> EventWriter:
        """Begin a file.

        Parameters
        ----------
        path
            The file to write. An existing one is replaced at the end.
        resolution
            Sensor ``(width, height)``, px.
        metadata
            Words about the recording, kept where the format can.
        video_offset_us
            Time of the first frame of a video that belongs to it, on the clock of the events;
            kept where the format can.

        Raises
        ------
        EventFileError
            If the file cannot be written or what it needs is not installed.
        """
        module, name = self.writer
        options = dict(self.options)
        if self.takes_video_offset:
            options["video_offset_us"] = video_offset_us
        make = getattr(import_module(module), name)
        return make(path, resolution=resolution, metadata=metadata, **options)


_FORMATS = "evface.events.formats"

WRITABLE_FORMATS = (
    WritableFormat(
        name="hdf5",
        title="HDF5",
        suffixes=(".h5", ".hdf5"),
        writer=(f"{_FORMATS}.hdf5_writer", "Hdf5EventWriter"),
        holds_triggers=True,
        holds_metadata=True,
        takes_video_offset=True,
    ),
    WritableFormat(
        name="evt3",
        title="RAW EVT3",
        suffixes=(".raw",),
        writer=(f"{_FORMATS}.raw_writer", "RawEventWriter"),
        options=(("encoding", "EVT3"),),
        holds_triggers=True,
        holds_metadata=True,
        counter_us=1 << 24,
    ),
    WritableFormat(
        name="evt2",
        title="RAW EVT2",
        suffixes=(".raw",),
        writer=(f"{_FORMATS}.raw_writer", "RawEventWriter"),
        options=(("encoding", "EVT2"),),
        holds_triggers=True,
        holds_metadata=True,
        counter_us=1 << 34,
    ),
    WritableFormat(
        name="prophesee",
        title="Prophesee HDF5",
        suffixes=(".hdf5", ".h5"),
        writer=(f"{_FORMATS}.prophesee_hdf5_writer", "PropheseeHdf5Writer"),
        holds_triggers=True,
        holds_metadata=True,
    ),
    WritableFormat(
        name="aedat4",
        title="AEDAT4",
        suffixes=(".aedat4",),
        writer=(f"{_FORMATS}.aedat4_writer", "Aedat4EventWriter"),
    ),
    WritableFormat(
        name="npz",
        title="NumPy archive",
        suffixes=(".npz",),
        writer=(f"{_FORMATS}.table_writers", "NpzEventWriter"),
    ),
    WritableFormat(
        name="csv",
        title="text table",
        suffixes=(".csv", ".txt"),
        writer=(f"{_FORMATS}.table_writers", "CsvEventWriter"),
        holds_resolution=False,
    ),
)


def choose_format(path: Path, name: str | None = None) -> WritableFormat:
    """Return the format to write `path` in.

    Parameters
    ----------
    path
        The file to write; its suffix tells the format where `name` is not given.
    name
        Name of a format of the table.

    Raises
    ------
    ValueError
        If there is no such format, or none has that suffix.
    """
    if name is not None:
        for known in WRITABLE_FORMATS:
            if known.name == name.lower():
                return known
        names = ", ".join(known.name for known in WRITABLE_FORMATS)
        raise ValueError(f"no format {name!r}; there are {names}")
    suffix = Path(path).suffix.lower()
    for known in WRITABLE_FORMATS:
        if suffix in known.suffixes:
            return known
    suffixes = ", ".join(dict.fromkeys(s for known in WRITABLE_FORMATS for s in known.suffixes))
    raise ValueError(
        f"OUT must end in one of {suffixes}, or --format be given; got {Path(path).name!r}"
    )
