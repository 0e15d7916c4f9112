"""Tells whether an HDF5 file of events can be read in place.

The HDF5 library can hang or crash over damaged structures of a file, such as tables of chunks.
Files of its newer kind have checksums of all of them, which the library looks at first; those of
the older kind, such as DSEC's, are looked through once in a process of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  registers the filters
import numpy as np

from evface.errors import EventFileError
from evface.events.apart import call_apart
from evface.events.formats.hdf5_column import can_be_checked
from evface.events.formats.hdf5_writer import FIELDS
from evface.events.index import FileIdentity, read_index, write_index

# From this version of the superblock on, structures have checksums.
_CHECKSUMS_SINCE = 2
_VERSION_AT = 8
# Of what is kept of a file that was looked through.
_PARAMETERS = "hdf5 1"
_SHAPES = {"is_indexed": 1}


def is_indexed(path: Path) -> bool:
    """Tell whether a file is laid out as evface's or DSEC's, with an index of time.

    Others must not be opened in this process.

    Raises
    ------
    EventFileError
        If it is damaged.
    """
    try:
        if _has_checksums(path):
            return look_for_index(path)
        identity = FileIdentity.of(path)
        kept = read_index(path, identity, _PARAMETERS, _SHAPES)
        if kept is not None:
            return bool(kept["is_indexed"].any())
        said = call_apart(look_through, path, kind="HDF5")
        write_index(path, identity, _PARAMETERS, {"is_indexed": np.array([int(said)], np.int64)})
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        problem = "was cut off" if "truncated" in str(error) else "is damaged"
        raise EventFileError(
            path, f"is an HDF5 file that {problem}; copy or convert it again"
        ) from error
    return said


def look_for_index(path: Path) -> bool:
    """Tell whether the names of an index are in a file, and its columns can be checked."""
    with h5py.File(path, "r", locking="best-effort") as file:
        if "events" not in file or not ("ms_to_idx" in file or "t_offset" in file):
            return False
        return all(can_be_checked(column) for column in _columns(file))


def look_through(path: Path) -> bool:
    """Do the same, and go over all that will be read of the file but the values of its chunks."""
    if not look_for_index(path):
        return False
    with h5py.File(path, "r") as file:
        dict(file.attrs)
        for column in _columns(file):
            if column.chunks:
                column.id.chunk_iter(lambda _chunk: None)
        if "t_offset" in file:
            file["t_offset"][()]
    return True


def _columns(file: h5py.File) -> list[Any]:
    names = [f"events/{name}" for name in FIELDS] + ["ms_to_idx"]
    return [file[name] for name in names if isinstance(file.get(name), h5py.Dataset)]


def _has_checksums(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_VERSION_AT + 1)
    return len(head) > _VERSION_AT and head[_VERSION_AT] >= _CHECKSUMS_SINCE
