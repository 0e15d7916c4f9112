"""The index of time of HDF5 event files: the first event of each millisecond."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.events.formats.hdf5_column import DAMAGES, Hdf5Column
from evface.events.formats.hdf5_writer import CHUNK_EVENTS
from evface.events.intake import MAX_DURATION_US

# Times are stored modulo so many us.
WRAP_US = 2**32
_STEP_EVENTS = 256 * CHUNK_EVENTS


def read_time_index(dataset: Any, n_events: int) -> NDArray[np.int64] | None:
    """Read the index that a file states.

    Returns
    -------
    (n_ms + 1,) int64
        Its last entry is `n_events`. None where it is damaged.
    """
    with contextlib.suppress(*DAMAGES):
        column = Hdf5Column(dataset)
        index = np.append(column.read(0, len(column)).astype(np.int64), n_events)
        is_whole = len(index) > 1 and index[0] == 0 and index[-1] == n_events
        if is_whole and np.all(np.diff(index) >= 0):
            return index
    return None


def build_time_index(column: Hdf5Column, n_events: int, shift_us: int) -> NDArray[np.int64]:
    """Read all times once; for DSEC files whose index counts from another instant.

    Parameters
    ----------
    column
        The times, us, counted modulo `WRAP_US`.
    n_events
        How many of them count.
    shift_us
        The time that becomes zero.

    Returns
    -------
    (n_ms + 1,) int64
        As of `read_time_index`.

    Raises
    ------
    ValueError, OSError, RuntimeError
        If times are impossible, or a chunk of them is damaged.
    """
    parts, done_ms, wraps, last = [], 0, 0, 0
    for first in range(0, n_events, _STEP_EVENTS):
        raw = column.read(first, min(first + _STEP_EVENTS, n_events)).astype(np.int64)
        steps = np.diff(raw, prepend=last)
        # A fall by half the range is the 32-bit counter starting again.
        times = raw + WRAP_US * (wraps + np.cumsum(steps < -WRAP_US // 2))
        wraps, last = int(times[-1] // WRAP_US), int(raw[-1])
        times = np.maximum.accumulate(times - shift_us)
        if times[-1] > MAX_DURATION_US:
            raise ValueError("its times are impossible")
        n_ms = int(times[-1]) // 1000 + 1
        bounds = np.arange(done_ms, n_ms, dtype=np.int64) * 1000
        parts.append(first + np.searchsorted(times, bounds))
        done_ms = max(done_ms, n_ms)
    return np.concatenate([*parts, np.array([n_events])]).astype(np.int64)
