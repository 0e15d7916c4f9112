"""What comes from the event camera: checked, recorded, filtered, kept, and put up to be drawn."""

from __future__ import annotations

import logging
import threading
from typing import Protocol

import numpy as np

from evface.cameras.base import Camera, Frame, Packet
from evface.errors import CameraLostError
from evface.events.events import Events
from evface.events.filters.chain import FilterChain, FilterStream
from evface.live.clock_link import ArrivalClock
from evface.live.history import History
from evface.live.packed_events import MAX_SIDE
from evface.live.ring import Batch, EventRing
from evface.live.state import LiveCounters

_log = logging.getLogger(__name__)

# A clock that goes on by so much more than the time that passed has jumped.
_JUMP_US = 2_000_000
# What comes so late is left out; what comes later still tells that the clock began again.
_LATE_US = 100_000
# Beyond any clock, and far enough from the ends of 64 bits to be doubled.
_ABSURD_US = 1 << 61


class LiveListener(Protocol):
    """Gets everything as it comes, in the threads that read: the recorder.

    It must be quick, must not change what it gets, and must not raise.
    """

    def camera_opened(self, camera: Camera) -> None:
        """Begin: the camera is open, again perhaps, and its `raw_header` and clock may be others.

        Called before the first packet; RGB pictures come after that as well.
        """

    def packet_came(self, packet: Packet) -> None:
        """Take some events as the camera gave them, before any check or filter."""

    def frame_came(self, frame: Frame) -> None:
        """Take an RGB picture."""


class Capture:
    """Takes in the packets of a camera. For one thread, but for the filters and frames.

    Each event that comes is counted once: as refused, as filtered, or as handed to the ring.

    Parameters
    ----------
    camera
        Read by the caller.
    ring, history, clock, counters
        Where everything goes.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        ring: EventRing,
        history: History,
        clock: ArrivalClock,
        counters: LiveCounters,
    ) -> None:
        self._camera, self._ring, self._history = camera, ring, history
        self._clock, self._counters = clock, counters
        # Who gets everything, and who knows of the camera.
        self.listener: LiveListener | None = None
        self._told: LiveListener | None = None
        # The filters are always those of the chain, for the resolution.
        self._filtering = threading.Lock()
        self._filters, self._chain = FilterStream((), (1, 1)), FilterChain()
        self._resolution = (0, 0)
        self._epoch = 0
        self._last_us: int | None = None
        self._last_s = 0.0

    @property
    def epoch(self) -> int:
        """Changes whenever the camera's clock or sensor does; 0 until the camera was opened."""
        return self._epoch

    @property
    def resolution(self) -> tuple[int, int]:
        """Of the sensor, ``(width, height)``, px; (0, 0) until the camera was opened."""
        return self._resolution

    @property
    def n_left_out(self) -> tuple[int, ...]:
        """Events that each filter left out since it was chosen, or since all began anew."""
        return self._filters.n_removed

    def filter_by(self, chain: FilterChain) -> None:
        """Leave out events by these filters from now on; from any thread."""
        resolution = self._resolution
        filters = chain.stream(resolution) if self._epoch else None
        with self._filtering:
            if self._epoch and (filters is None or resolution != self._resolution):
                filters = chain.stream(self._resolution)
            self._chain = chain
            self._filters = filters or self._filters

    def opened(self) -> None:
        """Begin anew: the camera was opened.

        Raises
        ------
        CameraLostError
            If it does not say how large its sensor is, or that cannot be.
        """
        self._begin(self._camera.info.resolution)
        self._told = None

    def take(self, packet: Packet) -> None:
        """Take in a packet."""
        counters = self._counters
        counters.n_packets += 1
        counters.n_events += len(packet.events)
        counters.n_dropped_by_camera += packet.n_dropped
        listener = self.listener
        if listener is not None:
            if listener is not self._told:
                listener.camera_opened(self._camera)
            listener.packet_came(packet)
        self._told = listener
        if self._camera.info.resolution != self._resolution:
            try:
                self._begin(self._camera.info.resolution)
            except CameraLostError:
                counters.n_refused += len(packet.events)
                raise
        events = self._sound(packet.events)
        if len(events):
            events = self._filtered(self._in_time(events, packet.received_s))
        if len(events):
            self._history.add_events(events)
        self._ring.put(Batch(events, packet.received_s, self._epoch, self._resolution))

    def tell_frame(self, frame: Frame) -> None:
        """Pass on an RGB picture; from another thread."""
        listener = self.listener
        if listener is not None and listener is self._told:
            listener.frame_came(frame)

    def _begin(self, resolution: tuple[int, int] | None) -> None:
        name = self._camera.info.name
        if resolution is None:
            raise CameraLostError(name, "does not say how large its sensor is; choose another")
        if not all(0 < side <= MAX_SIDE for side in resolution):
            size = " x ".join(map(str, resolution))
            raise CameraLostError(
                name, f"says its sensor has {size} pixels; live takes up to {MAX_SIDE} a side"
            )
        self._forget(resolution)

    def _forget(self, resolution: tuple[int, int]) -> None:
        self._last_us = None
        self._clock.reset()
        self._history.reset(resolution)
        # Last, so that nobody takes a time of the clock that is gone for one of the new epoch.
        self._epoch += 1
        with self._filtering:
            self._resolution = resolution
            self._filters = self._chain.stream(resolution)

    def _filtered(self, events: Events) -> Events:
        """Return the events that pass the filters."""
        with self._filtering:
            filters = self._filters
        passed = filters.apply(events)
        self._counters.n_filtered += len(events) - len(passed)
        return passed

    def _sound(self, events: Events) -> Events:
        """Return the events that may be passed on; cameras give no others, but drivers fail."""
        if not len(events):
            return events
        width, height = self._resolution
        t = events.t
        is_sound = (
            t[0] > -_ABSURD_US
            and t[-1] < _ABSURD_US
            and bool((t[1:] >= t[:-1]).all())
            and int(events.x.max()) < width
            and int(events.y.max()) < height
        )
        if is_sound:
            return events
        kept = (events.x < width) & (events.y < height) & (t > -_ABSURD_US) & (t < _ABSURD_US)
        # What goes back in time is out of order; what follows the latest so far is not.
        kept[kept] = t[kept] >= np.maximum.accumulate(t[kept])
        self._counters.n_refused += len(events) - int(kept.sum())
        return Events(t[kept], events.x[kept], events.y[kept], events.p[kept])

    def _in_time(self, events: Events, received_s: float) -> Events:
        """Return the events that do not lie before the last ones; begin anew if the clock did."""
        newest_us = int(events.t[-1])
        if self._last_us is not None:
            passed_us = round((received_s - self._last_s) * 1e6)
            step_us = newest_us - self._last_us
            if step_us < -_LATE_US or step_us - passed_us > _JUMP_US:
                _log.info("the clock of %s jumped by %d us", self._camera.info.name, step_us)
                self._counters.n_clock_jumps += 1
                self._forget(self._resolution)
            elif events.t[0] < self._last_us:
                in_time = events.between(self._last_us, newest_us + 1)
                self._counters.n_refused += len(events) - len(in_time)
                if not len(in_time):
                    return in_time
                events = in_time
        self._last_us, self._last_s = newest_us, received_s
        self._clock.see(newest_us, received_s)
        return events
