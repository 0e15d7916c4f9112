"""FES: faces in event streams, with boxes and five points."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from evface.annotations.tracks import Camera, Track
from evface.datasets.dataset import Dataset, Missing
from evface.datasets.fes_labels import FaceLabels, read_fes_labels
from evface.datasets.folders import natural_key
from evface.datasets.labels import (
    EVENT_BOXES,
    EVENT_LANDMARKS,
    box_track,
    landmark_track,
    published,
)
from evface.datasets.samples import Clock, Sample
from evface.landmarks.schemes import FIVE

_SPLITS = {"train": "train", "val": "validation", "validation": "validation", "test": "test"}
_LABELS = (".xml", ".txt", ".npy")


def _scan(folder: Path) -> Iterator[Sample | Missing]:
    events: list[Path] = []
    labels: dict[str, list[Path]] = defaultdict(list)
    splits: dict[str, str] = {}
    has_histograms = False
    for path in _files_below(folder):
        suffix = path.suffix.lower()
        has_histograms |= suffix == ".h5"
        if suffix == ".raw":
            events.append(path)
        elif suffix in _LABELS:
            labels[_recording_of(path)].append(path)
        for part in path.relative_to(folder).parts[:-1]:
            if part in _SPLITS:
                splits[_recording_of(path)] = _SPLITS[part]
    if not events:
        histograms = "; its .h5 files are histograms made from events, not events"
        yield Missing(
            folder,
            f"holds no .raw files{histograms if has_histograms else ''}; get the raw recordings",
        )
    for path in events:
        if path.stem not in labels:
            yield Missing(path, "has no labels (.xml, .txt or .npy of its name); copy them too")
            continue
        yield Sample(
            name=path.relative_to(folder).with_suffix("").as_posix(),
            subject=_subject(path.relative_to(folder)),
            split=splits.get(path.stem, ""),
            events=path,
            clock=Clock.EVENTS,
            counts_from_file=True,
            read_tracks=_tracks_reader(labels[path.stem]),
        )


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort(key=lambda name: natural_key(Path(name)))
        yield from sorted((Path(parent, name) for name in names), key=natural_key)


def _recording_of(path: Path) -> str:
    """Return the stem of the recording that a file belongs to: ``20211123_1_19``."""
    if path.stem == "annotations":  # As exported: 20211123_1/19/annotations.xml
        return f"{path.parent.parent.name}_{path.parent.name}"
    return path.stem.removesuffix("_bbox")


def _subject(path: Path) -> str:
    """Return the person of a laboratory recording, the scene of one in the wild."""
    place = next((part.lower() for part in path.parts if part.lower() in ("lab", "wild")), "")
    who = path.stem.rpartition("_")[0] or path.stem
    return f"{place}/{who}" if place else who


def _tracks_reader(paths: list[Path]) -> Callable[[], dict[str, Track]]:
    def read() -> dict[str, Track]:
        faces: dict[int, FaceLabels] = {}
        for path in paths:
            for number, labels in read_fes_labels(path).items():
                face = faces.setdefault(number, FaceLabels())
                face.points.update(labels.points)
                face.boxes.update(labels.boxes)
        tracks: dict[str, Track] = {}
        for place, number in enumerate(sorted(faces), 1):
            # The first face has the plain roles, others are numbered.
            tracks |= _tracks_of(faces[number], "" if place == 1 else f"_{place}")
        return tracks

    return read


def _tracks_of(face: FaceLabels, end: str) -> dict[str, Track]:
    source = published("fes", "people")
    tracks: dict[str, Track] = {}
    if points := dict(sorted(face.points.items())):
        tracks[EVENT_LANDMARKS + end] = landmark_track(
            source, list(points), list(points.values()), scheme=FIVE, camera=Camera.EVENTS
        )
    if boxes := dict(sorted(face.boxes.items())):
        tracks[EVENT_BOXES + end] = box_track(
            source, list(boxes), list(boxes.values()), camera=Camera.EVENTS
        )
    return tracks


FES = Dataset(
    name="fes",
    title="FES: 689 minutes of events of faces, boxes and five points at 30 Hz, no RGB",
    reference=(
        'Bissarinova et al., "Faces in Event Streams (FES): An Annotated Face Dataset for Event '
        'Cameras", Sensors 24(5), 1409, 2024'
    ),
    obtain=(
        "https://github.com/IS2AI/faces-in-event-streams: a form there gives access; take the raw "
        "recordings, the preprocessed .h5 files hold no events."
    ),
    layout="""\
.../20211123_1_19.raw             events; lab: SUBJECT_EXPERIMENT, wild: SCENE_NUMBER
.../20211123_1_19.xml             boxes or points as CVAT exports them, together or one file each;
                                  or .../20211123_1/19/annotations.xml
.../20211123_1_19.txt, 20211123_1_19_bbox.npy   the converted labels, in place of the XML
Any folders; those called lab, wild, train, val and test say what they hold.""",
    labels=(
        "A box and five points (eyes, tip of the nose, corners of the mouth) on the events, at 30 "
        "Hz from the file's beginning on. Several faces become several tracks. The subject is the "
        "person in the laboratory, the scene in the wild."
    ),
    assumed=(
        "How the server's folders are called was not published, so labels are found by the "
        "recordings' names. The first eye and the first corner of the mouth are the subject's "
        "right ones, as the authors' scripts name them. The n-th face of the points is the n-th "
        "of the boxes."
    ),
    scan=_scan,
)
