"""Samples of a data set as recordings of a project, with their published labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import BoxTrack, Camera, JsonValue, LandmarkTrack, Track
from evface.datasets.dataset import Dataset
from evface.datasets.file_start import first_event_delay_us
from evface.datasets.labels import BOXES, EVENT_BOXES, EVENT_LANDMARKS, LANDMARKS
from evface.datasets.sample_media import Simulation, media_folder, simulated_events, video_of
from evface.datasets.samples import Clock, Sample, StillPicture
from evface.datasets.stills import plan_still_video
from evface.errors import DatasetError, EvfaceError, ProjectFileError
from evface.events.sources import open_events
from evface.geometry.clock import ClockSync
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project

_Report = Callable[[float, str], None]
# Where labels of the video hold on the events too.
_ON_EVENTS = {LANDMARKS: EVENT_LANDMARKS, BOXES: EVENT_BOXES}
_PICTURES_ONLY = (
    "has pictures of events, but no events and no video with times; it can be learnt from, but is "
    "no recording for a project"
)


@dataclass(frozen=True)
class Addition:
    """What became of the samples of a folder.

    Parameters
    ----------
    added
        Names of the new recordings.
    n_there
        How many the project had already.
    n_pictures
        How many have pictures of events only, and so can be no recordings.
    errors
        Why others could not be added, one line each.
    """

    added: tuple[str, ...]
    n_there: int
    n_pictures: int
    errors: tuple[str, ...]


def add_dataset(
    project: Project,
    dataset: Dataset,
    folder: Path,
    *,
    split: str | None = None,
    limit: int | None = None,
    simulation: Simulation | None = None,
    report: _Report = lambda _fraction, _message: None,
) -> Addition:
    """Add the samples of a folder that a project does not have yet.

    One that cannot be added does not keep the others from it. Called again after it was broken
    off, it goes on where it was.

    Parameters
    ----------
    split
        Only those of this split; all when None.
    limit
        The most to add; all when None.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Raises
    ------
    DatasetError
        If the folder holds nothing of the data set, or pictures of events only.
    ProjectFileError
        If the project or its media folder cannot be written.
    """
    there = {entry.name for entry in project.recordings()}
    report(0.0, f"Looking for {dataset.name}")
    names = [
        recording_name(dataset.name, sample) for sample in dataset.iter_samples(folder, split=split)
    ]
    n_there = sum(name in there for name in names)
    n_new = len(names) - n_there if limit is None else min(limit, len(names) - n_there)
    added: list[str] = []
    errors: list[str] = []
    n_pictures = 0
    for sample in dataset.iter_samples(folder, split=split):
        name = recording_name(dataset.name, sample)
        if name in there:
            continue
        if len(added) == n_new:
            break
        if not sample.is_recording:
            n_pictures += 1
            continue
        n_before = len(added) + len(errors) + n_pictures
        try:
            add_sample(
                project,
                dataset.name,
                sample,
                simulation=simulation,
                report=_part_of(report, n_before, n_new, name),
            )
        except ProjectFileError:
            raise  # The next sample would meet the same.
        except EvfaceError as error:
            errors.append(str(error))
        else:
            added.append(name)
    if n_pictures and n_pictures == len(names):
        raise DatasetError(folder, _PICTURES_ONLY)
    return Addition(tuple(added), n_there, n_pictures, tuple(errors))


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
    sensor's clock; their sources tell the sample's subject, split and class.

    Parameters
    ----------
    dataset
        Name of the data set.
    report
        Told the progress, 0 to 1. An exception that it raises ends the work.

    Raises
    ------
    DatasetError
        If the sample has pictures of events only, or is damaged.
    RecordingError
        If the project has it already.
    FileError
        If media cannot be read or written.
    """
    tracks = sample.read_tracks()
    folder = media_folder(project.path) / dataset
    report(0.0, "Looking at its media")
    video = video_of(sample, folder) if sample.is_recording else None
    events = sample.events
    if events is None and video is not None:
        events = simulated_events(sample, video, folder, simulation or Simulation(), report)
    if events is None:
        raise DatasetError(Path(sample.name), _PICTURES_ONLY)
    if isinstance(sample.video, StillPicture):
        plan = plan_still_video(sample.video, sample.name)
        tracks = {role: plan.carry(track) for role, track in tracks.items()}
    if sample.is_simulated or sample.shares_pixels:
        tracks = _on_both_cameras(tracks)
    zero_us = _first_event_us(events) if sample.counts_from_file else 0
    sync = None
    if sample.events is not None and video is not None and sample.video_start_us is not None:
        sync = ClockSync(sample.video_start_us - zero_us, method="published")
    entry = project.add_recording(events, video, name=recording_name(dataset, sample), sync=sync)
    if tracks:
        on_clock: dict[str, Track] = {
            role: _on_sensor_clock(track, sample, entry.sync, zero_us)
            for role, track in tracks.items()
        }
        project.apply(ReplaceTracks(entry.id, on_clock, "Add published labels"))
    return entry


def recording_name(dataset: str, sample: Sample) -> str:
    """Return what a sample is called in a project: data set, sample and class."""
    name = f"{dataset}/{sample.name}"
    return f"{name} {sample.label}" if sample.label else name


def _part_of(report: _Report, n_before: int, n: int, name: str) -> _Report:
    def part(fraction: float, message: str) -> None:
        report(min((n_before + fraction) / n, 1.0), f"{name}: {message}")

    return part


def _on_both_cameras(tracks: Mapping[str, Track]) -> dict[str, Track]:
    """Return the tracks, with those of the video on the events as well."""
    copies: dict[str, Track] = {}
    for shown, role in _ON_EVENTS.items():
        track = tracks.get(shown)
        if isinstance(track, LandmarkTrack | BoxTrack):
            copies[role] = replace(track, camera=Camera.EVENTS)
    # What was published of the events themselves comes first.
    return copies | dict(tracks)


def _first_event_us(events: Path) -> int:
    source = open_events(events)
    try:
        return first_event_delay_us(source)
    finally:
        source.close()


def _on_sensor_clock(track: Track, sample: Sample, sync: ClockSync, zero_us: int) -> Track:
    if sample.clock is Clock.EVENTS:
        times_us = track.times_us - zero_us
    else:
        times_us = sync.to_sensor_us(track.times_us)
    about = {
        "sample": sample.name,
        "subject": sample.subject,
        "split": sample.split,
        "label": sample.label,
        **sample.attributes,
    }
    said: dict[str, JsonValue] = {key: value for key, value in about.items() if value}
    source = replace(track.source, settings={**track.source.settings, **said})
    return replace(track, times_us=times_us, source=source)
