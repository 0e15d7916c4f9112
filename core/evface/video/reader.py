"""RGB video with exact presentation times and exact random access."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evface.video.decoder import FrameDecoder, PictureConverter
from evface.video.index import FrameIndex, index_video

# Decoded frames kept, so that stepping back and forth costs nothing.
_CACHE_BYTES = 64 << 20
_READ_AHEAD_FRAMES = 6


class VideoSource(Protocol):
    """A video whose frames can be read in any order.

    Safe to use from several threads.
    """

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def resolution(self) -> tuple[int, int]:
        """Picture ``(width, height)``, upright, px."""

    @property
    def n_frames(self) -> int:
        """Number of frames, at least 1."""

    @property
    def times_us(self) -> NDArray[np.int64]:
        """Presentation time of each frame since the first, (n_frames,) int64 us, increasing."""

    @property
    def duration_us(self) -> int:
        """Time from the first frame to the end of the last."""

    @property
    def rate_hz(self) -> float:
        """Mean frame rate; NaN where a lone frame has no stated duration."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read: one line each, for the user."""

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return one frame, (height, width, 3) uint8 RGB, the caller's own."""

    def frames(
        self, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Iterate over the frames ``[start, stop)`` in order: index, time and frame."""

    def close(self) -> None:
        """Release the file. Reading afterwards is an error."""


class VideoFile:
    """The `VideoSource` of a video file. Made by `open_video`.

    Safe to use from several threads.
    """

    def __init__(self, path: Path, index: FrameIndex) -> None:
        self._path = path
        self._index = index
        self._lock = threading.Lock()
        self._is_closed = False
        self._decoder = FrameDecoder(path, index, cache_bytes=_CACHE_BYTES)
        try:
            first = self._decoder.frame(0)
            self._converter = PictureConverter.for_frames_like(first)
            if index.is_cut:
                self._index = index.up_to(self._decoder.last_whole_frame())
        except BaseException:
            self._decoder.close()
            raise

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def resolution(self) -> tuple[int, int]:
        """Picture ``(width, height)``, upright, px."""
        return self._converter.resolution

    @property
    def n_frames(self) -> int:
        """Number of frames, at least 1."""
        return len(self._index.pts)

    @property
    def times_us(self) -> NDArray[np.int64]:
        """Presentation time of each frame since the first, (n_frames,) int64 us, increasing."""
        return self._index.times_us

    @property
    def duration_us(self) -> int:
        """Time from the first frame to the end of the last."""
        return self._index.duration_us

    @property
    def rate_hz(self) -> float:
        """Mean frame rate; NaN where a lone frame has no stated duration."""
        if self.n_frames > 1:
            return (self.n_frames - 1) / int(self.times_us[-1]) * 1e6
        return 1e6 / self.duration_us if self.duration_us else float("nan")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read: one line each, for the user.

        Frames that prove damaged when they are read are added.
        """
        damaged = sorted(self._decoder.damaged)
        if not damaged:
            return self._index.warnings
        which = "frame" if len(damaged) == 1 else f"{len(damaged)} frames, the first"
        line = f"{which} {damaged[0]} damaged; the nearest whole frame is shown instead"
        return (*self._index.warnings, line)

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return one frame, whatever was read before.

        Returns
        -------
        (height, width, 3) uint8, RGB
            The caller's own. Where the frame is damaged, the nearest whole one; `warnings` says so.

        Raises
        ------
        IndexError
            If there is no such frame.
        ValueError
            If the video is closed.
        VideoFileError
            If neither the frame nor one near it can be decoded.
        """
        if not 0 <= index < self.n_frames:
            raise IndexError(f"index must be in [0, {self.n_frames}), got {index}")
        with self._lock:
            self._check_open()
            return self._converter.to_rgb(self._decoder.frame(index))

    def frames(
        self, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Iterate over the frames ``[start, stop)`` in order, decoded ahead in a thread.

        The thread has a decoder of its own, so `read` may be called meanwhile.

        Yields
        ------
        index, t_us, frame
            `frame` as from `read`.

        Raises
        ------
        ValueError
            If the video is closed.
        VideoFileError
            If a frame and all near it cannot be decoded.
        """
        self._check_open()
        stop = self.n_frames if stop is None else min(stop, self.n_frames)
        decoder = FrameDecoder(self._path, self._index, cache_bytes=0)
        converter = self._converter.another()
        pool = ThreadPoolExecutor(1, "video-read-ahead")
        ahead: deque[Future[NDArray[np.uint8]]] = deque()
        numbers = iter(range(max(start, 0), stop))
        try:
            for index in range(max(start, 0), stop):
                for number in islice(numbers, 1 + _READ_AHEAD_FRAMES - len(ahead)):
                    ahead.append(pool.submit(_decode, decoder, converter, number))
                yield index, int(self.times_us[index]), ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
            self._decoder.damaged.update(decoder.damaged)
            decoder.close()

    def close(self) -> None:
        """Release the file. Reading afterwards is an error."""
        with self._lock:
            self._is_closed = True
            self._decoder.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise ValueError(f"{self._path} is closed")


def open_video(path: Path | str) -> VideoFile:
    """Open a video; reads it through once, without decoding, to find its frames.

    Raises
    ------
    VideoFileError
        If it is missing, no video, holds no pictures, or none that can be decoded.
    """
    path = Path(path)
    index = index_video(path)
    return VideoFile(path, index)


def _decode(decoder: FrameDecoder, converter: PictureConverter, index: int) -> NDArray[np.uint8]:
    return converter.to_rgb(decoder.frame(index))
