"""Prophesee RAW files in the encodings EVT2, EVT2.1 and EVT3, and DAT files."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.formats.evt21 import is_legacy_order
from evface.events.formats.evt_state import (
    MAX_LATE_US,
    N_LATE,
    N_OUTSIDE,
    N_RESTARTS,
    N_UNKNOWN,
    WRAPS,
)
from evface.events.formats.raw_decoding import NotAsIndexedError, Place, RawDecoder
from evface.events.formats.raw_header import read_raw_header
from evface.events.formats.raw_index import (
    CHECKPOINT_WORDS,
    ENCODINGS,
    GUESSED,
    Encoding,
    RawIndex,
    sample_extent,
    unknown_share,
)
from evface.events.formats.raw_index_builder import RawIndexBuilder
from evface.events.formats.raw_indexing import RawIndexing
from evface.events.rates import check_bin_us, rebin_sparse
from evface.events.triggers import Triggers

_SAMPLE_WORDS = 1 << 18
# Sensors by size, for files that do not state theirs.
_KNOWN_SENSORS = ((304, 240), (320, 320), (640, 480), (1280, 720))


class RawSource:
    """An `EventSource` of a RAW or DAT file.

    Parameters
    ----------
    path
        The file. Opened for reading only; its index is kept beside it, see `index`.
    report
        Told the progress of indexing, 0 to 1.
    waits
        Whether to index all of the file first. Else the first part can be read at once, the rest
        is indexed in a thread, and so is what a file that is being recorded gains.

    Raises
    ------
    EventFileError
        If the file holds no events that can be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        report: Callable[[float, str], None] | None = None,
        waits: bool = True,
    ) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._header = read_raw_header(self._path)
        self._is_sensor_stated = self._header.resolution is not None
        # Where the last read ended, so that playing on needs no search.
        self._place: Place | None = None
        try:
            self._file = self._path.open("rb", buffering=0)
        except OSError as error:
            raise self._unreadable(error) from error
        try:
            n_bytes = os.fstat(self._file.fileno()).st_size - self._header.n_bytes
            self._encoding = self._find_encoding(n_bytes)
            n_words = n_bytes // self._encoding.word.itemsize
            self._resolution = self._header.resolution or self._assume_resolution(n_words)
            self._decoder = RawDecoder(self._read_words, self._encoding, self._resolution)
            self._indexing = RawIndexing(
                self._path,
                self._header.n_bytes,
                self._encoding.word.itemsize,
                f"{self._encoding.name} {self._resolution} {self._header.n_bytes}",
                lambda: RawIndexBuilder(self._read_words, self._encoding, self._resolution),
            )
            if waits:
                self._indexing.build(report)
            else:
                self._indexing.begin()
            self._check_events()
        except BaseException:
            self._file.close()
            raise
        if not waits:
            self._indexing.follow()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def format(self) -> str:
        """``"RAW EVT3"``, ``"DAT v2"`` and the like."""
        return self._encoding.title

    @property
    def resolution(self) -> tuple[int, int]:
        """Sensor ``(width, height)``, px."""
        return self._resolution

    @property
    def origin_us(self) -> int:
        """Time of the first event as the file states it."""
        return self._index.origin_us

    @property
    def duration_us(self) -> int:
        """Time of the last event plus one."""
        return self._index.duration_us

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self._index.n_events

    @property
    def is_complete(self) -> bool:
        """Whether all of the file is indexed, and the file is not being written."""
        return self._indexing.is_complete

    @property
    def indexed_share(self) -> float:
        """How much of the file as it is now can be read, 0 to 1."""
        return self._indexing.share

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read, up to where it is indexed."""
        return tuple(self._warn())

    @property
    def findings(self) -> Findings:
        """What the decoder left out or mended, up to where the file is indexed."""
        index, counters = self._index, self._index.counters
        word_bytes = self._encoding.word.itemsize
        n_cut_bytes = self._indexing.n_over_bytes + index.n_cut_words * word_bytes
        n_restarts = int(counters[N_RESTARTS])
        return Findings(
            n_outside=int(counters[N_OUTSIDE]),
            n_damaged_words=int(counters[N_UNKNOWN]) + len(index.ignored),
            n_late=int(counters[N_LATE]),
            max_late_us=int(counters[MAX_LATE_US]),
            n_restarts=n_restarts,
            # A restart moves the clock on by a whole counter too.
            n_wraps=max(int(counters[WRAPS]) - n_restarts, 0),
            n_cut_bytes=n_cut_bytes,
            cut_at_us=index.duration_us if n_cut_bytes else None,
        )

    @property
    def metadata(self) -> dict[str, str]:
        """The lines of the header."""
        return dict(self._header.metadata)

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)``; empty outside the recording."""
        index = self._index
        start_us, stop_us = max(start_us, 0), min(stop_us, index.duration_us)
        if start_us >= stop_us:
            return Events.empty()
        try:
            events, self._place = self._decoder.decode(index, start_us, stop_us, self._place)
        except NotAsIndexedError:
            raise EventFileError(self._path, "changed while it was open; open it again") from None
        return events

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin, (ceil(duration / bin_us),) int64, from the index."""
        check_bin_us(bin_us)
        index = self._index
        counts = np.diff(index.first_of_ms, append=index.n_events)
        return rebin_sparse(index.ms, counts, bin_us, index.duration_us)

    def triggers(self) -> Triggers:
        """Return the edges at the sensor's trigger inputs; reads only where there are some."""
        index, encoding = self._index, self._encoding
        if encoding.find_triggers is None:
            return Triggers.empty()
        found: list[tuple[NDArray[Any], ...]] = []
        for point in np.unique(index.triggered * CHECKPOINT_WORDS // index.spacing).tolist():
            begin = point * index.spacing
            words = self._read_words(begin, min(begin + index.spacing, index.n_words))
            t = np.empty(len(words), np.int64)
            channel, is_rising = np.empty(len(words), np.uint8), np.empty(len(words), np.bool_)
            n = encoding.find_triggers(
                words, begin, index.states[point], index.ignored, t, channel, is_rising
            )
            found.append((t[:n].copy(), channel[:n].copy(), is_rising[:n].copy()))
        if not found:
            return Triggers.empty()
        t, channel, is_rising = (np.concatenate(column) for column in zip(*found, strict=True))
        return Triggers(np.maximum.accumulate(t) - index.origin_us, channel, is_rising)

    def close(self) -> None:
        """End indexing and release the file."""
        self._indexing.close()
        with self._lock:
            self._file.close()

    @property
    def _index(self) -> RawIndex:
        return self._indexing.index

    def _read_words(self, begin: int, end: int) -> NDArray[Any]:
        words = np.empty(end - begin, self._encoding.word)
        view = words.view(np.uint8).data
        try:
            with self._lock:
                self._file.seek(self._header.n_bytes + begin * words.itemsize)
                n_read = 0
                while n_read < len(view):
                    n = self._file.readinto(view[n_read:])
                    if not n:
                        raise EventFileError(
                            self._path, "became shorter while it was open; open it again"
                        )
                    n_read += n
        except OSError as error:
            raise self._unreadable(error) from error
        return words

    def _find_encoding(self, n_bytes: int) -> Encoding:
        stated = self._header.encoding
        if stated == "EVT2.1":
            self._encoding = ENCODINGS["EVT2.1 little"]
            words = self._read_words(0, min(n_bytes // 8, _SAMPLE_WORDS))
            stated += " legacy" if is_legacy_order(words) else " little"
        if stated and stated not in ENCODINGS:
            raise EventFileError(
                self._path, f"is {stated}, which evface cannot read; convert it to RAW EVT3"
            )
        if n_bytes < 2:
            raise EventFileError(self._path, "has a header but no events; copy or record it again")
        shares = {}
        for name in dict.fromkeys((stated or GUESSED[0], *GUESSED)):
            self._encoding = encoding = ENCODINGS[name]
            n_words = n_bytes // encoding.word.itemsize
            words = self._read_words(0, min(n_words, _SAMPLE_WORDS))
            shares[name] = unknown_share(words, encoding)
        likely = min(shares, key=lambda name: shares[name])
        if stated and shares[stated] > 0.03 and shares[likely] < 0.01:
            raise EventFileError(
                self._path,
                f"its header says {stated} but its words are {likely}; "
                "correct the header in a copy",
            )
        return ENCODINGS[stated or likely]

    def _assume_resolution(self, n_words: int) -> tuple[int, int]:
        extent = sample_extent(self._read_words(0, min(n_words, _SAMPLE_WORDS)), self._encoding)
        fitting = [size for size in _KNOWN_SENSORS if size[0] >= extent[0] and size[1] >= extent[1]]
        return fitting[0] if fitting else extent

    def _check_events(self) -> None:
        index = self._index
        if index.n_events:
            return
        if not index.n_words:
            problem = (
                f"does not hold {self._encoding.name} words; "
                "it is damaged or not an event recording"
            )
        elif index.counters[N_OUTSIDE]:
            problem = "all events are outside its sensor of {} x {}; correct the header".format(
                *self._resolution
            )
        else:
            problem = "holds no events; copy or record it again"
        raise EventFileError(self._path, problem)

    def _warn(self) -> Iterator[str]:
        index, n_over = self._index, self._indexing.n_over_bytes
        counters = index.counters
        if self._indexing.problem:
            yield self._indexing.problem
        if n_over:
            yield (
                f"the file was cut off in the middle of a word; its last {n_over} "
                f"byte{'s are' if n_over > 1 else ' is'} left out"
            )
        if not self._is_sensor_stated:
            yield "the file does not state its sensor; {} x {} is assumed".format(*self._resolution)
        n_events = index.n_events
        if index.n_cut_words:
            share = 100 * index.n_cut_words / (index.n_words + index.n_cut_words)
            yield (
                f"the file is damaged after {index.duration_us / 1e6:.3f} s; "
                f"the last {share:.1f} % of it are left out"
            )
        if counters[N_UNKNOWN] or len(index.ignored):
            n_bad = counters[N_UNKNOWN] + len(index.ignored)
            yield (f"{n_bad:,} words are damaged; events and times near them may be wrong")
        if counters[N_OUTSIDE]:
            share = 100 * counters[N_OUTSIDE] / (n_events + counters[N_OUTSIDE])
            yield (
                f"{counters[N_OUTSIDE]:,} events ({share:.2g} %) outside the sensor "
                "({} x {}) are left out".format(*self._resolution)
            )
        if counters[N_RESTARTS]:
            yield (
                f"the time starts again {counters[N_RESTARTS]:,} times; "
                "what follows is placed after a gap"
            )
        if counters[N_LATE]:
            yield (
                f"{counters[N_LATE]:,} events came up to {counters[MAX_LATE_US]:,} us late "
                "and have the time of the event before"
            )

    def _unreadable(self, error: OSError) -> EventFileError:
        reason = error.strerror or "unknown"
        return EventFileError(self._path, f"cannot be read ({reason}); check the disk")
