"""Two halves of a large window at once, on two threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

# Below, handing over to another thread costs more than it saves.
LARGE_WINDOW = 400_000

_N_SPARE = 2


class _Lane:
    """The second thread, started when it is first needed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start another thread next time: after a fork there is none in the child."""
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._spare: dict[tuple[tuple[int, ...], str], list[NDArray[Any]]] = {}

    def run(self, first: Callable[[], None], second: Callable[[], None]) -> None:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "evface-images")
            future = self._pool.submit(second)
        first()
        # Another caller may hold the thread; then its own half is done here too.
        if future.cancel():
            second()
        else:
            future.result()

    @contextmanager
    def borrow(self, shape: tuple[int, ...], dtype: DTypeLike) -> Iterator[NDArray[Any]]:
        key = (shape, np.dtype(dtype).str)
        with self._lock:
            kept = self._spare.get(key)
            array = kept.pop() if kept else None
        if array is None:
            array = np.empty(shape, dtype)
        yield array
        with self._lock:
            if key not in self._spare:
                # Only those of the sensor that is drawn at present.
                while len(self._spare) >= _N_SPARE:
                    del self._spare[next(iter(self._spare))]
                self._spare[key] = []
            if len(self._spare[key]) < _N_SPARE:
                self._spare[key].append(array)


_lane = _Lane()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_lane.forget)


def run_both(first: Callable[[], None], second: Callable[[], None]) -> None:
    """Run two functions that release the lock of the interpreter at the same time.

    They must not write to the same places. Returns when both have ended; safe to call from several
    threads.
    """
    _lane.run(first, second)


@contextmanager
def borrowed(shape: tuple[int, ...], dtype: DTypeLike) -> Iterator[NDArray[Any]]:
    """Lend an array with undefined content, which is kept for the next one who needs its size.

    Fresh memory costs more than what is done with it here.
    """
    with _lane.borrow(shape, dtype) as array:
        yield array
