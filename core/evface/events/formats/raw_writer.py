"""Writing RAW files, EVT2 and EVT3, as OpenEB's decoders expect them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.formats.event_writer import FORMAT_KEYS, EventFileWriter
from evface.events.formats.evt_encoders import (
    MAX_WORDS_PER_EVENT,
    PAUSE_BITS,
    T,
    encode_evt2,
    encode_evt3,
    encode_triggers_evt2,
    encode_triggers_evt3,
    initial_encoder_state,
)
from evface.events.triggers import Triggers

# Columns and rows have 11 bits.
MAX_SIDE = 1 << 11
# A pause is written as words that state the time, so a clock that jumps would fill the disk.
_MAX_PAUSE_US = 24 * 3_600_000_000
_PIECE_EVENTS = 1 << 19
_MAX_LINE = 1000


@dataclass(frozen=True)
class _Encoding:
    number: str
    word: np.dtype[Any]
    encode: Callable[..., int]
    encode_triggers: Callable[..., int]


_ENCODINGS = {
    "EVT2": _Encoding("2.0", np.dtype("<u4"), encode_evt2, encode_triggers_evt2),
    "EVT3": _Encoding("3.0", np.dtype("<u2"), encode_evt3, encode_triggers_evt3),
}


class RawEventWriter(EventFileWriter):
    """Writes a RAW file; see `EventFileWriter`.

    The file states times modulo the length of its encoding's counter: 2**24 us in EVT3, 2**34 us
    in EVT2. What follows the first event is as long as it was.

    Parameters
    ----------
    path, resolution
        As for `EventFileWriter`.
    encoding
        ``"EVT2"`` or ``"EVT3"``.
    metadata
        Lines of the header, kept as they are where they do not say what the file is.

    Raises
    ------
    ValueError
        If there is no such encoding.
    EventFileError
        If the file cannot be written, or the sensor is larger than the encoding can say.
    """

    _interleaves = True

    def __init__(
        self,
        path: Path,
        *,
        resolution: tuple[int, int],
        encoding: str = "EVT3",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(path, resolution=resolution)
        if encoding not in _ENCODINGS:
            raise ValueError(f"encoding must be EVT2 or EVT3, got {encoding!r}")
        if max(resolution) > MAX_SIDE:
            raise EventFileError(
                path,
                f"RAW holds sensors of up to {MAX_SIDE} x {MAX_SIDE} pixels, this one has "
                "{} x {}; write HDF5".format(*resolution),
            )
        self._encoding = _ENCODINGS[encoding]
        self._state = initial_encoder_state()
        self._is_started = False
        try:
            self._file = self._temporary.open("wb")
            self._file.write(_header(encoding, resolution, metadata or {}))
        except OSError as error:
            raise self._failure(error) from error

    def _write(self, events: Events) -> None:
        for first in range(0, len(events), _PIECE_EVENTS):
            t, x, y, p = (getattr(events, name)[first : first + _PIECE_EVENTS] for name in "txyp")
            words = self._room(t)
            n = self._encoding.encode(t, x, y, p, self._resolution[0], self._state, words)
            self._put(words[:n])

    def _write_triggers(self, triggers: Triggers) -> None:
        if not len(triggers):
            return
        t = triggers.times_us
        words = self._room(t)
        n = self._encoding.encode_triggers(
            t, triggers.channels, triggers.is_rising, self._state, words
        )
        self._put(words[:n])

    def _finish(self) -> None:
        self._file.close()

    def _release(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()

    def _room(self, t: NDArray[np.int64]) -> NDArray[Any]:
        """Return room for the words of events or triggers at `t`."""
        begin_us = int(self._state[T]) if self._is_started else int(t[0])
        pause_us = max(int(t[0]) - begin_us, int(np.diff(t).max(initial=0)))
        if pause_us > _MAX_PAUSE_US:
            raise EventFileError(
                self._path,
                f"RAW cannot hold a pause of {pause_us / 3.6e9:,.0f} hours; write HDF5, or cut it",
            )
        self._is_started = True
        n_pause_words = (int(t[-1]) - begin_us) >> PAUSE_BITS
        return np.empty(MAX_WORDS_PER_EVENT * len(t) + n_pause_words + 2, self._encoding.word)

    def _put(self, words: NDArray[Any]) -> None:
        self._file.write(words.data)


def _header(encoding: str, resolution: tuple[int, int], metadata: Mapping[str, str]) -> bytes:
    width, height = resolution
    lines = {
        key: " ".join(value.split())[:_MAX_LINE]
        for key, value in metadata.items()
        if key.lower() not in FORMAT_KEYS and key == "".join(key.split())
    }
    if not any("integrator_name" in key.lower() for key in lines):
        lines["camera_integrator_name"] = "evface"
    lines |= {
        "evt": _ENCODINGS[encoding].number,
        "format": f"{encoding};height={height};width={width}",
        "geometry": f"{width}x{height}",
    }
    text = "".join(f"% {key} {value}\n" for key, value in lines.items())
    return (text + "% end\n").encode()
