"""E-SIE: real event pictures of faces with five points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from evface.annotations.tracks import Camera, Track
from evface.datasets.dataset import Dataset, Missing
from evface.datasets.folders import files_in, folders_in, read_lines, read_numbers
from evface.datasets.frames import untimed
from evface.datasets.labels import (
    BOXES,
    EVENT_BOXES,
    EVENT_LANDMARKS,
    LANDMARKS,
    box_track,
    landmark_track,
    published,
)
from evface.datasets.picture_folders import check_folders, find_pictures
from evface.datasets.samples import Sample
from evface.errors import DatasetError
from evface.landmarks.schemes import FIVE

# A line gives tip of the nose, right and left corner of the mouth, right and left pupil; this is
# where each of the five points stands in it.
_ORDER = (3, 4, 0, 1, 2)


def _scan(folder: Path) -> Iterator[Sample | Missing]:
    yield from check_folders(folder, "label", "rgb")
    for user in folders_in(folder / "label"):
        for clip in folders_in(user):
            labels = files_in(clip, ".txt")
            name = f"{user.name}/{clip.name}"
            if not labels:
                yield Missing(clip, "holds no labels (.txt); copy it again")
                continue
            pictures = [f"{path.stem}.png" for path in labels]
            found = find_pictures(folder, name, pictures, rgb_folder="rgb")
            yield from found.missing
            if not found.event_frames:
                continue
            yield Sample(
                name=name,
                subject=user.name,
                split="test",
                video=found.rgb,
                event_frames=found.event_frames,
                shares_pixels=True,
                read_tracks=_tracks_reader(labels),
            )


def _tracks_reader(labels: list[Path]) -> Callable[[], dict[str, Track]]:
    def read() -> dict[str, Track]:
        numbers = np.array([_read_label(path) for path in labels])
        points = numbers[:, :10].reshape(-1, 5, 2)[:, _ORDER]
        boxes = numbers[:, 10:]
        times_us = untimed(labels).times_us
        source = published("e-sie")
        tracks: dict[str, Track] = {}
        for camera, landmarks_role, boxes_role in (
            (Camera.RGB, LANDMARKS, BOXES),
            (Camera.EVENTS, EVENT_LANDMARKS, EVENT_BOXES),
        ):
            tracks[landmarks_role] = landmark_track(
                source, times_us, points, scheme=FIVE, camera=camera
            )
            tracks[boxes_role] = box_track(source, times_us, boxes, camera=camera)
        return tracks

    return read


def _read_label(path: Path) -> list[float]:
    lines = read_lines(path)
    if not lines:
        raise DatasetError(path, "is empty; copy it again")
    return read_numbers(path, 1, lines[0].split(), 14)


E_SIE = Dataset(
    name="e-sie",
    title="E-SIE: real event pictures registered with RGB, five points, for tests only",
    reference=(
        'Kang, Kim, Kang, "Event-based Facial Keypoint Alignment via Cross-Modal Fusion Attention '
        'and Self-Supervised Multi-Event Representation Learning", arXiv 2509.24968'
    ),
    obtain="Ask its authors (Hongik University); it was not online when this was made.",
    layout="""\
label/USER/CLIP/NAME.txt         one line: 10 coordinates, then x0 y0 x1 y1 of the face
rgb/USER/CLIP/NAME.png           RGB pictures
frame/USER/CLIP/NAME.png         pictures of events; likewise voxel/ and timesurface/""",
    labels=(
        "Five points and a box on each picture, the same pixels on RGB and events. All is test. "
        "Only pictures of events were published, no events: they can be learnt from and tested "
        "on, but cannot be recordings of a project."
    ),
    assumed=(
        "The layout is that of the authors' public loader. Pictures follow one another in the "
        "order of their names; their times were not published. The first corner of the mouth and "
        "the first pupil are the subject's right ones, as in the 98 points of WFLW that they are "
        "compared with."
    ),
    scan=_scan,
)
