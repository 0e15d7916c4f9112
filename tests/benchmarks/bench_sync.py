"""The clock between two cameras, found without triggers, on people that nothing was tuned on.

Two cameras that nobody calibrated see one person each time; the video begins up to 0.4 s before or
after the events, and the clocks differ by up to 60 ppm. Errors are those in the middle of the
recording. Drift is measured on recordings of a minute: in seconds it does not show.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from evface.cli.bench import Figure
from evface.errors import RecordingError
from evface.jobs.synchronisation import synchronise_recording
from evface.projects.recording import Recording
from evface.simulation.acting import act_label
from evface.simulation.conditions import draw_conditions
from evface.simulation.protocols import SetSettings, plan_clips
from evface.simulation.recording_set import clip_folder, make_set
from evface.simulation.recordings import VIDEO_RATE_HZ, SyntheticRecording, make_recording
from evface.simulation.truth import read_truth
from evface.transfer.sync_finding import SyncFinding

SET = SetSettings(
    n_subjects=20,
    seed=4242,
    labels=("reading",),
    clips_per_subject=1,
    resolution=(240, 180),
    rgb_resolution=(240, 180),
    texture_width=768,
)
N_LONG = 2
LONG_US = 60_000_000


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as name:
        out = Path(name)
        report(f"drawing {SET.n_subjects} people")
        make_set(out, SET)
        made = [SyntheticRecording.within(clip_folder(out, clip.name)) for clip in plan_clips(SET)]
        report("finding their clocks")
        began_s = time.perf_counter()
        findings = [_find(one.events_path, one.video_path) for one in made]
        seconds = time.perf_counter() - began_s
        trusted = [
            _error_ms(one, found)
            for one, found in zip(made, findings, strict=True)
            if found is not None and found.quality != "bad"
        ]
        report("comparing people with one another")
        others = [
            _find(one.events_path, other.video_path)
            for one, other in zip(made, made[1:] + made[:1], strict=True)
        ]
        n_wrong = sum(found is not None and found.quality != "bad" for found in others)
        report(f"drawing {N_LONG} people for a minute")
        drifts_ppm = [_drift_error_ppm(out / f"long{k}", k) for k in range(N_LONG)]
    return [
        _least("clock, |error|, median", float(np.median(trusted)), "ms", 2),
        _least("clock, |error|, 95 %", float(np.percentile(trusted, 95)), "ms", 8),
        Figure("recordings whose clock is trusted", len(trusted) / len(made), "share", target=0.9),
        _least("videos of somebody else that are trusted", n_wrong, "of 20", 0),
        _least("drift, largest |error|", max(drifts_ppm), "ppm", 30),
        _least("time for a recording of 3.4 s", seconds / len(made), "s", None),
    ]


def _least(name: str, value: float, unit: str, target: float | None) -> Figure:
    return Figure(name, value, unit, target=target, higher_is_better=False)


def _find(events: Path, video: Path) -> SyncFinding | None:
    recording = Recording.from_files(events, video)
    try:
        return synchronise_recording(recording, method="correlation")
    except RecordingError:
        return None
    finally:
        recording.close()


def _error_ms(made: SyntheticRecording, found: SyncFinding) -> float:
    truth = read_truth(made.truth_path)
    middle_us = np.array([(truth.video_times_us[0] + truth.video_times_us[-1]) // 2])
    video_us = truth.sync.to_video_us(middle_us)
    return abs(float(found.sync.to_sensor_us(video_us)[0] - middle_us[0])) * 1e-3


def _drift_error_ppm(folder: Path, number: int) -> float:
    random = np.random.default_rng([SET.seed, number])
    conditions = draw_conditions("good_light", LONG_US, random)
    clip = next(clip for clip in plan_clips(SET) if clip.subject == number)
    plan = replace(
        clip.plan(),
        performance=act_label("reading", LONG_US, (0, LONG_US), random),
        n_frames=int(LONG_US * 1e-6 * VIDEO_RATE_HZ),
        conditions=conditions,
        sensor=conditions.event_sensor(),
    )
    made = make_recording(folder, plan, n_processes=None)
    found = _find(made.events_path, made.video_path)
    if found is None:
        return float("nan")
    return abs(found.drift_ppm - read_truth(made.truth_path).sync.drift_ppm)
