"""The process that reads a network stream with dv-processing.

The library holds Python's lock while it connects, for as long as the other side likes: so a
watchdog that needs no lock ends the process where it hangs. What is not read the library collects
without a limit: so it is always read, and what is not taken in time is left out here.
"""

from __future__ import annotations

import faulthandler
import os
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from evface.cameras.camera_process import Began
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events

# No sensor has more pixels either way, and no camera ran for longer.
_MOST_PIXELS = 2048
_LONGEST_US = 1 << 60
# The process ends where the library does not come back for so long.
_HUNG_S = 8.0
_LOOKS_EVERY_S = 1.0
_PAUSE_S = 0.001
# Of what waits to be taken, the oldest is left out beyond this.
_MOST_WAITING_EVENTS = 1 << 20
# The library needs more where it is sent more than can be read.
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class Received:
    """Events, when they came, and how many packets and events outside the sensor are left out."""

    events: Events
    received_s: float
    n_dropped: int
    n_outside: int


def receive_dv(connection: Connection[Any, Any], name: str, host: str, port: int) -> None:
    """Send what a server of dv-processing sends, until nobody wants it any more.

    Parameters
    ----------
    connection
        `Began` goes out once, then `Received` again and again.
    name
        Of the stream.
    host, port
        Where it is served.

    Raises
    ------
    CameraError
        If it cannot be read any more.
    """
    # Loading it may take long on a busy computer, but comes to an end.
    import dv_processing  # noqa: F401

    with Path(os.devnull).open("w") as nowhere:
        _watch(nowhere)
        reader, resolution = _connect(name, host, port)
        connection.send(Began(resolution, reader.getCameraName()))
        outbox = _Outbox(connection)
        try:
            _read(reader, connection, outbox, _Sensor(name, resolution), nowhere)
        finally:
            outbox.close()


def _watch(nowhere: IO[str]) -> None:
    """Let the process end if this is not called again in time."""
    faulthandler.dump_traceback_later(_HUNG_S, exit=True, file=nowhere)


def _connect(name: str, host: str, port: int) -> tuple[Any, tuple[int, int]]:
    import dv_processing as dv

    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        reader = dv.io.NetworkReader(str(found[0][4][0]), port)
    except socket.gaierror as error:
        raise CameraError(name, "there is no computer of that name; check the address") from error
    except Exception as error:
        said = str(error).partition("[")[0].strip(" .")
        raise CameraError(
            name, f"cannot be read ({said}); check the address and the server there"
        ) from error
    width, height = (reader.isEventStreamAvailable() and reader.getEventResolution()) or (0, 0)
    if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        raise CameraError(name, "sends no events of a sensor; let it serve a stream of events")
    return reader, (int(width), int(height))


def _read(
    reader: Any,
    connection: Connection[Any, Any],
    outbox: _Outbox,
    sensor: _Sensor,
    nowhere: IO[str],
) -> None:
    import psutil

    process, looked_s = psutil.Process(), 0.0
    while True:
        if connection.poll():
            connection.recv()  # Nothing is ever said: it raises where the camera was closed.
        is_running = reader.isRunning()
        store = reader.getNextEventBatch()
        if store is not None:
            outbox.put(*sensor.see(store.numpy()))
        elif is_running:
            time.sleep(_PAUSE_S)
        else:
            raise CameraLostError(sensor.name, "closed the connection; check its server")
        if time.monotonic() - looked_s > _LOOKS_EVERY_S:
            looked_s = time.monotonic()
            _watch(nowhere)
            if process.memory_info().rss > _MOST_BYTES:
                raise CameraLostError(
                    sensor.name, "sends more than can be read; let it send fewer events"
                )


class _Sensor:
    """Makes events of what the library hands out, which is whatever was sent.

    Parameters
    ----------
    name
        Of the stream.
    resolution
        Sensor ``(width, height)``, px. What lies outside is left out.
    """

    def __init__(self, name: str, resolution: tuple[int, int]) -> None:
        self.name = name
        self._width, self._height = resolution
        self._last_us = -_LONGEST_US

    def see(self, rows: NDArray[np.void]) -> tuple[Events, int]:
        """Return the events, and how many are left out."""
        t, x, y = rows["timestamp"], rows["x"], rows["y"]
        if len(t):
            if t[0] < self._last_us or np.any(t[1:] < t[:-1]):
                raise CameraLostError(self.name, "its clock jumped back; check what is sent there")
            if t[-1] > _LONGEST_US:
                raise CameraLostError(
                    self.name, "its times make no sense; check what is sent there"
                )
            self._last_us = int(t[-1])
        is_inside = (x >= 0) & (x < self._width) & (y >= 0) & (y < self._height)
        inside = rows if is_inside.all() else rows[is_inside]
        events = Events(
            inside["timestamp"].astype(np.int64),
            inside["x"].astype(np.uint16),
            inside["y"].astype(np.uint16),
            inside["polarity"] > 0,
        )
        return events, len(rows) - len(events)


class _Outbox:
    """Sends from a thread of its own, so that who does not take keeps nobody from reading.

    Parameters
    ----------
    connection
        Nobody else may send meanwhile.
    """

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self._connection = connection
        self._changed = threading.Condition()
        self._waiting: deque[Events] = deque()
        self._n_waiting = self._n_dropped = self._n_outside = 0
        self._received_s = 0.0
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, events: Events, n_outside: int) -> None:
        """Send this, or leave out the oldest where too much waits."""
        with self._changed:
            self._received_s = time.monotonic()
            self._waiting.append(events)
            self._n_waiting += len(events)
            self._n_outside += n_outside
            while self._n_waiting > _MOST_WAITING_EVENTS and len(self._waiting) > 1:
                self._n_waiting -= len(self._waiting.popleft())
                self._n_dropped += 1
            self._changed.notify()

    def close(self) -> None:
        """Send what waits; nothing is sent any more when this returns."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        # Where nobody listens any more, reading tells of it.
        with suppress(OSError):
            while (received := self._next()) is not None:
                self._connection.send(received)

    def _next(self) -> Received | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            if not self._waiting:
                return None
            events, counts = list(self._waiting), (self._n_dropped, self._n_outside)
            self._waiting.clear()
            self._n_waiting = self._n_dropped = self._n_outside = 0
            return Received(Events.concatenate(events), self._received_s, *counts)
