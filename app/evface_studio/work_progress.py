"""How far work in a thread is, told to the window, and a way to end it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot

# What is done sooner is not told: a button that comes and goes helps nobody.
_FIRST_S = 0.5
_EVERY_S = 0.1


class Stopped(Exception):
    """A person wants no more of the work. Nothing is wrong, so nothing is told."""


class WorkProgress(QObject):
    """Takes what work says of itself, from whatever thread, and passes it on now and then."""

    # What is being done and how far it is, in words; while it can be ended.
    told = Signal(str)
    _said = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: threading.Event | None = None
        self._said.connect(self._on_said, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> Callable[[float, str], None]:
        """Return what the work is to call with its fraction and words; earlier work is ended."""
        self.stop()
        wanted = self._wanted = threading.Event()
        wanted.set()
        next_s = time.monotonic() + _FIRST_S

        def report(fraction: float, message: str) -> None:
            nonlocal next_s
            if not wanted.is_set():
                raise Stopped
            now_s = time.monotonic()
            if now_s >= next_s:
                next_s = now_s + _EVERY_S
                self._said.emit(wanted, f"{message}: {fraction:.0%}")

        return report

    def stop(self) -> None:
        """End the work when it next says how far it is."""
        if self._wanted is not None:
            self._wanted.clear()
            self._wanted = None

    @Slot(object, str)
    def _on_said(self, wanted: threading.Event, words: str) -> None:
        if wanted is self._wanted:
            self.told.emit(words)
