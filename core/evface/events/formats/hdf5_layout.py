"""Tells whether an HDF5 file of events has an index of time."""

from __future__ import annotations

from pathlib import Path

import h5py

from evface.errors import EventFileError


def has_time_index(path: Path) -> bool:
    """Tell whether an HDF5 file is evface's or DSEC's, by the names in it.

    Raises
    ------
    EventFileError
        If it is damaged.
    """
    try:
        with h5py.File(path, "r", locking="best-effort") as file:
            return "events" in file and ("ms_to_idx" in file or "t_offset" in file)
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        problem = "was cut off" if "truncated" in str(error) else "is damaged"
        raise EventFileError(
            path, f"is an HDF5 file that {problem}; copy or convert it again"
        ) from error
