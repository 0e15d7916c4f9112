"""Arrays whose rows are made when they are asked for, so that a long track costs no memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

# About so many bytes are made at once, and so many such chunks are kept.
_CHUNK_BYTES = 1 << 18
_N_CHUNKS = 24
# More rows than this, asked for one by one, are better taken from the whole array.
_MOST_ROWS = 64


class LazyArray:
    """Stands for an array. One row is quick to get; numpy's functions get all of it.

    It has an array's ``dtype``, ``shape``, ``ndim`` and length, and gives rows by index, slice or
    a few indices. Whatever else is wanted goes through ``np.asarray``, which makes the whole.

    Parameters
    ----------
    shape
        At least one row axis. No axis but the first may be empty.
    read_rows
        ``read_rows(start, stop)`` makes these rows. May be called by several threads.
    chunk_rows
        So many rows are made where one is asked for; about a quarter of a megabyte when None.
    """

    def __init__(
        self,
        dtype: DTypeLike,
        shape: tuple[int, ...],
        read_rows: Callable[[int, int], NDArray[Any]],
        *,
        chunk_rows: int | None = None,
    ) -> None:
        self.dtype = np.dtype(dtype)
        self.shape = shape
        self._read_rows = read_rows
        row_bytes = self.dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        self._n_rows = chunk_rows or max(_CHUNK_BYTES // max(row_bytes, 1), 1)
        self._chunks: OrderedDict[int, NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def as_array(self) -> NDArray[Any]:
        """Return itself, under the type that tracks state."""
        return cast("NDArray[Any]", self)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> NDArray[Any]:
        rows, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if isinstance(rows, int | np.integer):
            return self._row(int(rows))[rest]
        if isinstance(rows, slice) and rows.step in (None, 1):
            start, stop, _ = rows.indices(len(self))
            return self._rows(start, max(stop, start))[(slice(None), *rest)]
        if isinstance(rows, np.ndarray) and rows.dtype.kind in "iu" and rows.size <= _MOST_ROWS:
            if not rows.size:
                return self._rows(0, 0)[(rows, *rest)]
            picked = np.stack([self._row(int(row)) for row in rows.ravel()])
            picked = picked.reshape(*rows.shape, *self.shape[1:])
            return picked[(slice(None), *rest)]
        return cast("NDArray[Any]", np.asarray(self)[key])

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("the rows of a lazy array cannot be had without making them")
        whole = self._read_rows(0, len(self))
        return whole if dtype is None else whole.astype(dtype, copy=False)

    def setflags(self, *, write: bool) -> None:
        """Do nothing: it cannot be written anyway."""
        if write:
            raise ValueError("a lazy array cannot be written")

    def _row(self, row: int) -> NDArray[Any]:
        if row < 0:
            row += len(self)
        if not 0 <= row < len(self):
            raise IndexError(f"row must be within 0 to {len(self) - 1}, got {row}")
        number = row // self._n_rows
        with self._lock:
            chunk = self._chunks.get(number)
            if chunk is not None:
                self._chunks.move_to_end(number)
        if chunk is None:
            start = number * self._n_rows
            chunk = self._read_rows(start, min(start + self._n_rows, len(self)))
            with self._lock:
                self._chunks[number] = chunk
                while len(self._chunks) > _N_CHUNKS:
                    self._chunks.popitem(last=False)
        return cast("NDArray[Any]", chunk[row - number * self._n_rows])

    def _rows(self, start: int, stop: int) -> NDArray[Any]:
        if stop <= start:
            return np.empty((0, *self.shape[1:]), self.dtype)
        return self._read_rows(start, stop)
