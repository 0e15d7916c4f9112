"""A camera that another computer serves."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import replace

from evface.cameras.base import (
    CameraHealth,
    CameraInfo,
    CameraKind,
    Packet,
)
from evface.cameras.nothing_to_set import NothingToSet
from evface.cameras.raw_stream import RawStream
from evface.cameras.stream_address import host_and_port, parse_address
from evface.cameras.stream_protocol import (
    ALIVE_EVERY_S,
    DEFAULT_PORT,
    END,
    HEADER,
    HELLO,
    RAW,
    MessageReader,
    StreamFormatError,
    StreamHeader,
    parse_raw,
)
from evface.cameras.tally import Tally
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events
from evface.events.triggers import Triggers

_CONNECTS_WITHIN_S = 3.0
# The server may be opening its camera meanwhile.
_ANSWERS_WITHIN_S = 15.0
# Waiting is cut into turns, so that closing ends it.
_TURN_S = 0.1
# What the system keeps of a stream that is read too slowly: the server drops the rest.
_KEPT_BYTES = 1 << 20


class StreamCamera(NothingToSet):
    """A network stream as a camera; see `Camera` and `evface.cameras.stream_protocol`.

    Parameters
    ----------
    host, port
        Where it is served.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        name = host_and_port(host, port)
        self._info = CameraInfo(f"tcp://{name}", name, CameraKind.STREAM)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        self._reader = MessageReader()
        self._pending: list[tuple[int, bytes]] = []
        self._header: StreamHeader | None = None
        self._stream: RawStream | None = None
        self._tally = Tally()

    @classmethod
    def at(cls, address: str) -> StreamCamera:
        """Return the camera at an address such as ``"tcp://192.168.1.20:7836"``.

        Raises
        ------
        CameraError
            If it is no address.
        """
        return cls(*parse_address(address, "tcp", DEFAULT_PORT))

    @property
    def info(self) -> CameraInfo:
        """Which camera it is; once it is open as its server says."""
        return self._info

    @property
    def raw_header(self) -> bytes | None:
        """The header of a RAW file of the stream."""
        return None if self._header is None else self._header.raw_header

    def open(self) -> None:
        """Connect, and wait for what the stream is of."""
        self.close()
        self._closed.clear()
        try:
            connection = socket.create_connection(self._address, _CONNECTS_WITHIN_S)
        except OSError as error:
            raise CameraError(self._info.key, _no_connection(error)) from error
        try:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KEPT_BYTES)
            connection.sendall(HELLO)
            header = self._await_header(connection)
        except (CameraError, OSError) as error:
            connection.close()
            if isinstance(error, CameraError):
                raise
            raise CameraError(self._info.key, _no_connection(error)) from error
        with self._lock:
            if self._closed.is_set():
                connection.close()
                raise CameraError(self._info.key, "was closed; open it again")
            self._header = header
            self._info = replace(
                self._info,
                name=f"{header.name} at {self._address[0]}",
                serial=header.serial,
                resolution=header.resolution,
                is_simulated=header.is_simulated,
            )
            self._stream = RawStream(header.encoding, header.resolution)
            self._tally, self._heard_s = Tally(), time.monotonic()
            self._socket = connection

    def read(self, timeout_s: float) -> Packet | None:
        """Return what came; see `Camera.read`."""
        deadline_s = time.monotonic() + timeout_s
        while not self._closed.is_set():
            with self._lock:
                if self._socket is None or self._stream is None:
                    return None
                try:
                    packet = self._take(self._socket, self._stream, deadline_s)
                except (StreamFormatError, OSError) as error:
                    problem = (
                        f"{error}; check what is served there"
                        if isinstance(error, StreamFormatError)
                        else "broke off; check the network, and that evface serve still runs there"
                    )
                    raise CameraLostError(self._info.name, problem) from error
            if packet is not None:
                return packet
            if time.monotonic() >= deadline_s:
                return None
        return None

    def health(self) -> CameraHealth:
        """Return how it is doing; what was dropped counts the server's packets."""
        stream = self._stream
        return self._tally.health(
            n_damaged=0 if stream is None else stream.n_damaged,
            n_outside=0 if stream is None else stream.n_outside,
        )

    def close(self) -> None:
        """Disconnect."""
        self._closed.set()
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = None
            self._reader, self._pending = MessageReader(), []

    def _await_header(self, connection: socket.socket) -> StreamHeader:
        deadline_s = time.monotonic() + _ANSWERS_WITHIN_S
        try:
            while not self._pending:
                left_s = deadline_s - time.monotonic()
                if left_s <= 0 or self._closed.is_set():
                    raise TimeoutError
                connection.settimeout(min(left_s, _TURN_S))
                with contextlib.suppress(TimeoutError):
                    self._pending = self._reader.feed(self._received(connection))
            kind, body = self._pending.pop(0)
            if kind != HEADER:
                raise CameraError(self._info.key, _said(body))
            return StreamHeader.from_body(body)
        except StreamFormatError as error:
            raise CameraError(self._info.key, f"{error}; check the address") from error

    def _take(
        self, connection: socket.socket, stream: RawStream, deadline_s: float
    ) -> Packet | None:
        """Return what there is; wait for it a turn at most."""
        now_s = time.monotonic()
        if not self._pending:
            connection.settimeout(min(max(deadline_s - now_s, 0.001), _TURN_S))
            try:
                self._pending = self._reader.feed(self._received(connection))
                self._heard_s = time.monotonic()
            except TimeoutError:
                if now_s - self._heard_s > 3 * ALIVE_EVERY_S:
                    raise CameraLostError(
                        self._info.name,
                        "says nothing any more; check the network and the computer that serves it",
                    ) from None
                return None
        messages, self._pending = self._pending, []
        packet = self._decode(stream, [body for kind, body in messages if kind == RAW])
        ended = next((body for kind, body in messages if kind == END), None)
        if ended is not None:
            if packet is not None:
                # What came before the end is handed out first.
                self._pending = [(END, ended)]
                return packet
            raise CameraLostError(self._info.name, _said(ended))
        return packet

    def _decode(self, stream: RawStream, bodies: list[bytes]) -> Packet | None:
        events: list[Events] = []
        triggers: Triggers | None = None
        raw: list[bytes] = []
        n_dropped = 0
        for body in bodies:
            n_lost, words = parse_raw(body)
            if n_lost:
                n_dropped += n_lost
                stream.note_gap()
            some, edges, whole = stream.feed(words)
            events.append(some)
            raw.append(whole)
            if edges is not None:
                triggers = edges if triggers is None else triggers.followed_by(edges)
        if not bodies:
            return None
        if stream.n_restarts:
            raise StreamFormatError("its clock jumped back")
        packet = Packet(
            Events.concatenate(events), triggers, b"".join(raw), time.monotonic(), n_dropped
        )
        self._tally.add(len(packet.events), sum(map(len, raw)), n_dropped)
        return packet

    def _received(self, connection: socket.socket) -> bytes:
        data = connection.recv(min(self._reader.n_bytes_wanted, _KEPT_BYTES))
        if not data:
            raise ConnectionResetError("closed")
        return data


def _said(body: bytes) -> str:
    """Return what a server says at the end, as a line of reasonable length."""
    text = "".join(c for c in body.decode("utf-8", "replace") if c.isprintable())[:200]
    return text or "ended"


def _no_connection(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer; check the address, the network and that evface serve runs there"
    if isinstance(error, ConnectionRefusedError):
        return "nothing is served there; run evface serve on that computer, and check the port"
    if isinstance(error, socket.gaierror):
        return "there is no computer of that name; check the address"
    if isinstance(error, ConnectionError):
        return (
            "closed the connection; check that its evface serve runs and was told to serve this "
            "computer with --allow"
        )
    return f"cannot be reached ({error.strerror or error}); check the network"
