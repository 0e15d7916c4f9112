"""Decodes a stretch of a RAW file, on several threads where it is long."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.formats.evt_state import T
from evface.events.formats.raw_index import FOREVER_US, Encoding, RawIndex, allocate

_PIECE_WORDS = 1 << 20
# To wake a thread takes as long as to decode some ten thousand events.
_EVENTS_PER_THREAD = 1 << 16
_MAX_THREADS = min(os.cpu_count() or 1, 4)
_PIECES_PER_THREAD = 3

_Columns = tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_]]


class NotAsIndexedError(Exception):
    """A file does not hold what its index says."""


@dataclass(frozen=True, eq=False)
class Place:
    """Somewhere in a file: a word, and the decoder's state before it."""

    index: RawIndex
    word: int
    state: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RawDecoder:
    """Decodes what an index tells where to find.

    Parameters
    ----------
    read_words
        Returns the words from a position to another. Called from several threads.
    encoding, resolution
        What the words are, and the sensor.
    """

    read_words: Callable[[int, int], NDArray[Any]]
    encoding: Encoding
    resolution: tuple[int, int]

    def decode(
        self, index: RawIndex, start_us: int, stop_us: int, near: Place | None = None
    ) -> tuple[Events, Place]:
        """Decode the events in ``[start_us, stop_us)``.

        Parameters
        ----------
        start_us, stop_us
            Within the recording, and not empty.
        near
            Where to begin if that is nearer than a checkpoint.

        Returns
        -------
        events, place
            The place where decoding ended.

        Raises
        ------
        NotAsIndexedError
            If there are other events than the index says.
        """
        start_us, stop_us = start_us + index.origin_us, stop_us + index.origin_us
        times = index.states[:, T]
        # Events of a checkpoint's own time may lie before it, so begin at an earlier time.
        first = max(int(np.searchsorted(times, start_us)) - 1, 0)
        last = min(int(np.searchsorted(times, stop_us)), len(times) - 1)
        before = index.events_before[first : last + 1] - index.events_before[first]
        n_threads = min(_MAX_THREADS, int(before[-1]) // _EVENTS_PER_THREAD, last - first)
        if n_threads > 1:
            return self._decode_together(index, first, before, start_us, stop_us, n_threads)
        place = Place(index, first * index.spacing, index.states[first])
        if (
            near is not None
            and near.index is index
            and near.word > place.word
            and near.state[T] < start_us
        ):
            place = near
        columns = allocate(int(before[-1]) + self.encoding.max_events_per_word)
        end = min(last * index.spacing, index.n_words)
        n, place = self._fill(place, end, start_us, stop_us, columns)
        if n > before[-1]:
            raise NotAsIndexedError
        return _events(columns, 0, n), place

    def _decode_together(
        self,
        index: RawIndex,
        first: int,
        before: NDArray[np.int64],
        start_us: int,
        stop_us: int,
        n_threads: int,
    ) -> tuple[Events, Place]:
        """Decode from checkpoint `first` on, by stretches of as many events for each thread."""
        # The index tells how many events precede each checkpoint, and so where they go.
        n_pieces = _PIECES_PER_THREAD * n_threads
        borders = np.searchsorted(before, np.linspace(0, before[-1], n_pieces + 1))
        # The last stretch is where `stop_us` lies.
        borders = np.minimum(borders, len(before) - 2)
        borders[-1] = len(before) - 1
        room = self.encoding.max_events_per_word
        columns = allocate(int(before[-1]) + room)

        def fill(k: int) -> tuple[int, Place]:
            begin, end = int(borders[k]), int(borders[k + 1])
            begin_word, end_word = (first + begin) * index.spacing, (first + end) * index.spacing
            is_last = k == n_pieces - 1
            own = slice(int(before[begin]), int(before[end]) + (room if is_last else 0))
            t, x, y, p = columns
            n, place = self._fill(
                Place(index, begin_word, index.states[first + begin]),
                min(end_word, index.n_words),
                -FOREVER_US,
                stop_us,
                (t[own], x[own], y[own], p[own]),
            )
            n_expected = int(before[end] - before[begin])
            if n > n_expected or (n < n_expected and not is_last):
                raise NotAsIndexedError
            return int(before[begin]) + n, place

        ends: dict[int, tuple[int, Place]] = {}
        left = iter(range(n_pieces))

        def work() -> None:
            for k in left:
                ends[k] = fill(k)

        # On a busy machine others may not come to help before all is done.
        others = [_helpers().submit(work) for _ in range(n_threads - 1)]
        try:
            work()
        finally:
            for other in others:
                if not other.cancel():
                    other.result()
        stop, place = ends[n_pieces - 1]
        start = int(np.searchsorted(columns[0][:stop], start_us - index.origin_us))
        return _events(columns, start, stop), place

    def _fill(
        self, place: Place, end: int, start_us: int, stop_us: int, columns: _Columns
    ) -> tuple[int, Place]:
        """Decode the words up to `end`; return how many events there are, and where it ended.

        The kernels stop while there is room for some events more, which others may write to: the
        last few are decoded apart.
        """
        index, encoding = place.index, self.encoding
        at, state, n = place.word, place.state.copy(), 0
        size, room = len(columns[0]), encoding.max_events_per_word
        spare = allocate(2 * room)
        while at < end:
            words = self.read_words(at, min(at + _PIECE_WORDS, end))
            done = 0
            while done < len(words):
                rest = (index.ignored, *self.resolution, index.origin_us, start_us, stop_us)
                n, k = encoding.decode(words[done:], at + done, state, *rest, *columns, n)
                done += k
                if done == len(words):
                    break
                if n <= size - room:
                    return n, Place(index, at + done, state)
                m, k = encoding.decode(words[done:], at + done, state, *rest, *spare, 0)
                done += k
                if n + m > size:
                    raise NotAsIndexedError
                if not k:
                    return n, Place(index, at + done, state)
                for k in range(len(columns)):
                    columns[k][n : n + m] = spare[k][:m]
                n += m
            at += done
        return n, Place(index, at, state)


def _events(columns: _Columns, start: int, stop: int) -> Events:
    t, x, y, p = columns
    part = slice(start, stop)
    events = Events(t[part], x[part], y[part], p[part])
    # A small part must not keep all that was made room for.
    if 2 * len(events) < len(t):
        return Events(events.t.copy(), events.x.copy(), events.y.copy(), events.p.copy())
    return events


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MAX_THREADS - 1, thread_name_prefix="decoding")


# A forked process has none of the threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)
