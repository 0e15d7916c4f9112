"""Event cameras at the USB, through the package neuromorphic_drivers."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from evface.cameras.base import (
    CameraHealth,
    CameraInfo,
    Control,
    Frame,
    FrameCamera,
    Packet,
    Preset,
)
from evface.cameras.driver_events import DriverEvents
from evface.cameras.frame_tap import FrameTap
from evface.cameras.packet_bytes import raw_header
from evface.cameras.raw_stream import RawStream
from evface.cameras.settings import Settings
from evface.cameras.tally import Tally
from evface.cameras.usb_kind import UsbKind
from evface.cameras.usb_listing import info_of, only_serial, usb_driver
from evface.cameras.usb_words import usb_problem
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events
from evface.events.triggers import Triggers

# A camera is asked so long at most before it is seen that it is to be closed.
_TURN_S = 0.02
# The driver keeps so many packets, of 128 KiB for Prophesee's cameras, before it loses some.
_RING_PACKETS = 1024
# What has waited for longer is left out: the newest counts.
_MOST_BEHIND_S = 1.0
# Measuring takes some of the camera's time.
_MEASURED_EVERY_S = 2.0
# What the driver says may have been received at most so long ago.
_MOST_DELAY_S = 5.0


class UsbCamera:
    """A camera at the USB; see `Camera`.

    Parameters
    ----------
    kind
        What it is.
    serial
        Which one; the only one of its kind where it is empty.
    """

    def __init__(self, kind: UsbKind, serial: str = "") -> None:
        self._kind, self._serial = kind, serial
        self._info = info_of(kind, serial)
        self._settings = Settings(kind.name, kind.controls, kind.presets)
        # One for who reads, one for who asks and sets; closing takes both.
        self._reading, self._asking = threading.Lock(), threading.Lock()
        self._closed = threading.Event()
        self._device: Any = None
        self._stream: RawStream | DriverEvents = self._new_stream(kind.resolution)
        self._raw_header: bytes | None = None
        self._frames = None if kind.gives_raw else FrameTap(_frames_info(self._info))
        self._tally = Tally()
        self._backlog = self._n_lost = self._n_cleared = 0
        self._is_behind = False
        self._measured_s = -_MEASURED_EVERY_S
        self._temperature_c: float | None = None
        self._illuminance: int | None = None

    @property
    def info(self) -> CameraInfo:
        """Which camera it is."""
        return self._info

    @property
    def controls(self) -> tuple[Control, ...]:
        """Its biases and what else it lets be set."""
        return self._settings.controls

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Good values for them."""
        return self._settings.presets

    @property
    def raw_header(self) -> bytes | None:
        """The header of a RAW file; None for cameras whose bytes are not EVT."""
        return self._raw_header

    @property
    def frame_camera(self) -> FrameCamera | None:
        """The grey pictures of a DAVIS."""
        return self._frames if self._kind.key == "inivation-davis346" else None

    def open(self) -> None:
        """Open the camera with the settings of now."""
        self.close()
        driver = usb_driver(self._info.name)
        module = getattr(driver, self._kind.module)
        serial = self._serial or only_serial(driver, self._kind)
        try:
            device = driver.open(
                configuration=self._kind.configure(driver, self._settings.values),
                iterator_timeout=_TURN_S,
                raw=self._kind.gives_raw,
                serial=serial,
                ring_configuration=module.RingConfiguration(ring_length=_RING_PACKETS),
            )
        except (RuntimeError, OSError) as error:
            raise CameraError(self._info.name, usb_problem(error, self._kind)) from error
        try:
            stated, bounds = device.properties(), device.biases_bounds()
            serial = str(device.serial())
        except (RuntimeError, OSError) as error:
            device.close()
            raise CameraError(self._info.name, usb_problem(error, self._kind)) from error
        resolution = (int(stated.width), int(stated.height))
        self._info = replace(info_of(self._kind, serial), resolution=resolution)
        self._settings.limit(
            {
                control.key: (int(bound.minimum), int(bound.maximum))
                for control in self._kind.controls
                if (bound := getattr(bounds, control.key, None)) is not None
            }
        )
        if self._kind.gives_raw:
            self._raw_header = raw_header("EVT3", self._info, integrator="Prophesee")
        with self._reading, self._asking:
            self._stream = self._new_stream(resolution)
            self._start_counting()
            self._device = device
            self._closed.clear()

    def read(self, timeout_s: float) -> Packet | None:
        """Return what came; see `Camera.read`."""
        deadline_s = time.monotonic() + timeout_s
        while not self._closed.is_set():
            with self._reading:
                if self._device is None:
                    return None
                try:
                    n_cleared = self._catch_up(self._device)
                    status, content = next(self._device)
                    self._measure(self._device)
                except (RuntimeError, OSError, StopIteration) as error:
                    raise CameraLostError(self._info.name, usb_problem(error)) from error
                packet = self._packet(status.ring, content, n_cleared)
            if packet is not None:
                return packet
            if time.monotonic() >= deadline_s:
                return None
        return None

    def set(self, key: str, value: int) -> None:
        """Set a control, now and for when the camera is opened again."""
        self._settings.set(key, value)
        self._send_settings()

    def apply(self, preset: Preset) -> None:
        """Set all controls."""
        self._settings.apply(preset)
        self._send_settings()

    def health(self) -> CameraHealth:
        """Return how it is doing; the camera itself is not asked, since that may take long."""
        return self._tally.health(
            backlog=self._backlog,
            n_damaged=self._stream.n_damaged,
            n_outside=self._stream.n_outside,
            temperature_c=self._temperature_c,
            illuminance=self._illuminance,
        )

    def close(self) -> None:
        """Close the camera."""
        self._closed.set()
        with self._reading, self._asking:
            device, self._device = self._device, None
        if device is not None:
            # One that was pulled may complain.
            with contextlib.suppress(RuntimeError, OSError):
                device.close()

    def _new_stream(self, resolution: tuple[int, int]) -> RawStream | DriverEvents:
        if self._kind.gives_raw:
            return RawStream("EVT3", resolution)
        return DriverEvents(resolution)

    def _start_counting(self) -> None:
        self._tally = Tally()
        self._backlog = self._n_lost = self._n_cleared = 0
        self._is_behind = False
        self._measured_s = -_MEASURED_EVERY_S
        self._temperature_c = self._illuminance = None

    def _catch_up(self, device: Any) -> int:
        """Leave out what waits in the driver where it is too late; return how many packets."""
        if not self._is_behind or not self._backlog:
            return 0
        n_cleared, self._is_behind = self._backlog, False
        device.clear_backlog(until=0)
        if isinstance(self._stream, RawStream):
            self._stream.note_gap()
        return n_cleared

    def _measure(self, device: Any) -> None:
        """Ask for what the sensor measures, now and then."""
        now_s = time.monotonic()
        if now_s - self._measured_s < _MEASURED_EVERY_S:
            return
        self._measured_s = now_s
        with self._asking:
            self._temperature_c = _measured(device, "temperature_celsius")
            illuminance = _measured(device, "illuminance")
        self._illuminance = None if illuminance is None else int(illuminance)

    def _packet(self, ring: Any, content: Any, n_cleared: int) -> Packet | None:
        """Decode what the driver gave; None where nothing came."""
        self._n_cleared += n_cleared
        if ring is None or content is None:
            return None
        received_s = _on_our_clock(ring.system_time)
        self._is_behind = time.monotonic() - received_s > _MOST_BEHIND_S
        self._backlog = int(ring.backlog)
        # The driver counts from when it was opened.
        n_lost = max(int(ring.dropped_packets), self._n_lost)
        n_dropped, self._n_lost = n_lost - self._n_lost + self._n_cleared, n_lost
        self._n_cleared = 0
        if isinstance(self._stream, RawStream):
            gaps = [int(place) for place in ring.overflow_indices or ()]
            if gaps and not self._n_lost:
                # A gap is a loss even where the driver does not count it.
                n_dropped += len(gaps)
            events, triggers, raw = _feed(self._stream, content, gaps)
        else:
            events, triggers = self._stream.convert(content)
            raw = None
            self._hand_on_frames(content, received_s)
        if self._stream.n_restarts:
            raise CameraLostError(
                self._info.name, "its clock jumped back, as after a fault; open it again"
            )
        n_bytes = len(raw) if raw is not None else 0
        self._tally.add(len(events), n_bytes, n_dropped)
        return Packet(events, triggers, raw, received_s, n_dropped)

    def _hand_on_frames(self, content: Any, received_s: float) -> None:
        if self._frames is None:
            return
        for frame in getattr(content, "frames", None) or ():
            grey = (np.asarray(frame.pixels) >> 8).astype(np.uint8)
            image = np.repeat(grey[..., None], 3, axis=2)
            self._frames.give(Frame(image, int(frame.t), received_s))

    def _send_settings(self) -> None:
        with self._asking:
            if self._device is None:
                return
            driver = usb_driver(self._info.name)
            try:
                self._device.update_configuration(
                    self._kind.configure(driver, self._settings.values)
                )
            except (RuntimeError, OSError) as error:
                raise CameraError(self._info.name, usb_problem(error)) from error


def _frames_info(info: CameraInfo) -> CameraInfo:
    return replace(info, key="", name=f"Pictures of {info.name}")


def _feed(
    stream: RawStream, content: bytes, gaps: Iterable[int]
) -> tuple[Events, Triggers | None, bytes]:
    """Decode bytes that have something missing before each of some places."""
    events: list[Events] = []
    triggers: Triggers | None = None
    raw: list[bytes] = []
    begin = 0
    for end in (*gaps, len(content)):
        some, edges, words = stream.feed(content[begin:end])
        events.append(some)
        raw.append(words)
        if edges is not None:
            triggers = edges if triggers is None else triggers.followed_by(edges)
        if end < len(content):
            stream.note_gap()
        begin = end
    return Events.concatenate(events), triggers, b"".join(raw)


def _measured(device: Any, name: str) -> float | None:
    """Ask for a measurement that not every camera makes."""
    measure = getattr(device, name, None)
    try:
        return None if measure is None else float(measure())
    except (RuntimeError, OSError):
        return None


def _on_our_clock(system_time_s: float) -> float:
    delay_s = min(max(time.time() - system_time_s, 0.0), _MOST_DELAY_S)
    return time.monotonic() - delay_s
