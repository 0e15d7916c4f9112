"""Opening, scrubbing and playing a video, against decoding it with OpenCV.

The video is made here: 1280 x 720 H.264 with B-frames and a keyframe every two seconds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from evface.cli.bench import Figure
from evface.video.reader import VideoSource, open_video
from evface.video.writer import write_video

RESOLUTION = (1280, 720)
N_FRAMES = 240
KEYFRAME_EVERY = 60


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as folder:
        path = Path(folder) / "video.mp4"
        report("making a video")
        write_video(path, _pictures(), rate_hz=30.0, keyframe_every=KEYFRAME_EVERY)
        report("opening")
        start = time.perf_counter()
        video = open_video(path)
        opening_ms = 1000 * (time.perf_counter() - start)
        report("playing")
        ours, theirs = _frames_a_second(video), _frames_a_second_of_opencv(path)
        report("scrubbing")
        random = np.random.default_rng(0)
        jumps_ms = _latencies_ms(video, random.integers(0, N_FRAMES, 150).tolist())
        walk = np.clip(120 + np.cumsum(random.integers(-6, 7, 300)), 0, N_FRAMES - 1)
        walk_ms = _latencies_ms(video, walk.tolist())
        back_ms = _latencies_ms(video, range(N_FRAMES - 1, -1, -1))
        video.close()
    return [
        Figure("open 8 s of 720p", opening_ms, "ms", higher_is_better=False),
        Figure("play 720p", ours, "frames/s", "OpenCV", theirs),
        Figure("jump in 720p, p50", float(np.median(jumps_ms)), "ms", higher_is_better=False),
        Figure("jump in 720p, p99", _p99(jumps_ms), "ms", higher_is_better=False),
        Figure("scrub in 720p, p50", float(np.median(walk_ms)), "ms", higher_is_better=False),
        Figure("scrub in 720p, p99", _p99(walk_ms), "ms", higher_is_better=False),
        Figure("play 720p backwards", 1000 / float(np.mean(back_ms)), "frames/s"),
    ]


def _pictures() -> list[np.ndarray]:
    """Return moving texture with a little noise: about as hard to code as a face that talks."""
    random = np.random.default_rng(1)
    width, height = RESOLUTION
    wide = cv2.GaussianBlur(random.random((height, width + N_FRAMES * 2)), (0, 0), 3.0)
    wide = cv2.normalize(wide, None, 20, 230, cv2.NORM_MINMAX)
    noise = random.normal(0, 1.5, (4, height, width))
    return [
        np.repeat(
            (wide[:, 2 * k : 2 * k + width] + noise[k % 4]).clip(0, 255).astype("u1")[..., None],
            3,
            2,
        )
        for k in range(N_FRAMES)
    ]


def _frames_a_second(video: VideoSource) -> float:
    start = time.perf_counter()
    n = sum(1 for _ in video.frames())
    return n / (time.perf_counter() - start)


def _frames_a_second_of_opencv(path: Path) -> float:
    capture = cv2.VideoCapture(str(path))
    start = time.perf_counter()
    n = 0
    while True:
        is_read, picture = capture.read()
        if not is_read:
            break
        cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        n += 1
    capture.release()
    return n / (time.perf_counter() - start)


def _latencies_ms(video: VideoSource, indices: Sequence[int]) -> list[float]:
    latencies = []
    for index in indices:
        start = time.perf_counter()
        video.read(index)
        latencies.append(1000 * (time.perf_counter() - start))
    return latencies


def _p99(values: Sequence[float]) -> float:
    return float(np.percentile(values, 99))
