"""Records what a live view shows: the camera's bytes as they came, and RGB beside them."""

from __future__ import annotations

import os
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from evface.cameras.base import Camera, Frame, Packet
from evface.cameras.packet_bytes import PacketBytes
from evface.errors import CameraError, EvfaceError, FileError
from evface.live.recorder_clocks import RecordedClocks
from evface.live.recorder_part import PartWriter, RecordedPart

# The recording stops by itself before the disk is full.
LEAST_FREE_BYTES = 1_000_000_000
_LOOKS_EVERY_S = 0.5
# How fast the files grow is measured over so many looks.
_N_SIZES = 10
# Little room is told when it is for less than this.
_LITTLE_S = 300.0


@dataclass(frozen=True)
class RecorderState:
    """How a recording is going.

    Parameters
    ----------
    is_recording
        Whether more is written. False once it was stopped, or stopped by itself.
    problem
        What went wrong, and what to do: one line for the user. Empty where nothing did.
    duration_s
        Since the first packet.
    n_events, n_frames
        What was recorded.
    n_bytes, bytes_per_s
        Size of the files, and how fast they grow.
    n_dropped
        Packets and pictures that were lost on the way to the disk or to this computer.
    free_bytes, left_s
        On the disk, beyond what is kept free, and for how long that will do; None before it is
        known.
    """

    is_recording: bool
    problem: str
    duration_s: float
    n_events: int
    n_frames: int
    n_bytes: int
    bytes_per_s: float
    n_dropped: int
    free_bytes: int
    left_s: float | None

    @property
    def has_little_room(self) -> bool:
        """Whether the disk will be full within minutes."""
        return self.is_recording and self.left_s is not None and self.left_s < _LITTLE_S


class Recorder:
    """Writes what a pipeline hears, as its listener; see `evface.live.capture.LiveListener`.

    Killed at any moment, it leaves files that open, without the last second at most. Whoever tells
    it of packets and pictures never waits for the disk, unless the camera is opened.

    Parameters
    ----------
    events
        The event file; it must end in ``.raw``. Those of further parts get a number.
    shares_clock
        Whether the pictures come from the event camera's own `Camera.frame_camera`.
    rgb_delay_us
        How much longer pictures take to arrive than events, as far as that is known.
    least_free_bytes
        The disk is never filled beyond that.

    Raises
    ------
    FileError
        If the file exists, its folder does not, or the disk is too full to begin.
    """

    def __init__(
        self,
        events: Path,
        *,
        shares_clock: bool = False,
        rgb_delay_us: int = 0,
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        self._path = Path(events).absolute()
        self._shares_clock, self._rgb_delay_us = shares_clock, rgb_delay_us
        self._least_free_bytes = least_free_bytes
        self._check_place()
        # Held for moments only, never while the disk is waited for.
        self._lock = threading.Lock()
        self._parts: list[PartWriter] = []
        # The one that takes what comes.
        self._part: PartWriter | None = None
        self._problem = ""
        self._began_s: float | None = None
        self._ended_s: float | None = None
        self._stopping = threading.Event()
        self._sizes = [(time.monotonic(), 0)]
        self._free_bytes = self._measure_free()
        self._thread = threading.Thread(target=self._watch, name="recorder", daemon=True)
        self._thread.start()

    @property
    def parts(self) -> tuple[RecordedPart, ...]:
        """The files so far; usually one part."""
        with self._lock:
            parts = list(self._parts)
        return tuple(part.describe() for part in parts if not part.is_empty)

    @property
    def state(self) -> RecorderState:
        """How it is going."""
        with self._lock:
            parts, sizes = list(self._parts), (self._sizes[0], self._sizes[-1])
            ended_s, problem = self._ended_s, self._problem
        (before_s, before), (last_s, last) = sizes
        bytes_per_s = (last - before) / max(last_s - before_s, 1e-3)
        end_s = time.monotonic() if ended_s is None else ended_s
        problems = [problem, *(part.problem for part in parts)]
        return RecorderState(
            is_recording=ended_s is None,
            problem=next((problem for problem in problems if problem), ""),
            duration_s=0.0 if self._began_s is None else end_s - self._began_s,
            n_events=sum(part.n_events for part in parts),
            n_frames=sum(part.n_frames for part in parts),
            n_bytes=sum(part.n_bytes for part in parts),
            bytes_per_s=bytes_per_s,
            n_dropped=sum(part.n_dropped for part in parts),
            free_bytes=self._free_bytes,
            left_s=self._free_bytes / bytes_per_s if bytes_per_s > 0 else None,
        )

    def camera_opened(self, camera: Camera) -> None:
        """Begin a part: its bytes have a header and a clock of their own."""
        self._part = None  # It is finished by the thread that watches.
        if self._ended_s is not None:
            return
        try:
            part = self._begin_part(camera)
        except EvfaceError as error:
            self._end(str(error))
            return
        except OSError as error:
            reason = error.strerror or "unknown"
            self._end(f"{self._path}: cannot be written ({reason}); check the folder")
            return
        with self._lock:
            is_wanted = self._ended_s is None
            if is_wanted:
                self._parts.append(part)
                self._part = part
        if not is_wanted:
            part.finish()

    def packet_came(self, packet: Packet) -> None:
        """Record a packet."""
        part = self._part
        if part is not None:
            if self._began_s is None:
                self._began_s = time.monotonic()
            part.add(packet)

    def frame_came(self, frame: Frame) -> None:
        """Record a picture."""
        part = self._part
        if part is not None:
            part.add_frame(frame)

    def stop(self) -> None:
        """Write what waits, and close the files; twice is fine."""
        self._end("")
        self._stopping.set()
        self._thread.join()

    def _begin_part(self, camera: Camera) -> PartWriter:
        packet_bytes, resolution = PacketBytes(camera), camera.info.resolution
        if resolution is None:
            raise CameraError(camera.info.name, "does not state its sensor; try another camera")
        clocks = RecordedClocks(is_shared=self._shares_clock, rgb_delay_us=self._rgb_delay_us)
        return PartWriter(self._free_path(), packet_bytes, resolution, clocks)

    def _end(self, problem: str) -> None:
        """Take no more. The files are finished by the thread that watches."""
        with self._lock:
            self._part = None
            if self._ended_s is None:
                self._ended_s, self._problem = time.monotonic(), problem

    def _watch(self) -> None:
        """Look after the disk, the rate and the parts, until all is closed."""
        while not self._stopping.wait(_LOOKS_EVERY_S):
            self._free_bytes = self._measure_free()
            part = self._part
            if part is not None:
                part.look()
                problem = self._problem_of(part)
                if problem:
                    self._end(f"stopped: {problem}")
            self._finish_others()
            n_bytes = sum(part.n_bytes for part in self._parts)
            with self._lock:
                self._sizes = [*self._sizes[-_N_SIZES + 1 :], (time.monotonic(), n_bytes)]
        self._finish_others()

    def _finish_others(self) -> None:
        """Close the files of parts that take no more."""
        with self._lock:
            over = [part for part in self._parts if part is not self._part]
        for part in over:
            part.finish()

    def _problem_of(self, part: PartWriter) -> str:
        """Return why it cannot go on; empty where it can."""
        if part.event_problem:
            return part.event_problem
        # Of a drive that was pulled a path's own question may raise.
        if not os.path.exists(part.path):  # noqa: PTH110
            return (
                f"{part.path} is gone: it was removed or renamed, or its drive was pulled; "
                "record again where it can stay"
            )
        if self._free_bytes <= 0:
            return (
                f"the disk of {self._path.parent} is nearly full; what was "
                "recorded so far is whole, free some space to go on"
            )
        return ""

    def _measure_free(self) -> int:
        try:
            free = shutil.disk_usage(self._path.parent).free
        except OSError:
            return 0
        return max(free - self._least_free_bytes, 0)

    def _check_place(self) -> None:
        path = self._path
        if path.suffix.lower() != ".raw":
            raise FileError(path, "is recorded as RAW; end its name in .raw")
        if not path.parent.is_dir():
            raise FileError(path, "its folder does not exist; make it first")
        for file in (path, path.with_suffix(".mp4")):
            if file.exists():
                raise FileError(file, "exists already; choose another name")
        if self._measure_free() <= 0:
            raise FileError(
                path,
                f"the disk has less than {self._least_free_bytes / 1e9:g} GB free; free some space",
            )

    def _free_path(self) -> Path:
        path, number = self._path, 1
        while path.exists() or path.with_suffix(".mp4").exists():
            number += 1
            path = self._path.with_name(f"{self._path.stem}-{number}.raw")
        return path
