"""The last seconds of everything, within a bounded amount of memory, for slow motion and clips."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import Frame
from evface.events.events import Events
from evface.live.packed_events import MAX_SPAN_US, PackedEvents, pack
from evface.live.picture import Overlay

# Words of a block; what is forgotten at once.
_BLOCK = 1 << 18
_MAX_OVERLAYS = 4096
# What is packed takes room by itself, so a block is full after so many pieces as well.
_MAX_PIECES = 8192


@dataclass(frozen=True)
class HistorySettings:
    """How much is kept; what is reached first counts.

    Parameters
    ----------
    keep_us
        How long.
    max_event_bytes
        Of events; at 4 bytes each the default holds 5 s of 25 million events a second.
    max_frame_bytes
        Of RGB pictures; the default holds 5 s of 30 pictures of 640 x 480 a second.
    """

    keep_us: int = 5_000_000
    max_event_bytes: int = 512 << 20
    max_frame_bytes: int = 192 << 20


@dataclass(frozen=True, eq=False)
class TimedFrame:
    """An RGB picture on the event camera's clock."""

    t_us: int
    frame: Frame


@dataclass(frozen=True, eq=False)
class Moments:
    """What the history held at a moment. It holds on to the memory, so it is not to be kept long.

    Parameters
    ----------
    resolution
        Of the event sensor, ``(width, height)``, px.
    packed, frames, overlays
        Each in the order of time, on the event camera's clock.
    """

    resolution: tuple[int, int]
    packed: tuple[PackedEvents, ...]
    frames: tuple[TimedFrame, ...]
    overlays: tuple[Overlay, ...]


class History:
    """Keeps the newest events, RGB pictures and overlays. Each kind may come from its own thread.

    Parameters
    ----------
    settings
        How much is kept.
    """

    def __init__(self, settings: HistorySettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._resolution = (0, 0)
        self._blocks: deque[list[PackedEvents]] = deque()
        self._room: NDArray[np.uint32] = np.empty(0, np.uint32)
        self._frames: deque[TimedFrame] = deque()
        self._frame_bytes = 0
        self._overlays: deque[Overlay] = deque(maxlen=_MAX_OVERLAYS)

    def reset(self, resolution: tuple[int, int]) -> None:
        """Forget everything: another clock, or another sensor."""
        with self._lock:
            self._resolution = resolution
            self._blocks.clear()
            self._room = np.empty(0, np.uint32)
            self._frames.clear()
            self._frame_bytes = 0
            self._overlays.clear()

    def add_events(self, events: Events) -> None:
        """Add events that follow those before, sorted."""
        while len(events):
            within = int(np.searchsorted(events.t, events.t[0] + MAX_SPAN_US, side="right"))
            first, events = _cut(events, within)
            self._pack(first)

    def add_frame(self, t_us: int, frame: Frame) -> None:
        """Add an RGB picture; those that are later are of a clock that began anew, and go."""
        with self._lock:
            while self._frames and self._frames[-1].t_us >= t_us:
                self._frame_bytes -= self._frames.pop().frame.image.nbytes
            self._frames.append(TimedFrame(t_us, frame))
            self._frame_bytes += frame.image.nbytes
            while len(self._frames) > 1 and (
                self._frame_bytes > self._settings.max_frame_bytes
                or self._frames[0].t_us < t_us - self._settings.keep_us
            ):
                self._frame_bytes -= self._frames.popleft().frame.image.nbytes

    def add_overlay(self, overlay: Overlay) -> None:
        """Add what models say of a picture; those that are later go, as RGB pictures do."""
        with self._lock:
            while self._overlays and self._overlays[-1].t_us >= overlay.t_us:
                self._overlays.pop()
            self._overlays.append(overlay)
            while self._overlays[0].t_us < overlay.t_us - self._settings.keep_us:
                self._overlays.popleft()

    def moments(self) -> Moments:
        """Return all that is kept now."""
        with self._lock:
            packed = tuple(one for block in self._blocks for one in block)
            frames, overlays = tuple(self._frames), tuple(self._overlays)
            resolution = self._resolution
        return Moments(resolution, packed, frames, overlays)

    def _pack(self, events: Events) -> None:
        while len(events):
            packed = pack(events, self._room)
            with self._lock:
                if packed is None or len(self._blocks[-1]) >= _MAX_PIECES:
                    self._room = np.empty(_BLOCK, np.uint32)
                    self._blocks.append([])
                    self._forget()
                    continue
                self._room = self._room[len(packed.words) :]
                self._blocks[-1].append(packed)
            _, events = _cut(events, packed.n_events)

    def _forget(self) -> None:
        """Let go of the oldest blocks; the newest one is still empty."""
        blocks, settings = self._blocks, self._settings
        n_most = max(2, settings.max_event_bytes // (4 * _BLOCK))
        newest_us = blocks[-2][-1].last_us if len(blocks) > 1 else 0
        while len(blocks) > n_most or (
            len(blocks) > 2 and blocks[0][-1].last_us < newest_us - settings.keep_us
        ):
            blocks.popleft()


def _cut(events: Events, n: int) -> tuple[Events, Events]:
    t, x, y, p = events.t, events.x, events.y, events.p
    return Events(t[:n], x[:n], y[:n], p[:n]), Events(t[n:], x[n:], y[n:], p[n:])
