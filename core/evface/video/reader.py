"""RGB video with exact presentation times and exact random access."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from evface.errors import VideoFileError

# Decoded frames kept, so that stepping back and forth costs nothing.
_CACHE_BYTES = 64 << 20
# Up to this many frames ahead, decoding on is quicker than seeking.
_READ_ON_FRAMES = 48
_READ_AHEAD_FRAMES = 8


class VideoSource:
    """A video whose frames can be read in any order. Made by `open_video`.

    Safe to use from several threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._container, self._stream = _open(path)
        pts, keyframes, cut = _index(self._container, self._stream)
        if not len(pts):
            raise VideoFileError(path, "holds no frames")
        self._pts, self._keyframes = pts, keyframes
        base = self._stream.time_base
        # Exact rational arithmetic: float seconds would be off by a microsecond now and then.
        scaled = (pts - pts[0]).astype(object) * 1_000_000 * base.numerator
        self._times_us = np.array(
            [(2 * int(t) + base.denominator) // (2 * base.denominator) for t in scaled], np.int64
        )
        self._cache: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._next = -1  # index of the frame that the decoder gives next; -1 after no seek yet
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._warnings: list[str] = []
        if cut:
            self._warnings.append("the file breaks off; the frames up to the break are used")
        first = self.read(0)
        self._resolution = (first.shape[1], first.shape[0])
        self._check_tail()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def resolution(self) -> tuple[int, int]:
        """Picture ``(width, height)`` as shown, px."""
        return self._resolution

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self._times_us)

    @property
    def times_us(self) -> NDArray[np.int64]:
        """Presentation time of each frame since the first, (n_frames,) int64 us, increasing."""
        return self._times_us

    @property
    def duration_us(self) -> int:
        """Time from the first frame to the end of the last, which is shown as long as usual."""
        if self.n_frames < 2:
            return 33_333
        return int(self._times_us[-1] + np.median(np.diff(self._times_us)))

    @property
    def rate_hz(self) -> float:
        """Mean frame rate."""
        return self.n_frames / self.duration_us * 1e6

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read: one line each."""
        return tuple(self._warnings)

    def index_at(self, t_us: int) -> int:
        """Return the last frame shown at or before `t_us`; the first or last outside the video."""
        index = int(np.searchsorted(self._times_us, t_us, side="right")) - 1
        return min(max(index, 0), self.n_frames - 1)

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return one frame, whatever was read before.

        Returns
        -------
        (height, width, 3) uint8, RGB, read-only

        Raises
        ------
        IndexError
            If there is no such frame.
        VideoFileError
            If the frame cannot be decoded.
        """
        if not 0 <= index < len(self._times_us):
            raise IndexError(f"frame {index} of {len(self._times_us)}")
        with self._lock:
            if index in self._cache:
                self._cache.move_to_end(index)
                return self._cache[index]
            self._seek(index)
            for frame in self._frames:
                position = int(np.searchsorted(self._pts, frame.pts))
                if position == len(self._pts) or self._pts[position] != frame.pts:
                    continue
                self._next = position + 1
                # Frames just before the one asked for are likely to be asked for next.
                if index - position < 4:
                    self._keep(position, frame)
                if position == index:
                    return self._cache[index]
                if position > index:
                    break
            self._next = -1
            raise VideoFileError(self._path, f"frame {index} cannot be decoded")

    def frames(
        self, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Iterate over frames in order, decoded ahead in a thread.

        Yields
        ------
        index, t_us, frame
            `frame` as from `read`.
        """
        stop = self.n_frames if stop is None else min(stop, self.n_frames)
        ready: queue.Queue[tuple[int, NDArray[np.uint8] | BaseException]] = queue.Queue(
            _READ_AHEAD_FRAMES
        )
        is_over = threading.Event()

        def put(item: tuple[int, NDArray[np.uint8] | BaseException]) -> None:
            while not is_over.is_set():
                try:
                    ready.put(item, timeout=0.1)
                    return
                except queue.Full:
                    continue

        def decode() -> None:
            for index in range(start, stop):
                if is_over.is_set():
                    return
                try:
                    put((index, self.read(index)))
                except (VideoFileError, av.FFmpegError) as error:
                    put((index, error))
                    return

        thread = threading.Thread(target=decode, name="video read-ahead", daemon=True)
        thread.start()
        try:
            for _ in range(start, stop):
                index, frame = ready.get()
                if isinstance(frame, BaseException):
                    raise frame
                yield index, int(self._times_us[index]), frame
        finally:
            is_over.set()
            thread.join()

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._frames = iter(())
            self._container.close()

    def _seek(self, index: int) -> None:
        """Make the decoder give frames at or before `index` next."""
        if 0 <= self._next <= index and index - self._next <= _READ_ON_FRAMES:
            return
        keyframe = int(np.searchsorted(self._keyframes, self._pts[index], side="right")) - 1
        if 0 <= self._next <= index and self._keyframes[max(keyframe, 0)] <= self._pts[self._next]:
            return
        target = int(self._keyframes[keyframe]) if keyframe >= 0 else int(self._pts[0])
        self._container.seek(target, stream=self._stream, backward=True)
        self._frames = self._decode()
        self._next = 0

    def _decode(self) -> Iterator[av.VideoFrame]:
        try:
            yield from self._container.decode(self._stream)
        except (av.InvalidDataError, av.EOFError):
            return

    def _keep(self, index: int, frame: av.VideoFrame) -> None:
        picture = frame.to_ndarray(format="rgb24")
        turns = round(-frame.rotation / 90) % 4
        if turns:
            picture = np.ascontiguousarray(np.rot90(picture, -turns))
        picture.flags.writeable = False
        self._cache[index] = picture
        while len(self._cache) > max(4, _CACHE_BYTES // picture.nbytes):
            self._cache.popitem(last=False)

    def _check_tail(self) -> None:
        """Leave out frames at the end that are listed but cannot be decoded."""
        n = self.n_frames
        last = n - 1
        while last >= 0:
            try:
                self.read(last)
                break
            except VideoFileError:
                # The break lies within the last pictures as a rule: go back by one keyframe.
                start = int(np.searchsorted(self._keyframes, self._pts[last], side="right")) - 1
                last = self._last_decodable(max(start, 0), last)
                break
        if last < n - 1:
            self._warnings.append(
                f"the file breaks off: {n - 1 - last} of {n} frames cannot be decoded"
            )
            self._pts, self._times_us = self._pts[: last + 1], self._times_us[: last + 1]
        if last < 0:
            raise VideoFileError(self._path, "no frame can be decoded")

    def _last_decodable(self, keyframe: int, before: int) -> int:
        """Return the last frame before `before` that decodes, by going back keyframe by keyframe."""
        for number in range(keyframe, -1, -1):
            first = int(np.searchsorted(self._pts, self._keyframes[number]))
            good = -1
            for index in range(first, before):
                try:
                    self.read(index)
                    good = index
                except VideoFileError:
                    break
            if good >= 0:
                return good
        return -1


def open_video(path: Path) -> VideoSource:
    """Open a video.

    Raises
    ------
    VideoFileError
        If it is missing, holds no pictures, or cannot be read.
    """
    path = Path(path)
    try:
        return VideoSource(path)
    except av.FFmpegError as error:
        raise VideoFileError(path, "cannot be read as a video") from error


def _open(path: Path) -> tuple[av.container.InputContainer, av.VideoStream]:
    if path.is_dir():
        raise VideoFileError(path, "is a folder; choose a video file")
    if not path.exists():
        raise VideoFileError(path, "there is no such file")
    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        raise VideoFileError(path, "is not a video that can be read") from error
    if not container.streams.video:
        container.close()
        raise VideoFileError(path, "holds no pictures; choose a video")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return container, stream


def _index(
    container: av.container.InputContainer, stream: av.VideoStream
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Return all presentation times and those of the keyframes, sorted, without decoding."""
    pts, keyframes, is_cut = [], [], False
    try:
        for packet in container.demux(stream):
            if packet.pts is None or packet.is_discard or not packet.size:
                continue
            pts.append(packet.pts)
            if packet.is_keyframe:
                keyframes.append(packet.pts)
    except av.FFmpegError:
        is_cut = True
    return np.unique(np.array(pts, np.int64)), np.unique(np.array(keyframes, np.int64)), is_cut
