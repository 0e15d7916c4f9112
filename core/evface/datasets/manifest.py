"""Any folder as a data set, by a table that says what lies where: ``manifest.csv``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from evface.datasets.dataset import Dataset, Missing
from evface.datasets.folders import inside, read_table, read_time_us
from evface.datasets.frames import at_rate, pictures_in, timed_by_clock, timed_by_number, untimed
from evface.datasets.manifest_labels import LABEL_COLUMNS, LabelFiles
from evface.datasets.samples import Clock, FrameSequence, Sample
from evface.datasets.splits import SPLITS
from evface.errors import DatasetError
from evface.landmarks.schemes import IBUG68, SCHEMES

_COLUMNS = (
    *("name", "subject", "split", "label"),
    *("events", "video", "event_frames", "frame_times", "video_start_us", "registered"),
    *LABEL_COLUMNS,
    *("scheme", "clock"),
)
_UNITS_US = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}
_CLOCKS = {"": Clock.VIDEO, "video": Clock.VIDEO, "events": Clock.EVENTS}
_Value = TypeVar("_Value")


class _LineError(Exception):
    """A line of the manifest cannot be used. Its text says what is wrong, and what to do."""


def _scan(folder: Path) -> Iterator[Sample | Missing]:
    path = folder if folder.is_file() else folder / "manifest.csv"
    if not path.is_file():
        yield Missing(path, "is missing; write one line a recording")
        return
    names: set[str] = set()
    for number, row in _read_rows(path):
        try:
            sample = _Line(path, row).sample()
            if sample.name in names:
                raise _LineError(f"the name {sample.name!r} is there twice; change one")
        except _LineError as error:
            yield Missing(path, f"line {number}: {error}")
        except DatasetError as error:
            yield Missing(error.path, error.problem)
        else:
            names.add(sample.name)
            yield sample


def _read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the lines' numbers and their words by column; those that are left out are empty."""
    lines = read_table(path)
    columns = [column.strip() for column in next(lines, (1, []))[1]]
    unknown = [column for column in columns if column not in _COLUMNS]
    if unknown or "name" not in columns:
        what = f"has an unknown column {unknown[0]!r}" if unknown else "has no column 'name'"
        raise DatasetError(path, f"{what}; use some of {', '.join(_COLUMNS)}")
    for number, words in lines:
        named = zip(columns, (word.strip() for word in words), strict=False)
        yield number, dict.fromkeys(_COLUMNS, "") | dict(named)


class _Line:
    """One line of a manifest."""

    def __init__(self, manifest: Path, row: Mapping[str, str]) -> None:
        self._manifest = manifest
        self._row = row

    def sample(self) -> Sample:
        row = self._row
        if not row["name"]:
            raise _LineError("has no name; give each line one of its own")
        events, video = self._path("events"), self._video()
        event_frames = self._frames("event_frames")
        if events is None and video is None and event_frames is None:
            raise _LineError("names neither events nor video nor event_frames; name one")
        is_registered = {"": events is None, "yes": True, "no": False}
        labels = LabelFiles(
            {column: path for column in LABEL_COLUMNS if (path := self._path(column))},
            self._choose("scheme", {"": IBUG68, **SCHEMES}),
        )
        return Sample(
            name=row["name"],
            subject=row["subject"] or row["name"],
            split=self._choose("split", {name: name for name in ("", *SPLITS)}),
            events=events,
            is_simulated=events is None and getattr(video, "is_timed", video is not None),
            video=video,
            event_frames={} if event_frames is None else {"frame": event_frames},
            label=row["label"],
            clock=self._choose("clock", _CLOCKS),
            video_start_us=self._time_us("video_start_us"),
            shares_pixels=self._choose("registered", is_registered),
            read_tracks=labels.read_tracks,
        )

    def _path(self, column: str) -> Path | None:
        if not self._row[column]:
            return None
        path = inside(self._manifest.parent, self._row[column], named_in=self._manifest)
        if not path.exists():
            raise DatasetError(path, f"is missing; {self._manifest.name} names it as {column}")
        return path

    def _video(self) -> Path | FrameSequence | None:
        path = self._path("video")
        return path if path is None or path.is_file() else self._frames("video")

    def _frames(self, column: str) -> FrameSequence | None:
        """Return the pictures in the folder that a column names, at the times stated."""
        folder = self._path(column)
        if folder is None:
            return None
        paths = pictures_in(folder)
        if not paths:
            raise DatasetError(folder, "holds no pictures (.png, .jpg, .bmp); name their folder")
        said = self._row["frame_times"]
        if not said:
            return untimed(paths)
        if said == "clock":
            return timed_by_clock(paths)
        if said in _UNITS_US:
            return timed_by_number(paths, _UNITS_US[said])
        try:
            rate_hz = float(said)
        except ValueError:
            rate_hz = math.nan
        if not 0 < rate_hz < 1e6:
            units = ", ".join(_UNITS_US)
            raise _LineError(f"frame_times is {said!r}; use clock, {units} or frames a second")
        return at_rate(paths, rate_hz)

    def _time_us(self, column: str) -> int | None:
        try:
            return read_time_us(self._row[column]) if self._row[column] else None
        except ValueError:
            raise _LineError(f"{column} is {self._row[column]!r}; use whole microseconds") from None

    def _choose(self, column: str, choices: Mapping[str, _Value]) -> _Value:
        said = self._row[column]
        if said not in choices:
            known = ", ".join(filter(None, choices))
            raise _LineError(f"{column} is {said!r}; use {known} or nothing")
        return choices[said]


MANIFEST = Dataset(
    name="manifest",
    title="Any folder, by a manifest.csv that says what lies where",
    reference="None: your own recordings, or a data set laid out otherwise than expected.",
    obtain="Write manifest.csv with a first line of column names, then one line a recording.",
    layout="""\
manifest.csv in FOLDER, or FOLDER is such a file. Columns in any order, all but name optional:
name             of the recording, each once
subject          who it is; lines of one subject never lie on both sides of a split
split            train, validation or test
label            class of the recording, such as AU12
events           an event file
video            a video, or a folder of pictures; without events they are simulated from it
event_frames     a folder of pictures of events
frame_times      times of pictures in folders: clock (15:19:28.385380 in the name), ns, us, ms or s
                 (the last number in the name), or frames a second, such as 30
video_start_us   when the first frame was taken, us since the first event
registered       yes: a pixel of the video and the same one of the events see the same place
landmarks        CSV: t_us,x0,y0,x1,y1,... on the video; nothing between commas where missing
landmarks_events likewise, on the events
boxes            CSV: t_us,x0,y0,x1,y1 on the video
boxes_events     likewise, on the events
scheme           of the landmarks: ibug68 (if empty), wflw98 or five
clock            of t_us: video (if empty), zero at the first frame; events, zero at the first""",
    labels="Landmarks and boxes from the files named, classes from the column label.",
    assumed=(
        "Paths are relative to the manifest's folder and stay inside: absolute ones, .. and links "
        "that lead out are refused, so that a manifest from elsewhere reads nothing else."
    ),
    scan=_scan,
    takes_file=True,
)
