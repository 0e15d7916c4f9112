"""Writing evface's HDF5 event files.

The layout is that of the DSEC data set, compressed with Bitshuffle and LZ4 and with checksums:

- ``events/x``, ``events/y`` (n,) uint16 and ``events/p`` (n,) uint8;
- ``events/t`` (n,) uint32, us since `t_offset`, counted modulo 2**32;
- ``t_offset`` int64, us: the time of the first event on the sensor's clock;
- ``ms_to_idx`` (n_ms + 1,) uint64: entry k is the first event at or after k ms, the last one n;
- attributes ``width``, ``height``, ``evface_version`` and, where a video belongs to it,
  ``video_offset_us``: the time of its first frame on the sensor's clock; the attributes of the
  group ``metadata`` are words about the recording;
- ``triggers/times_us`` (k,) int64 on the sensor's clock, ``triggers/channels`` (k,) uint8 and
  ``triggers/is_rising`` (k,) uint8, where there are triggers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.formats.event_writer import EventFileWriter
from evface.events.triggers import Triggers

CHUNK_EVENTS = 32768
# Appended events are gathered to this many before they are compressed.
_BATCH_EVENTS = 32 * CHUNK_EVENTS
FIELDS = {"x": "u2", "y": "u2", "p": "u1", "t": "u4"}


class Hdf5EventWriter(EventFileWriter):
    """Writes evface's HDF5, on any clock: the file keeps it as `EventSource.origin_us`.

    Parameters
    ----------
    path, resolution
        As for `EventFileWriter`.
    metadata
        Words about the recording, kept and given back by `Hdf5Source.metadata`.
    video_offset_us
        For simulated and synchronised recordings: time of the video's first frame on the clock
        of the appended events.

    Raises
    ------
    ValueError
        If the resolution is not positive.
    EventFileError
        If the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        resolution: tuple[int, int],
        metadata: Mapping[str, str] | None = None,
        video_offset_us: int | None = None,
    ) -> None:
        super().__init__(path, resolution=resolution)
        self._pending: list[Events] = []
        self._n_pending = 0
        self._n_written = 0
        self._origin_us = 0
        self._ms_to_idx: list[NDArray[np.uint64]] = []
        self._n_ms = 0
        try:
            # Without a cache of chunks each is on disk when written, and an error is raised there.
            self._file = h5py.File(self._temporary, "w", libver=("v110", "v110"), rdcc_nbytes=0)
            self._file.attrs["width"], self._file.attrs["height"] = resolution
            self._file.attrs["evface_version"] = version("evface")
            if video_offset_us is not None:
                self._file.attrs["video_offset_us"] = np.int64(video_offset_us)
            words = self._file.create_group("metadata").attrs
            for key, value in (metadata or {}).items():
                words[key] = value
            group = self._file.create_group("events")
            for name, dtype in FIELDS.items():
                group.create_dataset(
                    name,
                    (0,),
                    dtype,
                    maxshape=(None,),
                    chunks=(CHUNK_EVENTS,),
                    fletcher32=True,
                    **hdf5plugin.Bitshuffle(cname="lz4"),
                )
        except OSError as error:
            raise self._failure(error) from error

    def append_triggers(self, triggers: Triggers) -> None:
        """Add triggers on the clock of the events, after those added before.

        Raises
        ------
        ValueError
            If times decrease.
        """
        joined = self._waiting.followed_by(triggers)
        if np.any(np.diff(joined.times_us) < 0):
            raise ValueError("times of appended triggers must not decrease")
        self._waiting = joined

    def _write(self, events: Events) -> None:
        if not self._n_written and not self._n_pending:
            self._origin_us = int(events.t[0])
        self._pending.append(events)
        self._n_pending += len(events)
        if self._n_pending >= _BATCH_EVENTS:
            self._flush(keep=self._n_pending % CHUNK_EVENTS)

    def _write_triggers(self, triggers: Triggers) -> None:
        if len(triggers):
            group = self._file.create_group("triggers")
            group["times_us"] = triggers.times_us
            group["channels"] = triggers.channels
            group["is_rising"] = triggers.is_rising.view(np.uint8)

    def _finish(self) -> None:
        self._flush(keep=0)
        # The entry past the last millisecond lets every window be looked up without a test.
        self._ms_to_idx.append(np.array([self._n_written], np.uint64))
        self._file.create_dataset(
            "ms_to_idx",
            data=np.concatenate(self._ms_to_idx),
            chunks=True,
            fletcher32=True,
            **hdf5plugin.Bitshuffle(cname="lz4"),
        )
        self._file.create_dataset("t_offset", data=np.int64(self._origin_us))
        self._file.close()

    def _release(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()

    def _flush(self, keep: int) -> None:
        """Write all pending events but the last `keep`, so that chunks are compressed once."""
        if not self._n_pending:
            return
        events = Events.concatenate(self._pending)
        n = len(events) - keep
        self._pending = [Events(*(getattr(events, name)[n:].copy() for name in "txyp"))]
        self._n_pending = keep
        times = events.t[:n] - self._origin_us
        columns = {
            "x": events.x[:n],
            "y": events.y[:n],
            "p": events.p[:n].view(np.uint8),
            "t": times.astype(np.uint32),
        }
        first = self._n_written
        for name, values in columns.items():
            dataset = self._file["events"][name]
            dataset.resize((first + n,))
            dataset[first:] = values
        # ms_to_idx[k] is the first event at or after k ms; n of the file so far is not yet known.
        n_ms = int(times[-1]) // 1000 + 1
        bounds = np.arange(self._n_ms, n_ms, dtype=np.int64) * 1000
        self._ms_to_idx.append((first + np.searchsorted(times, bounds)).astype(np.uint64))
        self._n_ms = max(self._n_ms, n_ms)
        self._n_written += n


def write_events_hdf5(
    path: Path,
    batches: Iterable[Events],
    *,
    resolution: tuple[int, int],
    metadata: Mapping[str, str] | None = None,
    video_offset_us: int | None = None,
) -> None:
    """Write batches of events, one after the other in time, to one file.

    See `Hdf5EventWriter` for the parameters and errors.
    """
    with Hdf5EventWriter(
        path, resolution=resolution, metadata=metadata, video_offset_us=video_offset_us
    ) as writer:
        for batch in batches:
            writer.append(batch)
