"""The model-guided drag: how long one move of the mouse keeps the window waiting."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from evface.cli.bench import Figure
from evface.landmarks.schemes import IBUG68
from evface.morphable.guided import follow_head
from evface.morphable.model import load_open_head

N_PRESSES = 200
N_HELD = 20
EYES_APART_PX = 155.0


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    model = load_open_head()
    points = model.mean_shape[model.landmarks][:, :2] * (1.0, -1.0)
    first, last = IBUG68.eye_corners
    points = 320.0 + points * EYES_APART_PX / np.linalg.norm(points[first] - points[last])
    places = {landmark: tuple(points[landmark] + 3.0) for landmark in range(N_HELD)}
    follow_head(model, points).follow(places)  # what is made once a model
    report(f"pressing {N_PRESSES} times")
    pressing_ms, moving_ms = [], []
    for _ in range(N_PRESSES):
        begun_s = time.perf_counter()
        follower = follow_head(model, points)
        pressed_s = time.perf_counter()
        follower.follow(places)
        pressing_ms.append(1e3 * (pressed_s - begun_s))
        moving_ms.append(1e3 * (time.perf_counter() - pressed_s))
    return [
        Figure(f"{words}, {name}", float(np.percentile(times_ms, share)), "ms", target=5.0,
               higher_is_better=False)
        for words, times_ms in (("press", pressing_ms), (f"move, {N_HELD} held", moving_ms))
        for name, share in (("p50", 50), ("p99", 99))
    ]  # fmt: skip
