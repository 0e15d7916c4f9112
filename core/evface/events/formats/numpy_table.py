"""Events in NumPy's files: .npy, structured or with four columns, and .npz.

Read piece by piece, so that neither a large file nor one that unpacks to much more than it holds
takes up the memory. Nothing in them is executed: arrays of objects are refused.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
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
from evface.files import ARCHIVE_DAMAGES

_PIECE_EVENTS = 1 << 18
_SAMPLE_EVENTS = 4000
_UNITS_KEY, _SIZE_KEY = "time_unit", "resolution"
_MAX_WORDS = 4096


class _Array:
    """The header of one array, and its rows in order."""

    def __init__(self, file: IO[bytes]) -> None:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        self.shape, self.is_fortran, self.dtype = read(file)
        if self.dtype.hasobject:
            raise ValueError("objects are not read")
        self._file = file
        self.n_rows = self.shape[0] if self.shape else 0
        self.n_columns = int(np.prod(self.shape[1:], dtype=np.int64)) if self.shape else 0
        self.row_bytes = self.dtype.itemsize * max(self.n_columns, 1)
        if not 0 < self.row_bytes <= MAX_ROW_BYTES:
            raise ValueError(f"rows of {self.row_bytes} bytes are no events")

    def read(self, n: int) -> NDArray[Any]:
        """Return up to `n` next rows; fewer where the array ends or was cut off."""
        data = self._file.read(n * self.row_bytes)
        n_rows = len(data) // self.row_bytes
        array = np.frombuffer(data[: n_rows * self.row_bytes], self.dtype)
        return array.reshape(n_rows, *self.shape[1:])


class NumpyDecoder(Decoder):
    """Decodes .npy and .npz.

    Parameters
    ----------
    path
        The file. An archive holds one array for each of t, x, y and p, or one array of all.
    columns
        What the columns are, such as ``"t,x,y,p"``; told by content where empty.

    Raises
    ------
    EventFileError
        If it holds no table of events.
    """

    def __init__(self, path: Path, columns: str = "") -> None:
        super().__init__(path)
        with self.path.open("rb") as file:
            self._is_archive = file.read(2) == b"PK"
        self.format = "NumPy archive" if self._is_archive else "NumPy array"
        self._stated = columns
        try:
            self._choose()
        except (*ARCHIVE_DAMAGES, OSError, MemoryError) as error:
            kind = "zip archive" if self._is_archive else "NumPy file"
            raise self.fail(f"is a damaged {kind} ({_first_line(error)})") from error

    def pieces(self) -> Iterator[Piece]:
        """Decode the file."""
        n_done = 0
        with ExitStack() as stack:
            arrays = [self._open(stack, name) for name in self._members]
            n_rows = min(array.n_rows for array in arrays)
            if any(array.n_rows != n_rows for array in arrays):
                self.warnings.append(
                    f"its arrays differ in length; only the first {n_rows:,} events are used"
                )
            while n_done < n_rows:
                wanted = min(_PIECE_EVENTS, n_rows - n_done)
                try:
                    parts = [array.read(wanted) for array in arrays]
                except (*ARCHIVE_DAMAGES, OSError) as error:
                    self.warnings.append(f"part of the file is damaged ({_first_line(error)})")
                    parts = []
                n = min((len(part) for part in parts), default=0)
                if n:
                    t, x, y, p = self._columns_of(parts, n)
                    n_done += n
                    unit = self._columns.unit or 0
                    is_on = np.ascontiguousarray(p > 0)
                    yield Piece(to_us(t, unit), to_px(x), to_px(y), is_on, n_done / n_rows)
                if n < wanted:
                    n_missing = n_rows - n_done
                    self.n_cut_bytes = n_missing * sum(array.row_bytes for array in arrays)
                    return

    def _choose(self) -> None:
        """Find the arrays, their columns and the unit of time."""
        with ExitStack() as stack:
            named: Columns | None = None
            if self._is_archive:
                named = self._choose_members(stack)
            else:
                self._members = [""]
            arrays = [self._open(stack, name) for name in self._members]
            first = arrays[0]
            self._is_table = len(arrays) == 1
            if self._is_table:
                if first.dtype.names:
                    named = columns_named(first.dtype.names)
                elif len(first.shape) != 2 or first.is_fortran:
                    raise self.fail(
                        f"holds an array of shape {first.shape}, not events; "
                        "expected fields t, x, y, p or four columns"
                    )
            elif any(len(array.shape) != 1 for array in arrays):
                raise self.fail("its arrays t, x, y and p are not all of one dimension")
            if any(array.dtype.kind not in "biufV" for array in arrays):
                raise self.fail("its arrays are not of numbers")
            if self._stated and not named:
                try:
                    named = parse_columns(self._stated)
                except ValueError as error:
                    raise self.fail(str(error)) from error
            parts = [array.read(_SAMPLE_EVENTS) for array in arrays]
        told = named
        if told is None and not first.dtype.names:
            told = columns_told(parts[0].astype(np.float64))
        if told is None:
            raise self.fail(
                "its columns are not told by it; convert it with evface convert --columns t,x,y,p"
            )
        if self._is_table and not first.dtype.names:
            if max(told.t, told.x, told.y, told.p) >= first.n_columns:
                raise self.fail(f"has {first.n_columns} columns, fewer than were named")
            if named is None:
                order = sorted("txyp", key=lambda role: getattr(told, role))
                self.warnings.append(f"its columns are taken to be {', '.join(order)}")
        self._columns = told
        sample = self._columns_of(parts, min(len(part) for part in parts))
        check_numbers(sample)
        t = sample[0]
        self._columns, line = told.with_unit(t.astype(np.float64))
        if line:
            self.warnings.append(line)

    def _choose_members(self, stack: ExitStack) -> Columns | None:
        archive = stack.enter_context(zipfile.ZipFile(self.path))
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
        if not names:
            raise self.fail("is an archive without NumPy arrays; unpack it and open what it holds")
        unit = self._read_words(archive, names)
        columns = columns_named(names)
        if columns is not None:
            self._members = [names[getattr(columns, role)] for role in "txyp"]
            return Columns(0, 1, 2, 3, columns.unit if unit is None else unit)
        arrays = [name for name in names if name not in (_SIZE_KEY, _UNITS_KEY)]
        if len(arrays) > 1 and "events" in arrays:
            arrays = ["events"]
        if len(arrays) != 1:
            raise self.fail(
                f"holds the arrays {', '.join(arrays[:8])}, not events; expected t, x, y and p"
            )
        self._members = arrays
        return None

    def _read_words(self, archive: zipfile.ZipFile, names: list[str]) -> int | None:
        """Take the sensor and the unit of time where they are stated."""
        unit = None
        for key in (_SIZE_KEY, _UNITS_KEY):
            if key in names and archive.getinfo(f"{key}.npy").file_size <= _MAX_WORDS:
                with archive.open(f"{key}.npy") as file:
                    value = npy.read_array(file, allow_pickle=False)
                if key == _SIZE_KEY and value.shape == (2,) and value.dtype.kind in "iu":
                    width, height = (int(side) for side in value)
                    if 0 < width <= 4096 and 0 < height <= 4096:
                        self.resolution = (width, height)
                elif key == _UNITS_KEY and str(value) == "us":
                    unit = 0
        return unit

    def _open(self, stack: ExitStack, name: str) -> _Array:
        if not self._is_archive:
            file: IO[bytes] = stack.enter_context(self.path.open("rb"))
            return _Array(file)
        archive = stack.enter_context(zipfile.ZipFile(self.path))
        return _Array(stack.enter_context(archive.open(f"{name}.npy")))

    def _columns_of(self, parts: list[NDArray[Any]], n: int) -> list[NDArray[Any]]:
        columns = self._columns
        order = (columns.t, columns.x, columns.y, columns.p)
        if not self._is_table:
            return [part[:n] for part in parts]
        table = parts[0]
        if table.dtype.names:
            return [table[table.dtype.names[k]] for k in order]
        return [table[:, k] for k in order]


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
