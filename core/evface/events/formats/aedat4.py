"""AEDAT4 files of iniVation's cameras: events, pictures and triggers.

References
----------
"AEDAT file formats", docs.inivation.com, and the FlatBuffers schemas of dv-processing. An event is
16 bytes: time in us (8), column (2), row (2), on (1) and three unused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from evface.events.decoding import Decoder, FrameIndex, Piece
from evface.events.formats.aedat4_packets import (
    EVENTS,
    FRAME,
    IMU,
    TRIGGERS,
    Packet,
    PacketFile,
)
from evface.events.formats.flat_table import FlatTable
from evface.events.triggers import Triggers

_EVENT = np.dtype(
    {
        "names": ["t", "x", "y", "on"],
        "formats": ["<i8", "<i2", "<i2", "u1"],
        "offsets": [0, 8, 10, 12],
        "itemsize": 16,
    }
)
# Enough of a picture to hold all that is said of it before its pixels.
_FRAME_HEAD_BYTES = 4096
_MAX_SIDE = 4096
_GRAY, _COLOUR, _COLOUR_ALPHA = 0, 16, 24
CHANNELS = {_GRAY: 1, _COLOUR: 3, _COLOUR_ALPHA: 4}
# Edges of the external input; the rest are marks of the camera's own.
_RISING, _FALLING = 1, 2
_MAX_TRIGGERS = 1 << 22


class Aedat4Decoder(Decoder):
    """Decodes the first stream of events, and finds pictures and triggers.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    EventFileError
        If its head cannot be read.
    """

    format = "AEDAT4"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._packets = PacketFile(self.path)
        description = self._packets.description
        self.metadata = {"compression": self._packets.compression}
        if source := re.search(r'key="source"[^>]*>([^<]{1,100})<', description):
            self.metadata["camera"] = source[1]
        self.resolution = _stated_size(description)
        self._stream: int | None = None
        self._other_streams: set[int] = set()
        self._frame_stream: int | None = None
        self._frame_size: tuple[int, int] | None = None
        self._frames: list[tuple[int, int]] = []
        self._n_other_frames = 0
        self._triggers: list[tuple[int, int]] = []

    def pieces(self) -> Iterator[Piece]:
        """Decode the file."""
        packets = self._packets
        n_bytes = max(packets.end, 1)
        with self.path.open("rb") as file:
            for packet in packets.packets(file):
                piece = self._take(file, packet, packet.at / n_bytes)
                if piece is not None:
                    yield piece
                if packet.is_cut:
                    self.n_cut_bytes = packet.n_bytes
        self.n_damaged += packets.n_skipped
        if not packets.has_table and not self.n_cut_bytes:
            self.warnings.append("the file has no table of its packets: it was not closed")
        if self._other_streams:
            n = len(self._other_streams)
            self.warnings.append(
                f"{n} more stream{'s' if n > 1 else ''} of events {'are' if n > 1 else 'is'} "
                "left out"
            )
        if self._n_other_frames:
            self.warnings.append(
                f"{self._n_other_frames:,} pictures of another kind or size are left out"
            )

    def triggers(self) -> Triggers:
        """Return the edges of the external input."""
        table = np.array(sorted(self._triggers), np.int64).reshape(-1, 2)
        return Triggers(table[:, 0].copy(), np.zeros(len(table), np.uint8), table[:, 1] == _RISING)

    def frames(self) -> FrameIndex | None:
        """Return where the pictures lie."""
        if not self._frames or self._frame_size is None:
            return None
        table = np.array(sorted(self._frames), np.int64)
        # Two pictures cannot begin at one time.
        table = table[np.diff(table[:, 0], prepend=table[0, 0] - 1) > 0]
        return FrameIndex(table[:, 0].copy(), table[:, 1].copy(), self._frame_size)

    def _take(self, file: IO[bytes], packet: Packet, fraction: float) -> Piece | None:
        if packet.stream == self._stream:
            # What is known to be events is unpacked once and whole.
            try:
                return self._take_events(file, packet, fraction)
            except ValueError:
                self.n_damaged += not packet.is_cut
                return None
        head = self._packets.unpack(file, packet, _FRAME_HEAD_BYTES)
        kind = head[8:12]
        try:
            if kind == EVENTS:
                return self._take_events(file, packet, fraction)
            if kind == FRAME and not packet.is_cut:
                self._take_frame(head, packet)
            elif kind == TRIGGERS:
                self._take_triggers(self._packets.unpack(file, packet))
            elif kind == IMU:
                self.n_motion += 1
            elif len(head) < 12 and not packet.is_cut:
                self.n_damaged += 1
        except ValueError:
            self.n_damaged += not packet.is_cut
        return None

    def _take_events(self, file: IO[bytes], packet: Packet, fraction: float) -> Piece | None:
        if self._stream is None:
            self._stream = packet.stream
        if packet.stream != self._stream:
            self._other_streams.add(packet.stream)
            return None
        data = self._packets.unpack(file, packet)
        if data[8:12] != EVENTS:
            raise ValueError("not events")
        first, n = FlatTable.root(data).vector(0)
        n_whole = max(min(n, (len(data) - first) // _EVENT.itemsize), 0)
        if n_whole < n and not packet.is_cut:
            self.n_damaged += 1
        if not n_whole:
            return None
        table = np.frombuffer(data, _EVENT, n_whole, first)
        is_sound = table["on"] <= 1
        if not is_sound.all():
            self.n_damaged += int(np.sum(~is_sound))
            table = table[is_sound]
        return Piece(
            table["t"].astype(np.int64),
            table["x"].astype(np.int32),
            table["y"].astype(np.int32),
            table["on"] > 0,
            fraction,
        )

    def _take_frame(self, head: bytes, packet: Packet) -> None:
        frame = FrameHead.parse(head)
        if self._frame_stream is None:
            self._frame_stream, self._frame_size = packet.stream, frame.resolution
        if packet.stream != self._frame_stream or frame.resolution != self._frame_size:
            self._n_other_frames += 1
            return
        self._frames.append((frame.time_us, packet.at))

    def _take_triggers(self, data: bytes) -> None:
        table = FlatTable.root(data)
        at, n = table.vector(0)
        for k in range(min(n, (len(data) - at) // 4)):
            trigger = table.table_at(at + 4 * k)
            kind = trigger.number(1, "<b")
            if kind in (_RISING, _FALLING) and len(self._triggers) < _MAX_TRIGGERS:
                self._triggers.append((trigger.number(0, "<q"), kind))


class FrameHead:
    """What a picture says of itself: its time, size, kind, and where its pixels lie."""

    def __init__(
        self, time_us: int, resolution: tuple[int, int], n_channels: int, pixels: tuple[int, int]
    ) -> None:
        self.time_us = time_us
        self.resolution = resolution
        self.n_channels = n_channels
        self.pixels = pixels

    @classmethod
    def parse(cls, data: bytes) -> FrameHead:
        """Read a picture's buffer, of which the pixels may be missing.

        Raises
        ------
        ValueError
            If it is damaged or of a kind that is not known.
        """
        table = FlatTable.root(data)
        begin_us, end_us = table.number(3, "<q"), table.number(4, "<q")
        # The middle of the exposure, where it is stated.
        time_us = (begin_us + end_us) // 2 if begin_us > 0 and end_us > 0 else table.number(0, "<q")
        kind = table.number(5, "<b")
        width, height = table.number(6, "<h"), table.number(7, "<h")
        at, n = table.vector(10)
        if kind not in CHANNELS or not 0 < width <= _MAX_SIDE or not 0 < height <= _MAX_SIDE:
            raise ValueError("a picture of an impossible kind or size")
        if n != width * height * CHANNELS[kind]:
            raise ValueError("a picture whose pixels are not as many as its size says")
        if abs(time_us) > 1 << 61:
            raise ValueError("a picture of an impossible time")
        return cls(time_us, (width, height), CHANNELS[kind], (at, n))


def read_frame(packets: PacketFile, file: IO[bytes], place: int) -> NDArray[np.uint8]:
    """Return the picture whose packet begins at a place.

    Returns
    -------
    (height, width) or (height, width, channels) uint8
        Colours as BGR, with alpha where there are four.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    data = packets.unpack(file, packets.packet_at(file, place))
    frame = FrameHead.parse(data)
    at, n = frame.pixels
    pixels = np.frombuffer(data, np.uint8, n, at)
    width, height = frame.resolution
    if frame.n_channels == 1:
        return pixels.reshape(height, width)
    return pixels.reshape(height, width, frame.n_channels)


def _stated_size(description: str) -> tuple[int, int] | None:
    """Return the size of the first stream of events as the description in XML states it."""
    begin = description.find(">EVTS<")
    stated = description[max(begin, 0) :]
    sides = []
    for name in ("sizeX", "sizeY"):
        found = re.search(rf'key="{name}"[^>]*>\s*(\d{{1,5}})\s*<', stated)
        if found is None:
            return None
        sides.append(int(found[1]))
    width, height = sides
    return (width, height) if 0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE else None
