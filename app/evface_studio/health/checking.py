"""Checks the recording shown in a thread of its own, as soon as all of it is there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from evface.errors import EvfaceError
from evface.events.triggers import Triggers
from evface_studio.document import Document
from evface_studio.newest import NewestWins

if TYPE_CHECKING:
    from evface.events.health.model import Health
    from evface.events.sources import EventSource
    from evface.geometry.clock import ClockSync

_LOOKED_AT_EVERY_MS = 500
_STEP = 0.01


class Progress(Enum):
    """How far the check is."""

    NOTHING_OPEN = auto()
    INCOMPLETE = auto()
    CHECKING = auto()
    DONE = auto()
    FAILED = auto()


@dataclass(frozen=True, eq=False)
class _Request:
    source: EventSource
    video_times_us: NDArray[np.int64] | None


class _OvertakenError(Exception):
    """Another recording is shown by now, or none."""


class HealthChecking(QObject):
    """Holds the health of a document's recording, and its triggers.

    The file as it is counts, not what filters leave of it.
    """

    # Progress, health or problem.
    changed = Signal()
    # Share of the check that is done, 0 to 1.
    went_on = Signal(float)
    # `Triggers` of the recording; none at first.
    triggers_changed = Signal(object)
    # From the thread.
    _triggers_read = Signal(object, object)
    _reported = Signal(object, float)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._progress = Progress.NOTHING_OPEN
        self._health: Health | None = None
        self._problem = ""
        self._triggers = Triggers.empty()
        self._subject: tuple[EventSource, ClockSync] | None = None
        self._wanted: _Request | None = None
        self._told = 0.0
        self._checker: NewestWins[_Request, Health] = NewestWins(
            "health", self._check, self._on_checked, self._on_failed, parent=self
        )
        queued = Qt.ConnectionType.QueuedConnection
        self._triggers_read.connect(self._on_triggers_read, queued)
        self._reported.connect(self._on_reported, queued)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOKED_AT_EVERY_MS)
        self._timer.timeout.connect(self._begin_where_complete)
        document.recording_changed.connect(self._on_recording_changed)
        self._on_recording_changed()

    @property
    def progress(self) -> Progress:
        """How far the check is."""
        return self._progress

    @property
    def health(self) -> Health | None:
        """What was found; None until then."""
        return self._health

    @property
    def problem(self) -> str:
        """Why nothing could be found; empty where it could."""
        return self._problem

    @property
    def triggers(self) -> Triggers:
        """Edges at the sensor's trigger inputs, as far as they were read."""
        return self._triggers

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing left to check."""
        return self._checker.is_idle and not self._timer.isActive()

    def close(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._wanted = None
        self._checker.close()

    @Slot()
    def _on_recording_changed(self) -> None:
        recording = self._document.recording
        subject = None if recording is None else (recording.unfiltered_events, recording.sync)
        if subject is not None and subject == self._subject:
            # Filters change what is shown, not what is in the file.
            return
        self._subject = subject
        self._wanted = None
        self._checker.forget()
        self._set_triggers(Triggers.empty())
        self._health, self._problem = None, ""
        if recording is None:
            self._timer.stop()
            self._set_progress(Progress.NOTHING_OPEN)
        else:
            self._set_progress(Progress.INCOMPLETE)
            self._timer.start()
            self._begin_where_complete()

    @Slot()
    def _begin_where_complete(self) -> None:
        recording = self._document.recording
        if recording is None or not recording.unfiltered_events.is_complete:
            return
        self._timer.stop()
        video_times_us = None if recording.video is None else recording.video_times_us
        self._wanted = _Request(recording.unfiltered_events, video_times_us)
        self._told = 0.0
        self._set_progress(Progress.CHECKING)
        self._checker.ask(self._wanted)

    def _check(self, request: _Request) -> Health:
        # Brings numba, which takes long to import.
        from evface.events.health.store import health_of, kept_health

        source, video_times_us = request.source, request.video_times_us
        health = kept_health(source, video_times_us=video_times_us)
        # All of a large file is read for its triggers: not where it is known to have none.
        if health is not None and not health.facts.triggers:
            return health
        triggers = source.triggers()
        self._triggers_read.emit(request, triggers)
        return health or health_of(
            source,
            triggers=triggers,
            video_times_us=video_times_us,
            report=partial(self._report, request),
        )

    def _report(self, request: _Request, fraction: float, _words: str) -> None:
        if request is not self._wanted:
            raise _OvertakenError
        if fraction >= self._told + _STEP:
            self._told = fraction
            self._reported.emit(request, fraction)

    @Slot(object, object)
    def _on_triggers_read(self, request: _Request, triggers: Triggers) -> None:
        if request is self._wanted:
            self._set_triggers(triggers)

    @Slot(object, float)
    def _on_reported(self, request: _Request, fraction: float) -> None:
        if request is self._wanted:
            self.went_on.emit(fraction)

    def _on_checked(self, request: _Request, health: Health) -> None:
        if request is self._wanted:
            self._health = health
            self._set_progress(Progress.DONE)

    def _on_failed(self, request: _Request, error: Exception) -> None:
        if request is not self._wanted:
            return
        if not isinstance(error, EvfaceError | OSError):
            raise error
        self._problem = str(error)
        self._set_progress(Progress.FAILED)

    def _set_triggers(self, triggers: Triggers) -> None:
        if len(triggers) or len(self._triggers):
            self._triggers = triggers
            self.triggers_changed.emit(triggers)

    def _set_progress(self, progress: Progress) -> None:
        self._progress = progress
        self.changed.emit()
