r"""How events go over the network: messages of stated length over TCP.

All numbers are little-endian. The client speaks first, with 8 bytes and nothing after them::

    "evface1\n"

The server answers with the same 8 bytes and then sends messages until one side closes. A message is

====== ====== =========================================
bytes  what
====== ====== =========================================
4      length length of the body, up to `MAX_BODY`
1      kind   what the body is: a letter
length body
====== ====== =========================================

Kinds
-----
``H``
    Comes first and once. The body is a JSON object in UTF-8, ``{"name", "serial", "encoding",
    "resolution": [width, height], "is_simulated"}``, then a byte 0, then the header that a RAW file
    of the stream must begin with.
``R``
    Bytes of the camera: 8 bytes that count what was lost since the message ``R`` before it, in
    packets, then whole words of the encoding. What a slow reader loses is whole messages.
``K``
    Nothing, with an empty body: sent every second in which nothing else is, so that who reads sees
    that the server lives.
``E``
    The end: why, in words for people. The server closes after it.

A client takes any other kind, a longer body, or another order for the end of the stream.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass

from evface.cameras.packet_bytes import MOST_PIXELS
from evface.events.formats.raw_index import ENCODINGS

HELLO = b"evface1\n"
MAX_BODY = 1 << 20
HEAD = struct.Struct("<IB")
_LOST = struct.Struct("<Q")
HEADER, RAW, ALIVE, END = (ord(kind) for kind in "HRKE")
_KINDS = (HEADER, RAW, ALIVE, END)
DEFAULT_PORT = 7836
ALIVE_EVERY_S = 1.0


class StreamFormatError(ValueError):
    """What came is no stream of this protocol."""


@dataclass(frozen=True)
class StreamHeader:
    """What a stream is of.

    Parameters
    ----------
    name, serial
        Of the camera.
    encoding
        A key of `ENCODINGS`.
    resolution
        Sensor ``(width, height)``, px.
    is_simulated
        As in `CameraInfo`.
    raw_header
        What a RAW file of the stream must begin with.
    """

    name: str
    serial: str
    encoding: str
    resolution: tuple[int, int]
    is_simulated: bool
    raw_header: bytes

    def to_body(self) -> bytes:
        """Return the body of the message ``H``."""
        stated = {
            "name": self.name,
            "serial": self.serial,
            "encoding": self.encoding,
            "resolution": list(self.resolution),
            "is_simulated": self.is_simulated,
        }
        return json.dumps(stated).encode() + b"\0" + self.raw_header

    @classmethod
    def from_body(cls, body: bytes) -> StreamHeader:
        """Take the body of a message ``H`` apart.

        Raises
        ------
        StreamFormatError
            If it does not make sense.
        """
        text, _, raw_header = body.partition(b"\0")
        try:
            stated = json.loads(text)
            width, height = (int(size) for size in stated["resolution"])
            header = cls(
                _plain(stated["name"]),
                _plain(stated["serial"]),
                str(stated["encoding"]),
                (width, height),
                bool(stated["is_simulated"]),
                raw_header,
            )
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise StreamFormatError(f"its header makes no sense ({error})") from error
        if header.encoding not in ENCODINGS:
            raise StreamFormatError(f"its encoding {header.encoding[:20]!r} is not known")
        if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
            raise StreamFormatError(f"its sensor of {width} x {height} makes no sense")
        return header


def message(kind: int, *parts: bytes) -> bytes:
    """Return a message with a body of some parts."""
    return b"".join((HEAD.pack(sum(map(len, parts)), kind), *parts))


def raw_message(n_lost: int, raw: bytes) -> bytes:
    """Return a message ``R``."""
    return message(RAW, _LOST.pack(n_lost), raw)


def parse_raw(body: bytes) -> tuple[int, bytes]:
    """Take the body of a message ``R`` apart: what was lost before it, and its words."""
    if len(body) < _LOST.size:
        raise StreamFormatError("a message is too short")
    return _LOST.unpack_from(body)[0], body[_LOST.size :]


class MessageReader:
    """Takes the bytes of a stream apart, wherever they are cut. Its memory is bounded."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._is_greeted = False
        self._has_header = False

    @property
    def n_bytes_wanted(self) -> int:
        """How many more bytes may be fed at once."""
        return MAX_BODY + HEAD.size - len(self._buffer)

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return the messages that are whole now, as kind and body.

        Raises
        ------
        StreamFormatError
            If this is no stream of the protocol. Nothing more can be fed then.
        """
        self._buffer += data
        if not self._is_greeted:
            if not HELLO.startswith(self._buffer[: len(HELLO)]):
                raise StreamFormatError("it is no stream of evface")
            if len(self._buffer) < len(HELLO):
                return []
            del self._buffer[: len(HELLO)]
            self._is_greeted = True
        messages: list[tuple[int, bytes]] = []
        at = 0
        while len(self._buffer) - at >= HEAD.size:
            length, kind = HEAD.unpack_from(self._buffer, at)
            self._check(length, kind)
            end = at + HEAD.size + length
            if len(self._buffer) < end:
                break
            messages.append((kind, bytes(self._buffer[at + HEAD.size : end])))
            self._has_header = True
            at = end
        del self._buffer[:at]
        return messages

    def _check(self, length: int, kind: int) -> None:
        if length > MAX_BODY or kind not in _KINDS:
            raise StreamFormatError("it sends what is no message")
        if (kind == HEADER) == self._has_header and kind != END:
            raise StreamFormatError("its messages are out of order")


def _plain(text: object) -> str:
    return "".join(c for c in str(text) if c.isprintable())[:200]
