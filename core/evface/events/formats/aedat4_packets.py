"""The packets of AEDAT4 files, found and unpacked however the file is damaged.

References
----------
"AEDAT file formats", docs.inivation.com, and the FlatBuffers schemas of dv-processing: a line, a
header with the compression and a description in XML, then packets of a stream's number, a size and
a compressed buffer whose first bytes name its kind; at the end a table of all packets, which files
lack that were cut off. It is not needed here, since every packet says how long it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import lz4.frame
import zstandard

from evface.errors import EventFileError
from evface.events.formats.flat_table import FlatTable

EVENTS, FRAME, IMU, TRIGGERS = b"EVTS", b"FRME", b"IMUS", b"TRIG"
_LINE = b"#!AER-DAT4.0\r\n"
_NONE, _LZ4, _LZ4_HIGH, _ZSTD, _ZSTD_HIGH = range(5)
_MAGIC = {_LZ4: b"\x04\x22\x4d\x18", _LZ4_HIGH: b"\x04\x22\x4d\x18"}
_MAGIC |= dict.fromkeys((_ZSTD, _ZSTD_HIGH), b"\x28\xb5\x2f\xfd")
_PACKET = struct.Struct("<ii")
_MAX_HEADER = 16 << 20
# Cameras write packets of 10 ms; much larger ones are damage or no recording.
_MAX_PACKET = 128 << 20
_MAX_UNPACKED = 128 << 20
_SEARCH_BYTES = 1 << 20
_STEP_BYTES = 1 << 20
_UNPACKING = (RuntimeError, ValueError, EOFError, MemoryError, zstandard.ZstdError)


@dataclass(frozen=True)
class Packet:
    """A packet as it lies in the file.

    Parameters
    ----------
    at
        Where its header begins.
    stream
        Number of the stream that it belongs to.
    n_bytes
        Of what follows its header.
    is_cut
        Whether the file ends before it does.
    """

    at: int
    stream: int
    n_bytes: int
    is_cut: bool


class PacketFile:
    """An AEDAT4 file.

    Parameters
    ----------
    path
        The file. Opened for reading only, each time packets are gone through.

    Raises
    ------
    EventFileError
        If its head cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.n_skipped = 0
        try:
            with self.path.open("rb") as file:
                self._n_bytes = self.path.stat().st_size
                head = file.read(len(_LINE) + 4)
                size = int.from_bytes(head[len(_LINE) :], "little")
                if not 0 < size <= _MAX_HEADER:
                    raise ValueError("impossible size")
                self.first = len(head) + size
                table = FlatTable.root(head[len(_LINE) :] + file.read(size))
                self._compression = table.number(0, "<i")
                end = table.number(1, "<q", -1)
                self.description = table.text(2)
        except ValueError as error:
            raise EventFileError(
                self.path, "is AEDAT4 whose header is damaged; copy it again"
            ) from error
        if self._compression not in range(5):
            raise EventFileError(
                self.path, f"is AEDAT4 with an unknown compression ({self._compression})"
            )
        # A file without its table was not closed.
        self.has_table = self.first <= end <= self._n_bytes
        self.end = end if self.has_table else self._n_bytes

    @property
    def compression(self) -> str:
        """Name of the compression."""
        return ("none", "LZ4", "LZ4", "Zstandard", "Zstandard")[self._compression]

    def packets(self, file: IO[bytes]) -> Iterator[Packet]:
        """Go through the packets, and look for the next one after damage."""
        at = self.first
        while at + _PACKET.size < self.end:
            file.seek(at)
            head = file.read(_PACKET.size + 12)
            if self._may_be_packet(head):
                stream, size = _PACKET.unpack_from(head)
                is_cut = at + _PACKET.size + size > self.end
                # A size that leads beyond the end is either the cut or damage: see what follows.
                later = self._search(file, at + _PACKET.size) if is_cut else None
                if later is None:
                    n_bytes = min(size, self.end - at - _PACKET.size)
                    yield Packet(at, stream, n_bytes, is_cut)
                    at += _PACKET.size + size
                    continue
                yield Packet(at, stream, later - at - _PACKET.size, is_cut=False)
                at = later
                continue
            self.n_skipped += 1
            later = self._search(file, at + 1)
            if later is None:
                return
            at = later

    def packet_at(self, file: IO[bytes], at: int) -> Packet:
        """Return the packet at a place where there is one; raises a ValueError where not."""
        file.seek(at)
        head = file.read(_PACKET.size + 12)
        if not self._may_be_packet(head):
            raise ValueError("no packet where one was")
        stream, size = _PACKET.unpack_from(head)
        return Packet(at, stream, min(size, self.end - at - _PACKET.size), is_cut=False)

    def unpack(self, file: IO[bytes], packet: Packet, most: int = _MAX_UNPACKED) -> bytes:
        """Return what a packet holds, as far as it can be unpacked and up to about `most` bytes."""
        file.seek(packet.at + _PACKET.size)
        if self._compression == _NONE:
            return file.read(min(packet.n_bytes, most))
        unpacker: Any
        if self._compression in (_LZ4, _LZ4_HIGH):
            unpacker = lz4.frame.LZ4FrameDecompressor()
        else:
            unpacker = zstandard.ZstdDecompressor(max_window_size=_MAX_UNPACKED)
        parts, n_left = [], packet.n_bytes
        try:
            if self._compression in (_LZ4, _LZ4_HIGH):
                n_done = 0
                while n_left and n_done < most and not unpacker.eof:
                    data = file.read(min(n_left, _STEP_BYTES))
                    n_left -= len(data)
                    part = unpacker.decompress(data, max_length=most - n_done)
                    parts.append(part)
                    n_done += len(part)
            else:
                reader = unpacker.stream_reader(
                    _Limited(file, n_left), read_size=_STEP_BYTES, closefd=False
                )
                n_done = 0
                while n_done < most and (part := reader.read(min(_STEP_BYTES, most - n_done))):
                    parts.append(part)
                    n_done += len(part)
        # What was unpacked before the damage is sound.
        except _UNPACKING:
            pass
        return b"".join(parts)

    def _may_be_packet(self, head: bytes) -> bool:
        if len(head) < _PACKET.size + 4:
            return False
        stream, size = _PACKET.unpack_from(head)
        if not 0 <= stream < 1024 or not 0 < size <= _MAX_PACKET:
            return False
        magic = _MAGIC.get(self._compression)
        if magic is not None:
            return head[_PACKET.size :].startswith(magic)
        return _KIND.fullmatch(head[_PACKET.size + 8 :]) is not None

    def _search(self, file: IO[bytes], at: int) -> int | None:
        """Return where the next packet begins at or after `at`; None where there is none."""
        magic = _MAGIC.get(self._compression)
        pattern = re.compile(re.escape(magic)) if magic else _KIND
        before = _PACKET.size + (0 if magic else 8)
        while at < self.end:
            file.seek(at)
            data = file.read(min(_SEARCH_BYTES, self.end - at))
            for match in pattern.finditer(data):
                start = match.start() - before
                if start >= 0 and self._may_be_packet(data[start : start + _PACKET.size + 12]):
                    return at + start
            # The pattern may lie across two pieces.
            at += max(len(data) - before - 4, 1)
        return None


class _Limited:
    """The next bytes of a file and no more."""

    def __init__(self, file: IO[bytes], n_bytes: int) -> None:
        self._file = file
        self._n_left = n_bytes

    def read(self, n: int) -> bytes:
        data = self._file.read(min(n, self._n_left))
        self._n_left -= len(data)
        return data


_KIND = re.compile(rb"EVTS|FRME|IMUS|TRIG|[A-Z][A-Z0-9]{3}")
