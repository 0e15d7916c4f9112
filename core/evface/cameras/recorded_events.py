"""What a recording holds, handed out in order and up to a time, again and again."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import CameraInfo, CameraKind
from evface.cameras.packet_bytes import raw_header
from evface.cameras.raw_stream import RawStream
from evface.events.events import Events
from evface.events.formats.evt_state import TIME_HIGH, USUAL_STEP_US
from evface.events.formats.raw_header import read_raw_header
from evface.events.formats.raw_index import ENCODINGS
from evface.events.sources import EventSource
from evface.events.triggers import Triggers

# Formats that cameras send, and the names of their encodings.
_AS_OF_CAMERAS = {"RAW EVT2": "EVT2", "RAW EVT3": "EVT3"}
_AHEAD_BYTES = 1 << 17
# Between the end of a recording and its next beginning.
_PAUSE_US = 1000
# Of recordings that are not RAW, so much is read at once at most: reading is dear, parting is not.
_WINDOW_US, _WINDOW_EVENTS = 50_000, 1 << 18
# More bins would say how many events there are to the millisecond, also in recordings of hours.
_MOST_BINS = 1 << 20
# Kinds of words from which on nothing counts that came before, but for the time.
_FRESH_KIND = {"EVT2": TIME_HIGH, "EVT3": 0}
# Kinds of words of EVT3.
_ADDR_X, _VECT_12, _VECT_8, _TIME_LOW = 2, 4, 5, 6


class Piece(NamedTuple):
    """Some of a recording.

    `raw` is None where it has no bytes of a camera. `covers_us` tells up to when nothing more comes
    than what was handed out.
    """

    events: Events
    triggers: Triggers | None
    raw: bytes | None
    covers_us: int


class Jump(NamedTuple):
    """Some of a recording that was left out: how many events, and up to when."""

    n_events: int
    covers_us: int


class RecordedEvents(Protocol):
    """Hands out a recording piece by piece."""

    @property
    def start_us(self) -> int:
        """Time of the first event on the clock of the pieces."""

    @property
    def raw_header(self) -> bytes | None:
        """What a RAW file of the pieces must begin with."""

    def take(self, until_us: int) -> Piece | None:
        """Return what is next and before a time; bounded in size. None at the end."""

    def skip(self, until_us: int) -> Jump | None:
        """Leave out some of what is next and before a time, without decoding it.

        Called again it may leave out more; None where nothing more can be.
        """

    def rewind(self) -> int:
        """Begin again, and return when that is: the clock goes on."""

    def close(self) -> None:
        """Close the recording."""


class RecordedWindows:
    """The events of any recording.

    Parameters
    ----------
    source
        Open.
    """

    raw_header = None
    start_us = 0

    def __init__(self, source: EventSource) -> None:
        self._source = source
        self._triggers = source.triggers()
        # What was read and not handed out yet, and up to when that is all, on the source's clock.
        self._ahead, self._ahead_us = Events.empty(), 0
        self._shift_us = self._at_us = 0
        # How many events there are before each bin of time, as far as that was asked for.
        self._bin_us, self._n_before = 1000, np.zeros(1, np.int64)

    def take(self, until_us: int) -> Piece | None:
        """Return the events before a time, of a short window at most."""
        if self._at_us >= self._source.duration_us:
            return None
        start_us, until_us = self._at_us, until_us - self._shift_us
        if start_us >= self._ahead_us and until_us > start_us:
            self._read()
        self._at_us = min(max(until_us, start_us), self._ahead_us)
        events = self._ahead.between(start_us, self._at_us)
        found = self._triggers
        first, last = np.searchsorted(found.times_us, (start_us, self._at_us))
        triggers = Triggers(
            found.times_us[first:last] + self._shift_us,
            found.channels[first:last],
            found.is_rising[first:last],
        )
        shifted = Events(events.t + self._shift_us, events.x, events.y, events.p)
        return Piece(
            shifted, triggers if len(triggers) else None, None, self._at_us + self._shift_us
        )

    def skip(self, until_us: int) -> Jump | None:
        """Go on at a time; how many events that leaves out is told by the recording's rate."""
        until_us = min(until_us - self._shift_us, self._source.duration_us)
        # Between whole milliseconds the rate is exact.
        until_us -= until_us % 1000
        if until_us <= self._at_us:
            return None
        n_left_out = len(self._ahead.between(self._at_us, until_us))
        if until_us > self._ahead_us:
            n_left_out += self._count(until_us) - self._count(self._ahead_us)
            self._ahead_us = until_us
        self._at_us = until_us
        return Jump(n_left_out, until_us + self._shift_us)

    def rewind(self) -> int:
        """Begin again, a moment after the end."""
        self._shift_us += self._source.duration_us + _PAUSE_US
        self._ahead, self._ahead_us, self._at_us = Events.empty(), 0, 0
        return self._shift_us

    def close(self) -> None:
        """Close the recording."""
        self._source.close()

    def _read(self) -> None:
        """Read ahead: as long as is quick, and no more events than there is room for."""
        start_us = self._ahead_us
        furthest_us = min(start_us + _WINDOW_US, self._source.duration_us)
        self._count(furthest_us)
        most = self._count(start_us) + _WINDOW_EVENTS
        last = int(np.searchsorted(self._n_before, most, side="right")) - 1
        stop_us = min(max(last * self._bin_us, start_us + 1000), furthest_us)
        self._ahead, self._ahead_us = self._source.read(start_us, stop_us), stop_us

    def _count(self, t_us: int) -> int:
        """Return how many events there are before a time; within a bin, about."""
        if t_us > (len(self._n_before) - 1) * self._bin_us:
            # Some recordings grow while they are played.
            self._bin_us = 1000 * (1 + self._source.duration_us // (1000 * _MOST_BINS))
            rate = self._source.rate(self._bin_us)
            self._n_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(rate)])
        place, rest_us = divmod(t_us, self._bin_us)
        before, after = self._n_before[[place, min(place + 1, len(self._n_before) - 1)]]
        return int(before + (after - before) * rest_us // self._bin_us)


class RecordedWords:
    """The bytes of a RAW file, decoded as those of a camera are.

    From the second time on, the words that state the time are moved on, as if the camera had gone
    on; all else stays.

    Parameters
    ----------
    source
        Of the file, open.
    """

    def __init__(self, source: EventSource) -> None:
        header = read_raw_header(source.path)
        self._source = source
        self._file = source.path.open("rb", buffering=0)
        self._n_header_bytes = header.n_bytes
        self._encoding = ENCODINGS[_AS_OF_CAMERAS[source.format]]
        self.raw_header: bytes | None = self._file.read(header.n_bytes)
        if (header.encoding, header.resolution) != (self._encoding.name, source.resolution):
            # It does not say all that whoever gets the bytes must know.
            info = CameraInfo("", source.path.name, CameraKind.REPLAY, "", source.resolution)
            self.raw_header = raw_header(self._encoding.name, info)
        self._stream = RawStream(self._encoding.name, source.resolution)
        self.start_us = source.origin_us
        # What was read and not handed out yet, and the last time that it states, from the first
        # statement on, in units of the statements.
        self._words = np.empty(0, self._encoding.word)
        self._stated: int | None = None
        self._last_us = self.start_us
        # By how much the statements of the time are moved on, in their units.
        self._unit_us = USUAL_STEP_US // self._encoding.n_step
        self._moved_by = self._round_units = 0
        self._file.seek(self._n_header_bytes)

    def take(self, until_us: int) -> Piece | None:
        """Return what the words before the first event of a time hold."""
        if not len(self._words) and not self._read():
            return None
        events, triggers, n_done = self._stream.take(self._words, until_us)
        if len(events):
            self._last_us = int(events.t[-1])
        raw = self._words[:n_done].tobytes()
        self._words = self._words[n_done:]
        return Piece(events, triggers, raw, until_us if len(self._words) else self._last_us)

    def skip(self, until_us: int) -> Jump | None:
        """Leave out words before a time, but for those that state the time.

        So whoever records the bytes gets a sound file, which has a pause where events are missing.
        """
        jump = self._skip(until_us)
        while jump is None and self._may_skip_more(until_us) and self._read():
            jump = self._skip(until_us)
        return jump

    def rewind(self) -> int:
        """Begin again where the time is first stated, a moment after the end."""
        if not self._moved_by:
            taken_us = self._last_us - self.start_us + _PAUSE_US
            self._round_units = math.ceil(taken_us / self._unit_us)
        self._moved_by += self._round_units
        self._file.seek(self._n_header_bytes)
        self._stream.note_gap()
        while self._read():
            stated = np.flatnonzero(self._states_time(self._words))
            if len(stated):
                self._words = self._words[stated[0] :]
                break
            self._words = self._words[:0]
        return self.start_us + self._moved_by * self._unit_us

    def close(self) -> None:
        """Close the recording."""
        self._file.close()
        self._source.close()

    def _read(self) -> bool:
        data = self._file.read(_AHEAD_BYTES)
        n_words = len(data) // self._encoding.word.itemsize
        words = np.frombuffer(data, self._encoding.word, n_words)
        if self._moved_by:
            words = self._moved_on(words)
        high = self._high(words[self._states_time(words)])
        if len(high):
            before = int(high[0]) if self._stated is None else self._stated
            self._stated = before + int(self._steps(np.append(before, high)).sum())
        self._words = np.concatenate([self._words, words]) if len(self._words) else words
        return n_words > 0

    def _may_skip_more(self, until_us: int) -> bool:
        """Whether what is not read yet may be before a time; what was read stays bounded."""
        is_before = self._stated is None or self._stated * self._unit_us <= until_us
        return is_before and self._words.nbytes < _AHEAD_BYTES

    def _skip(self, until_us: int) -> Jump | None:
        """Leave out what can be of the words that were read."""
        encoding, words = self._encoding, self._words
        kinds = (words >> encoding.type_shift) & 15
        stated = np.flatnonzero(kinds == encoding.time_kind)
        if not len(stated) or self._stated is None:
            return None
        high = self._high(words[stated])
        units = np.append(0, np.cumsum(self._steps(high)))
        units += self._stated - units[-1]
        # Where it can go on, and by which statement of the time.
        places = np.flatnonzero(kinds == _FRESH_KIND[encoding.name])
        by = np.searchsorted(stated, places, side="right") - 1
        is_possible = (by >= 0) & ((units[by] + 1) * self._unit_us <= until_us)
        if not np.any(is_possible):
            return None
        place, by_last = int(places[is_possible][-1]), int(by[is_possible][-1])
        is_new = np.append(True, high[1:] != high[:-1])
        kept = stated[is_new & (stated < place)]
        if encoding.name == "EVT3":
            # The lower part of the time may still hold.
            kept = np.union1d(kept, np.flatnonzero(kinds[:place] == _TIME_LOW)[-1:])
        if len(kept) == place:
            return None
        n_events = _count_events(words[:place], kinds[:place], encoding.name)
        self._words = np.concatenate([words[kept], words[place:]])
        covers_us = int(units[by_last]) * self._unit_us
        self._last_us = max(self._last_us, covers_us)
        return Jump(n_events, covers_us)

    def _high(self, words: NDArray[Any]) -> NDArray[np.int64]:
        """Return the upper times that words state."""
        return (words >> self._encoding.time_shift).astype(np.int64) & (self._encoding.n_high - 1)

    def _steps(self, high: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return by how much the time goes on between statements, as decoders see it."""
        jitter = self._encoding.n_jitter
        return (np.diff(high) + jitter) % self._encoding.n_high - jitter

    def _moved_on(self, words: NDArray[Any]) -> NDArray[Any]:
        encoding = self._encoding
        kind, shift, mask = words.dtype.type, encoding.time_shift, encoding.n_high - 1
        places = self._states_time(words)
        later = (self._high(words[places]) + self._moved_by) & mask
        moved = words.copy()
        moved[places] &= ~(kind(mask) << kind(shift))
        moved[places] |= later.astype(kind) << kind(shift)
        return moved

    def _states_time(self, words: NDArray[Any]) -> NDArray[np.bool_]:
        encoding = self._encoding
        return (words >> encoding.type_shift) & 15 == encoding.time_kind


def _count_events(words: NDArray[Any], kinds: NDArray[Any], encoding: str) -> int:
    """Return how many events words hold."""
    if encoding == "EVT2":
        return int(np.count_nonzero(kinds <= 1))
    n_set = sum(
        int(np.bitwise_count(words[kinds == kind] & mask).sum(dtype=np.int64))
        for kind, mask in ((_VECT_12, 0xFFF), (_VECT_8, 0xFF))
    )
    return n_set + int(np.count_nonzero(kinds == _ADDR_X))


def can_play_words(source: EventSource) -> bool:
    """Whether a recording's bytes can stand for those of a camera: sound EVT2 and EVT3."""
    findings = source.findings
    return source.format.startswith("RAW") and not (findings.n_restarts or findings.n_damaged_words)


def open_recorded(source: EventSource) -> RecordedEvents:
    """Return a recording piece by piece; closing it closes the source.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    return RecordedWords(source) if can_play_words(source) else RecordedWindows(source)
