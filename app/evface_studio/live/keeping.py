"""Keeps what was just seen: a picture, or a short clip."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from evface_studio.live.session import LiveSession
from evface_studio.live.slow_motion import Past


class Keeping(QObject):
    """Pictures and clips are written by processes of their own."""

    # What was written.
    kept = Signal(object)
    # One line for the user.
    failed = Signal(str)
    _ended = Signal(object, object)

    def __init__(self, session: LiveSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    def keep_snapshot(self, folder: Path, past: Past | None = None) -> None:
        """Write the picture of now, or of the past, into a folder; returns at once."""
        self._keep(folder, past, is_clip=False)

    def keep_clip(self, folder: Path, past: Past | None = None) -> None:
        """Write the last seconds, or those that the past belongs to; returns at once."""
        self._keep(folder, past, is_clip=True)

    def _keep(self, folder: Path, past: Past | None, *, is_clip: bool) -> None:
        pipeline = self._session.pipeline
        if pipeline is None:
            self.failed.emit("There is nothing to keep yet")
            return
        suffix = ".mp4" if is_clip else ".png"
        path = folder / f"live-{datetime.now():%Y-%m-%d-%H%M%S-%f}{suffix}"

        def work() -> Future[str]:
            from evface.live.clips import begin_clip, begin_snapshot

            folder.mkdir(parents=True, exist_ok=True)
            replay = pipeline.replay() if past is None else past.replay
            if is_clip:
                return begin_clip(path, replay)
            return begin_snapshot(path, replay, t_us=None if past is None else past.t_us)

        def follow(writing: Future[str]) -> None:
            writing.add_done_callback(lambda done: self._ended.emit(path, done))

        self._session.do(work, follow)

    @Slot(object, object)
    def _on_ended(self, path: Path, writing: Future[str]) -> None:
        error = writing.exception()
        problem = f"{path.name}: was not written ({error})" if error else writing.result()
        if problem:
            self.failed.emit(problem)
        else:
            self.kept.emit(path)
