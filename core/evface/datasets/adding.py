"""Samples of a data set as recordings of a project, with their published labels."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import BoxTrack, Camera, JsonValue, LandmarkTrack, Track
from evface.datasets.frames import write_frames
from evface.datasets.labels import BOXES, EVENT_BOXES, EVENT_LANDMARKS, LANDMARKS
from evface.datasets.samples import Clock, FrameSequence, Sample, StillPicture
from evface.datasets.stills import StillVideo, plan_still_video, write_still_video
from evface.errors import DatasetError, FileError
from evface.events.sources import open_events
from evface.geometry.clock import ClockSync
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.simulation.video import simulate_video

_Report = Callable[[float, str], None]
# Where labels of the video hold on the events too.
_ON_EVENTS = {LANDMARKS: EVENT_LANDMARKS, BOXES: EVENT_BOXES}


@dataclass(frozen=True)
class Simulation:
    """How events are simulated where there are none: a key of `PRESETS`, and a seed."""

    preset: str = "v2e"
    seed: int = 0


def recording_name(dataset: str, sample: Sample) -> str:
    """Return what a sample is called in a project: data set, sample and class."""
    name = f"{dataset}/{sample.name}"
    return f"{name} {sample.label}" if sample.label else name


def media_folder(project: Path) -> Path:
    """Return where videos and events are put that are made for a project: beside it."""
    return project.with_name(f"{project.stem}.media")


def add_sample(
    project: Project,
    dataset: str,
    sample: Sample,
    *,
    simulation: Simulation | None = None,
    report: _Report = lambda _fraction, _message: None,
) -> RecordingEntry:
    """Add a sample to a project. Nothing is written into the data set.

    Frames in folders are written as a video, and missing events are simulated, once, into the
    project's media folder; what lies there already is used again. The labels become tracks on the
    sensor's clock, their sources tell the sample's subject, split and class.

    Parameters
    ----------
    dataset
        Name of the data set.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Raises
    ------
    DatasetError
        If the sample has pictures of events but no events and no video, or is damaged.
    RecordingError
        If the project has it already.
    FileError
        If media cannot be read or written.
    """
    tracks = sample.read_tracks()
    stem = media_folder(project.path) / dataset / _file_name(sample.name)
    still = None
    if isinstance(sample.video, StillPicture):
        still = plan_still_video(sample.video, sample.name)
        tracks = {role: still.carry(track) for role, track in tracks.items()}
    video = _video_of(sample, stem, still)
    events = sample.events
    if events is None and video is not None:
        events = _simulated(video, stem, simulation or Simulation(), report)
    if events is None:
        raise DatasetError(
            _first_picture(sample),
            "is a picture of events, of which no events were published; it can be learnt from, "
            "but is no recording for a project",
        )
    if sample.is_simulated or sample.shares_pixels:
        tracks = _on_both_cameras(tracks)
    origin_us = _origin_us(events)
    sync = None
    if sample.events is not None and video is not None and sample.video_start_us is not None:
        sync = ClockSync(sample.video_start_us - origin_us, method="published")
    entry = project.add_recording(events, video, name=recording_name(dataset, sample), sync=sync)
    if tracks:
        on_clock = {
            role: _on_sensor_clock(track, sample, entry.sync, origin_us)
            for role, track in tracks.items()
        }
        project.apply(ReplaceTracks(entry.id, on_clock, "Add published labels"))
    return entry


def _first_picture(sample: Sample) -> Path:
    frames = next(iter(sample.event_frames.values()), sample.video)
    return frames.paths[0] if isinstance(frames, FrameSequence) else Path(sample.name)


def _file_name(name: str) -> str:
    """Return a file name for a sample's name that any system takes, with a digest to be unique."""
    digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '_', name)[-80:]}-{digest}"


def _video_of(sample: Sample, stem: Path, still: StillVideo | None) -> Path | None:
    """Return the sample's video, made of its pictures where it has no other."""
    if isinstance(sample.video, Path) or not sample.has_timed_video:
        return sample.video if isinstance(sample.video, Path) else None
    path = stem.with_name(f"{stem.name}.mp4")
    if path.is_file():
        return path
    _make_folder(path.parent)
    if isinstance(sample.video, StillPicture) and still is not None:
        write_still_video(path, sample.video, still)
    elif isinstance(sample.video, FrameSequence):
        write_frames(path, sample.video)
    return path


def _simulated(video: Path, stem: Path, simulation: Simulation, report: _Report) -> Path:
    path = stem.with_name(f"{stem.name}.{simulation.preset}-{simulation.seed}.h5")
    if not path.is_file():
        _make_folder(path.parent)
        simulate_video(video, path, preset=simulation.preset, seed=simulation.seed, report=report)
    return path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            folder, f"cannot be made ({error.strerror}); check the permissions of its folder"
        ) from error


def _on_both_cameras(tracks: Mapping[str, Track]) -> dict[str, Track]:
    """Return the tracks, with those of the video on the events as well."""
    copies: dict[str, Track] = {}
    for shown, role in _ON_EVENTS.items():
        track = tracks.get(shown)
        if isinstance(track, LandmarkTrack | BoxTrack):
            copies[role] = replace(track, camera=Camera.EVENTS)
    # What was published of the events themselves comes first.
    return copies | dict(tracks)


def _origin_us(events: Path) -> int:
    source = open_events(events)
    try:
        return source.origin_us
    finally:
        source.close()


def _on_sensor_clock(track: Track, sample: Sample, sync: ClockSync, origin_us: int) -> Track:
    if sample.clock is Clock.EVENT_FILE:
        times_us = track.times_us - origin_us
    else:
        times_us = sync.to_sensor_us(track.times_us)
    about: dict[str, JsonValue] = {
        "sample": sample.name,
        "subject": sample.subject,
        "split": sample.split,
        "label": sample.label,
    }
    said = {key: value for key, value in about.items() if value} | dict(sample.attributes)
    source = replace(track.source, settings={**track.source.settings, **said})
    return replace(track, times_us=times_us.astype(np.int64), source=source)
