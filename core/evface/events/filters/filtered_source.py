"""A recording as it is behind filters, at any time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.filters.chain import FilterChain, FilterStream
from evface.events.findings import Findings
from evface.events.rates import check_bin_us, rebin
from evface.events.sources import EventSource, IndexedSource, iter_batches
from evface.events.triggers import Triggers


class FilteredSource:
    """The events of a source that pass a chain of filters; an `EventSource` itself.

    The clock, the length and all that the file says stay those of the source. Reading a window
    begins early enough for every filter, so the same window always gives the same events, whatever
    was read before. Closing it closes the source.

    Parameters
    ----------
    source
        Open; used by several threads at once where this is.
    chain
        What the events pass.
    """

    def __init__(self, source: EventSource, chain: FilterChain) -> None:
        self.source = source
        self.chain = chain
        self._lock = threading.Lock()
        # Filters that have seen what comes just before a time: reading on from there needs no
        # more than what is new.
        self._stream: tuple[int, FilterStream] | None = None
        self._counting = threading.Lock()
        self._per_ms: NDArray[np.int64] | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.source.path

    @property
    def format(self) -> str:
        """Name of the file's format."""
        return self.source.format

    @property
    def resolution(self) -> tuple[int, int]:
        """Sensor ``(width, height)``, px."""
        return self.source.resolution

    @property
    def origin_us(self) -> int:
        """Time of the file's first event as the file states it."""
        return self.source.origin_us

    @property
    def duration_us(self) -> int:
        """Time of the file's last event plus one, whether or not it passes."""
        return self.source.duration_us

    @property
    def n_events(self) -> int:
        """Number of events that pass. The whole recording is read when this is first asked for."""
        return int(self._counts().sum())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file."""
        return self.source.warnings

    @property
    def metadata(self) -> dict[str, str]:
        """What the file's header says."""
        return self.source.metadata

    @property
    def findings(self) -> Findings:
        """What the file's decoder left out or mended."""
        return self.source.findings

    @property
    def is_complete(self) -> bool:
        """Whether all of the file can be read."""
        return self.source.is_complete

    @property
    def indexed_share(self) -> float:
        """How much of the file as it is now can be read, 0 to 1."""
        return self.source.indexed_share if isinstance(self.source, IndexedSource) else 1.0

    def triggers(self) -> Triggers:
        """Return the edges at the sensor's trigger inputs."""
        return self.source.triggers()

    def read(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)`` that pass."""
        start_us, stop_us = max(start_us, 0), min(stop_us, self.duration_us)
        if start_us >= stop_us:
            return Events.empty()
        with self._lock:
            at, self._stream = self._stream, None
        if at is not None and at[0] == start_us:
            stream, first_us = at[1], start_us
        else:
            stream = self.chain.stream(self.resolution)
            first_us = max(start_us - self.chain.lookback_us, 0)
        kept = stream.apply(self.source.read(first_us, stop_us))
        with self._lock:
            self._stream = (stop_us, stream)
        return kept.between(start_us, stop_us)

    def split(self, start_us: int, stop_us: int) -> tuple[Events, tuple[Events, ...]]:
        """Return the events in ``[start_us, stop_us)`` that pass, and what each filter leaves out.

        Of filters that are off, nothing.
        """
        stream = self.chain.stream(self.resolution)
        first_us = max(start_us - self.chain.lookback_us, 0)
        kept, removed = stream.split(self.source.read(first_us, stop_us))
        return (
            kept.between(start_us, stop_us),
            tuple(events.between(start_us, stop_us) for events in removed),
        )

    def rate(self, bin_us: int) -> NDArray[np.int64]:
        """Return events per bin that pass, (ceil(duration / bin_us),) int64.

        The whole recording is read when this is first asked for.

        Raises
        ------
        ValueError
            If `bin_us` is not a positive multiple of 1000.
        """
        check_bin_us(bin_us)
        return rebin(self._counts(), bin_us, self.duration_us)

    def close(self) -> None:
        """Close the source."""
        self.source.close()

    def _counts(self) -> NDArray[np.int64]:
        """Return the events that pass in every millisecond."""
        with self._counting:
            if self._per_ms is None or not self.is_complete:
                counts = np.zeros(-(-self.duration_us // 1000), np.int64)
                stream = self.chain.stream(self.resolution)
                for batch in iter_batches(self.source):
                    ms = stream.apply(batch).t // 1000
                    if len(ms):
                        first, last = int(ms[0]), int(ms[-1])
                        counts[first : last + 1] += np.bincount(ms - first)
                self._per_ms = counts
            return self._per_ms


def iter_filtered(
    source: EventSource, chain: FilterChain, start_us: int = 0, stop_us: int | None = None
) -> Iterator[tuple[Events, tuple[int, ...]]]:
    """Go through a recording behind filters, in pieces of bounded size.

    Parameters
    ----------
    source
        The recording as the file has it.
    start_us, stop_us
        The part ``[start_us, stop_us)``; to the end when `stop_us` is None.

    Yields
    ------
    tuple of Events and of int
        The events that pass, and how many each filter left out.
    """
    stream = chain.stream(source.resolution)
    if start_us > 0:
        stream.apply(source.read(max(start_us - chain.lookback_us, 0), start_us))
    for batch in iter_batches(source, start_us, stop_us):
        before = stream.n_removed
        kept = stream.apply(batch)
        yield kept, tuple(b - a for a, b in zip(before, stream.n_removed, strict=True))
