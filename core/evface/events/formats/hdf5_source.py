"""Reading HDF5 event files in evface's layout, which is also that of the DSEC data set."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  registers the filters
import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.formats.hdf5_column import DAMAGES, Hdf5Column
from evface.events.formats.hdf5_time_index import WRAP_US, build_time_index, read_time_index
from evface.events.formats.hdf5_writer import CHUNK_EVENTS, FIELDS
from evface.events.rates import check_bin_us, rebin
from evface.events.triggers import Triggers

# No single step of reading spans half of what times are counted modulo.
_MAX_STEP_MS = 2**31 // 1000 - 1
# DSEC files do not state their sensor.
_DSEC_RESOLUTION = (640, 480)


class Hdf5Source:
    """An `EventSource` of an HDF5 file in evface's or DSEC's layout.

    Parameters
    ----------
    path
        The file. Opened for reading only.

    Raises
    ------
    EventFileError
        If the file is damaged or has another layout.
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._warnings: list[str] = []
        # Places of chunks that cannot be decompressed, and the events in them.
        self._damaged: set[int] = set()
        self._n_damaged = 0
        try:
            self._file = h5py.File(self._path, "r", rdcc_nbytes=16 << 20, locking="best-effort")
        except OSError as error:
            raise EventFileError(self._path, _explain_open_failure(self._path, error)) from error
        try:
            self._read_head()
        except (OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
            self._file.close()
            raise EventFileError(
                self._path, f"is a damaged HDF5 event file ({error}); convert the original again"
            ) from error
        except EventFileError:
            self._file.close()
            raise

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def format(self) -> str:
        """``"HDF5"``."""
        return "HDF5"

    @property
    def resolution(self) -> tuple[int, int]:
        """Sensor ``(width, height)``, px."""
        return self._resolution

    @property
    def origin_us(self) -> int:
        """Time of the first event as the file states it."""
        return self._origin_us

    @property
    def duration_us(self) -> int:
        """Time of the last event plus one; 0 without events."""
        return self._duration_us

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self._n_events

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read, as far as it was read."""
        if not self._n_damaged:
            return tuple(self._warnings)
        line = f"{self._n_damaged:,} events in damaged parts of the file are left out"
        return (*self._warnings, line)

    @property
    def findings(self) -> Findings:
        """What was damaged, as far as the file was read."""
        return Findings(n_damaged_words=self._n_damaged)

    @property
    def metadata(self) -> dict[str, str]:
        """Words about the recording that were written with it."""
        return dict(self._metadata)

    @property
    def video_offset_us(self) -> int | None:
        """Time of the video's first frame as the file states it; None where it does not.

        On the recording's clock this is ``video_offset_us - origin_us``, the `offset_us` of a
        `ClockSync`.
        """
        return self._video_offset_us

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside the recording."""
        start_us, stop_us = max(start_us, 0), min(stop_us, self._duration_us)
        if start_us >= stop_us:
            return Events.empty()
        first_ms, last_ms = start_us // 1000, -(-stop_us // 1000)
        parts = []
        for ms in range(first_ms, last_ms, _MAX_STEP_MS):
            parts.append(self._read_ms(ms, min(ms + _MAX_STEP_MS, last_ms)))
        return Events.concatenate(parts).between(start_us, stop_us)

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64."""
        check_bin_us(bin_us)
        return rebin(np.diff(self._ms_to_idx), bin_us, self._duration_us)

    @property
    def is_complete(self) -> bool:
        """True: the file is read as it was when it was opened."""
        return True

    def triggers(self) -> Triggers:
        """Return the edges at the sensor's trigger inputs; DSEC's layout has no place for them."""
        return self._triggers

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._file.close()

    def _read_head(self) -> None:
        if "events" not in self._file:
            raise EventFileError(
                self._path,
                "is HDF5 without events; expected events/x, events/y, events/p, events/t",
            )
        group: Any = self._file["events"]
        missing = [name for name in FIELDS if name not in group]
        if missing:
            raise EventFileError(
                self._path, f"is HDF5 without events/{missing[0]}; not a layout that evface knows"
            )
        self._columns = {name: Hdf5Column(group[name]) for name in FIELDS}
        n = min(map(len, self._columns.values()))
        if any(len(column) != n for column in self._columns.values()):
            self._warnings.append(
                f"the columns differ in length; only the first {n:,} events are used"
            )
        self._n_events = n
        attributes: Any = self._file.attrs
        if "width" in attributes and "height" in attributes:
            self._resolution = (int(attributes["width"]), int(attributes["height"]))
        else:
            self._resolution = _DSEC_RESOLUTION
            self._warnings.append("the file does not state its sensor; 640 x 480 is assumed")
        if min(self._resolution) <= 0 or max(self._resolution) > 65536:
            raise ValueError("impossible resolution {} x {}".format(*self._resolution))
        self._metadata: dict[str, str] = {}
        if "metadata" in self._file:
            self._metadata = {k: str(v) for k, v in self._file["metadata"].attrs.items()}
        self._triggers = Triggers.empty()
        offset = attributes.get("video_offset_us")
        self._video_offset_us = None if offset is None else int(offset)
        t_offset = int(self._file["t_offset"][()]) if "t_offset" in self._file else 0
        # Before the origin is subtracted, times are counted from the file's own t_offset.
        self._shift_us = 0
        try:
            self._shift_us = int(self._columns["t"].read(0, 1)[0]) if n else 0
        except DAMAGES:
            # In evface's own files it is zero; in others nobody knows.
            if "evface_version" not in attributes:
                raise
        self._origin_us = t_offset + self._shift_us if n else 0
        if "triggers" in self._file:
            triggers = self._file["triggers"]
            self._triggers = Triggers(
                np.maximum.accumulate(triggers["times_us"][()].astype(np.int64)) - self._origin_us,
                triggers["channels"][()].astype(np.uint8),
                triggers["is_rising"][()] > 0,
            )
            columns = self._triggers.channels, self._triggers.is_rising
            if any(column.shape != self._triggers.times_us.shape for column in columns):
                raise ValueError("the columns of its triggers differ in length")
        self._read_index()

    def _read_index(self) -> None:
        """Take the millisecond index on the recording's clock, or build it."""
        n = self._n_events
        index = None
        if "ms_to_idx" in self._file and not self._shift_us:
            index = read_time_index(self._file["ms_to_idx"], n)
            if index is None:
                self._warnings.append("the time index is damaged; a new one is used")
        if index is None:
            index = build_time_index(self._columns["t"], n, self._shift_us)
        # Trailing milliseconds without events say nothing about the duration.
        index = index[: int(np.searchsorted(index, n)) + 1]
        self._ms_to_idx = index
        if not n:
            self._duration_us = 0
            return
        self._duration_us = (len(index) - 1) * 1000
        last = self._read_ms(len(index) - 2, len(index) - 1)
        if len(last):
            self._duration_us = int(last.t[-1]) + 1

    def _read_ms(self, first_ms: int, last_ms: int) -> Events:
        """Return the events of whole milliseconds, fewer than fit in the 32-bit counter."""
        last_entry = len(self._ms_to_idx) - 1
        first = int(self._ms_to_idx[min(first_ms, last_entry)])
        last = int(self._ms_to_idx[min(last_ms, last_entry)])
        if first >= last:
            return Events.empty()
        raw = self._read_rows(first, last)
        base_us = first_ms * 1000
        since_base = raw["t"].astype(np.uint32) - np.uint32((base_us + self._shift_us) % WRAP_US)
        times = np.maximum.accumulate(base_us + since_base.view(np.int32).astype(np.int64))
        np.clip(times, base_us, last_ms * 1000 - 1, out=times)
        x = raw["x"].astype(np.uint16, copy=False)
        y = raw["y"].astype(np.uint16, copy=False)
        return self._without_outsiders(Events(times, x, y, raw["p"] > 0))

    def _read_rows(self, first: int, last: int) -> dict[str, NDArray[Any]]:
        """Return the columns of some events, without those that lie in damaged chunks."""
        with self._lock, contextlib.suppress(*DAMAGES):
            return self._read_columns(first, last)
        parts = [{name: np.empty(0, dtype) for name, dtype in FIELDS.items()}]
        for begin in range(first - first % CHUNK_EVENTS, last, CHUNK_EVENTS):
            end = begin + CHUNK_EVENTS
            with self._lock:
                try:
                    parts.append(self._read_columns(max(begin, first), min(end, last)))
                except DAMAGES as error:
                    if "file read failed" in str(error):
                        raise EventFileError(
                            self._path, "cannot be read any more; check the disk"
                        ) from error
                    if begin not in self._damaged:
                        self._damaged.add(begin)
                        self._n_damaged += min(end, self._n_events) - begin
        return {name: np.concatenate([part[name] for part in parts]) for name in FIELDS}

    def _read_columns(self, first: int, last: int) -> dict[str, NDArray[Any]]:
        return {name: column.read(first, last) for name, column in self._columns.items()}

    def _without_outsiders(self, events: Events) -> Events:
        width, height = self._resolution
        if events.x.max(initial=0) < width and events.y.max(initial=0) < height:
            return events
        is_inside = (events.x < width) & (events.y < height)
        warning = f"events outside the sensor ({width} x {height}) are left out"
        if warning not in self._warnings:
            self._warnings.append(warning)
        return Events(*(getattr(events, name)[is_inside] for name in "txyp"))


def _explain_open_failure(path: Path, error: OSError) -> str:
    if error.errno and not path.is_file():
        return "does not exist; check the path"
    if "truncated" in str(error):
        return "is an HDF5 file that was cut off; copy or convert it again"
    return "is a damaged HDF5 file; copy or convert it again"
