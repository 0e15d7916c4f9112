"""Records cameras without showing them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from evface.cameras.base import Camera, CameraKind, Frame, FrameCamera, Packet
from evface.errors import CameraLostError, EvfaceError
from evface.live.connection import Connection
from evface.live.recorder import Recorder, RecorderState
from evface.live.state import TRYING_AGAIN, Link

_LOOKS_EVERY_S = 0.1


def record_camera(
    camera: Camera,
    recorder: Recorder,
    frame_camera: FrameCamera | None = None,
    *,
    seconds: float | None = None,
    look: Callable[[RecorderState, str], None] = lambda _state, _words: None,
) -> RecorderState:
    """Record until the time is over, a replay is at its end, or the disk is nearly full.

    A camera that is lost is opened again when it is back, and begins another part.

    Parameters
    ----------
    camera, frame_camera
        Closed; closed again at the end.
    recorder
        Stopped at the end.
    seconds
        How long, from the first packet on; without an end if None.
    look
        Told ten times a second how it is going, and how the camera is in words. An exception that
        it raises, as an interruption is, ends the recording.

    Raises
    ------
    EvfaceError
        If the camera cannot be opened at all.
    """
    begun, ended = threading.Event(), threading.Event()

    def opened() -> None:
        if begun.is_set() and camera.info.kind is CameraKind.REPLAY:
            ended.set()
            raise CameraLostError(camera.info.name, "the recording is at its end")
        begun.set()
        recorder.camera_opened(camera)

    events = Connection(camera, opened=opened, take=recorder.packet_came, name="camera")
    connections: list[Connection[Packet] | Connection[Frame]] = [events]
    if frame_camera is not None:
        connections.append(
            Connection(
                frame_camera, opened=lambda: None, take=recorder.frame_came, name="frame camera"
            )
        )
    try:
        for connection in connections:
            connection.start()
        while not ended.is_set():
            for connection in connections:
                connection.check()
            state = recorder.state
            link, words = events.state
            # What is wrong from the beginning is said; what goes wrong later is tried again.
            if link is Link.LOST and not begun.is_set():
                raise EvfaceError(words.removesuffix(TRYING_AGAIN))
            look(state, words)
            is_over = seconds is not None and state.duration_s >= seconds
            if is_over or not state.is_recording:
                break
            time.sleep(_LOOKS_EVERY_S)
    finally:
        for connection in connections:
            connection.stop()
        recorder.stop()
    return recorder.state
