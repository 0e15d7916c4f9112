"""Serves a camera to other computers; see `evface.cameras.stream_protocol`."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evface.cameras.base import Camera
from evface.cameras.packet_bytes import PacketBytes
from evface.cameras.served_client import ServedClient
from evface.cameras.stream_protocol import StreamHeader
from evface.errors import CameraError, CameraLostError
from evface.events.formats.raw_header import parse_raw_header

_log = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
_MOST_CLIENTS = 8
# Connections that the system keeps until they are let in or refused, and that are so at once.
_BACKLOG = 128
_OPENING = "the camera is being opened"
_TURN_S = 0.1
_TRIES_AGAIN_S = 0.5
# Packets are cut into messages of at most so many bytes, whole words of any encoding.
_PIECE_BYTES = 1 << 18


@dataclass(frozen=True)
class ServerState:
    """How a server is doing.

    Parameters
    ----------
    problem
        Why the camera gives nothing at the moment; empty where it does.
    n_clients
        Who is connected and was let in.
    n_refused
        Connections that were closed: from addresses that are not served, too many, or that did not
        keep to the protocol.
    n_sent_bytes, n_lost
        What went out, and what slow readers lost, in packets.
    """

    problem: str
    n_clients: int
    n_refused: int
    n_sent_bytes: int
    n_lost: int


class StreamServer:
    """Reads a camera and sends what comes to whoever is connected.

    It gives nothing, not even an answer, to addresses that it was not told to serve. Who says
    nothing, or more than the protocol has it, is disconnected; who reads too slowly loses the
    oldest. Two threads do the work.

    Parameters
    ----------
    camera
        Is opened, read and closed by the server, and opened again when it was lost.
    host, port
        Where to listen; port 0 is any that is free.
    allowed
        The networks whose computers are served.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed: Sequence[Network] = LOOPBACK,
    ) -> None:
        self._camera, self._allowed = camera, tuple(allowed)
        self._address = (host, port)
        self._lock = threading.Lock()
        self._clients: dict[socket.socket, ServedClient] = {}
        self._header: StreamHeader | None = None
        self._problem = _OPENING
        self._n_refused = self._n_sent_bytes = self._n_lost = 0
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; once it is started, with the port that it got."""
        return self._address

    @property
    def state(self) -> ServerState:
        """How it is doing now."""
        with self._lock:
            clients = self._clients.values()
            return ServerState(
                self._problem,
                sum(client.is_greeted for client in clients),
                self._n_refused,
                self._n_sent_bytes + sum(client.n_sent_bytes for client in clients),
                self._n_lost + sum(client.n_lost for client in clients),
            )

    def start(self) -> None:
        """Listen, and begin to read the camera.

        Raises
        ------
        CameraError
            If it cannot listen there.
        """
        host, port = self._address
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CameraError(
                f"{host}:{port}", f"cannot be listened at ({reason}); choose another --listen"
            ) from error
        self._address = (host, int(self._listener.getsockname()[1]))
        self._listener.setblocking(False)
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        for work in (self._serve, self._read_camera):
            thread = threading.Thread(target=work, name="stream server", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Disconnect everyone and close the camera; twice is fine."""
        self._stopped.set()
        self._camera.close()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _read_camera(self) -> None:
        while not self._stopped.is_set():
            try:
                self._camera.open()
                self._pass_on(PacketBytes(self._camera))
            except CameraError as error:
                self._lose_camera(str(error))
            except Exception as error:  # noqa: BLE001  a driver may raise anything
                _log.exception("camera %s", self._camera.info.name)
                self._lose_camera(f"{self._camera.info.name} failed: {error}")
            finally:
                self._camera.close()
            self._stopped.wait(_TRIES_AGAIN_S)

    def _pass_on(self, packet_bytes: PacketBytes) -> None:
        """Send what comes from the camera until it is lost."""
        info = self._camera.info
        if info.resolution is None:
            raise CameraLostError(info.name, "does not state its sensor; try another camera")
        encoding = parse_raw_header(packet_bytes.header).encoding
        header = StreamHeader(
            info.name, info.serial, encoding, info.resolution, info.is_simulated,
            packet_bytes.header,
        )  # fmt: skip
        with self._lock:
            self._header, self._problem = header, ""
            for client in self._clients.values():
                self._answer(client)
        while not self._stopped.is_set():
            packet = self._camera.read(_TURN_S)
            if packet is None:
                continue
            raw = packet_bytes.of(packet)
            pieces = [raw[at : at + _PIECE_BYTES] for at in range(0, len(raw), _PIECE_BYTES)]
            with self._lock:
                for client in self._clients.values():
                    for number, piece in enumerate(pieces or [b""] * bool(packet.n_dropped)):
                        client.put(piece, packet.n_dropped if number == 0 else 0)
            self._wake()

    def _lose_camera(self, problem: str) -> None:
        with self._lock:
            self._header, self._problem = None, problem
            for client in self._clients.values():
                client.end(problem)
        self._wake()

    def _wake(self) -> None:
        # Where it is full, the other thread has been woken already.
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._stopped.is_set():
                for key, events in selector.select(_TURN_S):
                    if key.fileobj is self._listener:
                        self._accept_all(selector)
                    elif key.fileobj is self._woken:
                        with contextlib.suppress(OSError):
                            self._woken.recv(4096)
                    else:
                        self._hear(key.data, events)
                self._attend_all(selector)
            with self._lock:
                for connection, client in list(self._clients.items()):
                    client.end("the server was ended")
                    client.send(time.monotonic())
                    self._drop(selector, connection)
        for endpoint in (self._listener, self._waker, self._woken):
            endpoint.close()

    def _accept_all(self, selector: selectors.BaseSelector) -> None:
        # A crowd is parted with at once, so that those who are served need not wait behind it.
        for _ in range(_BACKLOG):
            try:
                connection, address = self._listener.accept()
            except OSError:
                return  # There is no more, or whoever it was has gone.
            self._let_in(selector, connection, address)

    def _let_in(
        self, selector: selectors.BaseSelector, connection: socket.socket, address: Any
    ) -> None:
        with self._lock:
            is_welcome = self._serves(str(address[0])) and len(self._clients) < _MOST_CLIENTS
            self._n_refused += not is_welcome
        if not is_welcome:
            connection.close()
            return
        try:
            client = ServedClient(connection)
        except OSError:
            connection.close()
            return
        with self._lock:
            self._clients[connection] = client
        selector.register(connection, selectors.EVENT_READ, client)

    def _serves(self, address: str) -> bool:
        try:
            known = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
            known = known.ipv4_mapped
        return any(known in network for network in self._allowed)

    def _hear(self, client: ServedClient, events: int) -> None:
        if events & selectors.EVENT_READ:
            with self._lock:
                client.hear()
                self._answer(client)

    def _answer(self, client: ServedClient) -> None:
        """Answer who greeted; while the camera is first being opened, that waits."""
        if not client.is_greeted or client.is_answered:
            return
        if self._header is not None:
            client.answer(self._header)
        elif self._problem != _OPENING:
            client.end(self._problem)

    def _attend_all(self, selector: selectors.BaseSelector) -> None:
        """Send what there is to everyone, and part with who does not keep to the protocol."""
        with self._lock:
            for connection, client in list(self._clients.items()):
                client.send(time.monotonic())
                if client.is_finished:
                    self._n_refused += client.is_rude
                    self._drop(selector, connection)
                    continue
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE * client.is_waiting)
                if selector.get_key(connection).events != wanted:
                    selector.modify(connection, wanted, client)

    def _drop(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        client = self._clients.pop(connection)
        self._n_sent_bytes += client.n_sent_bytes
        self._n_lost += client.n_lost
        selector.unregister(connection)
        connection.close()
