"""The studio with all its panes: frames a second, scrubbing, start-up, and annotating.

A project is made on the spot: 1280 x 720 events at 10 Mev/s that a moving head gives off, a
640 x 480 video of it, and its tracks. The real window then opens it in a process of its own, on the
present display or on a virtual one where there is none. What annotators do is measured on other
projects, see `annotating` and `annotator_session`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    FaceTrack,
    LandmarkTrack,
    Source,
    SourceKind,
    Track,
)
from evface.cli.bench import Figure
from evface.errors import EvfaceError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import Hdf5EventWriter
from evface.morphable.camera import FRONTAL, rotation_matrix
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.video.writer import write_video

EVENT_RESOLUTION = (1280, 720)
VIDEO_RESOLUTION = (640, 480)
SECONDS = 8
EVENT_RATE = 10_000_000
STEP_US = 10_000
FRAME_RATE = 30
WINDOW_SIZE = (1800, 1000)
N_SCRUBS = 200
SOURCE = Source(SourceKind.TRUTH, "benchmark")


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure; needs a display or Xvfb."""
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as name:
        folder = Path(name)
        report(f"making {SECONDS} s of events, video and tracks")
        project = make_project(folder)
        _measure(folder, "startup", project)  # the first start writes caches
        startup = min(_measure(folder, "startup", project)["visible_s"] for _ in range(3))
        report(f"window visible after {startup:.2f} s")
        played = _measure(folder, "play", project)
        for key, value in played.items():
            report(f"{key}: {value:.2f}")
        annotating = _annotate(folder, report)
        session = _correct_errors(folder, report)
    return [
        Figure("window visible, warm", startup, "s", target=1.2, higher_is_better=False),
        Figure("playing, all panes", played["fps"], "frames/s", target=60.0),
        Figure("frame, median", played["frame_p50_ms"], "ms", higher_is_better=False),
        _at_most("frame, p99", played["frame_p99_ms"], "ms", 28.0),
        Figure("mesh pictures", played["mesh_fps"], "pictures/s"),
        Figure("scrub to a picture, median", played["scrub_p50_ms"], "ms", higher_is_better=False),
        _at_most("scrub to a picture, p99", played["scrub_p99_ms"], "ms", 50.0),
        _at_most("face's vertices", played["shape_ms"], "ms", 2.0),
        Figure("memory", played["memory_mb"], "MB", higher_is_better=False),
        *annotating,
        *session,
    ]


def _at_most(name: str, value: float, unit: str, target: float) -> Figure:
    return Figure(name, value, unit, target=target, higher_is_better=False)


# What is measured with many and with few frames predicted: its key, name, unit and bound.
_ANNOTATING = (
    ("opening_ms", "project to first frame", "ms", 1_000.0),
    ("step_p99_ms", "key to next frame, p99", "ms", 33.0),
    ("jump_p99_ms", "jump to any frame, p99", "ms", 33.0),
    ("step_stall_ms", "longest stall while stepping", "ms", None),
    ("edit_p50_ms", "release of a point to seen there, median", "ms", 16.0),
    ("written_p50_ms", "release of a point to on disk and shown, median", "ms", 16.0),
    ("written_p99_ms", "release of a point to on disk and shown, p99", "ms", None),
    ("edit_stall_ms", "longest stall while editing", "ms", None),
    ("undo_p50_ms", "undo, median", "ms", 16.0),
    ("drag_one_p99_ms", "a frame of dragging one point, p99", "ms", 1_000 / 60),
    ("drag_all_p99_ms", "a frame of dragging all points, p99", "ms", 1_000 / 60),
    ("memory_mb", "memory", "MB", 1_000.0),
)
# Stalls and tails are the machine's as much as ours: these alone are compared.
_COMPARED = ("opening_ms", "step_p99_ms", "jump_p99_ms", "written_p50_ms", "memory_mb")
_MANY, _FEW, _MOST_TIMES = 500_000, 5_000, 1.5


def _annotate(folder: Path, report: Callable[[str], None]) -> list[Figure]:
    """Measure what annotators wait for, with many and with few frames predicted."""
    annotating = _beside("annotating")
    media = folder / "annotating"
    media.mkdir()
    report(f"making a recording of {annotating.DURATION_US // 1_000_000} s")
    annotating.make_media(media)
    measured = {}
    for n in (_FEW, _MANY):
        project = annotating.make_project(media, n)
        report(f"annotating with {n:,} frames predicted")
        measured[n] = _run_program(folder, "annotating.py", project)
    figures = [
        Figure(
            f"{_MANY:,} frames: {name}",
            measured[_MANY][key],
            unit,
            target=target,
            higher_is_better=False,
        )
        for key, name, unit, target in _ANNOTATING
    ]
    names = {key: name for key, name, *_ in _ANNOTATING}
    return figures + [
        _at_most(
            f"as many times that of {_FEW:,} frames: {names[key]}",
            measured[_MANY][key] / measured[_FEW][key],
            "x",
            _MOST_TIMES,
        )
        for key in _COMPARED
    ]


def _correct_errors(folder: Path, report: Callable[[str], None]) -> list[Figure]:
    """Count what it takes to correct ten planted errors in the demo."""
    from evface.jobs.demo import DemoJob

    report("making the demo")
    project = DemoJob(folder=str(folder / "demo")).run(lambda *_: None)
    count = _run_program(folder, "annotator_session.py", Path(project))
    keys, drags = count["keys"], count["drags"]
    keys_by_hand, drags_by_hand = count["keys_by_hand"], count["drags_by_hand"]
    report(
        f"ten errors: {keys:.0f} keys and {drags:.0f} drags; a point tool needs "
        f"{keys_by_hand:.0f} keys and {drags_by_hand:.0f} drags"
    )
    return [
        Figure(
            "keys, clicks and drags to correct ten errors",
            keys + drags,
            "",
            peer="point by point",
            peer_value=keys_by_hand + drags_by_hand,
            higher_is_better=False,
        ),
        Figure(
            "drags to correct ten errors",
            drags,
            "",
            peer="point by point",
            peer_value=drags_by_hand,
            higher_is_better=False,
        ),
    ]


def _beside(name: str) -> ModuleType:
    """Import a file beside this one, which was itself loaded by its path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise EvfaceError(f"{name}.py is not beside the studio's benchmark")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_project(folder: Path) -> Path:
    """Write the media and the project; return the project's path."""
    times_us = np.arange(0, SECONDS * 1_000_000, STEP_US, dtype=np.int64)
    face, vertices_px = _moving_head(times_us)
    _write_events(folder / "head.h5", times_us, vertices_px)
    write_video(folder / "head.mp4", _frames(vertices_px), rate_hz=FRAME_RATE)
    landmarks_px = vertices_px[:, load_open_head().landmarks]
    path = folder / "bench.evface"
    with Project.create(path) as project:
        entry = project.add_recording(folder / "head.h5", folder / "head.mp4")
        tracks: dict[str, Track] = {
            "face": face,
            "transferred": _landmarks(times_us, landmarks_px, Camera.EVENTS),
            "teacher": _landmarks(times_us[::3], landmarks_px[::3] / 2, Camera.RGB),
            "action_units": ActionUnitTrack(
                times_us=times_us,
                valid=np.ones(len(times_us), np.bool_),
                source=SOURCE,
                intensity=np.abs(face.action_units[:, :18]),
                names=",".join(f"AU{number}" for number in range(1, 19)),
            ),
        }
        project.apply(ReplaceTracks(entry.id, tracks))
    return path


def _moving_head(times_us: NDArray[np.int64]) -> tuple[FaceTrack, NDArray[np.float32]]:
    """Return a head that turns, nods and makes faces, and its vertices in event pixels."""
    head = load_open_head()
    rng = np.random.default_rng(0)
    n, n_components = len(times_us), len(head.action_unit_basis)
    phase = 2 * np.pi * times_us / 1e6
    turns = np.stack([0.1 * np.sin(0.5 * phase), 0.35 * np.sin(0.35 * phase), 0 * phase], axis=-1)
    beats = np.sin(np.outer(phase, rng.uniform(0.2, 1.0, n_components)) + rng.uniform(0, 6, 32))
    face = FaceTrack(
        times_us=times_us,
        valid=np.ones(n, np.bool_),
        source=SOURCE,
        identity=rng.normal(0, 0.5, len(head.identity_basis)).astype(np.float32),
        action_units=(0.4 * np.clip(beats, 0, 1) ** 2).astype(np.float32),
        rotation=(FRONTAL @ rotation_matrix(turns)).astype(np.float32),
        scale_px_per_mm=np.full(n, 2.2, np.float32),
        translation_px=np.stack(
            [640 + 90 * np.sin(0.3 * phase), 370 + 25 * np.sin(0.6 * phase)], axis=-1
        ).astype(np.float32),
        residual_px=np.ones(n, np.float32),
        camera=Camera.EVENTS,
        model=head.key,
    )
    vertices = np.empty((n, len(head.mean_shape), 2), np.float32)
    for i in range(n):
        shape_mm = head.shape(face.identity, face.action_units[i])
        vertices[i] = 2.2 * (shape_mm @ face.rotation[i, :2].T) + face.translation_px[i]
    return face, vertices


def _landmarks(
    times_us: NDArray[np.int64], landmarks_px: NDArray[np.float32], camera: Camera
) -> LandmarkTrack:
    n = len(times_us)
    return LandmarkTrack(
        times_us=times_us,
        valid=np.ones(n, np.bool_),
        source=SOURCE,
        landmarks=landmarks_px,
        confidence=np.ones(n, np.float32),
        state=np.zeros((n, 68), np.uint8),
        camera=camera,
    )


def _write_events(
    path: Path, times_us: NDArray[np.int64], vertices_px: NDArray[np.float32]
) -> None:
    """Write events all over the head and, one in seven, all over the sensor."""
    width, height = EVENT_RESOLUTION
    rng = np.random.default_rng(1)
    n = EVENT_RATE * STEP_US // 1_000_000
    with Hdf5EventWriter(path, resolution=EVENT_RESOLUTION, video_offset_us=0) as writer:
        for start_us, points in zip(times_us, vertices_px, strict=True):
            place = points[rng.integers(0, len(points), n)] + rng.normal(0, 2, (n, 2))
            place[::7] = rng.uniform(0, 1, (len(place[::7]), 2)) * EVENT_RESOLUTION
            x = np.clip(place[:, 0], 0, width - 1).astype(np.uint16)
            y = np.clip(place[:, 1], 0, height - 1).astype(np.uint16)
            t = np.sort(rng.integers(start_us, start_us + STEP_US, n))
            writer.append(Events(t, x, y, rng.random(n) < 0.5))


def _frames(vertices_px: NDArray[np.float32]) -> Iterator[NDArray[np.uint8]]:
    """Yield frames of the head as a cloud of bright points on a textured wall."""
    width, height = VIDEO_RESOLUTION
    rng = np.random.default_rng(2)
    # So rough that a frame takes longer to decode than one of a face filmed in a room.
    wall = rng.normal(90, 3, (height, width, 1)).repeat(3, axis=2)
    per_frame = 1_000_000 / FRAME_RATE / STEP_US
    for index in range(SECONDS * FRAME_RATE):
        points = (vertices_px[int(index * per_frame)] / 2).astype(np.intp)
        frame = wall.copy()
        x, y = np.clip(points.T, 2, [[width - 3], [height - 3]])
        for dx in range(-2, 3):
            for dy in range(-2, 3):
                frame[y + dy, x + dx] = (205, 160, 135)
        yield np.clip(frame, 0, 255).astype(np.uint8)


def _measure(folder: Path, what: str, project: Path) -> dict[str, float]:
    return _run_program(folder, Path(__file__).name, what, project)


def _run_program(folder: Path, name: str, *arguments: str | Path) -> dict[str, float]:
    """Run a file beside this one as a program of its own and return what it measured."""
    command = [sys.executable, str(Path(__file__).with_name(name)), *map(str, arguments)]
    if not os.environ.get("DISPLAY") and sys.platform == "linux":
        xvfb = shutil.which("xvfb-run")
        if xvfb is None:
            raise EvfaceError("the studio's benchmark needs a display; install Xvfb")
        command = [xvfb, "-a", "-s", "-screen 0 1920x1080x24", *command]
    homes = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    environment = os.environ | {home: str(folder / home.lower()) for home in homes}
    environment["EVFACE_BENCH_BEGAN"] = repr(time.time())
    # As the command does; here numpy is imported before.
    environment["OPENBLAS_NUM_THREADS"] = "1"
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise EvfaceError(f"the studio ended with {done.returncode}: {done.stderr.strip()[-400:]}")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _run_child(what: str, project: str) -> int:
    """Run the application as its command does, with a window that is watched."""
    from evface_studio import application
    from evface_studio.main_window import MainWindow

    class WatchedWindow(MainWindow):
        is_painted = False

        def paintEvent(self, event: Any) -> None:
            from PySide6.QtCore import QTimer

            super().paintEvent(event)
            if not self.is_painted:
                self.is_painted = True
                QTimer.singleShot(0, self.begin)  # when the first picture is on the screen

        def begin(self) -> None:
            visible_s = time.time() - float(os.environ["EVFACE_BENCH_BEGAN"])
            if what == "startup":
                self.tell({"visible_s": visible_s})
                return
            from PySide6.QtCore import QTimer

            self.resize(*WINDOW_SIZE)
            QTimer.singleShot(0, lambda: self.tell(_play_and_scrub(self)))

        def tell(self, measured: dict[str, float]) -> None:
            sys.stdout.write(json.dumps(measured) + "\n")
            sys.stdout.flush()
            self.close()

    application.MainWindow = WatchedWindow  # type: ignore[misc]
    return application.run([project])


def _play_and_scrub(window: Any) -> dict[str, float]:
    import psutil
    from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer

    class Paints(QObject):
        """The times at which a widget was painted with another picture than before."""

        def __init__(self, widget: Any, picture: Callable[[], object]) -> None:
            super().__init__()
            self.times_s: list[float] = []
            self._picture, self._last = picture, None
            widget.installEventFilter(self)

        def eventFilter(self, _widget: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and self._picture() is not self._last:
                self._last = self._picture()
                self.times_s.append(time.perf_counter())
            return False

    def wait(until: Callable[[], bool]) -> None:
        """Run the application until something holds, asked once a millisecond.

        Not by `processEvents`, which returns at once: a loop of it would keep one core busy.
        """
        loop, limit = QEventLoop(), time.monotonic() + 60
        poll = QTimer()
        poll.setTimerType(Qt.TimerType.PreciseTimer)
        poll.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > limit else None)
        poll.start(1)
        loop.exec()
        if not until():
            raise EvfaceError("the studio did not get ready within a minute")

    view = window.view_state
    wait(lambda: window.workspace is not None and window.document.recording is not None)
    space = window.workspace
    wait(lambda: space.is_complete and view.duration_us > 0 and not space.events_pane.is_empty)
    events, mesh = space.events_pane.picture, space.mesh_pane
    event_paints = Paints(events.viewport(), lambda: events.image)
    mesh_paints = Paints(mesh.view, lambda: mesh.picture)
    view.set_time_us(50_000)
    window.playback.play()
    wait(lambda: not view.is_playing)
    frame_ms = np.diff(event_paints.times_s)[10:] * 1e3
    mesh_ms = np.diff(mesh_paints.times_s)[10:] * 1e3
    latency_ms = []
    for t_us in np.random.default_rng(3).integers(50_000, view.duration_us - 50_000, N_SCRUBS):
        began = time.perf_counter()
        view.set_time_us(int(t_us))
        wait(lambda: space.media_reader.is_idle)
        events.viewport().repaint()
        latency_ms.append((time.perf_counter() - began) * 1e3)
        rest_until = time.monotonic() + 0.05
        wait(lambda until=rest_until: time.monotonic() > until)
    return {
        "fps": 1e3 / frame_ms.mean(),
        "frame_p50_ms": float(np.median(frame_ms)),
        "frame_p99_ms": float(np.percentile(frame_ms, 99)),
        "mesh_fps": 1e3 / mesh_ms.mean(),
        "scrub_p50_ms": float(np.median(latency_ms)),
        "scrub_p99_ms": float(np.percentile(latency_ms, 99)),
        "shape_ms": _time_shapes(window.document.tracks["face"]),
        "memory_mb": psutil.Process().memory_info().rss / 1e6,
    }


def _time_shapes(track: FaceTrack) -> float:
    """Return how long one face's vertices, distances and normals take, ms."""
    from evface.morphable.topology import vertex_normals
    from evface_studio.panes.mesh_drawer import FaceShapes

    head = load_open_head()
    shapes = FaceShapes(head, track)
    times_s = []
    for row in range(100):
        began = time.perf_counter()
        vertices_mm, _, _ = shapes.at(track.action_units[row])
        vertex_normals(vertices_mm, head.triangles)
        times_s.append(time.perf_counter() - began)
    return float(np.median(times_s)) * 1e3


if __name__ == "__main__":
    sys.exit(_run_child(*sys.argv[1:]))
