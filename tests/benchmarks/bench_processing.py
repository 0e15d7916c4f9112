"""The main job on a video of a face: how fast, and how much memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from evface.cli.bench import Figure
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.simulation.appearance import Appearance
from evface.simulation.display import encode_srgb
from evface.simulation.head import HeadRenderer
from evface.simulation.views import view_of_pose
from evface.teacher.bundles import fetch_bundle
from evface.video.reader import open_video
from evface.video.writer import write_video

REAL_VIDEO = (
    Path(__file__).resolve().parents[3] / "shared/data/video/face_cry_to_laugh_640x360_24fps.mp4"
)
N_DRAWN = 300


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    fetch_bundle()
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as name:
        folder = Path(name)
        video, what = REAL_VIDEO, "real face, 640x360"
        if not video.exists():
            report("drawing a video")
            video, what = folder / "drawn.mp4", "drawn face, 640x360"
            write_video(video, _pictures(), rate_hz=30.0)
        source = open_video(video)
        n_frames, duration_us = source.n_frames, source.duration_us
        source.close()
        _write_events(folder / "events.h5", duration_us)
        with Project.create(folder / "bench.evface") as project:
            project.add_recording(folder / "events.h5", video)
        report(f"processing {n_frames} frames")
        _process(folder / "bench.evface")  # compiled kernels are ready after this
        seconds, peak_bytes = _process(folder / "bench.evface")
    return [
        Figure(f"process ({what}), start-up included", n_frames / seconds, "frames/s", target=40),
        Figure("memory at its peak", peak_bytes / 1e6, "MB", target=1500, higher_is_better=False),
    ]


def _process(project: Path) -> tuple[float, int]:
    """Run `evface process`; return its seconds and the most memory it held."""
    command = [sys.executable, "-m", "evface.cli", "process", str(project)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = [0]

    def watch() -> None:
        while process.poll() is None:
            try:
                peak[0] = max(peak[0], psutil.Process(process.pid).memory_info().rss)
            except psutil.NoSuchProcess:
                return
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, errors = process.communicate()
    seconds = time.perf_counter() - start
    watcher.join()
    if process.returncode:
        raise RuntimeError(errors.decode())
    return seconds, peak[0]


def _pictures() -> list[np.ndarray]:
    """Return a drawn person who turns the head from side to side."""
    model = load_open_head()
    renderer = HeadRenderer(model, Appearance.draw(5), texture_width=768)
    pictures = []
    for number in range(N_DRAWN):
        turn = rotation_matrix(np.array([0.0, 0.3 * np.sin(number / 15.0), 0.0]))
        pose = HeadPose(FRONTAL @ turn, np.array(1.3), np.array([320.0, 190.0]))
        pictures.append(
            encode_srgb(renderer.render(model.mean_shape, *view_of_pose(pose, (640, 360))).colour)
        )
    return pictures


def _write_events(path: Path, duration_us: int) -> None:
    """Write events at a steady rate: this job reads only how many there are."""
    rng = np.random.default_rng(0)
    n = duration_us // 2
    t = np.sort(rng.integers(0, duration_us, n)).astype(np.int64)
    x, y = (rng.integers(0, size, n).astype(np.uint16) for size in (640, 360))
    events = Events(t, x, y, rng.random(n) < 0.5)
    write_events_hdf5(path, [events], resolution=(640, 360), video_offset_us=int(t[0]))
