"""WFLW: still faces with 98 points, to be moved before a simulated event camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from evface.annotations.tracks import Track
from evface.datasets.dataset import Dataset, Missing
from evface.datasets.folders import inside, read_lines, read_numbers
from evface.datasets.labels import BOXES, LANDMARKS, box_track, landmark_track, published
from evface.datasets.samples import Sample, StillPicture
from evface.errors import DatasetError
from evface.landmarks.schemes import WFLW98

_LISTS = Path("WFLW_annotations", "list_98pt_rect_attr_train_test")
_PICTURES = "WFLW_images"
_ATTRIBUTES = ("pose", "expression", "illumination", "make-up", "occlusion", "blur")
_N_POINTS = 2 * WFLW98.n_landmarks
# Coordinates, box, attributes, and the picture's name.
_N_WORDS = _N_POINTS + 4 + len(_ATTRIBUTES) + 1


def _scan(folder: Path) -> Iterator[Sample | Missing]:
    pictures = folder / _PICTURES
    if not pictures.is_dir():
        yield Missing(pictures, "is missing; unpack WFLW_images.tar.gz there")
    for split in ("train", "test"):
        path = folder / _LISTS / f"list_98pt_rect_attr_{split}.txt"
        if not path.is_file():
            yield Missing(path, "is missing; unpack WFLW_annotations.tar.gz there")
            continue
        for number, line in enumerate(read_lines(path), 1):
            try:
                yield _sample(path, number, line, split, pictures)
            except DatasetError as error:
                yield Missing(error.path, error.problem)


def _sample(path: Path, number: int, line: str, split: str, pictures: Path) -> Sample:
    # The name comes last, and may hold blanks.
    words = line.split(maxsplit=_N_WORDS - 1)
    if len(words) < _N_WORDS:
        raise DatasetError(
            path, f"line {number}: expected {_N_WORDS} words, got {len(words)}; download it again"
        )
    x0, y0, x1, y1 = read_numbers(path, number, words[_N_POINTS : _N_POINTS + 4], 4)
    named = words[-1].strip()
    picture = inside(pictures, named, named_in=path)
    if not picture.is_file():
        raise DatasetError(picture, "is missing; unpack WFLW_images.tar.gz again")
    flags = words[_N_POINTS + 4 : -1]
    return Sample(
        name=f"{split}/{number}",
        # Several faces may be of one picture.
        subject=named,
        split=split,
        is_simulated=True,
        video=StillPicture(picture, (x0, y0, x1, y1)),
        shares_pixels=True,
        attributes=dict(zip(_ATTRIBUTES, flags, strict=True)),
        read_tracks=_tracks_reader(path, number, line),
    )


def _tracks_reader(path: Path, number: int, line: str) -> Callable[[], dict[str, Track]]:
    def read() -> dict[str, Track]:
        numbers = read_numbers(path, number, line.split(), _N_POINTS + 4)
        source = published("wflw", "people")
        return {
            LANDMARKS: landmark_track(source, [0], numbers[:_N_POINTS], scheme=WFLW98),
            BOXES: box_track(source, [0], numbers[_N_POINTS:]),
        }

    return read


WFLW = Dataset(
    name="wflw",
    title="WFLW: 10,000 still faces, 98 points; events are simulated from a small camera motion",
    reference='Wu et al., "Look at Boundary: A Boundary-Aware Face Alignment Algorithm", CVPR 2018',
    obtain=(
        "https://wywu.github.io/projects/LAB/WFLW.html: WFLW_images.tar.gz and "
        "WFLW_annotations.tar.gz, for research only."
    ),
    layout="""\
WFLW_images/0--Parade/0_Parade_....jpg ...
WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_train.txt
WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_test.txt""",
    labels=(
        "98 points, a box and six attributes a face, by people. The published split is kept. Each "
        "face becomes a second of video in which the camera sways, turns and zooms a little, with "
        "the labels carried along exactly; its events are simulated."
    ),
    assumed="",
    scan=_scan,
)
