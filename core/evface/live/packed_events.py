"""Events in four bytes each, so that seconds of a busy camera fit into memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.events import Events

# x and y have 12 bits each, the polarity one, and the time since the event before the seven
# highest. When those are all set, the others are a time that passes without an event.
MAX_SIDE = 1 << 12
_LONGEST_STEP = 126
_PAUSE = 127
_LONGEST_PAUSE = (1 << 25) - 1

MAX_SPAN_US = _LONGEST_PAUSE
"""From the first to the last event of what is packed in one go, so a pause is one word at most."""


@dataclass(frozen=True, eq=False)
class PackedEvents:
    """Some events in a row.

    Parameters
    ----------
    words : (n_words,) uint32
        A view of a larger array; never changed.
    n_events
        At least 1.
    start_us, last_us
        Times of the first and the last.
    """

    words: NDArray[np.uint32]
    n_events: int
    start_us: int
    last_us: int

    def unpack(self) -> Events:
        """Return the events."""
        n = self.n_events
        t, x, y = np.empty(n, np.int64), np.empty(n, np.uint16), np.empty(n, np.uint16)
        p = np.empty(n, np.bool_)
        _unpack(self.words, self.start_us, t, x, y, p)
        return Events(t, x, y, p)


def pack(events: Events, room: NDArray[np.uint32]) -> PackedEvents | None:
    """Write as many of some events as there is room for; None where there is none.

    Parameters
    ----------
    events
        At least one, sorted by ``t``, within `MAX_SPAN_US`, and within `MAX_SIDE` pixels.
    room : (n,) uint32
        Its beginning is overwritten.

    Raises
    ------
    ValueError
        If the events are too far apart.
    """
    span_us = int(events.t[-1]) - int(events.t[0])
    if not 0 <= span_us <= MAX_SPAN_US:
        raise ValueError(f"events must lie within {MAX_SPAN_US} us, got {span_us}")
    n, n_words = _pack(events.t, events.x, events.y, events.p, room)
    if n == 0:
        return None
    return PackedEvents(room[:n_words], n, int(events.t[0]), int(events.t[n - 1]))


def prepare() -> None:
    """Load what is compiled, or compile it, before the first events come."""
    none = Events.empty()
    _pack(none.t, none.x, none.y, none.p, np.empty(0, np.uint32))


@njit(cache=True, nogil=True)
def _pack(t, x, y, p, words):  # type: ignore[no-untyped-def]
    # Where a camera is busy there are no pauses, and events are independent of one another.
    n = min(t.size, words.size)
    longest = np.int64(0)
    for i in range(1, n):
        longest = max(longest, t[i] - t[i - 1])
    if longest <= _LONGEST_STEP:
        for i in range(n):
            step = t[i] - t[max(i - 1, 0)]
            words[i] = _word(step, x[i], y[i], p[i])
        return n, n
    before, k = t[0], 0
    for i in range(t.size):
        step = t[i] - before
        if step > _LONGEST_STEP:
            if k + 2 > words.size:
                return i, k
            words[k] = (np.uint32(_PAUSE) << np.uint32(25)) | np.uint32(step)
            k += 1
            step = np.int64(0)
        elif k + 1 > words.size:
            return i, k
        before = t[i]
        words[k] = _word(step, x[i], y[i], p[i])
        k += 1
    return t.size, k


@njit(inline="always")
def _word(step, x, y, p):  # type: ignore[no-untyped-def]
    return (
        (np.uint32(step) << np.uint32(25))
        | (np.uint32(p) << np.uint32(24))
        | (np.uint32(y & np.uint16(4095)) << np.uint32(12))
        | np.uint32(x & np.uint16(4095))
    )


@njit(cache=True, nogil=True)
def _unpack(words, start_us, t, x, y, p):  # type: ignore[no-untyped-def]
    now, i = start_us, 0
    for k in range(words.size):
        word = words[k]
        step = word >> np.uint32(25)
        if step == _PAUSE:
            now += np.int64(word & np.uint32(_LONGEST_PAUSE))
            continue
        now += np.int64(step)
        t[i] = now
        x[i] = word & np.uint32(4095)
        y[i] = (word >> np.uint32(12)) & np.uint32(4095)
        p[i] = (word >> np.uint32(24)) & np.uint32(1)
        i += 1
