"""The bytes of a RAW file for the packets of any camera."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import Camera, CameraInfo, Packet
from evface.errors import CameraError
from evface.events.events import Events
from evface.events.formats.evt_state import TIME_HIGH, TRIGGER
from evface.events.triggers import Triggers

# Rows and columns have 11 bits.
MOST_PIXELS = 2048


class PacketBytes:
    """Gives the bytes that a camera's packets add to a RAW file.

    They are those that came, where the camera hands them out; else its events as EVT2.

    Parameters
    ----------
    camera
        Open.

    Raises
    ------
    CameraError
        If its sensor is too large for RAW files.
    """

    def __init__(self, camera: Camera) -> None:
        stated = camera.raw_header
        self._is_stated = stated is not None
        self.header = evt2_header(camera.info) if stated is None else stated

    def of(self, packet: Packet) -> bytes:
        """Return a packet's bytes, in whole words."""
        if self._is_stated:
            return packet.raw or b""
        return encode_evt2(packet.events, packet.triggers)


def evt2_header(info: CameraInfo) -> bytes:
    """Return the header of a RAW file with events of a camera as EVT2."""
    return raw_header("EVT2", "2.0", info, integrator="evface")


def raw_header(encoding: str, version: str, info: CameraInfo, *, integrator: str) -> bytes:
    """Return the header of a RAW file.

    Parameters
    ----------
    encoding, version
        ``"EVT3"`` and ``"3.0"``, for example.
    integrator
        Who made the camera.

    Raises
    ------
    CameraError
        If the camera's sensor is not known, or too large for RAW files.
    """
    width, height = info.resolution or (0, 0)
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise CameraError(
            info.name,
            f"has a sensor of {width} x {height}, which RAW files have no place for; "
            f"the most is {MOST_PIXELS} either way",
        )
    lines = {
        "camera_integrator_name": integrator,
        "date": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "evt": version,
        "format": f"{encoding};height={height};width={width}",
        "geometry": f"{width}x{height}",
        "camera": _one_line(info.name),
        "serial_number": _one_line(info.serial),
    }
    text = "".join(f"% {key} {value}\n" for key, value in lines.items() if value)
    return f"{text}% end\n".encode()


def encode_evt2(events: Events, triggers: Triggers | None = None) -> bytes:
    """Return events, and triggers among them, as EVT2 words.

    The bytes state the time first, so they can be read whatever came before.

    Parameters
    ----------
    events
        With coordinates below `MOST_PIXELS`.

    References
    ----------
    Prophesee, "EVT 2.0 format".
    """
    t = events.t
    kinds = events.p.astype(np.uint32) << 28
    words = kinds | events.x.astype(np.uint32) << 11 | events.y
    if triggers is not None and len(triggers):
        # After the events of the same time.
        at = np.searchsorted(t, triggers.times_us, side="right")
        edges = np.uint32(TRIGGER << 28) | triggers.channels.astype(np.uint32) << 8
        words = np.insert(words, at, edges | triggers.is_rising)
        t = np.insert(t, at, triggers.times_us)
    if not len(t):
        return b""
    words |= (t & 63).astype(np.uint32) << 22
    return _with_times(words, t >> 6).tobytes()


def _with_times(words: NDArray[np.uint32], high: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Put a statement of the upper time before each word where it changes."""
    changes = np.flatnonzero(np.diff(high, prepend=high[0] - 1))
    statements = np.uint32(TIME_HIGH << 28) | (high[changes] & 0xFFFFFFF).astype(np.uint32)
    return np.insert(words, changes, statements).astype("<u4")


def _one_line(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:200]
