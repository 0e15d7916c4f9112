"""The video of a recording that is being made: it can be opened whenever the writing ends."""

from __future__ import annotations

import os
import threading
import time
from array import array
from collections import deque
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from evface.cameras.base import Frame
from evface.errors import VideoFileError
from evface.video.encoder import FrameEncoder

_TICK = Fraction(1, 1_000_000)
# Each frame is a fragment of its own and goes to the disk at once.
_MUXED = {"movflags": "empty_moov+default_base_moof+frag_every_frame", "flush_packets": "1"}
# Quick, and without frames that wait in the encoder for later ones.
_ENCODED = {"preset": "superfast", "tune": "zerolatency", "threads": "1"}
_KEYFRAME_EVERY = 30
_MOST_WAITING = 30
_FLUSHED_EVERY_S = 0.5


class RecordedVideo:
    """Writes pictures with their times as they come, in a thread.

    What was put is with the system at once, and on the disk within about half a second.

    Parameters
    ----------
    path
        The file, an MP4.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        self.n_bytes = 0
        self.n_dropped = 0
        self._written_us = array("q")
        self.first_us: int | None = None
        self._last_us = -1
        self._waiting: deque[tuple[int, NDArray[np.uint8]]] = deque()
        self._changed = threading.Condition()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="recorder video", daemon=True)
        self._thread.start()

    @property
    def n_written(self) -> int:
        """Pictures in the file."""
        return len(self._written_us)

    @property
    def times_us(self) -> NDArray[np.int64]:
        """Times of the pictures in the file, (n_written,) int64 us."""
        return np.array(self._written_us, np.int64)

    def put(self, frame: Frame) -> None:
        """Take a picture; where the computer cannot keep up the oldest is left out."""
        with self._changed:
            if self.problem or self._is_ending:
                return
            self.n_dropped += frame.n_dropped
            if self.first_us is None:
                self.first_us = frame.t_us
            t_us = frame.t_us - self.first_us
            if t_us <= self._last_us:
                self.n_dropped += 1
                return
            self._last_us = t_us
            self._waiting.append((t_us, frame.image))
            # The first one states where the others lie.
            if len(self._waiting) > _MOST_WAITING:
                del self._waiting[1 if self.n_written == 0 else 0]
                self.n_dropped += 1
            self._changed.notify()

    def finish(self) -> None:
        """Write what waits, and close the file."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._write()
        except (av.FFmpegError, OSError, VideoFileError) as error:
            reason = getattr(error, "strerror", None) or error
            self.problem = f"the video cannot be written ({reason}); only the events go on"

    def _write(self) -> None:
        first = self._next()
        if first is None:
            return
        with (
            self.path.open("xb") as file,
            av.open(file, "w", format="mp4", container_options=_MUXED) as container,
        ):
            size = first[1].shape[:2]
            encoder = FrameEncoder(
                container,
                (size[0], size[1]),
                rate=Fraction(30),
                tick=_TICK,
                keyframe_every=_KEYFRAME_EVERY,
                options=_ENCODED,
            )
            flushed_s = time.monotonic()
            following: tuple[int, NDArray[np.uint8]] | None = first
            while following is not None:
                t_us, image = following
                if image.shape[:2] == size:
                    encoder.add(image, t_us)
                    file.flush()
                    self.n_bytes = file.tell()
                    self._written_us.append(t_us)
                else:
                    self.n_dropped += 1
                if time.monotonic() - flushed_s > _FLUSHED_EVERY_S:
                    os.fsync(file.fileno())
                    flushed_s = time.monotonic()
                following = self._next()
            encoder.finish()

    def _next(self) -> tuple[int, NDArray[np.uint8]] | None:
        """Return the next picture; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_ending)
            return self._waiting.popleft() if self._waiting else None
