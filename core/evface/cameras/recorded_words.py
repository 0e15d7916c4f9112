"""The bytes of RAW files as cameras send them, handed out piece by piece."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import CameraInfo, CameraKind
from evface.cameras.packet_bytes import raw_header
from evface.cameras.raw_stream import RawStream
from evface.cameras.recorded_events import PAUSE_US, Jump, Piece
from evface.events.formats.evt_state import TIME_HIGH, TRIGGER, USUAL_STEP_US
from evface.events.formats.raw_header import read_raw_header
from evface.events.formats.raw_index import ENCODINGS
from evface.events.sources import EventSource

# Formats that cameras send, and the names of their encodings.
_AS_OF_CAMERAS = {"RAW EVT2": "EVT2", "RAW EVT3": "EVT3"}
_AHEAD_BYTES = 1 << 17
# Kinds of words from which on nothing counts that came before, but for the time.
_FRESH_KIND = {"EVT2": TIME_HIGH, "EVT3": 0}
# Kinds of words of EVT3.
_ADDR_X, _VECT_12, _VECT_8, _TIME_LOW = 2, 4, 5, 6


class RecordedWords:
    """The bytes of a RAW file, decoded as those of a camera are.

    From the second time on, the words that state the time are moved on, as if the camera had gone
    on; all else stays.

    Parameters
    ----------
    source
        Of a file that `can_play_words`, open.
    """

    def __init__(self, source: EventSource) -> None:
        header = read_raw_header(source.path)
        self._source = source
        self._n_header_bytes = header.n_bytes
        self._encoding = ENCODINGS[_AS_OF_CAMERAS[source.format]]
        self.raw_header: bytes | None = None
        if (header.encoding, header.resolution) != (self._encoding.name, source.resolution):
            # It does not say all that whoever gets the bytes must know.
            info = CameraInfo("", source.path.name, CameraKind.REPLAY, "", source.resolution)
            self.raw_header = raw_header(self._encoding.name, info)
        self._file = source.path.open("rb", buffering=0)
        stated = self._file.read(header.n_bytes)
        self.raw_header = self.raw_header or stated
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
        """Leave out words before a time, but for those that state the time, and triggers.

        So whoever records the bytes gets a sound file, which has a pause where events are missing.
        """
        jump = self._skip(until_us)
        while jump is None and self._may_skip_more(until_us) and self._read():
            jump = self._skip(until_us)
        return jump

    def rewind(self) -> int:
        """Begin again where the time is first stated, a moment after the end."""
        if not self._moved_by:
            taken_us = self._last_us - self.start_us + PAUSE_US
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
        triggered = np.flatnonzero(kinds[:place] == TRIGGER)
        kept = np.union1d(stated[is_new & (stated < place)], triggered)
        if encoding.name == "EVT3":
            # The lower part of the time of what is kept, and of what follows.
            low = np.flatnonzero(kinds[:place] == _TIME_LOW)
            last = np.searchsorted(low, np.append(triggered, place)) - 1
            kept = np.union1d(kept, low[last[last >= 0]])
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
    is_sound = not (findings.n_restarts or findings.n_damaged_words)
    return source.format in _AS_OF_CAMERAS and is_sound
