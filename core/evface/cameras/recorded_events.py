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
from evface.events.formats.evt_state import USUAL_STEP_US
from evface.events.formats.raw_header import read_raw_header
from evface.events.formats.raw_index import ENCODINGS
from evface.events.sources import EventSource
from evface.events.triggers import Triggers

# Formats that cameras send, and the names of their encodings.
_AS_OF_CAMERAS = {"RAW EVT2": "EVT2", "RAW EVT3": "EVT3"}
_AHEAD_BYTES = 1 << 20
# Between the end of a recording and its next beginning.
_PAUSE_US = 1000
# Of recordings that are not RAW, so much is read at once at most.
_WINDOW_US = 10_000


class Piece(NamedTuple):
    """Some of a recording.

    `raw` is None where it has no bytes of a camera. `covers_us` tells up to when nothing more comes
    than what was handed out.
    """

    events: Events
    triggers: Triggers | None
    raw: bytes | None
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
        self._shift_us = self._at_us = 0

    def take(self, until_us: int) -> Piece | None:
        """Return the events before a time, of a short window at most."""
        if self._at_us >= self._source.duration_us:
            return None
        start_us = self._at_us
        self._at_us = min(max(until_us - self._shift_us, start_us), start_us + _WINDOW_US)
        events = self._source.read(start_us, self._at_us)
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

    def rewind(self) -> int:
        """Begin again, a moment after the end."""
        self._shift_us += self._source.duration_us + _PAUSE_US
        self._at_us = 0
        return self._shift_us

    def close(self) -> None:
        """Close the recording."""
        self._source.close()


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
        self._words = np.empty(0, self._encoding.word)
        self._last_us = self.start_us
        # By how much the statements of the time are moved on, in their units.
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

    def rewind(self) -> int:
        """Begin again where the time is first stated, a moment after the end."""
        unit_us = USUAL_STEP_US // self._encoding.n_step
        if not self._moved_by:
            taken_us = self._last_us - self.start_us + _PAUSE_US
            self._round_units = math.ceil(taken_us / unit_us)
        self._moved_by += self._round_units
        self._file.seek(self._n_header_bytes)
        self._stream.note_gap()
        while self._read():
            stated = np.flatnonzero(self._states_time(self._words))
            if len(stated):
                self._words = self._words[stated[0] :]
                break
        return self.start_us + self._moved_by * unit_us

    def close(self) -> None:
        """Close the recording."""
        self._file.close()
        self._source.close()

    def _read(self) -> bool:
        data = self._file.read(_AHEAD_BYTES)
        n_words = len(data) // self._encoding.word.itemsize
        words = np.frombuffer(data, self._encoding.word, n_words)
        self._words = self._moved_on(words) if self._moved_by else words
        return n_words > 0

    def _moved_on(self, words: NDArray[Any]) -> NDArray[Any]:
        encoding = self._encoding
        kind, shift, mask = words.dtype.type, encoding.time_shift, encoding.n_high - 1
        places = self._states_time(words)
        high = (words[places] >> kind(shift)).astype(np.int64) & mask
        later = (high + self._moved_by) & mask
        moved = words.copy()
        moved[places] &= ~(kind(mask) << kind(shift))
        moved[places] |= later.astype(kind) << kind(shift)
        return moved

    def _states_time(self, words: NDArray[Any]) -> NDArray[np.bool_]:
        encoding = self._encoding
        return (words >> encoding.type_shift) & 15 == encoding.time_kind


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
