"""A webcam seen as an event camera would see it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from evface.cameras.base import (
    CameraHealth,
    CameraInfo,
    CameraKind,
    Control,
    Found,
    FrameCamera,
    Packet,
    Preset,
)
from evface.cameras.frame_tap import FrameTap
from evface.cameras.settings import Settings
from evface.cameras.tally import Tally
from evface.cameras.webcam import list_webcams
from evface.errors import CameraLostError

if TYPE_CHECKING:
    from evface.cameras.simulated_sensor import SimulatedSensor

_CONTROLS = (
    Control(
        "threshold",
        "Threshold",
        "How much brighter or darker a pixel must become before it sends an event. Higher: fewer.",
        5,
        80,
        20,
        20,
        "%",
    ),
    Control(
        "width",
        "Width of the sensor",
        "How fine the simulated sensor is. Less: quicker.",
        160,
        1280,
        640,
        640,
        "px",
        "Sensor",
    ),
)
_PRESETS = (
    Preset("Usual", "As most event cameras are set."),
    Preset("Sensitive", "Faint motion shows, with the webcam's noise.", {"threshold": 12}),
    Preset("Quiet", "Only clear changes.", {"threshold": 35}),
)
_FIRST_WITHIN_S = 5.0


class SimulatedCamera:
    """Makes events of a webcam's pictures as they come; see `Camera`.

    Parameters
    ----------
    frames
        The webcam, or a video that plays as one. It is opened and closed with this camera.
    key
        That of this camera.
    """

    def __init__(self, frames: FrameCamera, *, key: str) -> None:
        self._frames = frames
        self._info = CameraInfo(
            key,
            f"Events simulated from {frames.info.name}",
            CameraKind.SIMULATED,
            is_simulated=True,
        )
        self._settings = Settings(self._info.name, _CONTROLS, _PRESETS)
        self._tap = FrameTap(frames.info)
        self._lock = threading.Lock()
        self._tally = Tally()
        self._sensor: SimulatedSensor | None = None

    @property
    def info(self) -> CameraInfo:
        """Which camera it is."""
        return self._info

    @property
    def controls(self) -> tuple[Control, ...]:
        """What the simulated sensor is like; its width counts from the next opening on."""
        return self._settings.controls

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Good values for them."""
        return self._settings.presets

    @property
    def raw_header(self) -> bytes | None:
        """None: there are no bytes of a camera."""
        return None

    @property
    def frame_camera(self) -> FrameCamera:
        """The webcam's pictures that the events are made of."""
        return self._tap

    def open(self) -> None:
        """Open the webcam and begin."""
        # Brings OpenCV and numba, which take a while to import.
        from evface.cameras.simulated_sensor import SimulatedSensor

        self.close()
        self._frames.open()
        first = self._frames.read(_FIRST_WITHIN_S)
        if first is None:
            self._frames.close()
            raise CameraLostError(self._frames.info.name, "gives no pictures; try another webcam")
        with self._lock:
            values = self._settings.values
            sensor = SimulatedSensor(first, values["width"], values["threshold"])
            self._info = replace(self._info, resolution=sensor.resolution)
            self._sensor, self._tally = sensor, Tally()

    def read(self, timeout_s: float) -> Packet | None:
        """Return the events of the next picture; see `Camera.read`."""
        frame = self._frames.read(timeout_s)
        if frame is None:
            return None
        with self._lock:
            if self._sensor is None:
                return None
            events, t_us = self._sensor.see(frame)
        self._tap.give(replace(frame, t_us=t_us))
        self._tally.add(len(events), 0, frame.n_dropped)
        return Packet(events, None, None, frame.received_s, frame.n_dropped)

    def set(self, key: str, value: int) -> None:
        """Set a control."""
        self._settings.set(key, value)
        self._take_settings()

    def apply(self, preset: Preset) -> None:
        """Set all controls."""
        self._settings.apply(preset)
        self._take_settings()

    def health(self) -> CameraHealth:
        """Return how it is doing; what is dropped are pictures of the webcam."""
        return self._tally.health()

    def close(self) -> None:
        """Close the webcam."""
        self._frames.close()
        with self._lock:
            self._sensor = None

    def _take_settings(self) -> None:
        with self._lock:
            if self._sensor is not None:
                self._sensor.set_threshold(self._settings.values["threshold"])


def list_simulated_cameras() -> list[Found]:
    """Return a simulated event camera for each webcam that is here."""
    return [
        Found(
            CameraInfo(
                found.info.key.replace("webcam:", "simulated:"),
                f"Events simulated from {found.info.name}",
                CameraKind.SIMULATED,
                is_simulated=True,
            ),
            found.problem,
        )
        for found in list_webcams()
        if found.info.key
    ]
