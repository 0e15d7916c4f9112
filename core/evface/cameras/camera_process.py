"""A process for the part of a camera that must not run in this one, and can be ended."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from evface.errors import CameraError, CameraLostError
from evface.workers import end_with_parent

_BEGINS_WITHIN_S = 30.0
_ENDS_WITHIN_S = 2.0
# Waiting is cut into turns, so that closing ends it.
_TURN_S = 0.05


@dataclass(frozen=True)
class Began:
    """The camera is open: its sensor, and its name where it states one."""

    resolution: tuple[int, int]
    name: str = ""


@dataclass(frozen=True)
class Ended:
    """Nothing more comes, and why."""

    problem: str


class CameraProcess:
    """Does the work of a camera in a process of its own, which begins and ends with the camera.

    One thread reads; any may close it, and tell the process something.

    Parameters
    ----------
    name
        Of the camera, for what is said when it fails.
    work
        A function of a module that is called in the process with a connection and what `open` was
        given. It sends `Began` once, and then whatever it has; a `CameraError` or an `OSError` of
        the connection ends it.
    breakdown
        What is said where the process ends without a word.
    """

    def __init__(self, name: str, work: Callable[..., None], breakdown: str) -> None:
        self._name, self._work, self._breakdown = name, work, breakdown
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None

    def open(self, *given: Any) -> Began:
        """Begin the process, and wait for its camera.

        Raises
        ------
        CameraError
            If that cannot be opened.
        """
        self.close()
        self._closed.clear()
        # Spawned, because threads of this process would not survive a fork.
        context = multiprocessing.get_context("spawn")
        connection, others = context.Pipe()
        process = context.Process(
            target=_run, args=(others, self._work, given), daemon=True, name=f"camera {self._name}"
        )
        process.start()
        others.close()
        with self._lock:
            self._process, self._connection = process, connection
        try:
            began = self.read(_BEGINS_WITHIN_S)
        except CameraLostError as error:
            self.close()
            raise CameraError(self._name, error.problem) from error
        if not isinstance(began, Began):
            self.close()
            raise CameraError(self._name, "does not begin; try again")
        return began

    def read(self, timeout_s: float) -> Any:
        """Return what the process sends next; None if nothing came in time, or it is closed.

        Raises
        ------
        CameraLostError
            If nothing more comes.
        """
        deadline_s = time.monotonic() + timeout_s
        while not self._closed.is_set():
            left_s = deadline_s - time.monotonic()
            try:
                with self._lock:
                    if self._connection is None:
                        return None
                    said = None
                    if self._connection.poll(min(max(left_s, 0.0), _TURN_S)):
                        said = self._connection.recv()
            except (EOFError, OSError):
                said = Ended(self._breakdown)
            if isinstance(said, Ended):
                if self._closed.is_set():
                    return None
                raise CameraLostError(self._name, said.problem)
            if said is not None or left_s <= 0:
                return said
        return None

    def tell(self, message: Any) -> None:
        """Send something to the process, if there is one."""
        with self._lock:
            if self._connection is not None:
                # One that is gone takes nothing; reading tells of it.
                with contextlib.suppress(OSError):
                    self._connection.send(message)

    def close(self) -> None:
        """End the process."""
        self._closed.set()
        process = self._process
        if not self._lock.acquire(timeout=_ENDS_WITHIN_S):
            # It stopped amid what it sends, and that is being waited for.
            if process is not None:
                process.kill()
            self._lock.acquire()
        process, connection = self._process, self._connection
        self._process = self._connection = None
        self._lock.release()
        if process is not None and connection is not None:
            # It sees that nobody listens any more when it sends again.
            connection.close()
            process.join(_ENDS_WITHIN_S)
            if process.is_alive():
                process.kill()
                process.join()


def _run(
    connection: Connection[Any, Any], work: Callable[..., None], given: tuple[Any, ...]
) -> None:
    # An interruption is meant for the process that shows.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    with contextlib.suppress(EOFError, OSError):
        try:
            work(connection, *given)
        except CameraError as error:
            connection.send(Ended(error.problem))
