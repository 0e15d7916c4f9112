"""The event simulator alone, and a video turned into events with all that belongs to it.

Rates are in processor time of one thread. A pixel-step is one pixel shown one frame, those between
the video's frames included.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.cli.bench import Figure
from evface.simulation.events import PRESETS, EventSimulator
from evface.simulation.video import simulate_video
from evface.video.writer import write_video

RESOLUTION = (640, 360)
N_FRAMES = 48
TARGET = 40.0


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    figures = []
    scenes = _scenes()
    for preset in PRESETS:
        report(f"simulating a sensor, {preset}")
        mega_steps, mega_events = _sensor_rates(scenes, preset)
        figures += [
            Figure(f"sensor, {preset}", mega_steps, "Mpixel-steps/s", target=TARGET),
            Figure(f"sensor, {preset}, events", mega_events, "Mev/s"),
        ]
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as folder:
        path = Path(folder) / "video.mp4"
        write_video(path, (_coded(scene) for scene in scenes), rate_hz=24.0)
        # Once for the compiler, once for the clock.
        simulate_video(path, Path(folder) / "events.h5", preset="v2e")
        for preset in PRESETS:
            report(f"simulating a video, {preset}")
            start = time.process_time()
            summary = simulate_video(path, Path(folder) / "events.h5", preset=preset)
            seconds = time.process_time() - start
            n = summary.n_steps * RESOLUTION[0] * RESOLUTION[1]
            figures.append(
                Figure(f"video, {preset}", n / seconds / 1e6, "Mpixel-steps/s", target=TARGET)
            )
    return figures


def _scenes() -> list[NDArray[np.float32]]:
    """Return a textured disc the size of a face, swaying by up to 4 px a frame before a wall."""
    width, height = RESOLUTION
    y, x = np.mgrid[:height, :width].astype(np.float32)
    random = np.random.default_rng(0)
    texture = cv2.GaussianBlur(random.random((height, width * 2)).astype("f4"), (0, 0), 2.5)
    texture = np.asarray(cv2.normalize(texture, None, 0.05, 0.9, cv2.NORM_MINMAX), np.float32)
    scenes = []
    for k in range(N_FRAMES):
        sway = 40 * np.sin(k / 10)
        moved = cv2.remap(texture, x + np.float32(200 - sway), y, cv2.INTER_LINEAR)
        inside = 1 / (1 + np.exp(np.hypot(x - width / 2 - sway, y - height / 2) - height / 3))
        scenes.append((0.12 + inside * (moved - 0.12)).astype(np.float32))
    return scenes


def _coded(luminance: NDArray[np.float32]) -> NDArray[np.uint8]:
    coded = 255 * (1.055 * luminance ** (1 / 2.4) - 0.055)
    return np.repeat(coded.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _sensor_rates(scenes: list[NDArray[np.float32]], preset: str) -> tuple[float, float]:
    simulator = EventSimulator(RESOLUTION, PRESETS[preset], seed=0)
    t_us = n_events = n_steps = 0
    start = 0.0
    for repeat in range(5):
        if repeat == 1:
            start, n_events, n_steps = time.process_time(), 0, 0
        for scene in (*scenes, *scenes[::-1]):
            t_us += 8000
            n_events += len(simulator.step(scene, t_us))
            n_steps += 1
    seconds = time.process_time() - start
    return n_steps * RESOLUTION[0] * RESOLUTION[1] / seconds / 1e6, n_events / seconds / 1e6
