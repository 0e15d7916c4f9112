"""A webcam seen as an event camera would see it."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

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
from evface.cameras.simulated_process import Began, Ended, Seen, simulate
from evface.cameras.tally import Tally
from evface.cameras.webcam import list_webcams
from evface.errors import CameraError, CameraLostError

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
_BEGINS_WITHIN_S = 30.0
_ENDS_WITHIN_S = 2.0
# Waiting is cut into turns, so that closing ends it.
_TURN_S = 0.05


class SimulatedCamera:
    """Makes events of a webcam's pictures as they come, in a process of its own; see `Camera`.

    Parameters
    ----------
    frames_key
        Of the webcam, or of a video that plays as one; see `open_frame_camera`.
    name
        Of the same, for people.
    key
        Of this camera.
    """

    def __init__(self, frames_key: str, name: str, *, key: str) -> None:
        self._frames_key = frames_key
        self._info = CameraInfo(
            key, f"Events simulated from {name}", CameraKind.SIMULATED, is_simulated=True
        )
        self._settings = Settings(self._info.name, _CONTROLS, _PRESETS)
        self._tap = FrameTap(CameraInfo(frames_key, name, CameraKind.WEBCAM))
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._tally = Tally()
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None

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
        """Begin the process, which opens the webcam."""
        self.close()
        self._closed.clear()
        values = self._settings.values
        # Spawned, because threads of this process would not survive a fork.
        context = multiprocessing.get_context("spawn")
        connection, others = context.Pipe()
        process = context.Process(
            target=simulate,
            args=(others, self._frames_key, values["width"], values["threshold"]),
            daemon=True,
        )
        process.start()
        others.close()
        with self._lock:
            self._process, self._connection, self._tally = process, connection, Tally()
        began = self._next(_BEGINS_WITHIN_S)
        if not isinstance(began, Began):
            self.close()
            problem = began.problem if isinstance(began, Ended) else "does not begin; try again"
            raise CameraError(self._tap.info.name, problem)
        self._info = replace(self._info, resolution=began.resolution)

    def read(self, timeout_s: float) -> Packet | None:
        """Return the events of the next picture; see `Camera.read`."""
        seen = self._next(timeout_s)
        if isinstance(seen, Ended):
            raise CameraLostError(self._tap.info.name, seen.problem)
        if not isinstance(seen, Seen):
            return None
        self._tap.give(seen.frame)
        n_dropped = seen.frame.n_dropped
        self._tally.add(len(seen.events), 0, n_dropped)
        return Packet(seen.events, None, None, seen.frame.received_s, n_dropped)

    def set(self, key: str, value: int) -> None:
        """Set a control."""
        self._settings.set(key, value)
        self._tell_settings()

    def apply(self, preset: Preset) -> None:
        """Set all controls."""
        self._settings.apply(preset)
        self._tell_settings()

    def health(self) -> CameraHealth:
        """Return how it is doing; what is dropped are pictures of the webcam."""
        return self._tally.health()

    def close(self) -> None:
        """End the process."""
        self._closed.set()
        with self._lock:
            process, connection = self._process, self._connection
            self._process = self._connection = None
        if process is not None and connection is not None:
            # It sees that nobody listens any more when it sends the next picture.
            connection.close()
            process.join(_ENDS_WITHIN_S)
            if process.is_alive():
                process.kill()
                process.join()

    def _next(self, timeout_s: float) -> Began | Seen | Ended | None:
        """Return what the process says next; None if nothing came in time, or it is closed."""
        deadline_s = time.monotonic() + timeout_s
        while not self._closed.is_set():
            with self._lock:
                if self._connection is None:
                    return None
                left_s = deadline_s - time.monotonic()
                try:
                    if self._connection.poll(min(max(left_s, 0.0), _TURN_S)):
                        said: Began | Seen | Ended = self._connection.recv()
                        return said
                except (EOFError, OSError):
                    return Ended("the simulation broke down; open it again")
            if left_s <= 0:
                return None
        return None

    def _tell_settings(self) -> None:
        with self._lock:
            if self._connection is not None:
                # A process that is gone takes no settings; reading tells of it.
                with contextlib.suppress(OSError):
                    self._connection.send(self._settings.values["threshold"])


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
