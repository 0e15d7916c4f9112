"""The chunks that Prophesee's HDF5 files keep their events in, decoded one by one."""

from __future__ import annotations

import threading
from typing import Any

import h5py
import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.formats.ecf import ECF_FILTER, MAX_CHUNK_BYTES, MAX_CHUNK_EVENTS, decode_ecf

Columns = tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_]]
"""The columns t, x, y, p of a chunk as the file states them: neither in order nor checked."""

_RECORD = np.dtype(
    {
        "names": ["x", "y", "p", "t"],
        "formats": ["<u2", "<u2", "<i2", "<i8"],
        "offsets": [0, 2, 4, 8],
        "itemsize": 16,
    }
)
# Where a data set has no chunks of its own, or ones of a size that would take up the memory.
_CHUNK_EVENTS = 16384
_MAX_PLAIN_EVENTS = 1 << 18


class EventChunks:
    """The chunks of ``CD/events``, with ECF or without. Safe to read from several threads.

    Parameters
    ----------
    dataset
        ``CD/events``, of an open file.

    Raises
    ------
    ValueError
        If it is not a column of records with x, y, p and t, or compressed in a way unknown.
    """

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset
        self._lock = threading.Lock()
        names = dataset.dtype.names or ()
        missing = [name for name in "xypt" if name not in names]
        if missing or dataset.ndim != 1:
            raise ValueError("CD/events holds no records of x, y, p and t")
        if any(dataset.dtype[name].kind not in "iu" for name in "xypt"):
            raise ValueError("CD/events holds numbers that are not whole")
        filters = _filters(dataset)
        self.has_ecf = ECF_FILTER in filters
        self._n_events = len(dataset)
        self._size = int(dataset.chunks[0]) if dataset.chunks else _CHUNK_EVENTS
        if self.has_ecf:
            if filters != [ECF_FILTER] or self._size > MAX_CHUNK_EVENTS:
                raise ValueError("its ECF chunks are of an unknown kind")
        else:
            self._size = min(self._size, _MAX_PLAIN_EVENTS)

    def __len__(self) -> int:
        return -(-self._n_events // self._size)

    def n_events(self, k: int) -> int:
        """Return how many events chunk `k` is said to hold."""
        return min(self._size, self._n_events - k * self._size)

    def read(self, k: int) -> Columns | None:
        """Return chunk `k`; None where it is damaged."""
        n = self.n_events(k)
        return self._read_ecf(k, n) if self.has_ecf else self._read_plain(k, n)

    def _read_ecf(self, k: int, n: int) -> Columns | None:
        at = (k * self._size,)
        try:
            with self._lock:
                stored = self._dataset.id.get_chunk_info_by_coord(at)
                if not stored.size or stored.size > MAX_CHUNK_BYTES:
                    return None
                mask, data = self._dataset.id.read_direct_chunk(at)
        except (OSError, RuntimeError, ValueError, MemoryError):
            return None
        if mask & 1:
            # The filter was passed over, so these are the records themselves.
            if self._dataset.dtype != _RECORD or len(data) < n * _RECORD.itemsize:
                return None
            return _columns(np.frombuffer(data, _RECORD, n))
        columns = (
            np.empty(self._size, np.int64),
            np.empty(self._size, np.uint16),
            np.empty(self._size, np.uint16),
            np.empty(self._size, np.bool_),
        )
        # The last chunk may be filled up to its full size.
        if decode_ecf(np.frombuffer(data, np.uint8), *columns) < n:
            return None
        t, x, y, p = (column[:n] for column in columns)
        return t, x, y, p

    def _read_plain(self, k: int, n: int) -> Columns | None:
        first = k * self._size
        try:
            with self._lock:
                records = self._dataset[first : first + n]
        except (OSError, RuntimeError, ValueError, MemoryError):
            return None
        return _columns(records)


@njit(cache=True, nogil=True)
def settle(t, x, y, p, width, height, shift_us, floor_us):  # type: ignore[no-untyped-def]
    """Leave out the events outside the sensor, and let times never decrease; all in place.

    Parameters
    ----------
    t, x, y, p : (n,)
        Columns of a chunk.
    width, height
        Sensor size.
    shift_us
        Added to the times.
    floor_us
        Time of the event before the first one, after the shift.

    Returns
    -------
    n, n_late, max_late_us
        Events that are left, and those that came late, with the time of the event before.
    """
    n, n_late, max_late_us = 0, 0, np.int64(0)
    now = np.int64(floor_us)
    for i in range(t.size):
        if x[i] < width and y[i] < height:
            raw = t[i] + shift_us
            if raw < now:
                n_late += 1
                max_late_us = max(max_late_us, now - raw)
            else:
                now = raw
            t[n] = now
            x[n] = x[i]
            y[n] = y[i]
            p[n] = p[i]
            n += 1
    return n, n_late, max_late_us


def _filters(dataset: h5py.Dataset) -> list[int]:
    properties = dataset.id.get_create_plist()
    return [int(properties.get_filter(i)[0]) for i in range(properties.get_nfilters())]


def _columns(records: NDArray[Any]) -> Columns:
    return (
        np.ascontiguousarray(records["t"], np.int64),
        _coordinates(records["x"]),
        _coordinates(records["y"]),
        np.ascontiguousarray(records["p"] > 0),
    )


def _coordinates(column: NDArray[Any]) -> NDArray[np.uint16]:
    """Return a column as uint16; what does not fit is beyond any sensor."""
    if column.dtype == np.uint16:
        return np.ascontiguousarray(column)
    fits = (column >= 0) & (column < 0xFFFF)
    return np.where(fits, column, 0xFFFF).astype(np.uint16)
