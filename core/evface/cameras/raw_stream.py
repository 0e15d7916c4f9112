"""Decodes the bytes of a RAW stream as they come, wherever they are cut."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.formats.evt_state import (
    BASE_X,
    HIGH,
    IS_STARTED,
    N_OUTSIDE,
    N_RESTARTS,
    N_UNKNOWN,
    TRIGGER,
    Y,
    initial_state,
    step_wraps,
)
from evface.events.formats.raw_index import ENCODINGS, FOREVER_US, allocate
from evface.events.triggers import Triggers

# Events are decoded so many at a time, however many a word may hold.
_ROOM = 1 << 17
# Beyond any row and column: what comes before the next statement of them is left out.
_NOWHERE = 0xFFFF
_NONE_IGNORED = np.empty(0, np.int64)


class RawStream:
    """The decoder of one stream, with what it carries from word to word.

    Times are those of the stream, us, with the ends of its counter undone. Damaged words and
    events outside the sensor are counted and left out. Its memory does not grow.

    Parameters
    ----------
    encoding
        A key of `ENCODINGS`.
    resolution
        Sensor ``(width, height)``, px.
    """

    def __init__(self, encoding: str, resolution: tuple[int, int]) -> None:
        self._encoding = ENCODINGS[encoding]
        self._width, self._height = resolution
        self._state = initial_state()
        self._rest = b""
        self._last_trigger_us = 0
        self._is_after_gap, self._n_explained = False, 0
        room = _ROOM + self._encoding.max_events_per_word
        self._t, self._x, self._y, self._p = allocate(room)
        # The kernels are made ready now, not while a camera waits.
        self._decode(np.empty(0, self._encoding.word))

    @property
    def word(self) -> np.dtype[Any]:
        """What the stream's words are."""
        return self._encoding.word

    @property
    def n_damaged(self) -> int:
        """Words that made no sense."""
        return int(self._state[N_UNKNOWN])

    @property
    def n_outside(self) -> int:
        """Events outside the sensor."""
        return int(self._state[N_OUTSIDE])

    @property
    def n_restarts(self) -> int:
        """How often the clock jumped back without an explanation; times after it are a guess."""
        return int(self._state[N_RESTARTS]) - self._n_explained

    def feed(self, data: bytes) -> tuple[Events, Triggers | None, bytes]:
        """Decode what came.

        Returns
        -------
        events, triggers, raw
            `raw` is what they were decoded from: whole words. Half a word is kept for next time.
        """
        data = self._rest + data if self._rest else data
        n_whole = len(data) - len(data) % self.word.itemsize
        self._rest = data[n_whole:]
        raw = data[:n_whole] if self._rest else data
        events, triggers, _ = self.take(np.frombuffer(raw, self.word))
        return events, triggers, raw

    def take(
        self, words: NDArray[Any], until_us: int = FOREVER_US
    ) -> tuple[Events, Triggers | None, int]:
        """Decode whole words up to the first event of a time.

        Returns
        -------
        events, triggers, n_done
            What is before that event, and how many words were decoded.
        """
        # Nearly all packets have no triggers, which is quicker to see than to search.
        kinds = (words >> self._encoding.type_shift) & 15
        before = self._state.copy() if np.any(kinds == TRIGGER) else None
        if self._is_after_gap:
            self._explain_restart(words, kinds)
        events, n_done = self._decode(words, until_us)
        triggers = None if before is None else self._find_triggers(words[:n_done], before)
        return events, triggers, n_done

    def note_gap(self) -> None:
        """Say that something is missing before what comes next.

        Half a word is forgotten, and so is the row: it may have changed meanwhile. If much time
        went by, its counter began again, which is no restart.
        """
        self._rest, self._is_after_gap = b"", True
        self._state[Y] = self._state[BASE_X] = _NOWHERE

    def _explain_restart(self, words: NDArray[Any], kinds: NDArray[Any]) -> None:
        """See whether the first statement of the time after a gap will count as a restart."""
        encoding, state = self._encoding, self._state
        stated = words[kinds == encoding.time_kind]
        if len(stated):
            self._is_after_gap = False
            high = (int(stated[0]) >> encoding.time_shift) & (encoding.n_high - 1)
            _, is_restart = step_wraps(int(state[HIGH]), high, encoding.n_high, encoding.n_jitter)
            self._n_explained += bool(is_restart and state[IS_STARTED])

    def _decode(self, words: NDArray[Any], until_us: int = FOREVER_US) -> tuple[Events, int]:
        parts: list[Events] = []
        n_done = 0
        while True:
            n, n_more = self._encoding.decode(
                words[n_done:], 0, self._state, _NONE_IGNORED, self._width, self._height,
                0, -FOREVER_US, until_us, self._t, self._x, self._y, self._p, 0,
            )  # fmt: skip
            n_done += n_more
            if n:
                t, x, y, p = self._t[:n], self._x[:n], self._y[:n], self._p[:n]
                parts.append(Events(t.copy(), x.copy(), y.copy(), p.copy()))
            # It ends before a word for which there may be no room, or at the time.
            if n_done == len(words) or n <= _ROOM:
                return Events.concatenate(parts), n_done

    def _find_triggers(self, words: NDArray[Any], state: NDArray[np.int64]) -> Triggers | None:
        if self._encoding.find_triggers is None:
            return None
        t = np.empty(len(words), np.int64)
        channels, is_rising = np.empty(len(words), np.uint8), np.empty(len(words), np.bool_)
        n = self._encoding.find_triggers(words, 0, state, _NONE_IGNORED, t, channels, is_rising)
        if not n:
            return None
        times = np.maximum.accumulate(np.maximum(t[:n], self._last_trigger_us))
        self._last_trigger_us = int(times[-1])
        return Triggers(times, channels[:n].copy(), is_rising[:n].copy())
