"""Builds the index of a file of words, piece by piece, as far as the file has come."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.formats.evt_state import (
    DAMAGE_REACH,
    HIGH,
    IS_STARTED,
    LOOKAHEAD_WORDS,
    N_UNKNOWN,
    STATE_SIZE,
    TRIGGER,
    find_ignored,
    initial_state,
)
from evface.events.formats.raw_index import (
    CHECKPOINT_WORDS,
    FOREVER_US,
    Encoding,
    RawIndex,
    allocate,
)

_BLOCK_WORDS = 1 << 20
# What bounds the memory of the index of a file of any size, some 150 MB.
_MAX_POINTS = 1 << 18
_MAX_STEPS = 1 << 22
_MAX_IGNORED = 1 << 20
# A stretch with more unknown words than this is not what the header says. Sound files have none,
# random bytes 31 % (EVT3) and 62 % (EVT2).
_MAX_UNKNOWN = 0.03


class RawIndexBuilder:
    """Decodes a file once and notes where each moment lies.

    What is noted once stays: a file that grows only adds to it. Whether a statement of the time is
    damage depends on what follows, so words near the end are noted for one index only.

    Parameters
    ----------
    read_words
        Returns the words from a position to another.
    encoding
        What they are.
    resolution
        Sensor ``(width, height)``, px. Events outside are counted and left out.
    """

    def __init__(
        self,
        read_words: Callable[[int, int], NDArray[Any]],
        encoding: Encoding,
        resolution: tuple[int, int],
    ) -> None:
        self._read_words, self._encoding, self._resolution = read_words, encoding, resolution
        self._columns = allocate((CHECKPOINT_WORDS + 1) * encoding.max_events_per_word)
        size = max(CHECKPOINT_WORDS, len(self._columns[0]))
        self._step_numbers, self._step_firsts = np.empty(size, np.int64), np.empty(size, np.int64)
        self._state = initial_state()
        self._at = self._n_events = self._n_ignored = 0
        self._n_points = self._n_steps = 0
        self._spacing, self._step_ms = CHECKPOINT_WORDS, 1
        self._origin_us = self._next_edge_us = self._stop_us = 0
        self._states: list[NDArray[np.int64]] = [np.empty((0, STATE_SIZE), np.int64)]
        # Events before each checkpoint, and the time of the last of them plus one.
        self._before: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
        self._steps: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
        self._ignored: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        self._triggered: list[NDArray[np.int64]] = [np.empty(0, np.int64)]

    @property
    def n_words(self) -> int:
        """Words that are noted for good."""
        return self._at

    @property
    def n_events(self) -> int:
        """Events in them."""
        return self._n_events

    def advance(self, n_words: int) -> bool:
        """Note some more words of the `n_words` that there are.

        Returns
        -------
        bool
            False where all are noted whose meaning does not depend on what may still come.
        """
        certain = (n_words - LOOKAHEAD_WORDS) // CHECKPOINT_WORDS * CHECKPOINT_WORDS
        end = min(self._at + _BLOCK_WORDS, certain)
        if end <= self._at:
            return False
        self._note(end, min(end + LOOKAHEAD_WORDS, n_words))
        return True

    def index(self, n_words: int | None = None) -> RawIndex:
        """Return the index of what is noted, or up to `n_words` as if nothing followed.

        The latter once `advance` returned False.

        Returns
        -------
        RawIndex
            Up to where the words are damaged to their end; with none where all are damaged, or are
            of another encoding.
        """
        if n_words is None or n_words == self._at:
            return self._joined()
        ended = copy.copy(self)
        ended.end_at(n_words)
        return ended.index()

    def end_at(self, n_words: int) -> None:
        """Note all words as if nothing followed; afterwards nothing can be added."""
        self._note(n_words, n_words)

    def __copy__(self) -> RawIndexBuilder:
        other = object.__new__(RawIndexBuilder)
        vars(other).update(vars(self))
        lists = {name: list(value) for name, value in vars(self).items() if type(value) is list}
        vars(other).update(lists, _state=self._state.copy())
        return other

    def _note(self, end: int, known: int) -> None:
        """Note the words up to `end`; those up to `known` are looked at."""
        encoding, begin = self._encoding, max(self._at - DAMAGE_REACH, 0)
        words = self._read_words(begin, known)
        own = self._at - begin
        found = find_ignored(
            words,
            own,
            end - begin,
            encoding.type_shift,
            encoding.time_kind,
            encoding.time_shift,
            encoding.is_known,
            self._state[HIGH],
            self._state[IS_STARTED] != 0,
            encoding.n_high,
            encoding.n_step,
            encoding.n_jitter,
            _MAX_IGNORED - self._n_ignored,
        )
        ignored = begin + found
        self._ignored.append(ignored)
        self._n_ignored += len(ignored)
        self._note_triggers(words[own : end - begin])
        while self._at < end:
            if self._at % self._spacing == 0:
                self._states.append(self._state[np.newaxis].copy())
                self._before.append(np.array([[self._n_events, self._stop_us]]))
                self._n_points += 1
            at = self._at - begin
            piece = words[at : min(at + CHECKPOINT_WORDS, end - begin)]
            n, _ = encoding.decode(
                piece, self._at, self._state, ignored, *self._resolution,
                0, -FOREVER_US, FOREVER_US, *self._columns, 0,
            )  # fmt: skip
            self._note_times(n)
            self._at += len(piece)
        self._thin()

    def _note_triggers(self, words: NDArray[Any]) -> None:
        """Note which stretches of `words`, the next ones, hold triggers."""
        encoding = self._encoding
        if encoding.find_triggers is None:
            return
        kind = words.dtype.type
        mask, trigger = kind(15 << encoding.type_shift), kind(TRIGGER << encoding.type_shift)
        # Hardly any block holds one, and this is quicker than to look where.
        if not _has_word(words, mask, trigger):
            return
        places = np.flatnonzero(words & mask == trigger)
        self._triggered.append(np.unique((self._at + places) // CHECKPOINT_WORDS))

    def _note_times(self, n: int) -> None:
        """Note the times of `n` events just decoded."""
        if not n:
            return
        t = self._columns[0]
        if not self._n_events:
            self._origin_us = self._next_edge_us = int(t[0])
        k, self._next_edge_us = _note_steps(
            t, n, self._n_events, self._origin_us, self._next_edge_us, 1000 * self._step_ms,
            self._step_numbers, self._step_firsts,
        )  # fmt: skip
        if k:
            numbers = self._step_numbers[:k] * self._step_ms
            self._steps.append(np.column_stack((numbers, self._step_firsts[:k])))
            self._n_steps += k
        self._n_events += n
        self._stop_us = int(t[n - 1]) - self._origin_us + 1

    def _thin(self) -> None:
        """Keep every second checkpoint, or steps of twice the length, where there are too many."""
        while self._n_points > _MAX_POINTS and self._spacing < _BLOCK_WORDS:
            self._spacing *= 2
            self._states = [np.concatenate(self._states)[::2]]
            self._before = [np.concatenate(self._before)[::2]]
            self._n_points = len(self._before[0])
        while self._n_steps > _MAX_STEPS:
            self._step_ms *= 2
            steps = np.concatenate(self._steps)
            steps[:, 0] -= steps[:, 0] % self._step_ms
            self._steps = [steps[np.diff(steps[:, 0], prepend=-1) != 0]]
            self._n_steps = len(self._steps[0])
            last_ms = int(self._steps[0][-1, 0])
            self._next_edge_us = self._origin_us + 1000 * (last_ms + self._step_ms)

    def _joined(self) -> RawIndex:
        steps = np.concatenate(self._steps)
        before = np.concatenate((*self._before, np.array([[self._n_events, self._stop_us]])))
        index = RawIndex(
            states=np.concatenate((*self._states, self._state[np.newaxis])),
            events_before=np.ascontiguousarray(before[:, 0]),
            stops_us=np.ascontiguousarray(before[:, 1]),
            ms=np.ascontiguousarray(steps[:, 0]),
            first_of_ms=np.ascontiguousarray(steps[:, 1]),
            ignored=np.concatenate(self._ignored),
            triggered=np.concatenate(self._triggered),
            totals=np.array([self._origin_us, self._at, 0, self._spacing], np.int64),
        )
        n_sound = _sound_points(np.diff(index.states[:, N_UNKNOWN]), self._at, self._spacing)
        return index if n_sound == len(index.states) - 1 else index.cut_at(n_sound)


def _sound_points(n_unknown: NDArray[np.int64], n_words: int, spacing: int) -> int:
    """Return the number of stretches up to where all that follow are damaged."""
    sizes = np.full(len(n_unknown), spacing)
    if len(sizes):
        sizes[-1] = n_words - spacing * (len(sizes) - 1)
    sound = np.flatnonzero(n_unknown <= _MAX_UNKNOWN * sizes)
    return int(sound[-1]) + 1 if len(sound) else 0


@njit(cache=True, nogil=True)
def _has_word(words, mask, wanted):  # type: ignore[no-untyped-def]
    is_there = False
    # All of the same type, and no way out before the end: many words are looked at at once.
    for i in range(words.size):
        is_there |= (words[i] & mask) == wanted
    return is_there


@njit(cache=True, nogil=True)
def _note_steps(t, n, n_before, origin_us, next_edge_us, step_us, numbers, firsts):  # type: ignore[no-untyped-def]
    """Note each step of the time that begins among `t`; return how many, and when the next does."""
    k = i = 0
    while i < n:
        if t[i] >= next_edge_us:
            numbers[k] = (t[i] - origin_us) // step_us
            firsts[k] = n_before + i
            next_edge_us = origin_us + (numbers[k] + 1) * step_us
            k += 1
        # Times never decrease: what lies before the next edge is skipped in growing strides.
        stride = 1
        while i + stride < n and t[i + stride] < next_edge_us:
            i += stride
            stride *= 2
        i += 1
    return k, next_edge_us
