"""Clips of event pictures with 98 points: e-CelebV, and WFLW-V as converted for the same paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import Camera, Track
from evface.datasets.dataset import Dataset, Missing
from evface.datasets.folders import files_in, read_lines, read_numbers
from evface.datasets.frames import read_picture
from evface.datasets.labels import EVENT_LANDMARKS, LANDMARKS, landmark_track, published
from evface.datasets.picture_folders import ClipPictures, check_folders, find_pictures
from evface.datasets.samples import Sample
from evface.errors import DatasetError
from evface.landmarks.schemes import WFLW98

_N_NUMBERS = 2 * WFLW98.n_landmarks


@dataclass(frozen=True)
class _Layout:
    """Where such a set keeps what.

    Parameters
    ----------
    side_px
        The labels are on pictures stretched to a square of this side; None where they are on the
        pictures as they are.
    is_cut
        Whether a clip is a part of a video, its name the video's and a number.
    """

    dataset: str
    labels: str
    rgb: str
    split: str
    side_px: int | None
    is_cut: bool

    def scan(self, folder: Path) -> Iterator[Sample | Missing]:
        yield from check_folders(folder, self.labels, self.rgb)
        splits: Mapping[str, str] = {}
        if (folder / self.split).is_file():
            splits = _read_split(folder / self.split)
        else:
            yield Missing(folder / self.split, "is missing, so there is no split; copy it there")
        for labels in files_in(folder / self.labels, ".txt"):
            names = [line.split()[-1] for line in read_lines(labels)]
            if not names:
                yield Missing(labels, "is empty; copy it again")
                continue
            found = find_pictures(folder, labels.stem, names, rgb_folder=self.rgb)
            yield from found.missing
            if found.event_frames:
                yield Sample(
                    name=labels.stem,
                    subject=self._subject(labels.stem),
                    split=splits.get(labels.stem, ""),
                    video=found.rgb,
                    event_frames=found.event_frames,
                    shares_pixels=True,
                    read_tracks=self._tracks_reader(labels, found),
                )

    def _subject(self, clip: str) -> str:
        """Return the video that a clip was cut from: several of one video show one person."""
        return clip.rpartition("_")[0] or clip if self.is_cut else clip

    def _tracks_reader(self, labels: Path, found: ClipPictures) -> Callable[[], dict[str, Track]]:
        def read() -> dict[str, Track]:
            rows = [
                read_numbers(labels, k, line.split(), _N_NUMBERS)
                for k, line in enumerate(read_lines(labels), 1)
            ]
            points = np.array(rows).reshape(-1, WFLW98.n_landmarks, 2)
            tracks: dict[str, Track] = {}
            for role, camera, frames in (
                (LANDMARKS, Camera.RGB, found.rgb),
                (EVENT_LANDMARKS, Camera.EVENTS, next(iter(found.event_frames.values()))),
            ):
                if frames is not None:
                    tracks[role] = landmark_track(
                        published(self.dataset, "a model"),
                        frames.times_us,
                        self._on_picture(points, frames.paths[0]),
                        scheme=WFLW98,
                        camera=camera,
                    )
            return tracks

        return read

    def _on_picture(self, points: NDArray[np.float64], picture: Path) -> NDArray[np.float64]:
        if self.side_px is None:
            return points
        height, width = read_picture(picture).shape[:2]
        scale = np.array([width, height]) / self.side_px
        # The origin is the centre of the top left pixel, which moves when a picture is stretched.
        return (points + 0.5) * scale - 0.5


def _read_split(path: Path) -> dict[str, str]:
    """Return the split of each clip; ``validation`` may be missing."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(clip): split
            for split in ("train", "validation", "test")
            for clip in said.get(split, ())
        }
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DatasetError(path, f"is no list of splits ({error}); copy it again") from error


_E_CELEBV = _Layout(
    dataset="e-celebv",
    labels="ecelebv_gt_frame_max",
    rgb="rgb_frame_max",
    split="train_val_test_split_multilabel_mod.json",
    side_px=512,
    is_cut=True,
)
_WFLW_V_PICTURES = _Layout(
    dataset="wflw-v-pictures",
    labels="labels",
    rgb="images_selected",
    split="train_test_split.json",
    side_px=None,
    is_cut=False,
)
_REFERENCE = (
    'Kang, Kim, Kang, "Event-based Facial Keypoint Alignment via Cross-Modal Fusion Attention and '
    'Self-Supervised Multi-Event Representation Learning", arXiv 2509.24968'
)
_PICTURES_ONLY = (
    "Only pictures of events were published, no events: they can be learnt from and tested on, but "
    "cannot be recordings of a project."
)

E_CELEBV = Dataset(
    name="e-celebv",
    title="e-CelebV: pictures of simulated events of CelebV-HQ, 98 points",
    reference=_REFERENCE,
    obtain=(
        "Ask its authors (Hongik University); the split's JSON is in their public repository. It "
        "is made from CelebV-HQ, for research only."
    ),
    layout="""\
train_val_test_split_multilabel_mod.json    {"train": [CLIP, ...], "validation": ..., "test": ...}
ecelebv_gt_frame_max/CLIP.txt      a line a picture: 196 coordinates and NAME.png
rgb_frame_max/CLIP/NAME.png        RGB pictures
frame/CLIP/NAME.png                pictures of events; likewise voxel/ and timesurface/""",
    labels=(
        "98 points on each picture, made by a model. They are on pictures stretched to 512x512 and "
        f"are carried to the pixels of each. The published split is kept. {_PICTURES_ONLY}"
    ),
    assumed=(
        "The layout is that of the authors' public loader. Pictures are chosen moments, so their "
        "times are unknown. The subject is the video that a clip was cut from: its name without "
        "the last number."
    ),
    scan=_E_CELEBV.scan,
)
WFLW_V_PICTURES = Dataset(
    name="wflw-v-pictures",
    title="WFLW-V as pictures of simulated events, 98 points",
    reference=_REFERENCE,
    obtain="Ask its authors (Hongik University); it was not online when this was made.",
    layout="""\
train_test_split.json              {"train": [VIDEO, ...], "test": [VIDEO, ...]}
labels/VIDEO.txt                   a line a picture: 196 coordinates and NAME.png
images_selected/VIDEO/NAME.png     RGB pictures
frame/VIDEO/NAME.png               pictures of events; likewise voxel/ and timesurface/""",
    labels=(
        "98 points on each picture, made by a model. The published split is kept. "
        f"{_PICTURES_ONLY} For events, load the videos as wflw-v."
    ),
    assumed=(
        "The layout is that of the authors' public loader. Pictures are chosen moments, so their "
        "times are unknown."
    ),
    scan=_WFLW_V_PICTURES.scan,
)
