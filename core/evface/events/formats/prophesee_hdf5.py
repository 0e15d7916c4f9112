"""Reading Prophesee's HDF5 event files, compressed with ECF or otherwise."""

from __future__ import annotations

import contextlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.formats.prophesee_chunks import EventChunks, settle
from evface.events.formats.prophesee_index import (
    BEFORE,
    FLOORS,
    INDEX_SHAPES,
    KEPT,
    MAX_TIME_US,
    SHIFTS,
    STARTS,
    ChunkIndex,
    build_chunk_index,
)
from evface.events.formats.prophesee_layout import (
    LAYOUT_SHAPES,
    PropheseeLayout,
    read_layout,
)
from evface.events.index import FileIdentity, read_index, write_index
from evface.events.rates import check_bin_us, rebin_sparse
from evface.events.triggers import Triggers

# Decoded chunks that are kept: 33 ms at 25 Mev/s take 50, and this many 27 MB.
_CACHED_CHUNKS = 128
_MAX_SIDE = 1 << 14
# What a damaged index raises; a new one is made then.
_DAMAGES = (AttributeError, KeyError, OverflowError, TypeError, ValueError, EventFileError)
# Of the index; another value makes those that were kept stale.
_PARAMETERS = "prophesee 1"
_GEOMETRY = re.compile(r"(\d{1,5})x(\d{1,5})")


def open_prophesee(
    path: Path, *, report: Callable[[float, str], None] | None = None
) -> PropheseeHdf5Source | None:
    """Open an HDF5 file if it is laid out as Prophesee's, else return None.

    Parameters
    ----------
    path
        An HDF5 file. Opened for reading only; its index is kept beside it, see `index`.
    report
        Told the progress of indexing, 0 to 1.

    Raises
    ------
    EventFileError
        If the file is damaged beyond reading or holds no events.
    """
    try:
        identity = FileIdentity.of(path)
        arrays = read_index(path, identity, _PARAMETERS, LAYOUT_SHAPES | INDEX_SHAPES)
        if arrays is not None:
            with contextlib.suppress(*_DAMAGES):
                layout = PropheseeLayout.from_arrays(arrays)
                index = ChunkIndex(**{name: arrays[name] for name in INDEX_SHAPES})
                if index.is_consistent() and index.n_events:
                    return PropheseeHdf5Source(path, layout, index)
        layout_found = read_layout(path)
        if layout_found is None:
            return None
        source = PropheseeHdf5Source(path, layout_found, report=report)
    except OSError as error:
        reason = error.strerror or "unknown"
        raise EventFileError(path, f"cannot be read ({reason}); check the disk") from error
    write_index(path, identity, _PARAMETERS, source.to_arrays())
    return source


class PropheseeHdf5Source:
    """An `EventSource` of a Prophesee HDF5 file.

    Parameters
    ----------
    path
        The file.
    layout, index
        Where its parts lie, and when its chunks are; built where it is not given.
    report
        Told the progress of that, 0 to 1.

    Raises
    ------
    EventFileError
        If the file is damaged beyond reading or holds no events.
    """

    def __init__(
        self,
        path: Path,
        layout: PropheseeLayout,
        index: ChunkIndex | None = None,
        *,
        report: Callable[[float, str], None] | None = None,
    ) -> None:
        self._path = Path(path)
        self._layout = layout
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, Events] = OrderedDict()
        self._warnings: list[str] = []
        try:
            self._choose_resolution()
            self._chunks = EventChunks(self._path, layout)
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            raise EventFileError(self._path, f"cannot be read: {error}") from error
        try:
            self._index = index or self._build_index(report)
        except BaseException:
            self._chunks.close()
            raise
        self._warn()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def format(self) -> str:
        """``"Prophesee HDF5"``, or ``"Prophesee HDF5 ECF"``."""
        return "Prophesee HDF5 ECF" if self._chunks.has_ecf else "Prophesee HDF5"

    @property
    def resolution(self) -> tuple[int, int]:
        """Sensor ``(width, height)``, px."""
        return self._resolution

    @property
    def origin_us(self) -> int:
        """Time of the first event as the file states it."""
        return int(self._index.totals[0])

    @property
    def duration_us(self) -> int:
        """Time of the last event plus one."""
        return int(self._index.totals[1])

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self._index.n_events

    @property
    def is_complete(self) -> bool:
        """Whether all of the file is known: always."""
        return True

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read."""
        return tuple(self._warnings)

    @property
    def findings(self) -> Findings:
        """What was left out or mended, counted."""
        _, _, n_outside, n_lost, n_late, max_late_us, n_restarts = map(int, self._index.totals)
        n_cut_bytes = self._layout.n_cut_bytes
        return Findings(
            n_cut_bytes=n_cut_bytes,
            cut_at_us=self.duration_us if n_cut_bytes else None,
            n_outside=n_outside,
            n_damaged_words=n_lost,
            n_late=n_late,
            max_late_us=max_late_us,
            n_restarts=n_restarts,
        )

    @property
    def metadata(self) -> dict[str, str]:
        """What the file says of the camera: its attributes."""
        return dict(self._layout.attributes)

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside the recording."""
        start_us, stop_us = max(start_us, 0), min(stop_us, self.duration_us)
        if start_us >= stop_us:
            return Events.empty()
        starts = self._index.chunks[STARTS, :-1]
        # Events of a chunk's own first time may lie before it, so begin with an earlier one.
        first = max(int(np.searchsorted(starts, start_us)) - 1, 0)
        last = int(np.searchsorted(starts, stop_us))
        parts = [self._read_chunk(i) for i in range(first, last)]
        if len(parts) > 1:
            parts[-1] = parts[-1].between(start_us, stop_us)
        if parts:
            parts[0] = parts[0].between(start_us, stop_us)
        if len(parts) == 1:
            # What is kept is not to be given away.
            return Events(*(getattr(parts[0], name).copy() for name in "txyp"))
        return Events.concatenate(parts)

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64, from the index."""
        check_bin_us(bin_us)
        ms, first = self._index.steps
        return rebin_sparse(ms, np.diff(first, append=self.n_events), bin_us, self.duration_us)

    def triggers(self) -> Triggers:
        """Return the edges at the sensor's trigger inputs."""
        triggers = self._layout.triggers
        times, channels, values = triggers[
            :, (triggers[0] > -MAX_TIME_US) & (triggers[0] < MAX_TIME_US)
        ]
        order = np.argsort(times, kind="stable")
        return Triggers(
            times[order] - self.origin_us,
            channels[order].astype(np.uint8),
            values[order] > 0,
        )

    def close(self) -> None:
        """Release the file."""
        self._chunks.close()

    def to_arrays(self) -> dict[str, NDArray[np.int64]]:
        """Return what is kept in the file of the index."""
        return self._layout.to_arrays() | self._index.to_arrays()

    def _read_chunk(self, i: int) -> Events:
        """Return the events of the index's `i`-th chunk, on the recording's clock."""
        with self._lock:
            found = self._cache.get(i)
            if found is not None:
                self._cache.move_to_end(i)
                return found
        row = self._index.chunks[:, i]
        try:
            columns = self._chunks.read(int(row[KEPT]))
        except OSError as error:
            reason = error.strerror or "unknown"
            raise EventFileError(
                self._path, f"cannot be read ({reason}); check the disk"
            ) from error
        if columns is not None:
            n, _, _ = settle(*columns, *self._resolution, row[SHIFTS], row[FLOORS])
        if columns is None or n != self._index.chunks[BEFORE, i + 1] - row[BEFORE]:
            raise EventFileError(self._path, "changed while it was open; open it again")
        t, x, y, p = columns
        found = Events(t[:n] - self.origin_us, x[:n], y[:n], p[:n])
        with self._lock:
            self._cache[i] = found
            while len(self._cache) > _CACHED_CHUNKS:
                self._cache.popitem(last=False)
        return found

    def _choose_resolution(self) -> None:
        attributes = self._layout.attributes
        stated = _GEOMETRY.fullmatch(attributes.get("geometry", ""))
        if stated is None:
            sizes = attributes.get("width", ""), attributes.get("height", "")
            stated = _GEOMETRY.fullmatch("x".join(sizes))
        if stated is not None:
            self._resolution = int(stated[1]), int(stated[2])
            if not 0 < min(self._resolution) <= max(self._resolution) <= _MAX_SIDE:
                raise ValueError("impossible resolution {} x {}".format(*self._resolution))
            return
        self._resolution = (1280, 720)
        self._warnings.append("the file does not state its sensor; 1280 x 720 is assumed")

    def _build_index(self, report: Callable[[float, str], None] | None) -> ChunkIndex:
        index = build_chunk_index(self._chunks, self._resolution, report)
        if index.n_events:
            return index
        if index.totals[2]:
            problem = "all events are outside its sensor of {} x {}".format(*self._resolution)
        elif index.totals[3]:
            problem = "all of its events are damaged; copy or record it again"
        else:
            problem = "holds no events; copy or record it again"
        raise EventFileError(self._path, problem)

    def _warn(self) -> None:
        found = self.findings
        if found.n_cut_bytes:
            self._warnings.append(
                f"the file was cut off; its last {found.n_cut_bytes:,} bytes, after "
                f"{self.duration_us / 1e6:.3f} s, are missing"
            )
        if found.n_damaged_words:
            share = 100 * found.n_damaged_words / (self.n_events + found.n_damaged_words)
            self._warnings.append(
                f"{found.n_damaged_words:,} events ({share:.2g} %) are damaged and left out"
            )
        if found.n_outside:
            share = 100 * found.n_outside / (self.n_events + found.n_outside)
            self._warnings.append(
                f"{found.n_outside:,} events ({share:.2g} %) outside the sensor "
                "({} x {}) are left out".format(*self._resolution)
            )
        if found.n_restarts:
            self._warnings.append(
                f"the time starts again {found.n_restarts:,} times; what follows is placed after"
            )
        if found.n_late:
            self._warnings.append(
                f"{found.n_late:,} events came up to {found.max_late_us:,} us late "
                "and have the time of the event before"
            )
