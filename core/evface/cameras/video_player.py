"""A video played as a webcam."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import CameraInfo, CameraKind, Frame
from evface.errors import CameraError, CameraLostError, VideoFileError
from evface.video.reader import VideoSource, open_video

_Frames = Generator[tuple[int, NDArray[np.uint8]], None, None]
# A computer that cannot keep up sees one picture in so many.
_MOST_LEFT_OUT = 4


class VideoPlayer:
    """Plays a video in real time or faster; see `FrameCamera`.

    Pictures that are late by more than one are left out and counted, as a webcam would.

    Parameters
    ----------
    path
        The video.
    speed
        1 is real time; infinity is as fast as it is read, with nothing left out.
    is_looped
        Whether it begins again at its end. Its clock goes on.
    """

    def __init__(self, path: Path, *, speed: float = 1.0, is_looped: bool = True) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, got {speed}")
        self._path, self._speed, self._is_looped = Path(path), speed, is_looped
        self._info = CameraInfo(f"video:{self._path}", self._path.name, CameraKind.WEBCAM)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._video: VideoSource | None = None
        self._frames: _Frames | None = None
        self._ahead: Frame | None = None

    @property
    def info(self) -> CameraInfo:
        """Which video it is."""
        return self._info

    def open(self) -> None:
        """Open the video and begin."""
        self.close()
        try:
            video = open_video(self._path)
        except VideoFileError as error:
            raise CameraError(self._info.name, error.problem) from error
        with self._lock:
            self._info = replace(self._info, resolution=video.resolution)
            self._video, self._frames = video, self._iter_frames(video)
            self._zero_s = time.monotonic()
            self._closed.clear()

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next picture when it is due; see `FrameCamera.read`."""
        with self._lock:
            if self._frames is None:
                return None
            frame = self._ahead or self._next(self._frames)
            wait_s = self._due_s(frame.t_us) - time.monotonic()
            self._ahead = frame if wait_s > timeout_s else None
        if self._closed.wait(min(max(wait_s, 0.0), timeout_s)) or wait_s > timeout_s:
            return None
        return replace(frame, received_s=time.monotonic())

    def close(self) -> None:
        """Close the video."""
        self._closed.set()
        with self._lock:
            if self._video is not None and self._frames is not None:
                # It holds a thread that reads ahead.
                self._frames.close()
                self._video.close()
            self._video = self._frames = self._ahead = None

    def _due_s(self, t_us: int) -> float:
        return 0.0 if math.isinf(self._speed) else self._zero_s + t_us * 1e-6 / self._speed

    def _next(self, frames: _Frames) -> Frame:
        """Return the picture that is due or will be; those that are too late are left out."""
        n_dropped = -1
        while n_dropped < _MOST_LEFT_OUT:
            n_dropped += 1
            try:
                t_us, image = next(frames)
            except StopIteration:
                raise CameraLostError(
                    self._info.name, "the video is at its end; play it again"
                ) from None
            except VideoFileError as error:
                raise CameraLostError(self._info.name, error.problem) from error
            late_s = time.monotonic() - self._due_s(t_us)
            if math.isinf(self._speed) or late_s < self._period_us * 1e-6 / self._speed:
                break
        return Frame(image, t_us, 0.0, n_dropped)

    def _iter_frames(self, video: VideoSource) -> _Frames:
        self._period_us = max(video.duration_us // video.n_frames, 1)
        start_us = 0
        while True:
            for _, t_us, image in video.frames():
                yield start_us + t_us, image
            if not self._is_looped:
                return
            start_us += max(video.duration_us, int(video.times_us[-1]) + self._period_us)
