"""FACEMORPHIC: action units seen by an event camera and a webcam."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from evface.annotations.tracks import Track
from evface.datasets.dataset import Dataset, Missing
from evface.datasets.folders import files_in, folders_in
from evface.datasets.frames import pictures_in, timed_by_clock, untimed
from evface.datasets.labels import ACTION_UNITS, presence_track, published
from evface.datasets.samples import FrameSequence, Sample
from evface.errors import DatasetError

_N_USERS = 64
_TRAIN_SHARE = 0.8
_VIDEOS = (".mp4", ".avi", ".mkv")
# Folders of pictures of events, as the authors' conversion names them.
_EVENT_FRAMES = {"frame": "event_frames", "tbr8": "TBR8_frames"}


def _scan(folder: Path) -> Iterator[Sample | Missing]:
    root = folder / "recordings" if (folder / "recordings").is_dir() else folder
    users = [user for user in folders_in(root) if _units(user)]
    if not users:
        yield Missing(root, "holds no folders such as USER/AU_12; give the one above the users")
    elif len(users) < _N_USERS:
        yield Missing(
            root,
            f"holds {len(users)} of {_N_USERS} users, so that its split is not the published one; "
            "get the others or split it anew",
        )
    for user, split in _published_split(users).items():
        for unit in _units(user):
            for number in _numbers(unit):
                yield from _scan_clip(user, unit, number, split)


def _units(user: Path) -> list[Path]:
    return [unit for unit in folders_in(user) if unit.name.startswith("AU_")]


def _published_split(users: list[Path]) -> dict[Path, str]:
    """Split the users as the authors do: those last in the alphabet train."""
    ordered = sorted(users, key=lambda user: user.name, reverse=True)
    n_train = int(_TRAIN_SHARE * len(ordered))
    return {user: "train" if i < n_train else "test" for i, user in enumerate(ordered)}


def _numbers(unit: Path) -> list[int]:
    """Return the numbers of the repetitions, whatever is there of each."""
    stems = [path.stem for path in (*files_in(unit, ".raw", *_VIDEOS), *folders_in(unit))]
    ends = {stem.rpartition("_")[2] for stem in stems}
    return sorted(int(end) for end in ends if end.isdecimal())


def _scan_clip(user: Path, unit: Path, number: int, split: str) -> Iterator[Sample | Missing]:
    raw = unit / f"event_{number}.raw"
    pictures = {
        name: untimed(paths)
        for name, prefix in _EVENT_FRAMES.items()
        if (paths := pictures_in(unit / f"{prefix}_{number}"))
    }
    if not raw.is_file():
        yield Missing(raw, "is missing; copy it again")
        if not pictures:
            return
    try:
        video = _video(unit, number)
    except DatasetError as error:
        video = None
        yield Missing(error.path, error.problem)
    else:
        if video is None:
            yield Missing(
                unit / f"frames_{number}", "is missing, so there is no video; copy it again"
            )
    yield Sample(
        name=f"{user.name}/{unit.name}/{number}",
        subject=user.name,
        split=split,
        events=raw if raw.is_file() else None,
        video=video,
        event_frames=pictures,
        label=_label(unit.name),
        video_start_us=_video_start_us(video),
        counts_from_file=True,
        read_tracks=_tracks_reader(unit, number, video),
    )


def _video(unit: Path, number: int) -> Path | FrameSequence | None:
    if frames := pictures_in(unit / f"frames_{number}"):
        return timed_by_clock(frames)
    videos = [path for path in files_in(unit, *_VIDEOS) if path.stem.endswith(f"_{number}")]
    return videos[0] if videos else None


def _video_start_us(video: Path | FrameSequence | None) -> int | None:
    """Return when the first frame was taken: one frame time after the event file begins.

    So does the authors' conversion, which gives the events from the file's beginning on to the
    first frame.
    """
    if not isinstance(video, FrameSequence) or len(video) < 2:
        return None
    return round(int(video.times_us[-1]) / (len(video) - 1))


def _label(name: str) -> str:
    """Return ``AU12`` for ``AU_12``, and ``free`` and ``reading`` for those two."""
    unit = name.removeprefix("AU_")
    return f"AU{unit}" if unit.isdecimal() else unit.lower()


def _tracks_reader(
    unit: Path, number: int, video: Path | FrameSequence | None
) -> Callable[[], dict[str, Track]]:
    path = unit / f"event_frames_{number}" / "annotation.json"

    def read() -> dict[str, Track]:
        label = _label(unit.name)
        if not isinstance(video, FrameSequence) or not label.startswith("AU"):
            return {}
        if not path.is_file():
            return {}
        start, stop = _read_annotation(path)
        frames = np.arange(len(video))
        is_present = (start <= frames) & (frames < stop)
        if not is_present.any():
            return {}
        source = published("facemorphic", "people")
        return {ACTION_UNITS: presence_track(source, video.times_us, is_present, label)}

    return read


def _read_annotation(path: Path) -> tuple[int, int]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return int(said["start"]), int(said["end"])
    except (OSError, ValueError, OverflowError, TypeError, KeyError) as error:
        raise DatasetError(
            path, f"does not say start and end of the action ({error}); copy it again"
        ) from error


FACEMORPHIC = Dataset(
    name="facemorphic",
    title="FACEMORPHIC: 24 action units by 64 people, event camera and webcam",
    reference=(
        'Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", '
        "arXiv 2409.10213"
    ),
    obtain="Ask its authors (MICC, University of Florence); it was not online when this was made.",
    layout="""\
recordings/USER/AU_12/event_1.raw          events, IMX646, 1280x720
recordings/USER/AU_12/frames_1/frame_0_15:19:28.385380.jpg ...   webcam frames, time in the name
recordings/USER/AU_12/event_frames_1/annotation.json   {"start": 51, "end": 104}, frames; optional
recordings/USER/AU_FREE, AU_READING        the same, without action
FOLDER may be recordings itself.""",
    labels=(
        "The class is the folder's name. annotation.json becomes a track of presence: 1 from the "
        "frame start on to before the frame end. Where that names no frame there is no track. "
        "The split is the authors': user names in reverse order, the first 80 % train, no "
        "validation."
    ),
    assumed=(
        "The layout is that of the authors' public scripts. The first webcam frame is taken to end "
        "one frame time after the event file begins, as their conversion does. A video whose name "
        "ends in _1 is taken where frames_1 is missing, and its beginning is then unknown."
    ),
    scan=_scan,
)
