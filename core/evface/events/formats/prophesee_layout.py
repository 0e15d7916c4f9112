"""Where the parts of a Prophesee HDF5 file lie, found in a process that can be ended.

Damaged HDF5 can hang or crash the HDF5 library, so the library opens the file in a process of its
own only, which tells what the file holds and where. Chunks are then read without it.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.events.apart import call_apart

_HEAD_BYTES = 1 << 16
# Data sets in one piece are read in parts of so many events.
_PART_EVENTS = 16384
_MAX_TRIGGERS = 1 << 24
_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True, eq=False)
class PropheseeLayout:
    """What a Prophesee HDF5 file holds, and where.

    Parameters
    ----------
    attributes
        Of the file.
    n_events, chunk_events
        Length of ``CD/events``, and of its chunks.
    record
        Size of a record in bytes, and where in it and how x, y, p and t are stored:
        ``{"x": (0, "<u2"), ...}``.
    filters
        Numbers of the filters that chunks went through, first to last.
    n_cut_bytes
        Bytes that are missing at the end of the file.
    chunks : (4, k) int64
        Number, first byte, length in bytes and filters left out, as bits, of each chunk.
    triggers : (3, m) int64
        Time, channel and value of each record of ``EXT_TRIGGER/events``.
    """

    attributes: dict[str, str]
    n_events: int
    chunk_events: int
    record: tuple[int, dict[str, tuple[int, str]]]
    filters: tuple[int, ...]
    n_cut_bytes: int
    chunks: NDArray[np.int64]
    triggers: NDArray[np.int64]

    def to_arrays(self) -> dict[str, NDArray[np.int64]]:
        """Return what is kept in the file of an index."""
        words = {k: v for k, v in asdict(self).items() if k not in ("chunks", "triggers")}
        text = np.frombuffer(json.dumps(words).encode(), np.uint8).astype(np.int64)
        return {"layout": text, "places": self.chunks, "triggers": self.triggers}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.int64]]) -> PropheseeLayout:
        """Return what `to_arrays` gave; raises a ValueError or the like where it is damaged."""
        words = json.loads(arrays["layout"].astype(np.uint8).tobytes())
        size, fields = words["record"]
        return cls(
            attributes={str(key): str(value) for key, value in words["attributes"].items()},
            n_events=int(words["n_events"]),
            chunk_events=int(words["chunk_events"]),
            record=(
                int(size),
                {str(name): (int(at), str(kind)) for name, (at, kind) in fields.items()},
            ),
            filters=tuple(int(number) for number in words["filters"]),
            n_cut_bytes=int(words["n_cut_bytes"]),
            chunks=arrays["places"],
            triggers=arrays["triggers"],
        )


LAYOUT_SHAPES = {"layout": 1, "places": 2, "triggers": 2}


def may_be_prophesee(path: Path) -> bool:
    """Whether the head of an HDF5 file names a group ``CD``, in either way that HDF5 has."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return b"events" in head and (b"CD\0\0\0\0\0\0" in head or b"\2CD" in head)


def read_layout(path: Path) -> PropheseeLayout | None:
    """Find out in another process where the parts of a file lie.

    Returns
    -------
    PropheseeLayout or None
        None where the file can be opened and is laid out in another way.

    Raises
    ------
    EventFileError
        If the file is damaged beyond reading.
    """
    return call_apart(find_layout, path, kind="HDF5")


def find_layout(path: Path) -> PropheseeLayout | None:
    """Do the work of `read_layout` in this process.

    Raises
    ------
    Exception
        Whatever the HDF5 library raises for a damaged file. It may also crash or never return.
    """
    import h5py

    n_bytes = path.stat().st_size
    n_stated = _stated_bytes(path)
    with path.open("rb") as plain:
        source: Any = _Padded(plain, n_bytes, n_stated) if n_stated > n_bytes else path
        with h5py.File(source, "r") as file:
            dataset = file.get("CD/events")
            if not isinstance(dataset, h5py.Dataset):
                return None
            record = _record(dataset)
            properties = dataset.id.get_create_plist()
            filters = [int(properties.get_filter(i)[0]) for i in range(properties.get_nfilters())]
            chunk_events, chunks = _chunks(dataset, record[0])
            return PropheseeLayout(
                attributes=_attributes(file),
                n_events=len(dataset),
                chunk_events=chunk_events,
                record=record,
                filters=tuple(filters),
                n_cut_bytes=max(0, n_stated - n_bytes),
                chunks=chunks,
                triggers=_triggers(file),
            )


def _record(dataset: Any) -> tuple[int, dict[str, tuple[int, str]]]:
    dtype = dataset.dtype
    if dataset.ndim != 1 or any(name not in (dtype.names or ()) for name in "xypt"):
        raise ValueError("CD/events holds no records of x, y, p and t")
    fields = {name: (int(dtype.fields[name][1]), dtype[name].str) for name in "xypt"}
    if any(dtype[name].kind not in "iu" for name in "xypt"):
        raise ValueError("CD/events holds numbers that are not whole")
    return int(dtype.itemsize), fields


def _chunks(dataset: Any, n_record_bytes: int) -> tuple[int, NDArray[np.int64]]:
    """Return the length of chunks, and number, place, length and mask of each that there is."""
    rows: list[tuple[int, int, int, int]] = []
    if dataset.chunks:
        size = int(dataset.chunks[0])

        def note(chunk: Any) -> None:
            rows.append(
                (chunk.chunk_offset[0] // size, chunk.byte_offset, chunk.size, chunk.filter_mask)
            )

        try:
            dataset.id.chunk_iter(note)
        except (OSError, RuntimeError):
            # The table is cut or damaged; what it told so far is there.
            if not rows:
                raise
    else:
        size, place = _PART_EVENTS, dataset.id.get_offset()
        for first in range(0, len(dataset) if place is not None else 0, size):
            n = min(size, len(dataset) - first)
            begin = place + first * n_record_bytes
            rows.append((first // size, begin, n * n_record_bytes, 0))
    chunks = np.array(sorted(rows), np.int64).reshape(-1, 4)
    return size, np.ascontiguousarray(chunks.T)


def _attributes(file: Any) -> dict[str, str]:
    words = {}
    for key in file.attrs:
        try:
            value = file.attrs[key]
        except (OSError, RuntimeError, TypeError, ValueError):
            continue
        words[str(key)] = (
            value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        )
    return words


def _triggers(file: Any) -> NDArray[np.int64]:
    try:
        records = file["EXT_TRIGGER/events"][:_MAX_TRIGGERS]
        return np.stack([records[name].astype(np.int64) for name in ("t", "id", "p")])
    except (OSError, KeyError, RuntimeError, TypeError, ValueError):
        return np.empty((3, 0), np.int64)


def _stated_bytes(path: Path) -> int:
    """Return the size that a file's superblock states; 0 where it is not at the beginning."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head.startswith(_SIGNATURE) or len(head) < 64:
        return 0
    version = head[8]
    at = {0: 40, 1: 44, 2: 28, 3: 28}.get(version)
    # Addresses of another size than eight bytes are not for files of this kind.
    if at is None or head[13 if version < 2 else 9] != 8:
        return 0
    return int.from_bytes(head[at : at + 8], "little") & (2**48 - 1)


class _Padded(io.RawIOBase):
    """A file that was cut off, with zeros for what is missing."""

    def __init__(self, file: io.BufferedReader, n_bytes: int, n_padded: int) -> None:
        self._file, self._n_bytes, self._n_padded = file, n_bytes, n_padded
        self._at = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._n_padded}[whence]
        self._at = begin + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        n = min(len(view), max(self._n_padded - self._at, 0))
        view[:n] = bytes(n)
        n_there = min(n, max(self._n_bytes - self._at, 0))
        self._file.seek(self._at)
        self._file.readinto(view[:n_there])
        self._at += n
        return n

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
