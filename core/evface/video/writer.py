"""Writing RGB video."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from evface.errors import VideoFileError
from evface.video.encoder import FrameEncoder

_MICROSECOND = Fraction(1, 1_000_000)
_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv")


def write_video(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    rate_hz: float | None = None,
    times_us: NDArray[np.int64] | None = None,
    keyframe_every: int = 24,
    is_reproducible: bool = False,
) -> int:
    """Write frames as H.264, all or nothing.

    Parameters
    ----------
    path
        Its suffix names the container: ``.mp4``, ``.m4v``, ``.mov`` or ``.mkv``.
    frames : (height, width, 3) uint8, RGB
        All of one size. An odd width or height is made even by repeating the last column or row.
    rate_hz
        Frames a second, where they are taken at a steady rate.
    times_us : (n,) int64
        When each frame is shown, from 0 on and increasing, where they are not.
    keyframe_every
        Frames from one entry point to the next; fewer make seeking quicker and the file larger.
    is_reproducible
        Whether the same frames must always give the same file. Takes longer: x264 then works in
        one thread, and without its macroblock tree, which differs from run to run.

    Returns
    -------
    int
        Number of frames.

    Raises
    ------
    VideoFileError
        If the file cannot be written.
    ValueError
        If there are no frames, of differing sizes, or not one for each time; or not just one of
        `rate_hz` and `times_us` is given.
    """
    path = Path(path)
    if (rate_hz is None) == (times_us is None):
        raise ValueError("give either rate_hz or times_us")
    if path.suffix.lower() not in _SUFFIXES:
        raise VideoFileError(path, f"cannot be written; end its name in {', '.join(_SUFFIXES)}")
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        n = _write(temporary, frames, rate_hz, times_us, keyframe_every, is_reproducible)
        temporary.replace(path)
    except av.FFmpegError as error:
        raise VideoFileError(path, f"cannot be written: {error.strerror}") from error
    except OSError as error:
        raise VideoFileError(path, f"cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return n


def _write(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    rate_hz: float | None,
    times_us: NDArray[np.int64] | None,
    keyframe_every: int,
    is_reproducible: bool,
) -> int:
    if rate_hz is None:
        # The rate is a hint only: each frame states its time.
        rate, tick, times = Fraction(30), _MICROSECOND, times_us
    else:
        rate, times = Fraction(rate_hz).limit_denominator(1001), None
        tick = 1 / rate
    n = 0
    with av.open(str(path), "w") as container:
        encoder = None
        for picture in frames:
            size = (picture.shape[0], picture.shape[1])
            if encoder is None:
                options = {"preset": "veryfast"}
                if is_reproducible:
                    options |= {"threads": "1", "x264-params": "mbtree=0"}
                encoder = FrameEncoder(
                    container,
                    size,
                    rate=rate,
                    tick=tick,
                    keyframe_every=keyframe_every,
                    options=options,
                )
            if size != encoder.size:
                raise ValueError(f"all frames must be {encoder.size}, got {size}")
            if times is not None and n == len(times):
                raise ValueError(f"there are more frames than the {n} times")
            encoder.add(picture, n if times is None else int(times[n]))
            n += 1
        if encoder is None:
            raise ValueError("there are no frames to write")
        if times is not None and n != len(times):
            raise ValueError(f"expected {len(times)} frames, one for each time, got {n}")
        encoder.finish()
    return n
