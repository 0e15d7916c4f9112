"""A recording played as a camera."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from pathlib import Path

from evface.cameras.base import (
    CameraHealth,
    CameraInfo,
    CameraKind,
    Packet,
)
from evface.cameras.nothing_to_set import NothingToSet
from evface.cameras.recorded_events import RecordedEvents
from evface.cameras.recorded_windows import RecordedWindows
from evface.cameras.recorded_words import RecordedWords, can_play_words
from evface.cameras.tally import Tally
from evface.errors import CameraError, CameraLostError, EventFileError
from evface.events.events import Events
from evface.events.formats.raw_index import FOREVER_US
from evface.events.sources import EventSource, open_events

# Cameras hand out packets about so often.
_PACKET_US = 1000
# What is later than the first is left out, as a camera would have to, but for the second: a
# picture or two.
_MOST_BEHIND_US, _NEWEST_US = 250_000, 40_000
# For so long at most it looks for something to hand out.
_LOOKS_FOR_S = 0.05


class ReplayCamera(NothingToSet):
    """Plays any recording that `open_events` opens, in real time or faster.

    Sound RAW files give their own bytes, which are decoded as those of a camera are.
    Who reads or decodes too slowly loses events: what is too late is jumped over, the newest is
    handed out, and `Packet.n_dropped` counts what is missing; in recordings of hours, by their
    rate. The bytes of RAW files are looked through instead, without decoding them, and the words
    that state the time stay: what is recorded from them is sound, with pauses. A computer that
    cannot even look through them in time plays more slowly. Triggers are never left out.

    Parameters
    ----------
    path
        The recording.
    speed
        1 is real time; infinity is as fast as it is read, with nothing dropped.
    is_looped
        Whether it begins again at its end. Its clock goes on.
    """

    def __init__(self, path: Path, *, speed: float = 1.0, is_looped: bool = False) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, got {speed}")
        self._path, self._speed, self._is_looped = Path(path), speed, is_looped
        self._info = CameraInfo(f"replay:{self._path}", self._path.name, CameraKind.REPLAY)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._recorded: RecordedEvents | None = None
        self._tally = Tally()

    @property
    def info(self) -> CameraInfo:
        """Which recording it is."""
        return self._info

    @property
    def raw_header(self) -> bytes | None:
        """The header of the file; None for those that are not RAW, or damaged."""
        return None if self._recorded is None else self._recorded.raw_header

    def open(self) -> None:
        """Open the recording and begin."""
        self.close()
        self._closed.clear()
        source = self._open_source()
        try:
            recorded: RecordedEvents = (
                RecordedWords(source) if can_play_words(source) else RecordedWindows(source)
            )
        except CameraError:
            source.close()
            raise
        except EventFileError as error:
            source.close()
            raise CameraError(self._info.name, error.problem) from error
        except OSError as error:
            source.close()
            raise CameraError(
                self._info.name, f"cannot be read ({error.strerror}); check its permissions"
            ) from error
        with self._lock:
            if self._closed.is_set():
                recorded.close()
                raise CameraError(self._info.name, "was closed; open it again")
            self._info = replace(
                self._info,
                serial=source.metadata.get("serial_number", ""),
                resolution=source.resolution,
                is_simulated=source.metadata.get("camera") == "simulated",
            )
            self._recorded, self._tally = recorded, Tally()
            # Up to when it was handed out, and when on this computer's clock its time zero is due.
            self._covered_us = recorded.start_us
            self._zero_s = time.monotonic() - self._covered_us * 1e-6 / self._speed

    def read(self, timeout_s: float) -> Packet | None:
        """Return what is due; see `Camera.read`."""
        deadline_s = time.monotonic() + timeout_s
        while not self._closed.is_set():
            due_us = self._due_us()
            if due_us - self._covered_us >= _PACKET_US * min(self._speed, 1.0):
                packet = self._take_locked(due_us)
                if packet is not None:
                    return packet
            now_s = time.monotonic()
            wait_s = _PACKET_US * 1e-6
            if now_s + wait_s > deadline_s:
                self._closed.wait(max(deadline_s - now_s, 0.0))
                return None
            self._closed.wait(wait_s)
        return None

    def _take_locked(self, due_us: int) -> Packet | None:
        with self._lock:
            try:
                return self._take(due_us)
            except OSError as error:
                reason = error.strerror or "unknown"
                raise CameraLostError(
                    self._info.name, f"cannot be read any more ({reason}); check the disk"
                ) from error
            except EventFileError as error:
                raise CameraLostError(self._info.name, error.problem) from error

    def health(self) -> CameraHealth:
        """Return how it is doing."""
        return self._tally.health()

    def close(self) -> None:
        """Close the file."""
        self._closed.set()
        with self._lock:
            if self._recorded is not None:
                self._recorded.close()
                self._recorded = None

    def _due_us(self) -> int:
        if math.isinf(self._speed):
            return FOREVER_US
        return int((time.monotonic() - self._zero_s) * 1e6 * self._speed)

    def _take(self, due_us: int) -> Packet | None:
        """Return what is due, without what is too late; None where nothing is, or it closed."""
        end_s = time.monotonic() + _LOOKS_FOR_S
        n_dropped = self._jump(due_us, end_s) if due_us < FOREVER_US else 0
        while self._recorded is not None:
            piece = self._recorded.take(due_us)
            if piece is None:
                if n_dropped and not self._is_looped:
                    break  # It ends with the next read; this one tells what was left out.
                self._begin_again(self._recorded)
            else:
                self._covered_us = max(self._covered_us, piece.covers_us)
                n_events, raw = len(piece.events), piece.raw
                if n_events or raw or piece.triggers is not None:
                    self._tally.add(n_events, len(raw or b""), n_dropped)
                    return Packet(piece.events, piece.triggers, raw, time.monotonic(), n_dropped)
            if self._covered_us >= due_us or time.monotonic() > end_s:
                break
        if not n_dropped:
            return None
        self._tally.add(0, 0, n_dropped)
        return Packet(Events.empty(), None, None, time.monotonic(), n_dropped)

    def _jump(self, due_us: int, end_s: float) -> int:
        """Leave out what is too late; return how many events that is."""
        n_dropped = 0
        if self._covered_us >= due_us - int(_MOST_BEHIND_US * self._speed):
            return n_dropped
        newest_us = due_us - int(_NEWEST_US * self._speed)
        while self._recorded is not None and self._covered_us < newest_us:
            jump = self._recorded.skip(newest_us)
            if jump is None:
                break
            n_dropped += jump.n_events
            self._covered_us = max(self._covered_us, jump.covers_us)
            if time.monotonic() > end_s:
                # It would never catch up: what is too late now is not too late for what comes.
                self._zero_s += max(newest_us - self._covered_us, 0) * 1e-6 / self._speed
                break
        return n_dropped

    def _begin_again(self, recorded: RecordedEvents) -> None:
        if not self._is_looped:
            raise CameraLostError(self._info.name, "the recording is at its end; play it again")
        start_us = recorded.rewind()
        # The next round is due when this one has been handed out, however short the last piece.
        self._zero_s += max(self._covered_us - start_us, 0) * 1e-6 / self._speed
        self._covered_us = max(self._covered_us, start_us)

    def _open_source(self) -> EventSource:
        try:
            return open_events(self._path, waits=False)
        except EventFileError as error:
            raise CameraError(self._info.name, error.problem) from error
