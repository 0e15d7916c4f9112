"""How an RGB camera's clock lies to an event camera's, from when what they send arrives."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evface.cameras.raw_stream import RawStream
from evface.errors import RecordingError
from evface.events.events import Events
from evface.events.formats.raw_header import parse_raw_header
from evface.events.triggers import Triggers
from evface.geometry.clock import ClockSync
from evface.transfer.clock_fit import fit_clock
from evface.transfer.sync_finding import SyncFinding
from evface.transfer.trigger_sync import sync_from_triggers, trigger_times

_BIN_US = 1_000_000
# After an hour of seconds the clocks are known as well as arrivals can tell.
_MOST_BINS = 4096
# Edges that are remembered: hours of pictures.
_MOST_EDGES = 1 << 20
# How much the least delay of a second differs from that of the next one, about.
_ERROR_US = 2_000.0
# Every camera has stated the whole of its time after so long.
_SETTLED_AFTER_US = 20_000


class FileClock:
    """Finds where on a camera's clock the first event lies that its file will be seen to have.

    A file begins somewhere in the stream, and whoever reads it knows nothing of what came before:
    it misses what lies before the first statement of the time, and counts the ends of the time's
    counter from there.

    Parameters
    ----------
    header
        Of the file.
    resolution
        Of the sensor, ``(width, height)``, px.
    """

    def __init__(self, header: bytes, resolution: tuple[int, int]) -> None:
        self._stream: RawStream | None = RawStream(parse_raw_header(header).encoding, resolution)
        self._first_us: int | None = None
        self.zero_us: int | None = None

    def see(self, events: Events, raw: bytes) -> None:
        """Take in the next bytes of the file, and the events that the camera's decoder gave."""
        if self._stream is None:
            return
        read, _, _ = self._stream.feed(raw)
        if not len(read) or not len(events):
            return
        if self._first_us is None:
            self._first_us = int(read.t[0])
        # The last events of both are the same one.
        self.zero_us = self._first_us + int(events.t[-1] - read.t[-1])
        # The first events may have come before the lower part of the time was stated.
        if read.t[-1] - self._first_us > _SETTLED_AFTER_US:
            self._stream = None


class _Delays:
    """The shortest way that something took to arrive, second by second."""

    def __init__(self) -> None:
        self.least: dict[int, int] = {}

    def see(self, t_us: int, received_us: int) -> None:
        delay_us, place = received_us - t_us, received_us // _BIN_US
        if place in self.least:
            self.least[place] = min(self.least[place], delay_us)
        elif len(self.least) < _MOST_BINS:
            self.least[place] = delay_us


class RecordedClocks:
    """Gathers times of events and pictures; safe to use from several threads.

    Parameters
    ----------
    is_shared
        Whether both have the same clock already.
    rgb_delay_us
        How much longer pictures take to arrive than events, as far as that is known.

    Attributes
    ----------
    rgb_delay_us
        As above, and better known once triggers told.
    """

    def __init__(self, *, is_shared: bool, rgb_delay_us: int = 0) -> None:
        self._is_shared = is_shared
        self.rgb_delay_us = rgb_delay_us
        self._lock = threading.Lock()
        self._events, self._frames = _Delays(), _Delays()
        self._edges = Triggers.empty()
        self._new_edges: list[Triggers] = []

    def see_events(self, t_us: int, received_s: float) -> None:
        """Take in the time of a packet's last event."""
        with self._lock:
            self._events.see(t_us, round(received_s * 1e6))

    def see_triggers(self, triggers: Triggers) -> None:
        """Take in edges at the event camera's trigger inputs."""
        with self._lock:
            if len(self._edges) < _MOST_EDGES:
                self._new_edges.append(triggers)
            if len(self._new_edges) > 1000:
                self._join_edges()

    def see_frame(self, t_us: int, received_s: float) -> None:
        """Take in the time of a picture."""
        with self._lock:
            self._frames.see(t_us, round(received_s * 1e6))

    def sync(self, first_event_us: int, first_frame_us: int) -> ClockSync | None:
        """Return the map from the video's times to the event file's; None until it is known.

        Its error is known only where it is known how much longer pictures take to arrive.

        Parameters
        ----------
        first_event_us, first_frame_us
            Where the two files have their zero, on their cameras' clocks.
        """
        if self._is_shared:
            return ClockSync(first_frame_us - first_event_us, 0.0, "same camera", 0.0)
        with self._lock:
            events, frames = dict(self._events.least), dict(self._frames.least)
        both = np.array(sorted(events.keys() & frames.keys()), np.int64)
        if not len(both):
            return None
        of_events = np.array([events[place] for place in both.tolist()], np.int64)
        of_frames = np.array([frames[place] for place in both.tolist()], np.int64)
        middle_us = both * _BIN_US + _BIN_US // 2
        found = fit_clock(
            middle_us - of_frames - first_frame_us,
            middle_us - of_events - first_event_us - self.rgb_delay_us,
            np.full(len(both), _ERROR_US),
            method="arrival",
        )
        # How much longer pictures take is in it, by which it may be off.
        return found if self.rgb_delay_us else replace(found, residual_us=math.nan)

    def sync_by_triggers(
        self, first_event_us: int, video_us: NDArray[np.int64], near: ClockSync
    ) -> ClockSync:
        """Return what triggers tell where the RGB camera sent one a picture; else `near`.

        Parameters
        ----------
        first_event_us
            As for `sync`.
        video_us : (n_frames,) int64
            Times of the pictures in their file.
        near
            What the arrivals tell.
        """
        with self._lock:
            self._join_edges()
            edges = self._edges
        if self._is_shared or not len(edges):
            return near
        channel = int(np.bincount(edges.channels).argmax())
        times_us = trigger_times(edges, edge="rising", channel=channel) - first_event_us
        guess = SyncFinding(sync=near, confidence=0.5, quality="fair")
        try:
            found = sync_from_triggers(video_us, times_us, near=guess)
        except RecordingError:
            # They come from something else than the RGB camera.
            return near
        if found.quality != "good":
            return near
        middle_us = video_us[len(video_us) // 2 :][:1]
        late_us = near.to_sensor_us(middle_us) - found.sync.to_sensor_us(middle_us)
        self.rgb_delay_us += int(late_us[0])
        return found.sync

    def _join_edges(self) -> None:
        for triggers in self._new_edges:
            self._edges = self._edges.followed_by(triggers)
        self._new_edges.clear()
