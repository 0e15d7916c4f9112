"""Hands on the newest of the pictures that something else takes."""

from __future__ import annotations

import threading
from dataclasses import replace

from evface.cameras.base import CameraInfo, Frame
from evface.errors import CameraLostError


class FrameTap:
    """A `FrameCamera` that is given its pictures by whoever takes them.

    It holds a single picture: a newer one takes its place, and is counted.

    Parameters
    ----------
    info
        Which camera it is.
    """

    def __init__(self, info: CameraInfo) -> None:
        self._info = info
        self._changed = threading.Condition()
        self._is_open = False
        self._newest: Frame | None = None
        self._problem = ""

    @property
    def info(self) -> CameraInfo:
        """Which camera it is."""
        return self._info

    def open(self) -> None:
        """Begin to hand on pictures."""
        with self._changed:
            self._is_open, self._newest, self._problem = True, None, ""

    def read(self, timeout_s: float) -> Frame | None:
        """Return the newest picture; see `FrameCamera.read`."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._newest is not None or self._problem or not self._is_open, timeout_s
            )
            frame, self._newest = self._newest, None
            if frame is None and self._problem and self._is_open:
                raise CameraLostError(self._info.name, self._problem)
            return frame if self._is_open else None

    def close(self) -> None:
        """End it."""
        with self._changed:
            self._is_open, self._newest = False, None
            self._changed.notify_all()

    def give(self, frame: Frame) -> None:
        """Take a picture to hand on; forgotten while nobody listens."""
        with self._changed:
            if not self._is_open:
                return
            if self._newest is not None:
                frame = replace(frame, n_dropped=frame.n_dropped + self._newest.n_dropped + 1)
            self._newest = frame
            self._changed.notify_all()

    def fail(self, problem: str) -> None:
        """Say that no more pictures will come, and why."""
        with self._changed:
            self._problem = problem
            self._changed.notify_all()
