"""The process of a simulated event camera: it brings OpenCV, which a window must not have."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from evface.cameras.base import Frame
from evface.cameras.camera_process import Began
from evface.errors import CameraLostError
from evface.events.events import Events

_FIRST_WITHIN_S = 5.0
_TURN_S = 0.1


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture on the events' clock, and the events since the one before."""

    frame: Frame
    events: Events


def simulate(connection: Connection[Any, Any], key: str, width: int, threshold: int) -> None:
    """Open a webcam and send what a simulated sensor sees, until nobody wants it any more.

    Parameters
    ----------
    connection
        `Began` goes out once, then `Seen` again and again. Another threshold, percent, may come in
        at any time.
    key
        For `open_frame_camera`.
    width, threshold
        As for `SimulatedSensor`.

    Raises
    ------
    CameraError
        If the webcam cannot be used any more.
    """
    from evface.cameras.registry import open_frame_camera
    from evface.cameras.simulated_sensor import SimulatedSensor

    webcam = open_frame_camera(key)
    webcam.open()
    try:
        first = webcam.read(_FIRST_WITHIN_S)
        if first is None:
            raise CameraLostError(webcam.info.name, "gives no pictures; try another webcam")
        sensor = SimulatedSensor(first, width, threshold)
        connection.send(Began(sensor.resolution))
        frame: Frame | None = first
        while True:
            if connection.poll():
                sensor.set_threshold(connection.recv())
            if frame is not None:
                connection.send(sensor.see(frame))
            frame = webcam.read(_TURN_S)
    finally:
        webcam.close()
