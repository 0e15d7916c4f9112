"""The chunks that Prophesee's HDF5 files keep their events in, decoded one by one."""

from __future__ import annotations

import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.formats.ecf import ECF_FILTER, MAX_CHUNK_BYTES, MAX_CHUNK_EVENTS, decode_ecf
from evface.events.formats.prophesee_layout import PropheseeLayout

Columns = tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_]]
"""The columns t, x, y, p of a chunk as the file states them: neither in order nor checked."""

# HDF5's own filters.
_GZIP, _SHUFFLE, _CHECKSUM = 1, 2, 3
_CHECKSUM_BYTES = 4
# What a chunk of records takes at most, so that a damaged file does not take up the memory.
_MAX_PLAIN_BYTES = 64 << 20
_NUMBER, _PLACE, _LENGTH, _MASK = range(4)


class EventChunks:
    """The chunks of ``CD/events``, with ECF or without. Safe to read from several threads.

    Parameters
    ----------
    path, layout
        The file, and where its parts lie.

    Raises
    ------
    ValueError
        If the layout makes no sense, or the events are compressed in a way unknown.
    OSError
        If the file cannot be opened.
    """

    def __init__(self, path: Path, layout: PropheseeLayout) -> None:
        self._layout = layout
        self._lock = threading.Lock()
        self.has_ecf = ECF_FILTER in layout.filters
        known = (ECF_FILTER,) if self.has_ecf else (_GZIP, _SHUFFLE, _CHECKSUM)
        unknown = [number for number in layout.filters if number not in known]
        if unknown:
            raise ValueError(
                f"its events are compressed with filter {unknown[0]}, which evface does not know"
            )
        n_record_bytes, fields = layout.record
        self._record = np.dtype(
            {
                "names": list(fields),
                "formats": [kind for _, kind in fields.values()],
                "offsets": [at for at, _ in fields.values()],
                "itemsize": n_record_bytes,
            }
        )
        most = MAX_CHUNK_EVENTS if self.has_ecf else _MAX_PLAIN_BYTES // n_record_bytes
        if not 0 < layout.chunk_events <= most or not 0 <= layout.n_events < 1 << 48:
            raise ValueError("its chunks have an impossible size")
        self._file = path.open("rb", buffering=0)
        n_bytes = self._file.seek(0, 2)
        number, place, length, _ = layout.chunks
        is_there = (place > 0) & (place <= n_bytes) & (length > 0)
        is_there &= length <= n_bytes - np.clip(place, 0, n_bytes)
        is_there &= (number >= 0) & (number < -(-layout.n_events // layout.chunk_events))
        chunks = layout.chunks[:, is_there]
        _, first = np.unique(chunks[_NUMBER], return_index=True)
        self._chunks = chunks[:, first]
        # What is after the last chunk that is there was cut off.
        self._n_chunks = int(self._chunks[_NUMBER].max(initial=-1)) + 1

    def __len__(self) -> int:
        return self._n_chunks

    def n_events(self, k: int) -> int:
        """Return how many events chunk `k` is said to hold."""
        size = self._layout.chunk_events
        return min(size, self._layout.n_events - k * size)

    def read(self, k: int) -> Columns | None:
        """Return chunk `k`; None where it is damaged or missing."""
        at = int(np.searchsorted(self._chunks[_NUMBER], k))
        if at == self._chunks.shape[1] or self._chunks[_NUMBER, at] != k:
            return None
        _, place, length, mask = map(int, self._chunks[:, at])
        if length > (MAX_CHUNK_BYTES if self.has_ecf else _MAX_PLAIN_BYTES):
            return None
        with self._lock:
            self._file.seek(place)
            data = self._file.read(length)
        if len(data) < length:
            return None
        n = self.n_events(k)
        if self.has_ecf and not mask & 1:
            return self._decode_ecf(data, n)
        records = self._unfilter(data, mask)
        if records is None or len(records) < n:
            return None
        return _columns(records[:n])

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._file.close()

    def _decode_ecf(self, data: bytes, n: int) -> Columns | None:
        size = self._layout.chunk_events
        columns = (
            np.empty(size, np.int64),
            np.empty(size, np.uint16),
            np.empty(size, np.uint16),
            np.empty(size, np.bool_),
        )
        # The last chunk may be filled up to its full size.
        if decode_ecf(np.frombuffer(data, np.uint8), *columns) < n:
            return None
        t, x, y, p = columns
        return t[:n], x[:n], y[:n], p[:n]

    def _unfilter(self, data: bytes, mask: int) -> NDArray[np.void] | None:
        """Undo the filters of a chunk, last to first; None where its bytes are damaged."""
        size = self._record.itemsize
        n_most = self._layout.chunk_events * size
        for i, number in reversed(list(enumerate(self._layout.filters))):
            if mask >> i & 1:
                continue
            if number == _GZIP:
                try:
                    data = zlib.decompressobj().decompress(data, n_most + _CHECKSUM_BYTES)
                except zlib.error:
                    return None
            elif number == _SHUFFLE:
                # The first bytes of all records, then the second ones, and so on.
                n = len(data) // size
                data = np.frombuffer(data, np.uint8, n * size).reshape(size, n).T.tobytes()
            elif number == _CHECKSUM:
                data = data[:-_CHECKSUM_BYTES]
        n = min(len(data), n_most) // size
        return np.frombuffer(data, self._record, n)


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


def _columns(records: NDArray[Any]) -> Columns:
    return (
        np.array(records["t"], np.int64),
        _coordinates(records["x"]),
        _coordinates(records["y"]),
        np.array(records["p"] > 0),
    )


def _coordinates(column: NDArray[Any]) -> NDArray[np.uint16]:
    """Return a column as uint16; what does not fit is beyond any sensor."""
    if column.dtype == np.uint16:
        return np.array(column)
    fits = (column >= 0) & (column < 0xFFFF)
    return np.where(fits, column, 0xFFFF).astype(np.uint16)
