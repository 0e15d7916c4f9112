"""Frames in folders: the times that their names give, and a video of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.datasets.folders import files_in
from evface.datasets.samples import FrameSequence
from evface.errors import DatasetError
from evface.video.writer import write_video

_DAY_US = 24 * 3600 * 10**6
# Windows allows no colons in names, so that copies have something else there.
_CLOCK = re.compile(r"(\d{2})\D(\d{2})\D(\d{2})\D(\d{6})(?!\d)")
_LAST_NUMBER = re.compile(r"(\d+)(?!.*\d)")
_NOMINAL_RATE_HZ = 30.0


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures in a folder, in natural order; none where it is not there."""
    return files_in(folder, ".png", ".jpg", ".jpeg", ".bmp")


def untimed(paths: Sequence[Path]) -> FrameSequence:
    """Return pictures whose times nobody published, a nominal thirtieth of a second apart."""
    return FrameSequence(tuple(paths), _even_times(len(paths), _NOMINAL_RATE_HZ), is_timed=False)


def at_rate(paths: Sequence[Path], rate_hz: float) -> FrameSequence:
    """Return pictures taken at a steady rate."""
    return FrameSequence(tuple(paths), _even_times(len(paths), rate_hz), is_timed=True)


def timed_by_clock(paths: Sequence[Path]) -> FrameSequence:
    """Return pictures in the order of the times of day in their names: ``15:19:28.385380``.

    Any one character may stand for each colon, as in copies made on Windows. Midnight may pass.

    Raises
    ------
    DatasetError
        If a name has no time, or two have the same.
    """
    times_us = []
    for path in paths:
        found = _CLOCK.search(path.name)
        if found is None:
            raise DatasetError(path, "has no time such as 15:19:28.385380 in its name; rename it")
        hours, minutes, seconds, rest_us = map(int, found.groups())
        times_us.append(((hours * 60 + minutes) * 60 + seconds) * 10**6 + rest_us)
    # In the order of their numbers, time that runs back has passed midnight.
    days = np.cumsum(np.diff(times_us, prepend=times_us[:1]) < -_DAY_US // 2)
    return _in_order(paths, np.array(times_us, np.int64) + days * _DAY_US)


def timed_by_number(paths: Sequence[Path], unit_us: float) -> FrameSequence:
    """Return pictures in the order of the last numbers in their names.

    Parameters
    ----------
    unit_us
        What a step of that number is, us.

    Raises
    ------
    DatasetError
        If a name has no number, or two have the same.
    """
    times_us = []
    for path in paths:
        found = _LAST_NUMBER.search(path.stem)
        if found is None:
            raise DatasetError(path, "has no number in its name; rename it")
        times_us.append(round(int(found[1]) * unit_us))
    return _in_order(paths, np.array(times_us, np.int64))


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture, (height, width, 3) uint8 RGB.

    Raises
    ------
    DatasetError
        If it is missing or no picture.
    """
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DatasetError(path, f"cannot be read ({error.strerror or error})") from error
    picture = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB) if len(content) else None
    if picture is None:
        raise DatasetError(path, "is no picture that can be read; copy it again")
    return np.asarray(picture, np.uint8)


def write_frames(path: Path, frames: FrameSequence) -> None:
    """Write a video of pictures, each at its time. They are read one by one.

    Raises
    ------
    DatasetError
        If a picture cannot be read, or they differ in size.
    VideoFileError
        If the video cannot be written.
    """
    size: tuple[int, ...] = ()

    def pictures() -> Iterator[NDArray[np.uint8]]:
        nonlocal size
        for picture_path in frames.paths:
            picture = read_picture(picture_path)
            size = size or picture.shape
            if picture.shape != size:
                raise DatasetError(
                    picture_path,
                    f"is {picture.shape[1]}x{picture.shape[0]} px, unlike the first of its folder; "
                    "copy it again",
                )
            yield picture

    write_video(path, pictures(), times_us=frames.times_us)


def _even_times(n: int, rate_hz: float) -> NDArray[np.int64]:
    return np.rint(np.arange(n) * (1e6 / rate_hz)).astype(np.int64)


def _in_order(paths: Sequence[Path], times_us: NDArray[np.int64]) -> FrameSequence:
    order = np.argsort(times_us, kind="stable")
    times_us = times_us[order]
    if (twice := np.flatnonzero(np.diff(times_us) == 0)).size:
        raise DatasetError(
            paths[order[twice[0] + 1]], "has the time of another picture in its name; remove one"
        )
    return FrameSequence(tuple(paths[i] for i in order), times_us - times_us[:1], is_timed=True)
