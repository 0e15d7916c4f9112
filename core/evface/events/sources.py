"""Event files behind one protocol, told apart by their content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError
from evface.events.content import Content, identify
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.triggers import Triggers


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

    @property
    def findings(self) -> Findings:
        """What the decoder left out or mended."""

    @property
    def is_complete(self) -> bool:
        """Whether all there is can be read.

        False while a file opened with ``waits=False`` is being indexed or recorded. Its duration,
        number of events, rate, warnings and findings then grow; what could be read once stays.
        """

    def triggers(self) -> Triggers:
        """Return the edges at the sensor's trigger inputs; empty where the format has none."""

    def close(self) -> None:
        """Release the file. Reading afterwards is an error."""


@runtime_checkable
class IndexedSource(Protocol):
    """A source that may grow, and tells how far it is."""

    @property
    def indexed_share(self) -> float:
        """How much of the file as it is now can be read, 0 to 1."""


def open_events(
    path: Path,
    *,
    report: Callable[[float, str], None] | None = None,
    waits: bool = True,
    columns: str = "",
) -> EventSource:
    """Open an event file; its format is told by its content, not by its name.

    RAW and DAT files get a time index in a file beside them, or in the user's cache where
    that folder cannot be written. Formats without an index are decoded into memory where they are
    small, and else converted once into the user's cache; see `evface.events.conversion`.

    Parameters
    ----------
    path
        RAW EVT2, EVT2.1 or EVT3, DAT, HDF5 (evface's, DSEC's, Prophesee's, or x, y, t and p under
        their usual names), AEDAT 2.0, 3.1 or 4, Event Stream, N-MNIST ``.bin``, NumPy ``.npy`` and
        ``.npz``, or a table of text.
    report
        Told the progress, 0 to 1, where a large file must be indexed or converted first. An
        exception that it raises ends the opening.
    waits
        Whether to index all of a large file before returning. Else what is indexed can be read at
        once and grows, also while the file is being recorded: see `EventSource.is_complete`.
    columns
        For tables whose columns are not told by their content: what they are, such as
        ``"t,x,y,p"`` or ``"x,y,t_ns,p"``.

    Returns
    -------
    EventSource
        To be closed by the caller.

    Raises
    ------
    EventFileError
        If the file cannot be read, is empty, damaged beyond reading, or holds something else.
    """
    path = Path(path)
    content = identify(path)
    # The formats bring h5py and numba, which take a while to import.
    if content is Content.HDF5:
        from evface.events.formats.hdf5_layout import is_indexed
        from evface.events.formats.hdf5_source import Hdf5Source
        from evface.events.formats.prophesee_layout import may_be_prophesee

        if may_be_prophesee(path):
            from evface.events.formats.prophesee_hdf5 import open_prophesee

            prophesee = open_prophesee(path, report=report)
            if prophesee is not None:
                return prophesee
        if not columns and is_indexed(path):
            return Hdf5Source(path)
    if content in (Content.RAW, Content.DAT):
        from evface.events.formats.raw import RawSource

        return RawSource(path, report=report, waits=waits)
    if content in _DECODED:
        from evface.events.conversion import open_decoded

        return open_decoded(path, content, columns=columns, report=report)
    raise EventFileError(path, _ADVICE.get(content, f"is {content}, not an event file"))


def iter_batches(
    source: EventSource,
    start_us: int = 0,
    stop_us: int | None = None,
    *,
    max_events: int = 1 << 21,
) -> Iterator[Events]:
    """Go through a recording in pieces of bounded size.

    Parameters
    ----------
    source
        The recording.
    start_us, stop_us
        The part ``[start_us, stop_us)``; to the end when `stop_us` is None.
    max_events
        Roughly the most events in a piece; a single millisecond is never divided.

    Yields
    ------
    Events
        In time order, without gaps or overlaps. May be empty.
    """
    stop_us = source.duration_us if stop_us is None else min(stop_us, source.duration_us)
    start_us = max(start_us, 0)
    if start_us >= stop_us:
        return
    # Coarser bins for hours-long recordings keep the table of rates small.
    bin_us = 1000 * max(1, source.duration_us // 10**9)
    ends = np.cumsum(source.rate(bin_us))
    at_us = start_us
    while at_us < stop_us:
        first = at_us // bin_us
        before = int(ends[first - 1]) if first else 0
        last = int(np.searchsorted(ends, before + max_events, side="right"))
        next_us = min(max(last, first + 1) * bin_us, stop_us)
        yield source.read(at_us, next_us)
        at_us = next_us


_ADVICE = {
    Content.ROSBAG: "is a ROS bag, which evface cannot read; convert its events to RAW",
    Content.VIDEO: "is a video, not an event file; simulate events from it with evface simulate",
}
# Formats that have no index and are decoded from their beginning.
_DECODED = frozenset(
    {
        Content.AEDAT4,
        Content.AEDAT,
        Content.EVENT_STREAM,
        Content.HDF5,
        Content.NUMPY,
        Content.ZIP,
        Content.TEXT,
        Content.UNKNOWN,
    }
)
