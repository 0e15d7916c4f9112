"""Files of N-MNIST and N-Caltech101: five bytes an event, no header.

References
----------
Orchard et al., "Converting Static Image Datasets to Spiking Neuromorphic Datasets Using
Saccades", Frontiers in Neuroscience 2015, and the data set's own reader: bytes are column, row,
then a bit for on and 23 bits of the time in us, big-endian; the row 240 is no event but says that
the counter went over by 2**13 us.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.rates import check_bin_us, rebin_sparse
from evface.events.triggers import Triggers

RESOLUTION = (304, 240)
_BYTES = 5
_OVERFLOW_ROW = 240
_OVERFLOW_US = 1 << 13
_COUNTER_US = 1 << 23
# The format has no mark of its own: what is larger, or whose times jump about, is something else.
_MAX_BYTES = 1 << 30
_MAX_BACKWARD = 0.02
_MAX_OUTSIDE = 0.02
_MAX_LATE_US = 1000
_MEDIAN = 9


class NMnistSource:
    """An `EventSource` of an N-MNIST ``.bin`` file, held in memory.

    Parameters
    ----------
    path
        The file. Opened for reading only. The sensor is taken to be the ATIS, 304 x 240.

    Raises
    ------
    EventFileError
        If the file cannot be read or does not look like one.
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        self._warnings: list[str] = []
        try:
            n_bytes = self._path.stat().st_size
            data = np.fromfile(self._path, np.uint8) if n_bytes <= _MAX_BYTES else None
        except OSError as error:
            reason = error.strerror or "unknown"
            raise EventFileError(
                self._path, f"cannot be read ({reason}); check its permissions"
            ) from error
        n_over = n_bytes % _BYTES
        is_named_so = self._path.suffix.lower() == ".bin"
        # Only the name tells a cut file from any other.
        if data is None or (n_over and not is_named_so) or n_bytes < _BYTES:
            raise self._unknown()
        if n_over:
            self._warnings.append(
                f"the file was cut off in the middle of an event; its last {n_over} "
                f"byte{'s are' if n_over > 1 else ' is'} left out"
            )
        self._take(data[: n_bytes - n_over].reshape(-1, _BYTES), n_over)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def format(self) -> str:
        """``"N-MNIST"``."""
        return "N-MNIST"

    @property
    def resolution(self) -> tuple[int, int]:
        """Sensor ``(width, height)``, px."""
        return RESOLUTION

    @property
    def origin_us(self) -> int:
        """Time of the first event as the file states it."""
        return self._origin_us

    @property
    def duration_us(self) -> int:
        """Time of the last event plus one."""
        return int(self._events.t[-1]) + 1

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self._events)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read."""
        return tuple(self._warnings)

    @property
    def findings(self) -> Findings:
        """What was left out or mended."""
        return self._findings

    @property
    def metadata(self) -> dict[str, str]:
        """Empty: the format has no header."""
        return {}

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside the recording."""
        return self._events.between(start_us, max(start_us, stop_us))

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64."""
        check_bin_us(bin_us)
        ms, counts = np.unique(self._events.t // 1000, return_counts=True)
        return rebin_sparse(ms, counts, bin_us, self.duration_us)

    def triggers(self) -> Triggers:
        """Return none: the format has no place for them."""
        return Triggers.empty()

    def close(self) -> None:
        """Do nothing: the file was read whole."""

    def _take(self, data: NDArray[np.uint8], n_cut_bytes: int) -> None:
        columns = data.astype(np.int64)
        stated = (columns[:, 2] & 0x7F) << 16 | columns[:, 3] << 8 | columns[:, 4]
        is_overflow = columns[:, 1] == _OVERFLOW_ROW
        times = stated + _OVERFLOW_US * np.cumsum(is_overflow)
        # A fall by half its range is the counter starting again, unless a few events alone have it.
        usual = median_filter(stated, _MEDIAN, mode="nearest")
        times += _COUNTER_US * np.cumsum(np.diff(usual, prepend=usual[:1]) < -_COUNTER_US // 2)
        is_event = ~is_overflow
        is_inside = columns[:, 1] < RESOLUTION[1]
        n_outside = int(np.sum(is_event & ~is_inside))
        kept = is_event & is_inside
        n_backward = int(np.sum(np.diff(times[kept]) < 0))
        if not kept.any() or n_outside > _MAX_OUTSIDE * len(data):
            raise self._unknown()
        if n_backward > _MAX_BACKWARD * len(data):
            raise self._unknown()
        n_damaged = late_us = 0
        if n_backward:
            # Sorted times are their own medians, so only damaged ones are far from theirs.
            is_sound = np.abs(times - median_filter(times, _MEDIAN, mode="nearest")) <= _MAX_LATE_US
            n_damaged = int(np.sum(kept & ~is_sound))
            kept &= is_sound
            if n_damaged:
                self._warnings.append(f"{n_damaged:,} events with impossible times are left out")
        times = times[kept]
        clamped = np.maximum.accumulate(times)
        n_late = int(np.sum(times < clamped))
        if n_outside:
            self._warnings.append(
                f"{n_outside:,} events outside the sensor (304 x 240) are left out"
            )
        if n_late:
            late_us = int(np.max(clamped - times))
            self._warnings.append(
                f"{n_late:,} events came up to {late_us:,} us late "
                "and have the time of the event before"
            )
        self._origin_us = int(clamped[0])
        self._events = Events(
            clamped - self._origin_us,
            columns[kept, 0].astype(np.uint16),
            columns[kept, 1].astype(np.uint16),
            columns[kept, 2] >= 0x80,
        )
        self._findings = Findings(
            n_outside=n_outside,
            n_damaged_words=n_damaged,
            n_late=n_late,
            max_late_us=late_us,
            n_cut_bytes=n_cut_bytes,
            cut_at_us=self.duration_us if n_cut_bytes else None,
        )

    def _unknown(self) -> EventFileError:
        return EventFileError(
            self._path,
            "is not an event file that evface knows (RAW EVT2 and EVT3, HDF5, N-MNIST .bin)",
        )
