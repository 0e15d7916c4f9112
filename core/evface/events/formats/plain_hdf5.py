"""HDF5 files that hold x, y, t and p under their usual names, or one table of events.

Found are ``events/x`` and the like, ``events/xs``, ``x`` at the root, and tables of four columns
such as ``davis/left/events`` of the data set MVSEC. Links to other files are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  registers the filters
import numpy as np
from numpy.typing import NDArray

from evface.events.decoding import Decoder, Piece
from evface.events.formats.columns import (
    MAX_ROW_BYTES,
    Columns,
    check_numbers,
    columns_named,
    columns_told,
    parse_columns,
    to_px,
    to_us,
)

_PIECE_EVENTS = 1 << 18
_SAMPLE_EVENTS = 4000
_MAX_DEPTH = 4
_MAX_OBJECTS = 500
_MAX_CHUNK_BYTES = 64 << 20
# Looked into first, where a file holds several.
_FIRST = ("events", "davis", "left")
_DAMAGES = (
    OSError, RuntimeError, KeyError, TypeError, ValueError, AttributeError, MemoryError,
)  # fmt: skip


class PlainHdf5Decoder(Decoder):
    """Decodes HDF5 without a time index.

    Parameters
    ----------
    path
        The file.
    columns
        What the columns of a table are, such as ``"x,y,t,p"``; told by content where empty.

    Raises
    ------
    EventFileError
        If it is damaged or holds no events under a usual name.
    """

    format = "plain HDF5"

    def __init__(self, path: Path, columns: str = "") -> None:
        super().__init__(path)
        try:
            with closing(self._open()) as file:
                self._choose(file, columns)
        except _DAMAGES as error:
            raise self.fail(f"is a damaged HDF5 file ({_first_line(error)})") from error

    def pieces(self) -> Iterator[Piece]:
        """Decode the file."""
        with closing(self._open()) as file:
            datasets = [file[name] for name in self._names]
            n = min(len(dataset) for dataset in datasets)
            if any(len(dataset) != n for dataset in datasets):
                self.warnings.append(
                    f"its columns differ in length; only the first {n:,} events are used"
                )
            for first in range(0, n, _PIECE_EVENTS):
                last = min(first + _PIECE_EVENTS, n)
                try:
                    t, x, y, p = self._read(datasets, first, last)
                except _DAMAGES:
                    # Chunks after a damaged one can be read all the same.
                    self.n_damaged += 1
                    continue
                unit = self._columns.unit or 0
                is_on = np.ascontiguousarray(p > 0)
                yield Piece(to_us(t, unit), to_px(x), to_px(y), is_on, last / n)

    def _open(self) -> h5py.File:
        try:
            return h5py.File(self.path, "r", locking="best-effort")
        except OSError as error:
            problem = "was cut off" if "truncated" in str(error) else "is damaged"
            raise self.fail(f"is an HDF5 file that {problem}; copy or write it again") from error

    def _choose(self, file: h5py.File, stated: str) -> None:
        found = _find_columns(file) or _find_table(file)
        if found is None:
            raise self.fail(
                "is HDF5 without events; expected x, y, t and p, together at the top or in a group"
            )
        self._names, named = found
        datasets = [file[name] for name in self._names]
        for dataset in datasets:
            if dataset.is_virtual or dataset.external:
                raise self.fail("refers to other files; copy its events into one file")
            if dataset.dtype.kind not in "biufV":
                raise self.fail(f"its {dataset.name} is not of numbers")
            row_bytes = int(np.prod(dataset.shape[1:], dtype=np.float64)) * dataset.dtype.itemsize
            if row_bytes > MAX_ROW_BYTES:
                raise self.fail(f"has rows of {row_bytes} bytes, which are no events")
            rows = dataset.chunks or (1,)
            if int(np.prod(rows, dtype=np.float64)) * dataset.dtype.itemsize > _MAX_CHUNK_BYTES:
                raise self.fail(
                    "is stored in chunks that are too large; write it with smaller ones"
                )
        if not len(datasets[0]):
            raise self.fail("holds no events; copy or record it again")
        self._is_table = len(datasets) == 1
        if self._is_table and named is None:
            if stated:
                try:
                    named = parse_columns(stated)
                except ValueError as error:
                    raise self.fail(str(error)) from error
            else:
                named = columns_told(datasets[0][:_SAMPLE_EVENTS].astype(np.float64))
                if named is not None:
                    order = sorted("txyp", key=lambda role: getattr(named, role))
                    self.warnings.append(f"its columns are taken to be {', '.join(order)}")
        if named is None:
            raise self.fail(
                f"the columns of its {self._names[0]} are not told by it; "
                "convert it with evface convert --columns t,x,y,p"
            )
        self._columns = named
        n_sample = min(*(len(dataset) for dataset in datasets), _SAMPLE_EVENTS)
        sample = self._read(datasets, 0, n_sample)
        check_numbers(sample)
        t = sample[0]
        unit_of_time = datasets[0].attrs.get("unit", datasets[0].attrs.get("units"))
        if isinstance(unit_of_time, str):
            named_unit = columns_named([f"t_{unit_of_time}", "x", "y", "p"])
            if named_unit is not None and named_unit.unit is not None:
                self._columns = Columns(named.t, named.x, named.y, named.p, named_unit.unit)
        self._columns, line = self._columns.with_unit(t.astype(np.float64))
        if line:
            self.warnings.append(line)
        self._take_size(file, datasets[0])

    def _take_size(self, file: h5py.File, dataset: h5py.Dataset) -> None:
        for attributes in (dataset.attrs, dataset.parent.attrs, file.attrs):
            if "width" in attributes and "height" in attributes:
                size = (int(attributes["width"]), int(attributes["height"]))
            elif "sensor_resolution" in attributes:
                # Rows first, as e2vid and its successors write it.
                height, width = (int(side) for side in attributes["sensor_resolution"][:2])
                size = (width, height)
            else:
                continue
            if 0 < size[0] <= 4096 and 0 < size[1] <= 4096:
                self.resolution = size
                return

    def _read(self, datasets: list[Any], first: int, last: int) -> list[NDArray[Any]]:
        columns = self._columns
        order = (columns.t, columns.x, columns.y, columns.p)
        if not self._is_table:
            return [np.asarray(dataset[first:last]) for dataset in datasets]
        table = datasets[0][first:last]
        if table.dtype.names:
            return [table[table.dtype.names[k]] for k in order]
        return [np.ascontiguousarray(table[:, k]) for k in order]


def _datasets(file: h5py.File) -> Iterator[tuple[str, dict[str, h5py.Dataset]]]:
    """Go through groups, those with usual names first: each one's path and data sets."""
    left, n_seen = [("", file, 0)], 0
    while left and n_seen < _MAX_OBJECTS:
        path, group, depth = left.pop(0)
        children, found = [], {}
        for name in list(group)[:_MAX_OBJECTS]:
            n_seen += 1
            if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
                continue
            thing = group.get(name)
            if isinstance(thing, h5py.Dataset):
                found[name] = thing
            elif isinstance(thing, h5py.Group) and depth < _MAX_DEPTH:
                children.append((f"{path}/{name}", thing, depth + 1))
        yield path, found
        left += sorted(children, key=lambda child: child[0].rsplit("/", 1)[1] not in _FIRST)


def _find_columns(file: h5py.File) -> tuple[list[str], Columns] | None:
    for path, found in _datasets(file):
        names = [name for name, dataset in found.items() if len(dataset.shape) == 1]
        columns = columns_named(names)
        if columns is not None:
            members = [f"{path}/{names[getattr(columns, role)]}" for role in "txyp"]
            return members, Columns(0, 1, 2, 3, columns.unit)
    return None


def _find_table(file: h5py.File) -> tuple[list[str], Columns | None] | None:
    for path, found in _datasets(file):
        for name, dataset in found.items():
            if dataset.dtype.names and len(dataset.shape) == 1:
                named = columns_named(dataset.dtype.names)
                if named is not None:
                    return [f"{path}/{name}"], named
            elif dataset.ndim == 2 and dataset.shape[1] == 4 and name.startswith("event"):
                return [f"{path}/{name}"], None
    return None


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
