"""How the studio answers an annotator, however many frames were predicted.

A recording of some minutes is made on the spot, and as many frames of it as wanted are said to be
predicted: by the teacher, the fit, the transfer and as action units. The real window opens it in a
process of its own; keys are pressed and points dragged in it as people do.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DURATION_US = 500_000_000
FRAME_RATE = 10
RESOLUTION = (320, 240)
EVENT_RATE = 100_000
N_STEPS, N_JUMPS, N_EDITS, N_MOVES = 200, 200, 100, 240
WINDOW_SIZE = (1800, 1000)


def make_media(folder: Path) -> None:
    """Write events and a video, without a face: what matters is how many frames there are."""
    from evface.events.events import Events
    from evface.events.formats.hdf5_writer import Hdf5EventWriter
    from evface.video.writer import write_video

    rng = np.random.default_rng(0)
    width, height = RESOLUTION
    with Hdf5EventWriter(folder / "face.h5", resolution=RESOLUTION, video_offset_us=0) as writer:
        for start_us in range(0, DURATION_US, 1_000_000):
            t = np.sort(rng.integers(start_us, start_us + 1_000_000, EVENT_RATE))
            x = rng.integers(0, width, EVENT_RATE, dtype=np.uint16)
            y = rng.integers(0, height, EVENT_RATE, dtype=np.uint16)
            writer.append(Events(t, x, y, rng.random(EVENT_RATE) < 0.5))
    n_frames = DURATION_US // 1_000_000 * FRAME_RATE
    grey = (np.full((height, width, 3), 60 + i % 90, np.uint8) for i in range(n_frames))
    write_video(folder / "face.mp4", grey, rate_hz=FRAME_RATE)


def make_project(folder: Path, n: int) -> Path:
    """Make a project of the media in a folder, `n` frames of which are predicted."""
    from evface.annotations.edits import ReplaceTracks
    from evface.annotations.segments import UNITS
    from evface.annotations.tracks import (
        ActionUnitTrack,
        Camera,
        FaceTrack,
        LandmarkTrack,
        Source,
        SourceKind,
    )
    from evface.morphable.camera import FRONTAL
    from evface.morphable.model import load_open_head
    from evface.projects.project import Project

    rng, head = np.random.default_rng(0), load_open_head()
    times_us = np.arange(n, dtype=np.int64) * (DURATION_US // n)
    source = Source(SourceKind.TRUTH, "benchmark")
    timed: dict[str, Any] = {"times_us": times_us, "valid": np.ones(n, bool), "source": source}
    face = FaceTrack(
        **timed,
        identity=np.zeros(len(head.identity_basis), np.float32),
        action_units=0.3 * rng.random((n, len(head.action_unit_basis)), np.float32),
        rotation=np.tile(FRONTAL.astype(np.float32), (n, 1, 1)),
        scale_px_per_mm=np.full(n, 0.9, np.float32),
        translation_px=np.full((n, 2), (160, 120), np.float32),
        residual_px=np.ones(n, np.float32),
        camera=Camera.RGB,
        model=head.key,
    )
    shape_mm = head.shape(face.identity, face.action_units[0])[head.landmarks]
    usual_px = 0.9 * (shape_mm @ face.rotation[0, :2].T) + (160, 120)
    sway_px = 3 * np.sin(times_us / 2e6)[:, None, None] + rng.normal(0, 0.3, (n, 68, 2))
    landmarks = (usual_px + sway_px).astype(np.float32)
    path = folder / f"{n}.evface"
    with Project.create(path) as project:
        entry = project.add_recording(folder / "face.h5", folder / "face.mp4")
        for role, camera in (("teacher", Camera.RGB), ("transferred", Camera.EVENTS)):
            track = LandmarkTrack(
                **timed,
                landmarks=landmarks,
                confidence=rng.random(n, np.float32),
                state=np.zeros((n, 68), np.uint8),
                camera=camera,
            )
            project.apply(ReplaceTracks(entry.id, {role: track}))
            landmarks += np.float32(0.5)
        units = ActionUnitTrack(
            **timed, intensity=rng.random((n, len(UNITS)), np.float32), names=",".join(UNITS)
        )
        project.apply(ReplaceTracks(entry.id, {"face": face, "action_units": units}))
    return path


class Watched:
    """A window whose painting, answers and stalls are timed, ms."""

    def __init__(self, window: Any) -> None:
        from PySide6.QtCore import QEvent, QObject, Qt, QTimer

        class Filter(QObject):
            def eventFilter(filtered, _watched: QObject, event: QEvent) -> bool:
                if event.type() == QEvent.Type.Paint:
                    self.painted_s = time.perf_counter()
                return False

        self.window, self.space, self.view = window, window.workspace, window.view_state
        self.document, self.pane = window.document, self.space.events_pane
        self.viewport = self.pane.picture.viewport()
        self.painted_s, self.stalls_ms = 0.0, []
        self._filter = Filter()
        self.viewport.installEventFilter(self._filter)
        self._ticked_s = time.perf_counter()
        self._ticks = QTimer()
        self._ticks.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticks.timeout.connect(self._on_tick)
        self._ticks.start(1)

    def _on_tick(self) -> None:
        now_s = time.perf_counter()
        self.stalls_ms.append(1e3 * (now_s - self._ticked_s))
        self._ticked_s = now_s

    @property
    def is_settled(self) -> bool:
        """Whether all that the window can show of this moment is there."""
        return not self.document.is_busy and self.space.is_complete

    def wait(self, until: Callable[[], bool]) -> None:
        """Run the application until something holds, asked once a millisecond."""
        from PySide6.QtCore import QEventLoop, Qt, QTimer

        loop, limit_s = QEventLoop(), time.monotonic() + 20
        poll = QTimer()
        poll.setTimerType(Qt.TimerType.PreciseTimer)
        poll.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > limit_s else None)
        poll.start(1)
        loop.exec()
        if not until():
            raise RuntimeError("the studio did not get ready in time")

    def rest(self, seconds: float) -> None:
        """Let the window be for a while."""
        until_s = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > until_s)

    def time(self, act: Callable[[], object]) -> float:
        """Return how long it takes from an act until the pictures show its result, ms.

        The mesh, which is drawn in a thread of its own, may follow; it is waited for afterwards.
        """
        reader, began_s = self.space.media_reader, time.perf_counter()
        act()
        self.wait(lambda: reader.is_idle and not self.document.is_busy and self.painted_s > began_s)
        took_ms = 1e3 * (time.perf_counter() - began_s)
        self.wait(lambda: self.is_settled)
        return took_ms

    def mouse(self, kind: str, place: Any, modifiers: Any = None) -> None:
        """Tell the events pane of the mouse at a place on it."""
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        type_, button, buttons = {
            "press": (QEvent.Type.MouseButtonPress, left, left),
            "move": (QEvent.Type.MouseMove, none, left),
            "release": (QEvent.Type.MouseButtonRelease, left, none),
            "hover": (QEvent.Type.MouseMove, none, none),
        }[kind]
        place = QPointF(place)
        event = QMouseEvent(
            type_,
            place,
            QPointF(self.viewport.mapToGlobal(place)),
            button,
            buttons,
            modifiers or Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self.viewport, event)

    def place_of(self, landmark: int) -> Any:
        """Return where a landmark is on the events pane."""
        from PySide6.QtCore import QPointF

        x, y = self.pane.face.marks.landmarks_px[landmark].tolist()
        return self.pane.picture.position_of(QPointF(x + 0.5, y + 0.5))


def measure(window: Any, project: Path) -> dict[str, float]:
    """Open a project in a window that shows none, and work in it."""
    import psutil
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    watched = Watched(window)
    watched.rest(0.3)
    opening_ms = watched.time(lambda: window.document.open_project(project))
    watched.rest(1.0)
    window.activateWindow()
    watched.viewport.setFocus()
    watched.wait(window.isActiveWindow)
    rng = np.random.default_rng(1)
    view = window.view_state
    watched.time(lambda: view.set_time_us(view.duration_us // 2))
    watched.stalls_ms.clear()

    def stall() -> float:
        longest_ms = max(watched.stalls_ms)
        watched.stalls_ms.clear()
        return longest_ms

    def press(key: Qt.Key) -> Callable[[], None]:
        return lambda: QTest.keyClick(window, key)

    steps_ms = [watched.time(press(Qt.Key.Key_Right)) for _ in range(N_STEPS)]
    step_stall_ms = stall()
    jumps_ms = [
        watched.time(lambda t_us=t_us: view.set_time_us(t_us))
        for t_us in rng.integers(view.window_us, view.duration_us - 1, N_JUMPS).tolist()
    ]
    jump_stall_ms = stall()
    edits_ms, written_ms = [], []
    for number in range(N_EDITS):
        answered_ms, done_ms = _drag(watched, number % 68, rng)
        edits_ms.append(answered_ms)
        written_ms.append(done_ms)
        if number % 4 == 3:
            t_us = int(rng.integers(view.window_us, view.duration_us - 1))
            watched.time(lambda t_us=t_us: view.set_time_us(t_us))
    edit_stall_ms = stall()
    undo_ms = [watched.time(window.document.undo) for _ in range(20)]
    one_ms = _drag_moves(watched, None)
    all_ms = _drag_moves(watched, Qt.KeyboardModifier.ControlModifier)
    return {
        "opening_ms": opening_ms,
        "step_p50_ms": float(np.median(steps_ms)),
        "step_p99_ms": _p99(steps_ms),
        "step_stall_ms": step_stall_ms,
        "jump_p50_ms": float(np.median(jumps_ms)),
        "jump_p99_ms": _p99(jumps_ms),
        "jump_stall_ms": jump_stall_ms,
        "edit_p50_ms": float(np.median(edits_ms)),
        "edit_p99_ms": _p99(edits_ms),
        "written_p50_ms": float(np.median(written_ms)),
        "written_p99_ms": _p99(written_ms),
        "edit_stall_ms": edit_stall_ms,
        "undo_p50_ms": float(np.median(undo_ms)),
        "drag_one_p99_ms": _p99(one_ms),
        "drag_all_p99_ms": _p99(all_ms),
        "memory_mb": psutil.Process().memory_info().rss / 1e6,
    }


def _drag(watched: Watched, landmark: int, rng: np.random.Generator) -> tuple[float, float]:
    """Drag a landmark; return the times from release to seen where it was put, and to on disk."""
    from PySide6.QtCore import QPointF

    start = watched.place_of(landmark)
    end = start + QPointF(*rng.uniform(5, 12, 2).tolist())
    watched.mouse("press", start)
    watched.time(lambda: watched.mouse("move", (start + end) / 2))
    watched.time(lambda: watched.mouse("move", end))
    is_edited: list[float] = []
    watched.document.edited.connect(lambda _place: is_edited.append(time.perf_counter()))
    began_s = time.perf_counter()
    watched.mouse("release", end)
    watched.wait(lambda: watched.painted_s > began_s)
    seen_ms = 1e3 * (watched.painted_s - began_s)
    watched.wait(lambda: bool(is_edited) and watched.is_settled)
    written_ms = 1e3 * (is_edited[0] - began_s)
    watched.document.edited.disconnect()
    return seen_ms, written_ms


def _drag_moves(watched: Watched, modifiers: Any) -> list[float]:
    """Return how long the window takes to follow each movement of a drag, ms.

    With Ctrl, all landmarks are chosen and go along.
    """
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtTest import QTest

    if modifiers is not None:
        QTest.keyClick(watched.window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    start = watched.place_of(30)
    watched.mouse("press", start, modifiers)
    frames_ms = []
    for number in range(N_MOVES):
        angle = number / 12
        place = start + QPointF(30 * np.sin(angle), 20 - 20 * np.cos(angle))
        began_s = time.perf_counter()
        watched.mouse("move", place + QPointF(5, 0), modifiers)
        watched.wait(lambda began_s=began_s: watched.painted_s > began_s)
        frames_ms.append(1e3 * (time.perf_counter() - began_s))
    watched.time(lambda: watched.mouse("release", start, modifiers))
    return frames_ms[5:]


def _p99(times_ms: list[float] | NDArray[np.float64]) -> float:
    return float(np.percentile(times_ms, 99))


def main(project: str) -> int:
    """Run the application as its command does, and print what was measured."""
    from PySide6.QtCore import QTimer

    from evface_studio import application
    from evface_studio.main_window import MainWindow
    from evface_studio.settings import Settings

    class MeasuredWindow(MainWindow):
        def __init__(self, settings: Settings) -> None:
            settings.set_saw_tour()  # which would lie over the pictures
            super().__init__(settings)

        def load_workspace(self) -> None:
            super().load_workspace()
            self.resize(*WINDOW_SIZE)
            QTimer.singleShot(500, self.measure)

        def measure(self) -> None:
            try:
                sys.stdout.write(json.dumps(measure(self, Path(project))) + "\n")
                sys.stdout.flush()
            finally:
                self.close()

    application.MainWindow = MeasuredWindow  # type: ignore[misc]
    return application.run([])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
