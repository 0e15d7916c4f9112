"""The studio while a network is trained on the same cores: how far apart its frames are.

The project is that of `bench_studio`. The real window opens it, trains on it as its dialog does,
and plays; the same is measured without a training, before. What else runs on the machine counts as
well, so the load is told beside the figures.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from evface.cli.bench import Figure
from evface.errors import EvfaceError

# How often the recording is played at least, and at most until so many steps were trained.
N_PLAYED, MOST_PLAYED = 3, 12
N_STEPS = 5
SETTINGS = ("data.split=time", "run.epochs=1000", "data.n_frames=10", "run.batch_size=4")
TARGET_MS = 30.0


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure; needs a display or Xvfb, and PyTorch."""
    studio = _studio()
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as name:
        folder = Path(name)
        report("making events, video and tracks")
        project = studio.make_project(folder)
        report("playing, without a training and with one")
        measured = studio._run_program(folder, Path(__file__).name, project)
    for key, value in measured.items():
        report(f"{key}: {value:.2f}")
    return [
        Figure("frame, p99, no training", measured["idle_p99_ms"], "ms", higher_is_better=False),
        Figure(
            "frame, p99, while training",
            measured["training_p99_ms"],
            "ms",
            target=TARGET_MS,
            higher_is_better=False,
        ),
        Figure("playing while training", measured["training_fps"], "frames/s"),
        Figure("steps while playing", measured["steps_per_s"], "steps/s"),
        Figure("load of the machine before", measured["load"], "", higher_is_better=False),
    ]


def _studio() -> ModuleType:
    path = Path(__file__).with_name("bench_studio.py")
    spec = importlib.util.spec_from_file_location("bench_studio", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run_child(project: str) -> int:
    """Run the application as its command does, with a window that trains and plays."""
    from PySide6.QtCore import QTimer

    from evface_studio import application
    from evface_studio.main_window import MainWindow

    class WatchedWindow(MainWindow):
        is_begun = False

        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            if not self.is_begun:
                self.is_begun = True
                self.resize(1800, 1000)
                QTimer.singleShot(0, self.measure)

        def measure(self) -> None:
            try:
                self.tell(_measure(self))
            except EvfaceError as error:
                # An exception alone would leave the window open.
                sys.stderr.write(f"{error}\n")
                sys.stderr.flush()
                os._exit(1)

        def tell(self, measured: dict[str, float]) -> None:
            sys.stdout.write(json.dumps(measured) + "\n")
            sys.stdout.flush()
            self.jobs.stop_all()
            self.close()

    application.MainWindow = WatchedWindow  # type: ignore[misc]
    return application.run([project])


def _measure(window: Any) -> dict[str, float]:
    from evface_studio.learning.training import TrainingRequest

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    view = window.view_state
    _wait(lambda: window.workspace is not None and window.document.recording is not None)
    space = window.workspace
    _wait(lambda: space.is_complete and view.duration_us > 0 and not space.events_pane.is_empty)
    _play(window)  # What is read and compiled for the first time.
    idle_ms = np.concatenate([_play(window) for _ in range(N_PLAYED)])
    steps: list[float] = []
    window.training.measured.connect(lambda _folder, _figures: steps.append(time.monotonic()))
    window.training.train(TrainingRequest("bench", "au_light", SETTINGS))
    _wait(lambda: len(steps) > 2)
    n_before, began_s = len(steps), time.monotonic()
    played = []
    while len(played) < N_PLAYED or (len(steps) - n_before < N_STEPS and len(played) < MOST_PLAYED):
        played.append(_play(window))
    training_ms = np.concatenate(played)
    if len(steps) == n_before:
        raise EvfaceError("nothing was trained while the studio played")
    return {
        "idle_p99_ms": float(np.percentile(idle_ms, 99)),
        "training_p99_ms": float(np.percentile(training_ms, 99)),
        "training_max_ms": float(training_ms.max()),
        "training_fps": 1e3 / float(training_ms.mean()),
        "steps_per_s": (len(steps) - n_before) / (time.monotonic() - began_s),
        "load": load,
    }


def _play(window: Any) -> Any:
    """Play the recording once; return the times between frames, ms."""
    from PySide6.QtCore import QEvent, QObject

    events = window.workspace.events_pane.picture

    class Paints(QObject):
        """The times at which other events were painted than before."""

        def __init__(self) -> None:
            super().__init__()
            self.times_s: list[float] = []
            self.last: object = None

        def eventFilter(self, _widget: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and events.image is not self.last:
                self.last = events.image
                self.times_s.append(time.perf_counter())
            return False

    paints = Paints()
    events.viewport().installEventFilter(paints)
    window.view_state.set_time_us(50_000)
    window.playback.play()
    _wait(lambda: not window.view_state.is_playing)
    events.viewport().removeEventFilter(paints)
    return np.diff(paints.times_s)[10:] * 1e3


def _wait(until: Callable[[], bool]) -> None:
    """Run the application until something holds, asked once a millisecond."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    loop, limit = QEventLoop(), time.monotonic() + 200
    poll = QTimer()
    poll.setTimerType(Qt.TimerType.PreciseTimer)
    poll.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > limit else None)
    poll.start(1)
    loop.exec()
    if not until():
        raise EvfaceError("the studio did not get ready in time")


if __name__ == "__main__":
    sys.exit(_run_child(sys.argv[1]))
