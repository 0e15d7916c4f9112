"""WFLW-V: videos of faces with 98 points a frame, events to be simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import Track
from evface.datasets.dataset import Dataset, Missing
from evface.datasets.folders import files_in, read_array, read_lines
from evface.datasets.labels import BOXES, LANDMARKS, box_track, landmark_track, published
from evface.datasets.samples import Sample
from evface.datasets.splits import split_of
from evface.errors import DatasetError, VideoFileError
from evface.landmarks.schemes import WFLW98
from evface.video.reader import open_video


def _scan(folder: Path) -> Iterator[Sample | Missing]:
    for name, advice in _FOLDERS.items():
        if not (folder / name).is_dir():
            yield Missing(folder / name, f"is missing; {advice}")
    difficulty = _read_difficulty(folder)
    for labels in files_in(folder / "landmarks", ".npy"):
        video = folder / "videos" / f"{labels.stem}.mp4"
        if not video.is_file():
            yield Missing(video, "is missing; the video may have left YouTube")
            continue
        yield Sample(
            name=labels.stem,
            subject=labels.stem,
            split=split_of(labels.stem),
            is_simulated=True,
            video=video,
            shares_pixels=True,
            attributes=difficulty.get(labels.stem, {}),
            read_tracks=_tracks_reader(labels, folder / "bboxes" / labels.name, video),
        )


_FOLDERS = {
    "landmarks": "download the authors' landmarks and unpack them there",
    "bboxes": "download the authors' boxes and unpack them there",
    "videos": "make it with the authors' download_WFLW_V.py",
}


def _read_difficulty(folder: Path) -> dict[str, Mapping[str, str]]:
    return {
        line.strip(): {"difficulty": word}
        for word in ("easy", "hard")
        if (path := folder / f"{word}_video_IDs.txt").is_file()
        for line in read_lines(path)
    }


def _tracks_reader(landmarks: Path, boxes: Path, video: Path) -> Callable[[], dict[str, Track]]:
    def read() -> dict[str, Track]:
        source = published("wflw-v", "a model")
        times_us = _times_us(video)
        points = _read_array(landmarks, len(times_us), (WFLW98.n_landmarks, 2))
        tracks: dict[str, Track] = {
            LANDMARKS: landmark_track(source, times_us, points, scheme=WFLW98)
        }
        if boxes.is_file():
            corners = _read_array(boxes, len(times_us), None)
            tracks[BOXES] = box_track(source, times_us, corners[:, :4])
        return tracks

    return read


def _times_us(path: Path) -> NDArray[np.int64]:
    try:
        video = open_video(path)
    except VideoFileError as error:
        raise DatasetError(error.path, error.problem) from error
    try:
        return video.times_us
    finally:
        video.close()


def _read_array(path: Path, n_frames: int, shape: tuple[int, ...] | None) -> NDArray[np.floating]:
    """Read one row a frame, of this shape or, if None, of four numbers or more."""
    array = read_array(path)
    is_right = array.dtype.kind in "fiu" and (
        array.shape[1:] == shape if shape is not None else array.ndim == 2 and array.shape[1] >= 4
    )
    if not is_right:
        raise DatasetError(path, f"is {array.dtype} {array.shape}; download it again")
    if len(array) != n_frames:
        raise DatasetError(
            path,
            f"labels {len(array)} frames but the video has {n_frames}; download the video again",
        )
    return array


WFLW_V = Dataset(
    name="wflw-v",
    title="WFLW-V: 1,000 videos of faces, 98 points a frame; events are simulated",
    reference=(
        'Micaelli et al., "Recurrence without Recurrence: Stable Video Landmark Detection with '
        'Deep Equilibrium Models", CVPR 2023'
    ),
    obtain=(
        "https://github.com/polo5/LDEQ_RwR: landmarks and boxes are linked there, the videos are "
        "fetched from YouTube by its download_WFLW_V.py."
    ),
    layout="""\
videos/VIDEO.mp4
landmarks/VIDEO.npy           (frames, 98, 2)
bboxes/VIDEO.npy              (frames, 4 or more): x0 y0 x1 y1
easy_video_IDs.txt, hard_video_IDs.txt    from that repository; optional""",
    labels=(
        "98 points and a box on each frame, made by a model that its authors call the oracle. All "
        "of it was published for testing. For learning it is split by video: 70 % train, 10 % "
        "validation, 20 % test, chosen by name, so that a video's split never changes. Events are "
        "simulated from the videos."
    ),
    assumed="",
    scan=_scan,
)
