"""Tells which layout an HDF5 file of events has."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

import h5py

from evface.errors import EventFileError


class Hdf5Layout(Enum):
    """Layouts that are read in different ways."""

    INDEXED = auto()  # evface's and DSEC's, with an index of milliseconds.
    PROPHESEE = auto()
    PLAIN = auto()


def tell_layout(path: Path) -> Hdf5Layout:
    """Tell the layout of an HDF5 file by the names in it.

    Raises
    ------
    EventFileError
        If it is damaged.
    """
    try:
        with h5py.File(path, "r", locking="best-effort") as file:
            if "CD/events" in file:
                return Hdf5Layout.PROPHESEE
            if "events" in file and ("ms_to_idx" in file or "t_offset" in file):
                return Hdf5Layout.INDEXED
            return Hdf5Layout.PLAIN
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        problem = "was cut off" if "truncated" in str(error) else "is damaged"
        raise EventFileError(
            path, f"is an HDF5 file that {problem}; copy or convert it again"
        ) from error
