"""The event file of a recording that is being made: it can be opened whenever the writing ends."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from pathlib import Path

from evface.cameras.base import Packet
from evface.cameras.packet_bytes import PacketBytes
from evface.live.recorder_clocks import FileClock

_FLUSHED_EVERY_S = 0.5
# A disk that is this much behind cannot keep up.
_MOST_WAITING_BYTES = 128 << 20


class RecordedEventFile:
    """Writes the bytes of packets as they come, in a thread.

    What was put is with the system at once, and on the disk within about half a second.

    Parameters
    ----------
    path
        The file; there must be none yet.
    packet_bytes
        Of the camera.
    clock
        Is told what is written.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, path: Path, packet_bytes: PacketBytes, clock: FileClock) -> None:
        self.path = path
        self.problem = ""
        self.n_bytes = self.n_events = 0
        self.n_dropped = 0
        self._file = path.open("xb", buffering=0)
        self._packet_bytes, self._clock = packet_bytes, clock
        self._waiting: deque[Packet] = deque()
        self._n_waiting_bytes = 0
        # Packets that are being written.
        self._n_taken = 0
        self._changed = threading.Condition()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="recorder events", daemon=True)
        self._thread.start()

    def put(self, packet: Packet) -> None:
        """Take a packet; where the disk cannot keep up it is left out."""
        # As EVT2, which is what packets without bytes become, an event takes about so much.
        n_bytes = 4 * len(packet.events) if packet.raw is None else len(packet.raw)
        with self._changed:
            if self._is_ending:
                return
            if self.problem or self._n_waiting_bytes + n_bytes > _MOST_WAITING_BYTES:
                self.n_dropped += 1
                return
            self._waiting.append(packet)
            self._n_waiting_bytes += n_bytes
            self._changed.notify()

    def finish(self) -> None:
        """Write what waits, and close the file."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        with self._file:
            try:
                self._write()
            except OSError as error:
                reason = error.strerror or error
                with self._changed:
                    self.problem = (
                        f"{self.path} cannot be written any more ({reason}); check the disk"
                    )
                    self.n_dropped += self._n_taken + len(self._waiting)
                    self._waiting.clear()

    def _write(self) -> None:
        self._put_down(self._packet_bytes.header)
        flushed_s = time.monotonic()
        while packets := self._next():
            raws = [self._packet_bytes.of(packet) for packet in packets]
            self._n_taken = len(packets)
            self._put_down(raws[0] if len(raws) == 1 else b"".join(raws))
            self._n_taken = 0
            for packet, raw in zip(packets, raws, strict=True):
                self._clock.see(packet.events, raw)
                self.n_events += len(packet.events)
            if time.monotonic() - flushed_s > _FLUSHED_EVERY_S:
                os.fsync(self._file.fileno())
                flushed_s = time.monotonic()
        os.fsync(self._file.fileno())

    def _put_down(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            n = self._file.write(rest)
            self.n_bytes += n
            rest = rest[n:]

    def _next(self) -> list[Packet]:
        """Return all that waits; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_ending)
            packets = list(self._waiting)
            self._waiting.clear()
            self._n_waiting_bytes = 0
            return packets
