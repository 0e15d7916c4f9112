"""From a video to the events that a camera in its place would have seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError, VideoFileError
from evface.events.hdf5 import Hdf5EventWriter
from evface.simulation.events import PRESETS, EventSimulator
from evface.simulation.interpolation import estimate_motion, iter_between
from evface.video.reader import open_video

# Rec. 709, the primaries of sRGB.
_LUMINANCE_OF_RGB = np.array([[0.2126, 0.7152, 0.0722]], np.float32)


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
    """

    n_events: int
    n_frames: int
    n_steps: int
    duration_us: int


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
        simulator = EventSimulator(video.resolution, PRESETS[preset], seed)
        metadata = {
            "camera": "simulated",
            "video": video_path.name,
            "preset": preset,
            "seed": str(seed),
            "parameters": json.dumps(asdict(PRESETS[preset])),
        }
        n_events = n_steps = 0
        before: tuple[int, NDArray[np.uint8], NDArray[np.float32]] | None = None
        with Hdf5EventWriter(
            out, resolution=video.resolution, metadata=metadata, video_offset_us=0
        ) as writer:
            for index, t_us, frame in video.frames():
                gray = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
                luminance = _luminance(frame)
                if before is None:
                    simulator.step(luminance, t_us)
                else:
                    start_us, gray_before, luminance_before = before
                    motion = estimate_motion(gray_before, gray)
                    for share, between in iter_between(luminance_before, luminance, motion):
                        at_us = start_us + round(share * (t_us - start_us))
                        events = simulator.step(between, at_us)
                        writer.append(events)
                        n_events += len(events)
                    n_steps += motion.n_steps
                before = (t_us, gray, luminance)
                report((index + 1) / video.n_frames, f"Simulating events, {n_events:,} so far")
        return SimulationSummary(n_events, video.n_frames, n_steps, video.duration_us)
    finally:
        video.close()


def _srgb_table() -> NDArray[np.float32]:
    encoded = np.arange(256) / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR_OF_SRGB = _srgb_table()


def _luminance(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return linear luminance, (height, width) float32, of an sRGB frame."""
    luminance: NDArray[np.float32] = cv2.transform(_LINEAR_OF_SRGB[frame], _LUMINANCE_OF_RGB)
    return luminance
