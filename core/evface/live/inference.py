"""The view's side of the models: what they are asked, and that they may be slow, hang or die."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from evface.geometry.registration import Registration
from evface.live.drawing import Drawer
from evface.live.latency import Latency, LatencyMeter
from evface.live.models import LiveModels
from evface.live.picture import LivePicture, Overlay
from evface.live.shared_memory import SharedRoom
from evface.live.state import LiveCounters, Working
from evface.live.worker import work
from evface.live.worker_messages import Job, Ready, Trouble
from evface.workers import single_threaded_children

_log = logging.getLogger(__name__)

MEMORY_US = 200_000
"""How far back the models look."""

_LOOK_EVERY_S = 0.1
# The first look compiles and loads, on a busy machine for long.
_LOADING_S, _FIRST_LOOK_S, _LOOK_S = 180.0, 60.0, 10.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_END_S = 1.0


class InferenceLink:
    """A thread that asks a process of models about the newest picture, one at a time.

    Pictures that pass while they are busy are counted. A process that ends or hangs is started
    anew, after a pause that grows; what it was asked then is lost.

    Parameters
    ----------
    drawer
        Has the events of the pictures.
    take
        Called with a picture and what the models say of it.
    counters
        Where it counts.
    """

    def __init__(
        self,
        drawer: Drawer,
        take: Callable[[LivePicture, Overlay], None],
        counters: LiveCounters,
    ) -> None:
        self._drawer, self._take, self._counters = drawer, take, counters
        self._condition = threading.Condition()
        self._models: LiveModels | None = None
        self._is_changed = self._is_stopping = False
        self._offered: tuple[LivePicture, Registration] | None = None
        self._is_asking = False
        self._working, self._words = Working.OFF, ""
        self._refused: tuple[Path, ...] = ()
        self._is_teacher_refused = False
        self._meters: dict[str, LatencyMeter] = {}
        self._thread = threading.Thread(target=self._run, name="models", daemon=True)

    @property
    def state(self) -> tuple[Working, str]:
        """What the models' process does, and what is wrong with it."""
        return self._working, self._words

    @property
    def refused(self) -> tuple[Path, ...]:
        """Networks of those that are asked that cannot be used; `state` says why."""
        return self._refused

    @property
    def is_teacher_refused(self) -> bool:
        """Whether the teacher that is asked cannot be used; `state` says why."""
        return self._is_teacher_refused

    def latencies(self) -> dict[str, Latency]:
        """Return what each model takes, by name, and all of them."""
        return {name: meter.latency() for name, meter in tuple(self._meters.items())}

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def choose(self, models: LiveModels | None) -> None:
        """Ask these models from now on."""
        with self._condition:
            self._models = None if models is None or models.is_empty else models
            self._is_changed = True
            self._condition.notify_all()

    def offer(self, picture: LivePicture, event_from_rgb: Registration) -> None:
        """Let the models look at this picture, if they are not busy with another."""
        with self._condition:
            if self._offered is not None and self._working is Working.RUNNING:
                self._counters.n_not_looked_at += 1
            self._offered = picture, event_from_rgb
            self._condition.notify_all()

    def stop(self) -> None:
        """End the thread and the process."""
        with self._condition:
            self._is_stopping = True
            self._condition.notify_all()
        self._thread.join(_LOOK_EVERY_S + 3 * _END_S)

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while (models := self._next_models()) is not None:
            try:
                with _Process(models) as process:
                    problem, has_worked = self._serve(process, models)
            except OSError as error:
                problem, has_worked = f"models cannot begin: {error.strerror or error}", False
            if not problem:
                pause_s = _FIRST_PAUSE_S
                continue
            self._counters.n_worker_ends += 1
            pause_s = _FIRST_PAUSE_S if has_worked else min(2 * pause_s, _LONGEST_PAUSE_S)
            _log.info("models: %s; starting anew in %.2g s", problem, pause_s)
            self._say(Working.RESTARTING, f"{problem}; starting anew")
            with self._condition:
                self._condition.wait_for(self._is_to_end, pause_s)

    def _next_models(self) -> LiveModels | None:
        """Wait until there are models to ask; return None when all is to end.

        Their loading keeps the processors busy, so the first picture comes before.
        """
        with self._condition:
            self._is_changed = False
            if self._models is None:
                self._say(Working.OFF, "")
                self._refused, self._is_teacher_refused, self._meters = (), False, {}
            self._condition.wait_for(
                lambda: (
                    (self._models is not None and self._offered is not None) or self._is_stopping
                )
            )
            self._is_changed = False
            return None if self._is_stopping else self._models

    def _is_to_end(self) -> bool:
        return self._is_stopping or self._is_changed

    def _serve(self, process: _Process, models: LiveModels) -> tuple[str, bool]:
        """Ask until the models change; return what went wrong, and whether it ever worked."""
        self._refused, self._is_teacher_refused = (), False
        self._say(Working.LOADING, "")
        said = self._answer(process, _LOADING_S)
        if not isinstance(said, Ready):
            return said, False
        self._refused = said.refused
        self._is_teacher_refused = bool(models.teacher) and not said.sees_frames
        if not (said.sees_events or said.sees_frames):
            self._say(Working.OFF, "; ".join(said.problems))
            with self._condition:
                self._condition.wait_for(self._is_to_end)
            return "", False
        self._meters = {}
        self._say(Working.RUNNING, "; ".join(said.problems))
        patience_s, last = _FIRST_LOOK_S, _Last()
        while (asked := self._next_picture(said, last)) is not None:
            picture, event_from_rgb = asked
            process.ask(self._job(process.room, picture, event_from_rgb, said, last))
            answer = self._answer(process, patience_s)
            if not isinstance(answer, Overlay):
                return answer, patience_s == _LOOK_S
            patience_s = _LOOK_S
            self._counters.n_looked_at += 1
            for name, took_s in answer.models_s.items():
                self._meters.setdefault(name, LatencyMeter()).add(took_s)
            with self._condition:
                # What models said that were given up meanwhile is not to be shown.
                if not self._is_to_end():
                    self._take(picture, answer)
        return "", True

    def _next_picture(self, said: Ready, last: _Last) -> tuple[LivePicture, Registration] | None:
        """Wait for something new to look at; return None when these models are done with."""

        def is_new() -> bool:
            if self._is_to_end():
                return True
            if self._offered is None:
                return False
            picture, _ = self._offered
            has_frame = said.sees_frames and picture.frame_t_us is not None
            is_next = picture.epoch != last.epoch or picture.t_us > last.t_us
            return is_next and (
                said.sees_events or (has_frame and picture.frame_t_us != last.frame_t_us)
            )

        with self._condition:
            self._condition.wait_for(is_new)
            if self._is_to_end():
                return None
            offered, self._offered = self._offered, None
            return offered

    def _job(
        self,
        room: SharedRoom,
        picture: LivePicture,
        event_from_rgb: Registration,
        said: Ready,
        last: _Last,
    ) -> Job:
        """Write what is to be looked at into the shared memory."""
        start_us = picture.t_us - MEMORY_US
        if picture.epoch == last.epoch:
            start_us = max(start_us, last.told_us)
        n_events, last.told_us = 0, start_us
        if said.sees_events:
            epoch, parts = self._drawer.events(start_us, picture.t_us)
            if epoch == picture.epoch:
                n_events = room.put_events(parts)
                # While nothing comes a picture's time goes on, and what comes then may lie before.
                last.told_us = int(parts[-1].t[-1]) + 1 if parts else start_us
        shape, step, frame_t_us = (0, 0), 1, None
        is_new = picture.epoch != last.epoch or picture.frame_t_us != last.frame_t_us
        if said.sees_frames and picture.frame is not None and is_new:
            shape, step = room.put_frame(picture.frame.image)
            frame_t_us = picture.frame_t_us
            last.frame_t_us = frame_t_us
        last.epoch, last.t_us = picture.epoch, picture.t_us
        return Job(
            number=picture.number,
            t_us=picture.t_us,
            seen_s=picture.received_s,
            epoch=picture.epoch,
            resolution=picture.resolution,
            n_events=n_events,
            frame_t_us=frame_t_us,
            frame_shape=shape,
            frame_step=step,
            event_from_rgb=event_from_rgb,
        )

    def _answer(self, process: _Process, patience_s: float) -> Any:
        """Return what the process says, or in words why it says nothing."""
        until_s = time.monotonic() + patience_s
        while time.monotonic() < until_s:
            try:
                if process.connection.poll(_LOOK_EVERY_S):
                    said = process.connection.recv()
                    return said.words if isinstance(said, Trouble) else said
            except (EOFError, OSError):
                return "the models' process ended"
            if self._is_to_end():
                return ""
        return f"the models said nothing for {patience_s:.0f} s"

    def _say(self, working: Working, words: str) -> None:
        self._working, self._words = working, words


class _Last:
    """What the models were told last."""

    epoch = 0
    t_us = told_us = 0
    frame_t_us: int | None = None


class _Process:
    """The process of the models, and the memory it shares; both end with the block."""

    connection: Connection[Any, Any]

    def __init__(self, models: LiveModels) -> None:
        self.room = SharedRoom()
        # Spawned, because threads of this process would not survive a fork.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=work, args=(theirs, self.room.name, models), name="evface models", daemon=True
        )
        try:
            # Two threads that draw and capture need the other processors.
            with single_threaded_children():
                self._process.start()
        except OSError:
            self.room.remove()
            raise
        finally:
            theirs.close()

    def __enter__(self) -> _Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()
        self._process.join(_END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self.room.remove()

    def ask(self, job: Job) -> None:
        """Tell it to look at what is in the shared memory."""
        # A process that ended is found out by its silence.
        with contextlib.suppress(OSError):
            self.connection.send(job)
