"""A thread that works on the newest request and forgets the ones it overtook."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class _Outcome(Generic[Request, Result]):
    request: Request
    result: Result | None
    error: Exception | None


class NewestWins(QObject, Generic[Request, Result]):
    """One thread, at most one waiting request, at most one waiting result.

    A request that waits is replaced by the next one, and a result that the GUI has not yet fetched
    by the next result. So nothing piles up, however slow either side is. Made and used in the GUI
    thread; `prepare`, `work`, `idle` and `finish` run in the worker's own.

    Parameters
    ----------
    name
        Name of the thread.
    work
        What is done with a request.
    then
        Called in the GUI thread with the request and its result.
    failed
        Called in the GUI thread with the request and the exception that `work` raised.
    idle
        Called after a request that nothing followed yet, for example to read ahead. What it raises
        counts as raised by `work`.
    prepare
        Called first, for what takes long and is needed by every request.
    finish
        Called last, to free what belongs to the thread.
    """

    _arrived = Signal()

    def __init__(
        self,
        name: str,
        work: Callable[[Request], Result],
        then: Callable[[Request, Result], None],
        failed: Callable[[Request, Exception], None],
        *,
        prepare: Callable[[], None] | None = None,
        idle: Callable[[Request], None] | None = None,
        finish: Callable[[], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._work, self._then, self._failed = work, then, failed
        self._prepare, self._idle, self._finish = prepare, idle, finish
        self._condition = threading.Condition()
        self._request: Request | None = None
        self._outcome: _Outcome[Request, Result] | None = None
        self._is_busy = False
        self._is_closed = False
        self._is_held = False
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for, being done, or waiting to be fetched."""
        with self._condition:
            return self._request is None and self._outcome is None and not self._is_busy

    def ask(self, request: Request) -> None:
        """Work on this next, instead of what waits."""
        with self._condition:
            self._request = request
            self._condition.notify()

    def set_held(self, is_held: bool) -> None:
        """Keep results until `fetch` is called, so that several workers' appear in one frame."""
        self._is_held = is_held
        if not is_held:
            self.fetch()

    def fetch(self) -> None:
        """Deliver the result that waits, if one does."""
        with self._condition:
            outcome, self._outcome = self._outcome, None
        if outcome is None:
            return
        if outcome.error is not None:
            self._failed(outcome.request, outcome.error)
        else:
            self._then(outcome.request, outcome.result)  # type: ignore[arg-type]

    def forget(self) -> None:
        """Drop the request and the result that wait."""
        with self._condition:
            self._request = self._outcome = None

    def close(self) -> None:
        """Let the thread end what it does, and wait for it. Safe to call twice."""
        with self._condition:
            self._is_closed = True
            self._request = self._outcome = None
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        if self._prepare is not None:
            self._prepare()
        while (request := self._next()) is not None:
            try:
                self._put(_Outcome(request, self._work(request), None))
                if self._idle is not None and self._is_unhurried():
                    self._idle(request)
            except Exception as error:  # noqa: BLE001  handed to the GUI thread, which reports it
                self._put(_Outcome(request, None, error))
        if self._finish is not None:
            self._finish()

    def _next(self) -> Request | None:
        with self._condition:
            self._condition.wait_for(lambda: self._is_closed or self._request is not None)
            if self._is_closed:
                return None
            request, self._request = self._request, None
            self._is_busy = True
            return request

    def _put(self, outcome: _Outcome[Request, Result]) -> None:
        with self._condition:
            self._is_busy = False
            if self._is_closed:
                return
            if self._outcome is None:
                self._arrived.emit()
            self._outcome = outcome

    def _is_unhurried(self) -> bool:
        with self._condition:
            return self._request is None and not self._is_closed

    @Slot()
    def _on_arrived(self) -> None:
        if not self._is_held:
            self.fetch()
