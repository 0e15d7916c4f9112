"""One of those that a stream is sent to."""

from __future__ import annotations

import socket
import time
from collections import deque

from evface.cameras.stream_protocol import (
    ALIVE,
    ALIVE_EVERY_S,
    END,
    HEADER,
    HELLO,
    StreamHeader,
    message,
    raw_message,
)

_SPEAKS_WITHIN_S = 3.0
_READS_WITHIN_S = 10.0
# Who is behind by more than either loses the oldest.
_MOST_QUEUED_BYTES = 16 << 20
_MOST_BEHIND_S = 0.5
# What the system keeps beside that.
_KEPT_BYTES = 1 << 20
# Sent in one turn at most, so that a quick reader does not keep the others waiting.
_TURN_BYTES = 4 << 20


class ServedClient:
    """What one client said, and what it is to be sent. Not for several threads at once.

    Parameters
    ----------
    connection
        Whoever calls closes it.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KEPT_BYTES)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._said = b""
        self._began_s = self._sent_s = time.monotonic()
        # Messages that go whole, then packets, of which the oldest may be left out.
        self._going: deque[memoryview] = deque()
        self._queue: deque[tuple[float, int, bytes]] = deque()
        self._n_queued_bytes = self._n_lost_before = 0
        self._is_ending = self._is_gone = False
        self.is_greeted = self.is_answered = False
        self.is_rude = False
        self.n_sent_bytes = 0
        self.n_lost = 0

    @property
    def is_waiting(self) -> bool:
        """Whether there is something that it does not take yet."""
        return bool(self._going or self._queue)

    @property
    def is_finished(self) -> bool:
        """Whether it is to be disconnected."""
        return self._is_gone or self.is_rude or (self._is_ending and not self.is_waiting)

    def hear(self) -> None:
        """Take what it says: the greeting, and nothing else."""
        try:
            said = self._connection.recv(64)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            self._is_gone = True
            return
        self._said += said
        self.is_greeted = self._said == HELLO
        self.is_rude = not HELLO.startswith(self._said)

    def answer(self, header: StreamHeader) -> None:
        """Answer the greeting, and say what the stream is of."""
        self.is_answered = True
        self._going.append(memoryview(HELLO + message(HEADER, header.to_body())))

    def end(self, reason: str) -> None:
        """Say why nothing more comes; it is disconnected then."""
        if self.is_greeted and not self._is_ending:
            hello = b"" if self.is_answered else HELLO
            self.is_answered = True
            self._queue.clear()
            self._n_queued_bytes = 0
            self._going.append(memoryview(hello + message(END, reason.encode()[:1000])))
            self._is_ending = True

    def put(self, raw: bytes, n_dropped: int) -> None:
        """Send the bytes of a packet, before which some were lost."""
        if not self.is_answered or self._is_ending:
            return
        self._queue.append((time.monotonic(), n_dropped, raw))
        self._n_queued_bytes += len(raw)
        while self._n_queued_bytes > _MOST_QUEUED_BYTES:
            self._leave_out_oldest()

    def send(self, now_s: float) -> None:
        """Send as much as it takes now."""
        while self._queue and now_s - self._queue[0][0] > _MOST_BEHIND_S:
            self._leave_out_oldest()
        if self._is_late(now_s):
            self.is_rude = True
            return
        if self.is_answered and not self.is_waiting and now_s - self._sent_s > ALIVE_EVERY_S:
            self._going.append(memoryview(message(ALIVE)))
        n_sent = 0
        while self.is_waiting and n_sent < _TURN_BYTES:
            if not self._going:
                _, n_dropped, raw = self._queue.popleft()
                self._n_queued_bytes -= len(raw)
                self._going.append(memoryview(raw_message(n_dropped + self._n_lost_before, raw)))
                self._n_lost_before = 0
            try:
                n = self._connection.send(self._going[0])
            except BlockingIOError:
                return
            except OSError:
                self._is_gone = True
                return
            self._sent_s = now_s
            self.n_sent_bytes += n
            n_sent += n
            if n < len(self._going[0]):
                self._going[0] = self._going[0][n:]
            else:
                self._going.popleft()

    def _is_late(self, now_s: float) -> bool:
        if not self.is_greeted:
            return now_s - self._began_s > _SPEAKS_WITHIN_S
        return self.is_waiting and now_s - self._sent_s > _READS_WITHIN_S

    def _leave_out_oldest(self) -> None:
        _, n_dropped, raw = self._queue.popleft()
        self._n_queued_bytes -= len(raw)
        self._n_lost_before += n_dropped + 1
        self.n_lost += 1
