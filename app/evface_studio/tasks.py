"""Short work off the GUI thread, one piece after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from evface.errors import EvfaceError
from evface_studio.work_progress import Stopped

Work = Callable[[], Any]


@dataclass(frozen=True)
class _Task:
    label: str
    prepare: Callable[[], Work | None]
    then: Callable[[Any], None]
    writes: bool


class SerialTasks(QObject):
    """A queue with one thread. For what waits on a disk; computations belong in jobs.

    Each task has three parts: `prepare` runs in the GUI thread when its turn comes, so that it sees
    what the tasks before it did, and returns the work, or None where nothing is left to do; the
    work runs in the thread; `then` gets its result, in the GUI thread again.
    """

    # What is being done now; empty when idle.
    busy_changed = Signal(str)
    # One line for the user: the world's fault. `then` is not called, nor where work is `Stopped`.
    failed = Signal(str)
    _ended = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: deque[_Task] = deque()
        self._current: _Task | None = None
        self._running: Future[Any] | None = None
        self._is_closed = False
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="document")
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether a task runs or waits."""
        return self._current is not None

    @property
    def is_writing(self) -> bool:
        """Whether a task that writes runs or waits."""
        return any(task is not None and task.writes for task in (self._current, *self._queue))

    def submit(
        self,
        label: str,
        prepare: Callable[[], Work | None],
        then: Callable[[Any], None],
        *,
        is_next: bool = False,
        writes: bool = False,
    ) -> None:
        """Do a task after those that wait already, or before them if it is to be the next.

        After `close` nothing is done any more.
        """
        if self._is_closed:
            return
        task = _Task(label, prepare, then, writes)
        if is_next:
            self._queue.appendleft(task)
        else:
            self._queue.append(task)
        if self._current is None:
            self._start_next()

    def close(self) -> list[str]:
        """Write what waits to be written, drop the rest, and free the thread once it is done.

        Returns
        -------
        list[str]
            One line for each thing that could not be written.
        """
        self._is_closed = True
        unwritten = [task for task in self._queue if task.writes]
        self._queue.clear()
        self._threads.shutdown(wait=True)
        problems = []
        if self._current is not None and self._current.writes and self._running is not None:
            error = self._running.exception()
            if error is not None:
                problems.append(_words(error, self._current))
        for task in unwritten:
            try:
                work = task.prepare()
                if work is not None:
                    work()
            except (EvfaceError, OSError) as error:
                problems.append(_words(error, task))
        return problems

    def _start_next(self) -> None:
        while self._queue:
            self._current = self._queue.popleft()
            try:
                work = self._current.prepare()
            except EvfaceError as error:
                self.failed.emit(str(error))
                continue
            if work is not None:
                task = self._current
                self.busy_changed.emit(task.label)
                self._running = self._threads.submit(work)
                self._running.add_done_callback(partial(self._ended.emit, task))
                return
        if self._current is not None:
            self._current = None
            self.busy_changed.emit("")

    @Slot(object, object)
    def _on_ended(self, task: _Task, future: Future[Any]) -> None:
        if self._is_closed:
            return
        error = future.exception()
        try:
            if error is None:
                task.then(future.result())
            elif isinstance(error, EvfaceError | OSError):
                self.failed.emit(_words(error, task))
            elif not isinstance(error, Stopped):
                raise error
        finally:
            self._start_next()


def _words(error: BaseException, task: _Task) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or task.label}: {error.strerror or error}"
    return str(error)
