"""Pictures of a training set drawn once and kept on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.errors import DatasetError
from evface.files import replacing
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.file import TrainingSet
from evface.training_sets.placement import Jitter, Square, lay_square

# A different way to draw gives other names.
_VERSION = 1
# What reading a damaged .npy raises.
_DAMAGE = (OSError, ValueError, EOFError)


class PictureCache:
    """Pictures of all moments of all clips, as `ClipInputs` draws them. Made by `open_cache`.

    Parameters
    ----------
    pictures
        Of each kind, (n_moments, 3, side_px, side_px) uint8, clip after clip.
    ends
        Where each clip ends in them.
    """

    def __init__(self, pictures: dict[str, NDArray[np.uint8]], ends: NDArray[np.int64]) -> None:
        self._pictures, self._ends = pictures, ends

    def clip(self, index: int) -> dict[str, NDArray[np.uint8]]:
        """Return a clip's pictures, ``events`` and ``rgb`` where they are used; not to be changed.

        Returns
        -------
        dict
            (t, 3, side_px, side_px) uint8 each.
        """
        start = int(self._ends[index - 1]) if index else 0
        return {name: shown[start : self._ends[index]] for name, shown in self._pictures.items()}


def open_cache(
    training_set: TrainingSet,
    inputs: ClipInputs,
    folder: Path,
    *,
    report: Callable[[float], None] = lambda _fraction: None,
) -> PictureCache:
    """Open the pictures of a set, drawn anew if they are not there.

    Parameters
    ----------
    folder
        Made where it does not exist. Names in it tell the set's content and the inputs, so that
        other ones are never taken for these; all can be deleted at any time.
    report
        Told the progress of drawing, 0 to 1. An exception that it raises ends the work.

    Raises
    ------
    DatasetError
        If a clip is damaged.
    FileError
        If the pictures cannot be written.
    """
    kinds = ("events",) * inputs.uses_events + ("rgb",) * inputs.uses_rgb
    ends = np.cumsum([entry.n_frames for entry in training_set.index])
    pictures = {}
    for number, kind in enumerate(kinds):
        path = Path(folder) / f"{_key(training_set, inputs, kind)}.npy"
        shape = (int(ends[-1]), 3, inputs.side_px, inputs.side_px)
        found = _open(path, shape)
        if found is None:

            def tell(fraction: float, begun: float = number / len(kinds)) -> None:
                report(begun + fraction / len(kinds))

            _draw(training_set, inputs, kind, path, shape, tell)
            found = _open(path, shape)
        if found is None:
            raise DatasetError(path, "cannot be read back; check the disk")
        pictures[kind] = found
    return PictureCache(pictures, ends)


def moved(pictures: NDArray[np.uint8], jitter: Jitter) -> NDArray[np.uint8]:
    """Return pictures moved, turned and scaled as if their squares had been, to the nearest pixel.

    Parameters
    ----------
    pictures : (t, 3, side, side) uint8
        Not modified. What comes in at an edge is what the first shows in its corner.
    """
    side = pictures.shape[-1]
    if jitter == Jitter() or not len(pictures):
        return pictures
    onto = lay_square(Square(((side - 1) / 2, (side - 1) / 2), side), side, jitter)
    y, x = np.mgrid[:side, :side]
    sources = np.floor(onto.inverse().apply(np.stack([x, y], axis=-1).astype(float)) + 0.5)
    is_inside = ((sources >= 0) & (sources < side)).all(axis=-1)
    columns, rows = np.moveaxis(sources.astype(np.int64), -1, 0)
    places = np.where(is_inside, rows * side + columns, -1).ravel()
    flat = np.ascontiguousarray(pictures).reshape(len(pictures), 3, -1)
    taken = np.empty_like(flat)
    _take(flat, places, pictures[0, :, 0, 0].copy(), taken)
    return taken.reshape(pictures.shape)


@njit(cache=True, nogil=True)
def _take(pictures, places, background, taken):  # type: ignore[no-untyped-def]
    for k in range(pictures.shape[0]):
        for channel in range(pictures.shape[1]):
            for i in range(places.size):
                place = places[i]
                taken[k, channel, i] = (
                    pictures[k, channel, place] if place >= 0 else background[channel]
                )


def _key(training_set: TrainingSet, inputs: ClipInputs, kind: str) -> str:
    said = asdict(inputs) | {"kind": kind, "version": _VERSION, "set": training_set.content_hash}
    for irrelevant in ("uses_events", "uses_rgb", "n_frames"):
        del said[irrelevant]
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=12).hexdigest()


def _open(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Open pictures; None where there are none, or damaged ones."""
    try:
        found = np.lib.format.open_memmap(path, "r")
    except _DAMAGE:
        return None
    return found if found.shape == shape and found.dtype == np.uint8 else None


def _draw(
    training_set: TrainingSet,
    inputs: ClipInputs,
    kind: str,
    path: Path,
    shape: tuple[int, ...],
    report: Callable[[float], None],
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        room = np.lib.format.open_memmap(temporary, "w+", np.uint8, shape)
        row = 0
        for index, entry in enumerate(training_set.index):
            is_rgb = kind == "rgb"
            clip = training_set.clip(index, with_events=not is_rgb, with_rgb=is_rgb)
            drawn = inputs.draw_rgb(clip) if is_rgb else inputs.draw_events(clip)
            room[row : row + entry.n_frames] = drawn
            row += entry.n_frames
            report(row / shape[0])
        room.flush()
        del room
