"""Columns of HDF5 files, with what damaged chunks would do to decompressors ruled out before.

The plugins that decompress Bitshuffle and Blosc believe the lengths that chunks state, and HDF5
believes what they return: a flipped bit can make them read beyond the chunk, which ends the
process. A checksum of the chunk, which HDF5 looks at first, rules that out. Where there is none,
the lengths are checked here, once a chunk.

Layouts: Bitshuffle's ``bshuf_h5_filter``, and Blosc's header of 16 bytes (README_CHUNK_FORMAT).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Numbers of HDF5's filters.
_CHECKSUM, _BLOSC, _BITSHUFFLE = 3, 32001, 32008
_BITSHUFFLE_HEAD, _BLOSC_HEAD = 12, 16
# What is raised where chunks are damaged.
DAMAGES = (OSError, RuntimeError, ValueError)
# Values go through Bitshuffle by so many; the rest follows as it is.
_SHUFFLED = 8


class Hdf5Column:
    """A data set of one dimension.

    Parameters
    ----------
    dataset
        An ``h5py.Dataset``, whose file stays open.

    Raises
    ------
    ValueError
        If it has other than one dimension, or is compressed in a way that cannot be checked.
    """

    def __init__(self, dataset: Any) -> None:
        if getattr(dataset, "ndim", None) != 1:
            raise ValueError(f"{getattr(dataset, 'name', 'a column')} is no column of numbers")
        self._dataset = dataset
        filters = filters_of(dataset)
        self._filter = 0 if _CHECKSUM in filters else next(iter(filters), 0)
        if not can_be_checked(dataset):
            raise ValueError(f"{dataset.name} is compressed with filter {self._filter}")
        self._chunk = dataset.chunks[0] if dataset.chunks else 0
        self._is_checked = np.zeros(-(-len(dataset) // self._chunk) if self._chunk else 0, np.bool_)

    def __len__(self) -> int:
        return len(self._dataset)

    def read(self, first: int, last: int) -> NDArray[Any]:
        """Return the values ``[first, last)``.

        Raises
        ------
        ValueError, OSError, RuntimeError
            If a chunk is damaged.
        """
        if self._filter:
            chunks = slice(first // self._chunk, -(-last // self._chunk))
            for place in np.flatnonzero(~self._is_checked[chunks]).tolist():
                self._check(chunks.start + place)
        values: NDArray[Any] = self._dataset[first:last]
        return values

    def _check(self, index: int) -> None:
        mask, data = self._dataset.id.read_direct_chunk((index * self._chunk,))
        n_bytes = self._chunk * self._dataset.dtype.itemsize
        if mask:
            is_sound = len(data) == n_bytes
        elif self._filter == _BITSHUFFLE:
            is_sound = _is_bitshuffled(data, n_bytes, self._dataset.dtype.itemsize)
        else:
            is_sound = _is_blosc(data, n_bytes)
        if not is_sound:
            raise ValueError(f"a chunk of {self._dataset.name} is damaged")
        self._is_checked[index] = True


def filters_of(dataset: Any) -> tuple[int, ...]:
    """Return the numbers of the filters that the chunks of a data set went through."""
    properties = dataset.id.get_create_plist()
    return tuple(int(properties.get_filter(i)[0]) for i in range(properties.get_nfilters()))


def can_be_checked(dataset: Any) -> bool:
    """Whether damage to the chunks of a data set is found before they are decompressed."""
    filters = filters_of(dataset)
    # On the way back the last filter comes first.
    return filters in ((), (_BITSHUFFLE,), (_BLOSC,)) or filters[-1] == _CHECKSUM


def _is_bitshuffled(data: bytes, n_bytes: int, n_value_bytes: int) -> bool:
    """Whether a chunk holds all blocks that Bitshuffle will look for."""
    block_bytes = int.from_bytes(data[8:12], "big")
    n_aligned = n_value_bytes * _SHUFFLED
    if int.from_bytes(data[:8], "big") != n_bytes or not block_bytes or block_bytes % n_aligned:
        return False
    rest_bytes = n_bytes % n_aligned
    at = _BITSHUFFLE_HEAD
    for _ in range(-(-(n_bytes - rest_bytes) // block_bytes)):
        at += 4 + int.from_bytes(data[at : at + 4], "big")
        if at > len(data):
            return False
    return at + rest_bytes == len(data)


def _is_blosc(data: bytes, n_bytes: int) -> bool:
    """Whether a chunk is as long as Blosc's head says, packed and unpacked."""
    n_plain, _, n_packed = (int.from_bytes(data[at : at + 4], "little") for at in (4, 8, 12))
    return len(data) >= _BLOSC_HEAD and (n_plain, n_packed) == (n_bytes, len(data))
