"""Synthetic recordings of 1.7 s: how many a minute one core makes, and what limits it.

In processor time of one process, a person's preparation apart; drawn for 640x480 events and
640x480 video at 30 frames a second.
"""

from __future__ import annotations

import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evface.cli.bench import Figure
from evface.simulation.protocols import SetSettings, plan_clips
from evface.simulation.recording_set import make_clip

LABELS = ("AU12", "AU45", "AU4", "AU51")
TARGET = 3.0
# Where the time goes, by the kernel's name.
_PARTS = {
    "_rasterise": "finding what each sample sees",
    "_shade": "shading",
    "_draw_hair": "laying hair",
    "step": "the event sensor",
    "<method 'encode' of 'av.video.stream.VideoStream' objects>": "encoding video",
}


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    settings = SetSettings(
        n_subjects=1, labels=LABELS, n_repetitions=1, condition="good_light", seed=1
    )
    clips = plan_clips(settings)
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as folder:
        report("preparing a person")
        start = time.process_time()
        # The first of a person is slower; of the process, slower still.
        make_clip(Path(folder), clips[0])
        first = time.process_time() - start
        seconds = []
        for clip in clips:
            report(f"making {clip.label}")
            start = time.process_time()
            make_clip(Path(folder), clip)
            seconds.append(time.process_time() - start)
        report("seeing what limits it")
        profile = cProfile.Profile()
        profile.runcall(make_clip, Path(folder), clips[0])
    figures = [
        Figure("recordings", 60.0 * len(seconds) / sum(seconds), "a minute", target=TARGET),
        Figure("the slowest of them", 60.0 / max(seconds), "a minute", target=TARGET),
        Figure("preparing a person", first - seconds[0], "s", higher_is_better=False),
    ]
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(entry[2] for entry in stats.values())
    for key, words in _PARTS.items():
        spent = sum(entry[3] for (_, _, name), entry in stats.items() if name == key)
        figures.append(
            Figure(f"share of {words}", 100.0 * spent / total, "%", higher_is_better=False)
        )
    return figures
