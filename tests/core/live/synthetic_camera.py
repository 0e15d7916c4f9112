"""A camera made of arithmetic: events whose number, place and time are known."""

from __future__ import annotations

import threading
import time

import numpy as np

from evface.cameras.base import CameraHealth, CameraInfo, CameraKind, Frame, Packet
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events


def sweep(start_us, stop_us, rate_hz, resolution):
    """Return evenly spaced events of columns that pass over the sensor one after another."""
    width, height = resolution
    n = round((stop_us - start_us) * rate_hz / 1e6)
    t = start_us + np.arange(n, dtype=np.int64) * (stop_us - start_us) // max(n, 1)
    k = np.arange(n)
    x = ((t // 100) % width).astype(np.uint16)
    return Events(t, x, (k * 7 % height).astype(np.uint16), k % 3 == 0)


class SyntheticCamera:
    """Gives a packet every `period_s`, of events up to the moment it is asked.

    Its tests unplug it, let it hang, stall and jump by setting attributes.
    """

    controls = ()
    presets = ()
    raw_header = None
    frame_camera = None

    def __init__(self, resolution=(64, 48), rate_hz=1e5, period_s=0.005):
        self.resolution, self.rate_hz, self.period_s = resolution, rate_hz, period_s
        # What it says its resolution is; by default what it is.
        self.state_resolution = lambda: self.resolution
        self.is_plugged = True
        self.is_silent = False
        self.jump_us = 0
        self.n_opened = 0
        self.spoiled = None
        self._is_open = threading.Event()
        self._closed = threading.Event()

    @property
    def info(self):
        return CameraInfo(
            "test:0",
            "Test camera",
            CameraKind.SIMULATED,
            resolution=self.state_resolution(),
            is_simulated=True,
        )

    def open(self):
        if not self.is_plugged:
            raise CameraError("Test camera", "is not there; plug it in")
        self.n_opened += 1
        self._closed.clear()
        self._begun_s = time.monotonic()
        self._at_us = 0

    def read(self, timeout_s):
        if not self.is_plugged:
            raise CameraLostError("Test camera", "was unplugged; plug it in again")
        if self.is_silent:
            self._closed.wait(timeout_s)
            return None
        if self._closed.wait(self.period_s):
            return None
        now_s = time.monotonic()
        start_us, self._at_us = self._at_us, round((now_s - self._begun_s) * 1e6)
        events = sweep(start_us, self._at_us, self.rate_hz, self.resolution)
        if self.jump_us:
            events = Events(events.t + self.jump_us, events.x, events.y, events.p)
        if self.spoiled is not None:
            events = self.spoiled(events)
        return Packet(events, None, None, time.monotonic())

    def set(self, key, value):
        raise ValueError(f"no control {key} that could be {value}")

    def apply(self, preset):
        pass

    def health(self):
        return CameraHealth()

    def close(self):
        self._closed.set()


class SyntheticFrames:
    """An RGB camera of grey pictures that grow brighter, 30 a second, on a clock of its own."""

    def __init__(self, resolution=(64, 48), offset_us=5_000_000):
        self.resolution, self.offset_us = resolution, offset_us
        self._closed = threading.Event()
        self._n = 0

    @property
    def info(self):
        return CameraInfo("test:rgb", "Test webcam", CameraKind.WEBCAM, "", self.resolution)

    def open(self):
        self._closed.clear()

    def read(self, timeout_s):
        if self._closed.wait(min(timeout_s, 1 / 30)):
            return None
        self._n += 1
        width, height = self.resolution
        now_s = time.monotonic()
        image = np.full((height, width, 3), self._n % 256, np.uint8)
        return Frame(image, round(now_s * 1e6) + self.offset_us, now_s)

    def close(self):
        self._closed.set()
