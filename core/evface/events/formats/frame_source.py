"""Pictures that a file holds beside its events, read in place as a video is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError, VideoFileError
from evface.events.content import Content, identify
from evface.events.decoding import FrameIndex
from evface.events.formats import aedat, aedat4
from evface.events.formats.aedat4_packets import PacketFile


class FrameSource:
    """The pictures of a DAVIS camera, with the interface of a `VideoSource`.

    Each is unpacked by itself when it is asked for, so nothing is converted or kept.

    Parameters
    ----------
    path
        An AEDAT4 or AEDAT 3.1 file. Opened for reading only.
    frames
        Where its pictures lie; at least one.

    Raises
    ------
    VideoFileError
        If the file cannot be read.
    """

    def __init__(self, path: Path, frames: FrameIndex) -> None:
        self._path = Path(path)
        self._frames = frames
        self._times_us = frames.times_us - frames.times_us[0]
        self._times_us.setflags(write=False)
        self._lock = threading.Lock()
        self._damaged: set[int] = set()
        try:
            is_packed = identify(self._path) is Content.AEDAT4
            self._packets = PacketFile(self._path) if is_packed else None
            self._file = self._path.open("rb")
        except (OSError, EventFileError) as error:
            raise VideoFileError(self._path, "its pictures cannot be read") from error

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def resolution(self) -> tuple[int, int]:
        """Picture ``(width, height)``, px."""
        return self._frames.resolution

    @property
    def n_frames(self) -> int:
        """Number of frames, at least 1."""
        return len(self._frames)

    @property
    def times_us(self) -> NDArray[np.int64]:
        """Middle of each exposure since that of the first, (n_frames,) int64 us, increasing."""
        return self._times_us

    @property
    def duration_us(self) -> int:
        """Time from the first frame to the end of the last, which lasts as long as others do."""
        if self.n_frames < 2:
            return 1
        return int(self._times_us[-1]) + int(np.median(np.diff(self._times_us)))

    @property
    def rate_hz(self) -> float:
        """Mean frame rate; NaN for a lone frame."""
        if self.n_frames < 2:
            return float("nan")
        return (self.n_frames - 1) / int(self._times_us[-1]) * 1e6

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong: frames that proved damaged when they were read."""
        if not self._damaged:
            return ()
        n = len(self._damaged)
        return (f"{n} damaged frame{'s' if n > 1 else ''}; the nearest whole one is shown",)

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return one frame.

        Returns
        -------
        (height, width, 3) uint8, RGB
            The caller's own. Where the frame is damaged, the nearest whole one; `warnings` says so.

        Raises
        ------
        IndexError
            If there is no such frame.
        ValueError
            If the source is closed.
        VideoFileError
            If neither the frame nor one near it can be read.
        """
        if not 0 <= index < self.n_frames:
            raise IndexError(f"index must be in [0, {self.n_frames}), got {index}")
        for distance in range(_NEAR):
            for near in dict.fromkeys((index - distance, index + distance)):
                if 0 <= near < self.n_frames and near not in self._damaged:
                    try:
                        return _to_rgb(self._read(near))
                    except (ValueError, OSError):
                        if self._file.closed:
                            raise
                        self._damaged.add(near)
        raise VideoFileError(self._path, f"its pictures near number {index} are damaged")

    def frames(
        self, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Iterate over the frames ``[start, stop)`` in order: index, time and frame, as `read`."""
        stop = self.n_frames if stop is None else min(stop, self.n_frames)
        for index in range(max(start, 0), stop):
            yield index, int(self._times_us[index]), self.read(index)

    def close(self) -> None:
        """Release the file. Reading afterwards is an error."""
        with self._lock:
            self._file.close()

    def _read(self, index: int) -> NDArray[np.uint8]:
        place = int(self._frames.places[index])
        with self._lock:
            if self._packets is not None:
                picture = aedat4.read_frame(self._packets, self._file, place)
            else:
                picture = aedat.read_frame(self._file, place, self.resolution)
        width, height = self.resolution
        if picture.shape[:2] != (height, width):
            raise ValueError("a picture of another size than before")
        return picture


# How far a whole frame is looked for in place of a damaged one.
_NEAR = 10


def _to_rgb(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.ndim == 2:
        return np.repeat(picture[:, :, None], 3, axis=2)
    return np.ascontiguousarray(picture[:, :, 2::-1])
