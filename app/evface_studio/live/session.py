"""Begins and ends a live pipeline without keeping the window waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from evface.errors import EvfaceError
from evface_studio.live.choice import OWN_FRAMES, LiveChoice, LookChoice, ModelChoice

if TYPE_CHECKING:  # Numba takes long to import: that happens in a thread.
    from evface.cameras.base import Preset
    from evface.events.filters.chain import FilterChain
    from evface.geometry.registration import Registration
    from evface.live.models import LiveModels
    from evface.live.pipeline import LivePipeline


class LiveSession(QObject):
    """One pipeline at a time. Whatever takes long is done one after another in a thread.

    Between `begin` and `began` there is no pipeline, nor after `failed`.
    """

    # A pipeline runs, or the one before was given up.
    changed = Signal()
    # One line for the user.
    failed = Signal(str)
    _ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pipeline: LivePipeline | None = None
        # Belongs to the thread: what is to be stopped.
        self._running: LivePipeline | None = None
        self._choice: LiveChoice | None = None
        self._number = 0
        self._is_closed = False
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._settings: dict[str, int] = {}
        self._lock = threading.Lock()
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    @property
    def pipeline(self) -> LivePipeline | None:
        """What runs; None while it begins and where nothing is shown."""
        return self._pipeline

    @property
    def choice(self) -> LiveChoice | None:
        """The cameras that are shown, or are about to be."""
        return self._choice

    def begin(
        self,
        choice: LiveChoice,
        look: LookChoice,
        models: ModelChoice,
        event_from_rgb: Registration | None = None,
    ) -> None:
        """Show other cameras instead of those that are shown; returns at once."""
        if self._is_closed:
            return
        self._number += 1
        number = self._number
        self._choice, self._pipeline = choice, None
        self.changed.emit()
        self._submit(lambda: self._begin(number, choice, look, models, event_from_rgb), self._take)

    def end(self) -> None:
        """Show nothing; returns at once."""
        if self._is_closed:
            return
        self._number += 1
        self._choice = self._pipeline = None
        self._submit(self._stop_running)
        self.changed.emit()

    def show(self, look: LookChoice) -> None:
        """Draw events otherwise; returns at once."""
        pipeline = self._pipeline
        if pipeline is not None:
            self._submit(lambda: pipeline.show(_view_of(look)))

    def filter_by(self, filters: FilterChain) -> None:
        """Leave out other events; returns at once."""
        pipeline = self._pipeline
        if pipeline is not None:
            self._submit(lambda: pipeline.filter_by(filters))

    def choose_models(self, models: ModelChoice) -> None:
        """Ask other models; returns at once."""
        pipeline = self._pipeline
        if pipeline is not None:
            has_rgb = pipeline.frame_camera is not None
            self._submit(lambda: pipeline.choose_models(_models_of(models, has_rgb=has_rgb)))

    def set_control(self, key: str, value: int) -> None:
        """Set something about the camera; of what comes in quick succession the last counts."""
        pipeline = self._pipeline
        if pipeline is None:
            return
        with self._lock:
            is_waiting = bool(self._settings)
            self._settings[key] = value
        if not is_waiting:
            self._submit(lambda: self._set_controls(pipeline))

    def apply(self, preset: Preset, then: Callable[[], None]) -> None:
        """Set all controls of the camera, then do something in the GUI thread."""
        pipeline = self._pipeline
        if pipeline is not None:
            self._submit(lambda: pipeline.camera.apply(preset), lambda _: then())

    def do(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do something that takes long after what waits, then something with its result."""
        if not self._is_closed:
            self._submit(work, then)

    def close(self) -> None:
        """End everything, and wait for it. Safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._number += 1
        self._choice = self._pipeline = None
        self._threads.submit(self._stop_running)
        self._threads.shutdown(wait=True)

    def _submit(
        self, work: Callable[[], Any], then: Callable[[Any], None] = lambda _: None
    ) -> None:
        future = self._threads.submit(work)
        future.add_done_callback(lambda done: self._ended.emit((done, then)))

    def _begin(
        self,
        number: int,
        choice: LiveChoice,
        look: LookChoice,
        models: ModelChoice,
        event_from_rgb: Registration | None,
    ) -> tuple[int, LivePipeline | None, str]:
        self._stop_running()
        if number != self._number:  # Something else was chosen meanwhile.
            return number, None, ""
        try:
            pipeline = self._started(choice, look, models, event_from_rgb)
        except (EvfaceError, OSError) as error:
            return number, None, str(error)
        self._running = pipeline
        return number, pipeline, ""

    def _started(
        self,
        choice: LiveChoice,
        look: LookChoice,
        models: ModelChoice,
        event_from_rgb: Registration | None,
    ) -> LivePipeline:
        from evface.cameras.registry import open_camera, open_frame_camera
        from evface.live.pipeline import LivePipeline

        camera = open_camera(choice.camera)
        if choice.frames == OWN_FRAMES:
            frames = camera.frame_camera
        else:
            frames = open_frame_camera(choice.frames) if choice.frames else None
        pipeline = LivePipeline(
            camera,
            frames,
            view=_view_of(look),
            models=_models_of(models, has_rgb=frames is not None),
            event_from_rgb=event_from_rgb,
        )
        pipeline.start()
        return pipeline

    def _stop_running(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def _set_controls(self, pipeline: LivePipeline) -> None:
        with self._lock:
            settings, self._settings = self._settings, {}
        for key, value in settings.items():
            pipeline.camera.set(key, value)

    def _take(self, begun: tuple[int, LivePipeline | None, str]) -> None:
        number, pipeline, problem = begun
        if number != self._number:
            return
        self._pipeline = pipeline
        if problem:
            self._choice = None
        self.changed.emit()
        if problem:
            self.failed.emit(problem)

    @Slot(object)
    def _on_ended(self, ended: tuple[Future[Any], Callable[[Any], None]]) -> None:
        future, then = ended
        if self._is_closed:
            return
        error = future.exception()
        if error is None:
            then(future.result())
        elif isinstance(error, EvfaceError | OSError):
            self.failed.emit(str(error))
        else:
            if self._pipeline is None and self._choice is not None:  # Nothing will come of it.
                self.end()
            raise error


def _view_of(look: LookChoice) -> Any:
    from evface.events.representations.registry import representation
    from evface.live.drawing import View

    return View(representation(look.representation), look.window_us)


def _models_of(models: ModelChoice, *, has_rgb: bool) -> LiveModels:
    from evface.live.models import LiveModels

    return LiveModels(models.checkpoints, models.teacher if has_rgb else "")
