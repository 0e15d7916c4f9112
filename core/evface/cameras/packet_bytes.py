"""The bytes of a RAW file for the packets of any camera."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from evface.cameras.base import Camera, CameraInfo, Packet
from evface.errors import CameraError
from evface.events.events import Events
from evface.events.formats.evt_encoders import (
    MAX_WORDS_PER_EVENT,
    PAUSE_BITS,
    encode_evt2,
    encode_triggers_evt2,
    initial_encoder_state,
)
from evface.events.triggers import Triggers

# Rows and columns have 11 bits.
MOST_PIXELS = 2048
# A pause takes a word every 4 ms; a clock that jumps further than this leaves no trace of it.
_LONGEST_SPAN_US = 3_600_000_000


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
        return evt2_bytes(packet.events, packet.triggers)


def evt2_header(info: CameraInfo) -> bytes:
    """Return the header of a RAW file with events of a camera as EVT2."""
    return raw_header("EVT2", info)


def raw_header(encoding: str, info: CameraInfo, *, integrator: str = "evface") -> bytes:
    """Return the header of a RAW file.

    Parameters
    ----------
    encoding
        ``"EVT2"`` or ``"EVT3"``.
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
        "evt": f"{encoding.removeprefix('EVT')}.0",
        "format": f"{encoding};height={height};width={width}",
        "geometry": f"{width}x{height}",
        "camera": _one_line(info.name),
        "serial_number": _one_line(info.serial),
    }
    text = "".join(f"% {key} {value}\n" for key, value in lines.items() if value)
    return f"{text}% end\n".encode()


def evt2_bytes(events: Events, triggers: Triggers | None = None) -> bytes:
    """Return events, and triggers among them, as EVT2 words.

    The bytes state the time first, so they can be read whatever came before. Where the events span
    more than an hour they do so again and again, and long pauses between them are left out.

    Parameters
    ----------
    events
        With coordinates below `MOST_PIXELS`.
    """
    triggers = triggers or Triggers.empty()
    times_us = [times for times in (events.t, triggers.times_us) if len(times)]
    if not times_us:
        return b""
    start_us = min(int(times[0]) for times in times_us)
    span_us = max(int(times[-1]) for times in times_us) - start_us
    if span_us > _LONGEST_SPAN_US:
        middle_us = start_us + span_us // 2
        n, k = (int(np.searchsorted(t, middle_us, "right")) for t in (events.t, triggers.times_us))
        fields = [getattr(events, name) for name in "txyp"]
        return evt2_bytes(
            Events(*(field[:n] for field in fields)), triggers.part(0, k)
        ) + evt2_bytes(Events(*(field[n:] for field in fields)), triggers.part(k, len(triggers)))
    n_most = MAX_WORDS_PER_EVENT * (len(events) + len(triggers)) + (span_us >> PAUSE_BITS) + 2
    words, state = np.empty(n_most, "<u4"), initial_encoder_state()
    n = begin = 0
    # A trigger comes after the events of its time.
    places = np.searchsorted(events.t, triggers.times_us, side="right").tolist()
    for number, end in enumerate((*places, len(events))):
        t, x, y, p = (getattr(events, name)[begin:end] for name in "txyp")
        n += encode_evt2(t, x, y, p, 0, state, words[n:])
        begin = end
        if number < len(triggers):
            edge = triggers.part(number, number + 1)
            n += encode_triggers_evt2(
                edge.times_us, edge.channels, edge.is_rising, state, words[n:]
            )
    return words[:n].tobytes()


def _one_line(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:200]
