"""Writing Prophesee's HDF5 event files, without their codec.

Prophesee's tools read HDF5's own compression as they read ECF.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.formats.event_writer import FORMAT_KEYS, EventFileWriter
from evface.events.triggers import Triggers

CHUNK_EVENTS = 16384
_BATCH_EVENTS = 32 * CHUNK_EVENTS
_INDEX_PERIOD_US = 2000
# A clock that jumps would fill the disk with entries that say nothing.
_MAX_INDEX_US = 24 * 3_600_000_000
# HDF5 holds no attribute above 64 KB.
_MAX_WORDS = 4000
_EVENT = np.dtype(
    {
        "names": ["x", "y", "p", "t"],
        "formats": ["<u2", "<u2", "<i2", "<i8"],
        "offsets": [0, 2, 4, 8],
        "itemsize": 16,
    }
)
_TRIGGER = np.dtype(
    {
        "names": ["p", "t", "id"],
        "formats": ["<i2", "<i8", "<i2"],
        "offsets": [0, 8, 16],
        "itemsize": 24,
    }
)
_INDEX = np.dtype([("id", "<u8"), ("ts", "<i8")])


class PropheseeHdf5Writer(EventFileWriter):
    """Writes ``CD/events``, ``CD/indexes`` and ``EXT_TRIGGER/events``; see `EventFileWriter`.

    An entry of ``CD/indexes`` is for a multiple of 2 ms and names the first event at or after it.

    Parameters
    ----------
    path, resolution
        As for `EventFileWriter`.
    metadata
        Attributes of the file, kept as they are where they do not say what it is.

    Raises
    ------
    EventFileError
        If the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        resolution: tuple[int, int],
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(path, resolution=resolution)
        self._pending: list[NDArray[np.void]] = []
        self._entries: list[NDArray[np.void]] = []
        self._n_pending = self._n_events = 0
        self._next_index_us: int | None = None
        try:
            # Without a cache of chunks each is on disk when written, and an error is raised there.
            self._file = h5py.File(self._temporary, "w", libver=("v110", "v110"), rdcc_nbytes=0)
            kept = {
                key: value[:_MAX_WORDS]
                for key, value in (metadata or {}).items()
                if key and key.lower() not in FORMAT_KEYS
            }
            attributes = kept | {
                "format": "HDF5",
                "geometry": "{}x{}".format(*resolution),
                "version": "1.0",
            }
            for key, value in attributes.items():
                self._file.attrs[key] = value
            self._make("CD/events", _EVENT)
            self._make("CD/indexes", _INDEX)
            self._make("EXT_TRIGGER/events", _TRIGGER)
        except (OSError, RuntimeError) as error:
            raise self._failure(error) from error

    def _make(self, name: str, dtype: np.dtype[Any]) -> None:
        self._file.create_dataset(
            name,
            (0,),
            dtype,
            maxshape=(None,),
            chunks=(CHUNK_EVENTS,),
            shuffle=True,
            compression="gzip",
            compression_opts=1,
        )

    def _write(self, events: Events) -> None:
        records = np.zeros(len(events), _EVENT)
        records["x"], records["y"], records["p"] = events.x, events.y, events.p
        records["t"] = events.t
        self._note_index(events.t)
        self._pending.append(records)
        self._n_pending += len(records)
        self._n_events += len(records)
        if self._n_pending >= _BATCH_EVENTS:
            self._flush(keep=self._n_pending % CHUNK_EVENTS)

    def _write_triggers(self, triggers: Triggers) -> None:
        if not len(triggers):
            return
        records = np.zeros(len(triggers), _TRIGGER)
        records["p"], records["t"] = triggers.is_rising, triggers.times_us
        records["id"] = triggers.channels
        self._append("EXT_TRIGGER/events", records)

    def _finish(self) -> None:
        self._flush(keep=0)
        self._file.close()

    def _release(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()

    def _note_index(self, t: NDArray[np.int64]) -> None:
        """Write the entries for the multiples of the period up to the last of `t`."""
        period = _INDEX_PERIOD_US
        if self._next_index_us is None:
            self._next_index_us = int(t[0]) // period * period
        begin_us = self._next_index_us
        stop_us = int(t[-1]) + 1
        if stop_us - begin_us > _MAX_INDEX_US:
            begin_us = int(t[-1]) // period * period
        bounds = np.arange(begin_us, stop_us, period, dtype=np.int64)
        entries = np.empty(len(bounds), _INDEX)
        entries["id"] = self._n_events + np.searchsorted(t, bounds)
        entries["ts"] = bounds
        self._next_index_us = begin_us + len(bounds) * period
        self._entries.append(entries)

    def _flush(self, keep: int) -> None:
        """Write all pending events but the last `keep`, so that chunks are compressed once."""
        self._append("CD/indexes", np.concatenate([np.empty(0, _INDEX), *self._entries]))
        self._entries = []
        records = np.concatenate([np.empty(0, _EVENT), *self._pending])
        n = len(records) - keep
        self._pending = [records[n:].copy()]
        self._n_pending = keep
        self._append("CD/events", records[:n])

    def _append(self, name: str, records: NDArray[np.void]) -> None:
        dataset = self._file[name]
        first = len(dataset)
        dataset.resize((first + len(records),))
        dataset[first:] = records
