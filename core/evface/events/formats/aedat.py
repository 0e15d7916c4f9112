"""AEDAT files of versions 2.0 (jAER) and 3.1 (cAER): polarity events, triggers, and APS pictures.

Pictures are read from 3.1 only: in 2.0 a picture is a stream of single samples of a rolling
read-out that only jAER puts together.

References
----------
"AEDAT file formats", docs.inivation.com, and the address masks of jAER's chip classes. In 2.0 an
event is eight bytes, big-endian: an address, laid out as the camera does, and the time in us. Rows
are counted from below, and columns of these cameras from the right. In 3.1 packets of 28 bytes and
their events are little-endian, and the origin is the top left.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from evface.events.decoding import Decoder, FrameIndex, Piece
from evface.events.triggers import Triggers

_HEAD_BYTES = 1 << 16
_PIECE_EVENTS = 1 << 18
_MAX_TRIGGERS = 1 << 22
_SENSORS = {
    "DVS128": (128, 128),
    "EDVS": (128, 128),
    "DAVIS128": (128, 128),
    "DAVIS208": (208, 192),
    "DAVIS240": (240, 180),
    "DAVIS346": (346, 260),
    "DAVIS640": (640, 480),
    "DVS132": (132, 104),
    "SBRET10": (240, 180),
}
# Counters of 32 bits, of which 3.1 uses 31.
_WRAP_US = 1 << 32
_PACKET = struct.Struct("<hhiiiiii")
_FRAME = struct.Struct("<I8i")
_SPECIAL, _POLARITY, _FRAMES = 0, 1, 2
_IMU6, _IMU9 = 3, 4
_RISING, _FALLING = 2, 3
# More than any camera puts in one packet.
_MAX_PACKET = 64 << 20
_MAX_TYPE = 64
_SEARCH_BYTES = 1 << 20


def make_aedat_decoder(path: Path) -> Decoder:
    """Return the decoder for a file's version.

    Raises
    ------
    EventFileError
        If its version is another one.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(b"#!AER-DAT3.1"):
        return Aedat31Decoder(path, head)
    if head.startswith(b"#!AER-DAT2.0"):
        return Aedat2Decoder(path, head)
    decoder = Aedat2Decoder(path, head)
    version = head[9:12].decode("ascii", errors="replace")
    raise decoder.fail(f"is AEDAT {version}; versions 2.0, 3.1 and 4 can be read")


class _AedatDecoder(Decoder):
    def __init__(self, path: Path, head: bytes) -> None:
        super().__init__(path)
        self._trigger_rows: list[tuple[int, bool]] = []
        self._first = 0
        lines = []
        # Comments may end with either end of line; what follows them are events.
        while head[self._first : self._first + 1] == b"#":
            end = head.find(b"\n", self._first)
            if end < 0:
                break
            line = head[self._first : end].decode("latin-1").strip()
            self._first = end + 1
            lines.append(line)
            if "END-HEADER" in line:
                break
        text = "\n".join(lines).upper()
        self._camera = next((name for name in _SENSORS if name in text), "")
        if self._camera:
            self.resolution = _SENSORS[self._camera]
            self.metadata = {"camera": self._camera}

    def triggers(self) -> Triggers:
        """Return the edges of the external input."""
        rows = np.array(sorted(self._trigger_rows), np.int64).reshape(-1, 2)
        return Triggers(rows[:, 0].copy(), np.zeros(len(rows), np.uint8), rows[:, 1] > 0)

    def _add_triggers(self, t: NDArray[np.int64], is_rising: NDArray[np.bool_]) -> None:
        room = _MAX_TRIGGERS - len(self._trigger_rows)
        self._trigger_rows += zip(t[:room].tolist(), is_rising[:room].tolist(), strict=True)


class Aedat2Decoder(_AedatDecoder):
    """Decodes AEDAT 2.0 of DVS128 and DAVIS cameras.

    Parameters
    ----------
    path
        The file.
    head
        Its first bytes.
    """

    format = "AEDAT 2.0"

    def pieces(self) -> Iterator[Piece]:
        """Decode the file."""
        is_davis = self._camera not in ("DVS128", "EDVS")
        if not self._camera:
            self.resolution = (346, 260)
            self.warnings.append("the file does not name its camera; a DAVIS346 is assumed")
        width, height = self.resolution or (346, 260)
        n_bytes = max(self.path.stat().st_size, 1)
        last, n_others, at = 0, 0, self._first
        with self.path.open("rb") as file:
            file.seek(at)
            while data := file.read(8 * _PIECE_EVENTS):
                at += len(data)
                self.n_cut_bytes = len(data) % 8
                words = np.frombuffer(data[: len(data) - self.n_cut_bytes], ">u4").reshape(-1, 2)
                if not len(words):
                    break
                address, stated = words[:, 0].astype(np.uint32), words[:, 1].astype(np.int64)
                is_wrap = np.diff(stated, prepend=last) < -_WRAP_US // 2
                t = stated + _WRAP_US * (self.n_wraps + np.cumsum(is_wrap))
                self.n_wraps += int(is_wrap.sum())
                last = int(stated[-1])
                if is_davis:
                    is_event = address >> 31 == 0
                    is_external = is_event & (address & 0x400 != 0)
                    self._add_triggers(
                        t[is_external & (address & 3 > 1)],
                        address[is_external & (address & 3 > 1)] & 1 > 0,
                    )
                    is_event &= ~is_external
                    n_others -= int(is_external.sum())
                    x, y = (address >> 12) & 0x3FF, (address >> 22) & 0x1FF
                    p = address & 0x800 != 0
                else:
                    is_event = address & 0xFFFF8000 == 0
                    x, y = (address >> 1) & 0x7F, (address >> 8) & 0x7F
                    p = address & 1 == 0
                n_others += int(np.sum(~is_event))
                yield Piece(
                    t[is_event],
                    width - 1 - x[is_event].astype(np.int32),
                    height - 1 - y[is_event].astype(np.int32),
                    p[is_event],
                    at / n_bytes,
                )
        if n_others:
            self.warnings.append(
                f"{n_others:,} samples of pictures, motion and the like are left out"
            )


class Aedat31Decoder(_AedatDecoder):
    """Decodes AEDAT 3.1.

    Parameters
    ----------
    path
        The file.
    head
        Its first bytes.
    """

    format = "AEDAT 3.1"

    def __init__(self, path: Path, head: bytes) -> None:
        super().__init__(path, head)
        self._frames: list[tuple[int, int]] = []
        self._frame_size: tuple[int, int] | None = None
        self._n_other_frames = 0

    def pieces(self) -> Iterator[Piece]:
        """Decode the file."""
        n_bytes = self.path.stat().st_size
        at = body = self._first
        with self.path.open("rb") as file:
            while at + _PACKET.size <= n_bytes:
                file.seek(at)
                header = _Packet.parse(file.read(_PACKET.size))
                if header is None:
                    self.n_damaged += 1
                    later = self._search(file, at + 1, n_bytes)
                    if later is None:
                        break
                    at = later
                    continue
                body = at + _PACKET.size
                at = body + header.n_bytes
                if header.kind in (_IMU6, _IMU9):
                    self.n_motion += header.n_events
                if header.kind not in (_SPECIAL, _POLARITY, _FRAMES):
                    continue
                n_there = min(header.n_bytes, n_bytes - body)
                if header.kind == _FRAMES:
                    self._take_frames(file, header, body, n_there)
                    continue
                data = file.read(n_there)
                if header.kind == _POLARITY:
                    yield self._take_events(header, data, min(at / n_bytes, 1.0))
                else:
                    self._take_special(header, data)
        # A packet that ends after the file, or half a header.
        self.n_cut_bytes = n_bytes - body if at > n_bytes else n_bytes - at
        if self._n_other_frames:
            self.warnings.append(
                f"{self._n_other_frames:,} pictures of another kind or size are left out"
            )

    def frames(self) -> FrameIndex | None:
        """Return where the pictures lie."""
        if not self._frames or self._frame_size is None:
            return None
        table = np.array(sorted(self._frames), np.int64)
        table = table[np.diff(table[:, 0], prepend=table[0, 0] - 1) > 0]
        return FrameIndex(table[:, 0].copy(), table[:, 1].copy(), self._frame_size)

    def _take_events(self, header: _Packet, data: bytes, fraction: float) -> Piece:
        words = np.frombuffer(data[: len(data) // 8 * 8], "<u4").reshape(-1, 2)
        word = words[words[:, 0] & 1 > 0]
        address = word[:, 0]
        return Piece(
            header.times_us(word[:, 1]),
            (address >> 17).astype(np.int32),
            (address >> 2 & 0x7FFF).astype(np.int32),
            address & 2 > 0,
            fraction,
        )

    def _take_special(self, header: _Packet, data: bytes) -> None:
        words = np.frombuffer(data[: len(data) // 8 * 8], "<u4").reshape(-1, 2)
        kind = words[:, 0] >> 1 & 0x7F
        chosen = (words[:, 0] & 1 > 0) & ((kind == _RISING) | (kind == _FALLING))
        self._add_triggers(header.times_us(words[chosen, 1]), kind[chosen] == _RISING)

    def _take_frames(self, file: IO[bytes], header: _Packet, body: int, n_there: int) -> None:
        for k in range(header.n_events):
            if (k + 1) * header.event_bytes > n_there:
                return
            place = body + k * header.event_bytes
            file.seek(place)
            frame = FrameHead31.parse(file.read(_FRAME.size), header.event_bytes)
            if frame is None:
                self.n_damaged += 1
                continue
            self._frame_size = self._frame_size or frame.resolution
            if frame.resolution != self._frame_size:
                self._n_other_frames += 1
                continue
            self._frames.append(((header.overflows << 31) + frame.time_us, place))

    def _search(self, file: IO[bytes], at: int, n_bytes: int) -> int | None:
        """Return where the next packet begins, with another one or the end after it."""
        while at + _PACKET.size <= n_bytes:
            file.seek(at)
            data = file.read(_SEARCH_BYTES + _PACKET.size)
            # The event's size is eight bytes for most packets; a look at the bytes finds them fast.
            for match in _PACKET_START.finditer(data):
                start = match.start()
                header = _Packet.parse(data[start : start + _PACKET.size])
                if header is None:
                    continue
                after = at + start + _PACKET.size + header.n_bytes
                file.seek(after)
                if after >= n_bytes or _Packet.parse(file.read(_PACKET.size)) is not None:
                    return at + start
            at += _SEARCH_BYTES
        return None


# Kind 0 to 4, source 0 to 15, and events of eight bytes with their time at byte four.
_PACKET_START = re.compile(rb"[\0-\4]\0[\0-\x0f]\0\x08\0\0\0\x04\0\0\0", re.DOTALL)


class _Packet:
    """The header of a packet of AEDAT 3.1."""

    def __init__(self, kind: int, event_bytes: int, overflows: int, n_events: int) -> None:
        self.kind = kind
        self.event_bytes = event_bytes
        self.overflows = overflows
        self.n_events = n_events

    @classmethod
    def parse(cls, data: bytes) -> _Packet | None:
        """Read a header; None where it cannot be one."""
        if len(data) < _PACKET.size:
            return None
        kind, _, size, offset, overflows, capacity, n_events, n_valid = _PACKET.unpack(data)
        is_sound = (
            0 <= kind < _MAX_TYPE
            and size > 0
            and 0 < offset < size
            and 0 <= overflows < 1 << 16
            and 0 <= n_valid <= n_events <= capacity
            and size * n_events <= _MAX_PACKET
            and (kind not in (_SPECIAL, _POLARITY) or size == 8)
            and (kind != _FRAMES or size > _FRAME.size)
        )
        return cls(kind, size, overflows, n_events) if is_sound else None

    @property
    def n_bytes(self) -> int:
        """Of the events after the header."""
        return self.event_bytes * self.n_events

    def times_us(self, stated: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return times of 31 bits on the file's clock."""
        return (stated & 0x7FFFFFFF).astype(np.int64) + (self.overflows << 31)


class FrameHead31:
    """What a picture of AEDAT 3.1 says of itself; its pixels follow."""

    def __init__(self, time_us: int, resolution: tuple[int, int]) -> None:
        self.time_us = time_us
        self.resolution = resolution

    @classmethod
    def parse(cls, data: bytes, n_bytes: int) -> FrameHead31 | None:
        """Read a head; None where it is no gray picture that fits in `n_bytes`."""
        if len(data) < _FRAME.size:
            return None
        info, _, _, begin_us, end_us, width, height, _, _ = _FRAME.unpack(data)
        n_channels = info >> 1 & 7
        is_sound = (
            info & 1
            and n_channels == 1
            and 0 < width <= 4096
            and 0 < height <= 4096
            and _FRAME.size + 2 * width * height <= n_bytes
            and 0 <= begin_us <= end_us
        )
        return cls((begin_us + end_us) // 2, (width, height)) if is_sound else None


def read_frame(file: IO[bytes], place: int, resolution: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the picture that begins at a place, (height, width) uint8.

    Raises
    ------
    ValueError
        If it is no longer there.
    """
    width, height = resolution
    file.seek(place + _FRAME.size)
    data = file.read(2 * width * height)
    # Of 16 bits the upper ones are shown.
    return (np.frombuffer(data, "<u2").reshape(height, width) >> 8).astype(np.uint8)
