"""From a video to the events that a camera in its place would have seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError, VideoFileError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import Hdf5EventWriter
from evface.simulation.events import PRESETS, EventSimulator, SimulatorParameters
from evface.simulation.interpolation import MotionEstimator, iter_between
from evface.simulation.photometry import luminance_from_rgb
from evface.video.reader import VideoSource, open_video


@dataclass(frozen=True)
class SimulationSummary:
    """What a simulation did.

    Parameters
    ----------
    n_events, n_frames
        Events made, and frames of the video used.
    n_steps
        Frames that the sensor was shown, those between the video's frames included.
    duration_us
        Of the video.
    warnings
        What was wrong with the video although it could be used: one line each.
    """

    n_events: int
    n_frames: int
    n_steps: int
    duration_us: int
    warnings: tuple[str, ...] = ()


def simulate_video(
    video_path: Path,
    out: Path,
    *,
    preset: str = "v2e",
    seed: int = 0,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> SimulationSummary:
    """Simulate an event camera that looks at a video, and write its events as HDF5.

    The camera has the video's resolution and sees what the video shows; the file says when on its
    clock the video began. The same video, preset and seed give the same events.

    Parameters
    ----------
    preset
        A key of `PRESETS`.
    seed
        Of the sensor's thresholds and noise.

    Raises
    ------
    ValueError
        If there is no such preset.
    VideoFileError
        If the video cannot be read or has fewer than two frames.
    EventFileError
        If `out` cannot be written; no half file is left.
    """
    if preset not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {preset!r}")
    video_path, out = Path(video_path), Path(out)
    if out.exists() and out.samefile(video_path):
        raise EventFileError(out, "is the video itself; choose another name")
    video = open_video(video_path)
    try:
        if video.n_frames < 2:
            raise VideoFileError(video_path, "has one frame only; events need a change")
        metadata = {
            "camera": "simulated",
            "video": video_path.name,
            "preset": preset,
            "seed": str(seed),
            "parameters": json.dumps(asdict(PRESETS[preset])),
        }
        n_events = n_steps = 0
        end_us = int(video.times_us[-1])
        with (
            _one_thread(),
            Hdf5EventWriter(
                out, resolution=video.resolution, metadata=metadata, video_offset_us=0
            ) as writer,
        ):
            for t_us, events in _iter_events(video, PRESETS[preset], seed):
                writer.append(events)
                n_events += len(events)
                n_steps += 1
                report(t_us / end_us, f"Simulating events, {n_events:,} so far")
        return SimulationSummary(
            n_events, video.n_frames, n_steps, video.duration_us, video.warnings
        )
    finally:
        video.close()


def _iter_events(
    video: VideoSource, parameters: SimulatorParameters, seed: int
) -> Iterator[tuple[int, Events]]:
    """Yield the time at the end of each step and its events."""
    simulator = EventSimulator(video.resolution, parameters, seed)
    estimator = MotionEstimator()
    before: tuple[int, NDArray[np.uint8], NDArray[np.float32]] | None = None
    for _, t_us, frame in video.frames():
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        luminance = luminance_from_rgb(frame)
        if before is None:
            simulator.step(luminance, t_us)
        else:
            start_us, grey_before, luminance_before = before
            motion = estimator.estimate(grey_before, grey)
            # A step takes a microsecond at least, or two of them would have the same time.
            n_steps = min(motion.n_steps, t_us - start_us)
            frames = iter_between(luminance_before, luminance, motion, n_steps)
            for step, between in enumerate(frames, 1):
                step_us = start_us + step * (t_us - start_us) // n_steps
                yield step_us, simulator.step(between, step_us)
        before = (t_us, grey, luminance)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep OpenCV to one thread: the frames are too small to gain from more."""
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(n_threads)
