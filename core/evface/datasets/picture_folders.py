"""Pictures of both cameras in parallel folders, as sets of event pictures are published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evface.datasets.dataset import Missing
from evface.datasets.frames import untimed
from evface.datasets.samples import FrameSequence

# Representations of events, each a folder of its own.
REPRESENTATIONS = ("frame", "voxel", "timesurface")


@dataclass(frozen=True, eq=False)
class ClipPictures:
    """The pictures of one clip that were found.

    Parameters
    ----------
    rgb
        None where one or more are missing.
    event_frames
        By representation, whole ones only.
    missing
        What is not there, one line a folder.
    """

    rgb: FrameSequence | None
    event_frames: Mapping[str, FrameSequence]
    missing: tuple[Missing, ...]


def find_pictures(root: Path, clip: str, names: list[str], *, rgb_folder: str) -> ClipPictures:
    """Look for the pictures that the labels of a clip name.

    Parameters
    ----------
    root
        Folder of the data set; the pictures lie in ``root/KIND/clip``.
    names
        File names, in order. They name files of that folder, whatever folders they may have.
    rgb_folder
        The kind that holds RGB pictures.
    """
    missing: list[Missing] = []
    found: dict[str, FrameSequence] = {}
    for kind in (rgb_folder, *_present(root)):
        folder = root / kind / clip
        there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        absent = [name for name in names if name not in there]
        if absent:
            which = f"lacks {len(absent)} of {len(names)} pictures, the first {absent[0]}"
            problem = which if there else "is missing"
            missing.append(Missing(folder, f"{problem}; copy it again"))
        else:
            found[kind] = untimed([folder / name for name in names])
    rgb = found.pop(rgb_folder, None)
    return ClipPictures(rgb, found, tuple(missing))


def check_folders(root: Path, *needed: str) -> Iterator[Missing]:
    """Yield what is missing of the folders that a set of event pictures is made of."""
    for name in needed:
        if not (root / name).is_dir():
            yield Missing(root / name, "is missing; copy it there")
    if not _present(root):
        kinds = ", ".join(REPRESENTATIONS)
        yield Missing(root, f"holds no pictures of events; copy one or more of {kinds} there")


def _present(root: Path) -> list[str]:
    return [name for name in REPRESENTATIONS if (root / name).is_dir()]
