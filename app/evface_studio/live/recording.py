"""Records what is shown live, and has it listed in a project at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from evface_studio.live.session import LiveSession

if TYPE_CHECKING:  # They take long to import: that happens in a thread.
    from evface.live.recorder import Recorder, RecorderState
    from evface.live.recorder_part import RecordedPart

_LOOK_EVERY_MS = 500

# Told of the files of a recording, again and again and once when it is over.
Listed = Callable[["Sequence[RecordedPart]"], None]


class LiveRecording(QObject):
    """At most one recording at a time; whatever takes long is done in the session's thread.

    Parameters
    ----------
    listed
        Has the files listed in a project.
    """

    # It began, ended, or grew.
    changed = Signal()
    # One line for the user.
    failed = Signal(str)
    # The event file of a recording that is over.
    finished = Signal(object)

    def __init__(self, session: LiveSession, listed: Listed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._listed = session, listed
        self._recorder: Recorder | None = None
        # The one made last, also while the window does not know of it yet.
        self._made: Recorder | None = None
        self._is_beginning = self._is_unwanted = self._is_ending = False
        self._told: set[str] = set()
        self._looking = QTimer(self)
        self._looking.setInterval(_LOOK_EVERY_MS)
        self._looking.timeout.connect(self._on_look)

    @property
    def is_on(self) -> bool:
        """Whether something is being recorded, about to be, or still being written."""
        return self._is_beginning or self._is_ending or self._recorder is not None

    @property
    def state(self) -> RecorderState | None:
        """How it is going; None where nothing is recorded."""
        return None if self._recorder is None else self._recorder.state

    def begin(self, folder: Path) -> None:
        """Record into a new file in a folder, which is made where there is none."""
        pipeline = self._session.pipeline
        if pipeline is None or self.is_on:
            return
        self._is_beginning, self._is_unwanted = True, False

        def work() -> Recorder | str:
            from evface.errors import EvfaceError
            from evface.live.recorder import Recorder

            try:
                folder.mkdir(parents=True, exist_ok=True)
                frames = pipeline.frame_camera
                shares_clock = frames is not None and frames is pipeline.camera.frame_camera
                recorder = Recorder(
                    _new_file(folder),
                    shares_clock=shares_clock,
                    rgb_delay_us=pipeline.rgb_delay_us,
                )
            except OSError as error:
                return f"{folder}: cannot be written ({error.strerror}); choose another folder"
            except EvfaceError as error:
                return str(error)
            self._made = recorder
            pipeline.listen(recorder)
            return recorder

        self._session.do(work, self._on_begun)
        self.changed.emit()

    def end(self) -> None:
        """Write what waits, and end; returns at once."""
        self._is_unwanted = True
        recorder, self._recorder = self._recorder, None
        self._looking.stop()
        if recorder is None:
            return
        self._is_ending = True
        self.changed.emit()
        self._session.do(lambda: self._stop(recorder), self._on_ended)

    def close(self) -> None:
        """End, and wait for it, once the session is closed; safe to call twice."""
        self._looking.stop()
        self._recorder = None
        made, self._made = self._made, None
        if made is not None:
            made.stop()
            self._listed(made.parts)

    def _stop(self, recorder: Recorder) -> Recorder:
        pipeline = self._session.pipeline
        if pipeline is not None:
            pipeline.listen(None)
        recorder.stop()
        return recorder

    def _on_begun(self, begun: Recorder | str) -> None:
        self._is_beginning = False
        if isinstance(begun, str):
            self.changed.emit()
            self.failed.emit(begun)
            return
        self._recorder = begun
        self._told.clear()
        if self._is_unwanted:
            self.end()
        else:
            self._looking.start()
            self.changed.emit()

    def _on_ended(self, recorder: Recorder) -> None:
        self._is_ending = False
        parts = recorder.parts
        self._tell(recorder.state.problem)
        self._listed(parts)
        self.changed.emit()
        if parts:
            self.finished.emit(parts[-1].events)
        else:
            self.failed.emit("nothing was recorded: no events came")

    @Slot()
    def _on_look(self) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        self._listed(recorder.parts)
        state = recorder.state
        self._tell(state.problem)
        if state.has_little_room:
            self._tell("The disk is nearly full: the recording ends by itself within minutes")
        if state.is_recording:
            self.changed.emit()
        else:
            self.end()

    def _tell(self, problem: str) -> None:
        """Say what is wrong, once in a recording."""
        if problem and problem not in self._told:
            self._told.add(problem)
            self.failed.emit(problem)


def _new_file(folder: Path) -> Path:
    """Return a name that says when, and that nothing has."""
    name = f"live-{datetime.now():%Y-%m-%d-%H%M%S}"
    path, number = folder / f"{name}.raw", 1
    while path.exists() or path.with_suffix(".mp4").exists():
        number += 1
        path = folder / f"{name}-{number}.raw"
    return path
