"""Media that a sample lacks, made once into the project's own folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evface.datasets.frames import write_frames
from evface.datasets.samples import FrameSequence, Sample, StillPicture
from evface.datasets.stills import plan_still_video, write_still_video
from evface.errors import ProjectFileError
from evface.simulation.video import simulate_video


@dataclass(frozen=True)
class Simulation:
    """How events are simulated where there are none: a key of `PRESETS`, and a seed."""

    preset: str = "v2e"
    seed: int = 0


def media_folder(project: Path) -> Path:
    """Return where videos and events are put that are made for a project: beside it."""
    return project.with_name(f"{project.stem}.media")


def video_of(sample: Sample, folder: Path) -> Path | None:
    """Return a sample's video, written into `folder` from its pictures if it is not there yet.

    Returns
    -------
    Path | None
        None where it has none, or one whose times are unknown.

    Raises
    ------
    DatasetError
        If a picture cannot be read.
    FileError
        If the video cannot be written.
    """
    if isinstance(sample.video, Path) or not sample.has_timed_video:
        return sample.video if isinstance(sample.video, Path) else None
    path = folder / f"{_file_name(sample.name)}.mp4"
    if path.is_file():
        return path
    _make_folder(folder)
    if isinstance(sample.video, StillPicture):
        write_still_video(path, sample.video, plan_still_video(sample.video, sample.name))
    elif isinstance(sample.video, FrameSequence):
        write_frames(path, sample.video)
    return path


def simulated_events(
    sample: Sample,
    video: Path,
    folder: Path,
    simulation: Simulation,
    report: Callable[[float, str], None],
) -> Path:
    """Return the events of a sample's video, simulated into `folder` if they are not there yet.

    Raises
    ------
    FileError
        If the video cannot be read or the events cannot be written.
    """
    stem = _file_name(sample.name)
    path = folder / f"{stem}.{simulation.preset}-{simulation.seed}.h5"
    if not path.is_file():
        _make_folder(folder)
        simulate_video(video, path, preset=simulation.preset, seed=simulation.seed, report=report)
    return path


def _file_name(name: str) -> str:
    """Return a file name for a sample's name that any system takes, with a digest to be unique."""
    digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '_', name)[-80:]}-{digest}"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectFileError(
            folder, f"cannot be made ({error.strerror}); check the permissions of its folder"
        ) from error
