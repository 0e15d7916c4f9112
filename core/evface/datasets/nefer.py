"""NEFER: emotions of people who watch videos, seen by an event camera and a GoPro."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from evface.annotations.tracks import Track
from evface.datasets.dataset import Dataset, Missing
from evface.datasets.folders import read_table
from evface.datasets.frames import pictures_in, untimed
from evface.datasets.samples import Sample
from evface.errors import DatasetError

# A recording's name with this at its end names the folder of the pictures made from it.
_CONVERTED = "_cd"


@dataclass(frozen=True)
class _Clip:
    user: str
    name: str
    emotion: str

    @property
    def recording(self) -> str:
        return self.name.removesuffix(_CONVERTED)


def _scan(folder: Path) -> Iterator[Sample | Missing]:
    videos, rgb_videos = folder / "event_videos", folder / "rgb_videos"
    raw, pictures, rgb = _raw_below(videos), _pictures_below(videos), _pictures_below(rgb_videos)
    for path, is_there in ((videos, bool(raw or pictures)), (rgb_videos, bool(rgb))):
        if not is_there:
            yield Missing(path, "is missing or empty; unpack the data set's archive there")
    tables = _tables_below(folder / "annotations")
    for split in ("train", "validation"):
        table = tables.get(f"{split}_event.csv")
        if table is None:
            yield Missing(
                folder / "annotations" / "expected_emotions" / f"{split}_event.csv",
                "is missing; copy annotations from the data set's repository",
            )
            continue
        clips = _read_clips(table)
        reported = _read_emotions(tables.get(f"{split}_event_subjective.csv"))
        gopro = _pair(clips, tables.get(f"{split}_gopro.csv"))
        for clip in clips:
            events = raw.get(clip.recording)
            frames = pictures_in(pictures[clip.name]) if clip.name in pictures else []
            if events is None:
                yield Missing(videos, f"lacks {clip.recording}.raw; unpack the archive again")
                if not frames:
                    continue
            video = rgb.get(gopro.get(clip, ""))
            yield Sample(
                name=f"{clip.user}/{clip.recording}",
                subject=clip.user,
                split=split,
                events=events,
                video=None if video is None else untimed(pictures_in(video)),
                event_frames={"tbr": untimed(frames)} if frames else {},
                label=clip.emotion,
                attributes={"reported": reported[clip.name]} if clip.name in reported else {},
                read_tracks=_no_tracks,
            )


def _no_tracks() -> dict[str, Track]:
    return {}


def _raw_below(folder: Path) -> dict[str, Path]:
    """Return the event files below a folder, by stem."""
    return {
        Path(name).stem: Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(".raw")
    }


def _pictures_below(folder: Path) -> dict[str, Path]:
    """Return the folders below a folder that hold pictures, by name."""
    return {
        Path(parent).name: Path(parent)
        for parent, _, names in os.walk(folder)
        if any(name.lower().endswith((".png", ".jpg")) for name in names)
    }


def _tables_below(folder: Path) -> dict[str, Path]:
    return {
        name: Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.endswith(".csv")
    }


def _read_clips(table: Path) -> list[_Clip]:
    """Return the clips of a table, whose rows are user, clip, a picture's path and emotion."""
    rows = []
    for number, row in read_table(table):
        rows.append(row)
        if len(row) != 4:
            raise DatasetError(
                table, f"line {number}: expected 4 columns, got {len(row)}; download it again"
            )
    # The path is where its authors had the picture, and is not followed.
    clips = (_Clip(user, name, emotion) for user, name, _, emotion in rows)
    return [clip for clip, _ in groupby(clips)]


def _read_emotions(table: Path | None) -> Mapping[str, str]:
    return {} if table is None else {clip.name: clip.emotion for clip in _read_clips(table)}


def _pair(clips: list[_Clip], table: Path | None) -> dict[_Clip, str]:
    """Return the GoPro's clip of each clip of events.

    Nobody published the pairs. Those of a user are paired in order, and only where both cameras
    have as many clips with the same emotions one after the other.
    """
    if table is None:
        return {}
    pairs: dict[_Clip, str] = {}
    others = _read_clips(table)
    for user in {clip.user for clip in clips}:
        ours = [clip for clip in clips if clip.user == user]
        theirs = [clip for clip in others if clip.user == user]
        if [clip.emotion for clip in ours] == [clip.emotion for clip in theirs]:
            pairs |= {one: other.name for one, other in zip(ours, theirs, strict=True)}
    return pairs


NEFER = Dataset(
    name="nefer",
    title="NEFER: seven emotions of 29 people, event camera and GoPro",
    reference=(
        'Berlincioni et al., "Neuromorphic Event-based Facial Expression Recognition", '
        "CVPR Workshops 2023"
    ),
    obtain=(
        "https://github.com/miccunifi/NEFER: the archive is linked there, the annotations lie in "
        "that repository."
    ),
    layout="""\
event_videos/.../user03_2022-06-08_15-12-06.raw          events
event_videos/.../user03_2022-06-08_15-12-06_cd/frame_00.png ...   binary pictures; optional
rgb_videos/.../GOPR0804/frame_00.png ...                 RGB frames; optional
annotations/expected_emotions/train_event.csv, validation_event.csv, train_gopro.csv, ...
annotations/reported_emotions/train_event_subjective.csv, ...     optional""",
    labels=(
        "The class is the emotion that the watched video should give; the one that the person "
        "reported is kept beside it. The published split by person is kept: train and validation."
    ),
    assumed=(
        "Events are found by the names that the tables give, in whatever folders. GoPro clips are "
        "paired with clips of events in order, where emotions agree. Times of RGB frames and of "
        "the pictures of events were not published, so a project gets the events only. The paper's "
        "boxes and landmarks are not in its repository and are not read."
    ),
    scan=_scan,
)
