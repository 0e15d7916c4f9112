"""Memory that the view and the process of its models share: events and one RGB picture."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Sequence
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.live.worker_messages import MAX_EVENTS, MAX_FRAME_BYTES

_BYTES_PER_EVENT = 13
# Where Linux has it, which in a container is often little.
_SYSTEM = Path("/dev/shm")


class SharedRoom:
    """Room for the events of a job, and for its RGB picture.

    Only one side uses it at a time: the view while it makes a job, the models until they answer.

    Parameters
    ----------
    name
        Of a room that another process made; None makes one, to be removed with `remove`.

    Raises
    ------
    OSError
        If the system has no room for it.
    """

    def __init__(self, name: str | None = None) -> None:
        size = MAX_EVENTS * _BYTES_PER_EVENT + MAX_FRAME_BYTES
        if name is None:
            _check_room(size)
        self._memory = SharedMemory(create=True, size=size) if name is None else SharedMemory(name)
        ends = np.cumsum([0, 8 * MAX_EVENTS, 2 * MAX_EVENTS, 2 * MAX_EVENTS, MAX_EVENTS])
        buffer = memoryview(self._memory.buf)  # type: ignore[arg-type]
        at = [int(end) for end in ends]
        self._t = np.frombuffer(buffer, np.int64, MAX_EVENTS, at[0])
        self._x = np.frombuffer(buffer, np.uint16, MAX_EVENTS, at[1])
        self._y = np.frombuffer(buffer, np.uint16, MAX_EVENTS, at[2])
        self._p = np.frombuffer(buffer, np.bool_, MAX_EVENTS, at[3])
        self._frame = np.frombuffer(buffer, np.uint8, MAX_FRAME_BYTES, at[4])

    @property
    def name(self) -> str:
        """For the other process."""
        return self._memory.name

    def put_events(self, parts: Sequence[Events]) -> int:
        """Write the newest of some events that fit; return how many."""
        stop = min(sum(len(part) for part in parts), MAX_EVENTS)
        n = stop
        for part in reversed(parts):
            if not stop:
                break
            start = max(stop - len(part), 0)
            first = len(part) - (stop - start)
            self._t[start:stop], self._x[start:stop] = part.t[first:], part.x[first:]
            self._y[start:stop], self._p[start:stop] = part.y[first:], part.p[first:]
            stop = start
        return n

    def events(self, n: int) -> Events:
        """Return the first `n` events, copied."""
        return Events(
            self._t[:n].copy(), self._x[:n].copy(), self._y[:n].copy(), self._p[:n].copy()
        )

    def put_frame(self, image: NDArray[np.uint8]) -> tuple[tuple[int, int], int]:
        """Write an RGB picture; return its height and width there, and which pixels were taken."""
        step = 1
        while image[::step, ::step].nbytes > MAX_FRAME_BYTES:
            step += 1
        taken = image[::step, ::step]
        self._frame[: taken.size].reshape(taken.shape)[:] = taken
        return (taken.shape[0], taken.shape[1]), step

    def frame(self, shape: tuple[int, int]) -> NDArray[np.uint8]:
        """Return the RGB picture, copied."""
        height, width = shape
        return self._frame[: height * width * 3].reshape(height, width, 3).copy()

    def close(self) -> None:
        """Let go of it."""
        del self._t, self._x, self._y, self._p, self._frame
        self._memory.close()

    def remove(self) -> None:
        """Let go of it, and give the memory back once nobody holds it."""
        self.close()
        self._memory.unlink()


def _check_room(size: int) -> None:
    """Raise an OSError where there is too little room: writing there would end the process."""
    if _SYSTEM.is_dir() and shutil.disk_usage(_SYSTEM).free < size:
        raise OSError(
            errno.ENOSPC,
            f"there is too little shared memory ({_SYSTEM}); give the container "
            f"{2 * size >> 20} MB, as with --shm-size, or close other programs",
        )
