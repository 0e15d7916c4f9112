"""Records what a live view shows: the camera's bytes as they came, and RGB beside them."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from evface.cameras.base import Camera, Frame, Packet
from evface.cameras.packet_bytes import PacketBytes
from evface.errors import CameraError, EvfaceError, FileError
from evface.geometry.clock import ClockSync
from evface.live.recorder_clocks import FileClock, RecordedClocks
from evface.live.recorder_events import RecordedEventFile
from evface.live.recorder_video import RecordedVideo
from evface.projects.recorded_sync import write_recorded_sync

# The recording stops by itself before the disk is full.
LEAST_FREE_BYTES = 1_000_000_000
_LOOKS_EVERY_S = 0.5
_KEEPS_SYNC_EVERY_S = 2.0
# A part whose pictures do not come after so long is one without.
_PICTURES_WITHIN_S = 2.0
_SYNC_WITHIN_S = 0.7


@dataclass(frozen=True)
class RecordedPart:
    """Files of a recording: a camera that was lost and came back begins another part.

    Parameters
    ----------
    events, video
        Its files; None without pictures.
    sync
        Maps the video's clock to the events'; None while it is not known.
    is_ready
        Whether the files can be opened already, so that a project can have them.
    is_finished
        Whether nothing more is added to them.
    """

    events: Path
    video: Path | None
    sync: ClockSync | None
    is_ready: bool
    is_finished: bool


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


class Recorder:
    """Writes what a pipeline hears, as its listener; see `evface.live.capture.LiveListener`.

    Killed at any moment, it leaves files that open, without the last second at most.

    Parameters
    ----------
    events
        The event file; it must end in ``.raw``. Those of further parts get a number.
    shares_clock
        Whether the pictures come from the event camera's own `Camera.frame_camera`.
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
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        self._path = Path(events).absolute()
        self._shares_clock, self._least_free_bytes = shares_clock, least_free_bytes
        self._check_place()
        self._lock = threading.RLock()
        self._finished: list[_Part] = []
        self._part: _Part | None = None
        self._problem = ""
        self._began_s: float | None = None
        self._ended_s: float | None = None
        self._stopping = threading.Event()
        self._sizes = (time.monotonic(), 0)
        self._bytes_per_s = 0.0
        self._free_bytes = self._measure_free()
        self._thread = threading.Thread(target=self._watch, name="recorder", daemon=True)
        self._thread.start()

    @property
    def parts(self) -> tuple[RecordedPart, ...]:
        """The files so far; usually one part."""
        with self._lock:
            parts = [*self._finished, *([self._part] if self._part else [])]
            return tuple(part.describe(is_finished=part is not self._part) for part in parts)

    @property
    def state(self) -> RecorderState:
        """How it is going."""
        with self._lock:
            parts = [*self._finished, *([self._part] if self._part else [])]
            n_bytes = sum(part.n_bytes for part in parts)
            end_s = time.monotonic() if self._ended_s is None else self._ended_s
            left = self._free_bytes / self._bytes_per_s if self._bytes_per_s > 0 else None
            videos = [part.video for part in parts if part.video is not None]
            problems = [self._problem, *(part.problem for part in parts)]
            return RecorderState(
                is_recording=self._ended_s is None,
                problem=next((problem for problem in problems if problem), ""),
                duration_s=0.0 if self._began_s is None else end_s - self._began_s,
                n_events=sum(part.n_events for part in parts),
                n_frames=sum(video.n_written for video in videos),
                n_bytes=n_bytes,
                bytes_per_s=self._bytes_per_s,
                n_dropped=sum(part.n_dropped for part in parts),
                free_bytes=self._free_bytes,
                left_s=left,
            )

    def camera_opened(self, camera: Camera) -> None:
        """Begin a part: its bytes have a header and a clock of their own."""
        with self._lock:
            self._finish_part()
            if self._ended_s is not None:
                return
            try:
                self._part = self._begin_part(camera)
            except EvfaceError as error:
                self._end(str(error))
            except OSError as error:
                reason = error.strerror or "unknown"
                self._end(f"{self._path}: cannot be written ({reason}); check the folder")

    def packet_came(self, packet: Packet) -> None:
        """Record a packet."""
        with self._lock:
            if self._part is not None and self._ended_s is None:
                if self._began_s is None:
                    self._began_s = time.monotonic()
                self._part.add(packet)

    def frame_came(self, frame: Frame) -> None:
        """Record a picture."""
        with self._lock:
            if self._part is not None and self._ended_s is None:
                self._part.add_frame(frame)

    def stop(self) -> None:
        """Write what waits, and close the files; twice is fine."""
        with self._lock:
            self._end("")
        self._stopping.set()
        self._thread.join()

    def _begin_part(self, camera: Camera) -> _Part:
        packet_bytes, resolution = PacketBytes(camera), camera.info.resolution
        if resolution is None:
            raise CameraError(camera.info.name, "does not state its sensor; try another camera")
        clocks = RecordedClocks(is_shared=self._shares_clock)
        return _Part(self._free_path(), packet_bytes, resolution, clocks)

    def _end(self, problem: str) -> None:
        if self._ended_s is None:
            self._ended_s = time.monotonic()
            self._problem = problem
            self._finish_part()

    def _finish_part(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            part.finish()
            self._finished.append(part)

    def _watch(self) -> None:
        """Look after the disk, the rate and the sync, until all is closed."""
        kept_s = time.monotonic()
        while not self._stopping.wait(_LOOKS_EVERY_S):
            with self._lock:
                self._free_bytes = self._measure_free()
                self._measure_rate()
                part = self._part
                if self._free_bytes <= 0:
                    self._end(
                        f"stopped: the disk of {self._path.parent} is nearly full; what was "
                        "recorded so far is whole, free some space to go on"
                    )
                elif part is not None and part.file.problem:
                    self._end(f"stopped: {part.file.problem}")
                elif part is not None and time.monotonic() - kept_s > _KEEPS_SYNC_EVERY_S:
                    kept_s = time.monotonic()
                    part.keep_sync()

    def _measure_free(self) -> int:
        try:
            free = shutil.disk_usage(self._path.parent).free
        except OSError:
            return 0
        return max(free - self._least_free_bytes, 0)

    def _measure_rate(self) -> None:
        before_s, before = self._sizes
        now_s, now = time.monotonic(), 0 if self._part is None else self._part.n_bytes
        # A new part begins at nothing.
        self._bytes_per_s = max(now - before, 0) / max(now_s - before_s, 1e-3)
        self._sizes = (now_s, now)

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


class _Part:
    """The files between two openings of the camera."""

    def __init__(
        self,
        path: Path,
        packet_bytes: PacketBytes,
        resolution: tuple[int, int],
        clocks: RecordedClocks,
    ) -> None:
        self.path = path
        self._file_clock = FileClock(packet_bytes.header, resolution)
        self.file = RecordedEventFile(path, packet_bytes, self._file_clock)
        self.video: RecordedVideo | None = None
        self.n_events = 0
        self._n_lost = 0
        self._clocks = clocks
        self._last_sync: ClockSync | None = None
        self._is_finished = False
        self._began_s = time.monotonic()

    @property
    def n_bytes(self) -> int:
        """Size of its files."""
        if self.video is None:
            return self.file.n_bytes
        try:
            return self.file.n_bytes + self.video.path.stat().st_size
        except OSError:
            return self.file.n_bytes

    @property
    def n_dropped(self) -> int:
        """Packets and pictures that were lost."""
        of_video = 0 if self.video is None else self.video.n_dropped
        return self._n_lost + self.file.n_dropped + of_video

    @property
    def problem(self) -> str:
        """What is wrong with either file."""
        return self.file.problem or ("" if self.video is None else self.video.problem)

    def add(self, packet: Packet) -> None:
        """Take a packet."""
        self._n_lost += packet.n_dropped
        self.file.put(packet)
        events = packet.events
        if len(events):
            self.n_events += len(events)
            self._clocks.see_events(int(events.t[-1]), packet.received_s)
        if packet.triggers is not None:
            self._clocks.see_triggers(packet.triggers)

    def add_frame(self, frame: Frame) -> None:
        """Take a picture."""
        if self.video is None:
            self.video = RecordedVideo(self.path.with_suffix(".mp4"))
        self.video.put(frame)
        self._clocks.see_frame(frame.t_us, frame.received_s)

    def sync(self) -> ClockSync | None:
        """Return how the video lies to the events, as far as it is known."""
        zero_us = self._file_clock.zero_us
        if self._is_finished or self.video is None or self.video.first_us is None:
            return self._last_sync
        if zero_us is not None:
            self._last_sync = self._clocks.sync(zero_us, self.video.first_us)
        return self._last_sync

    def keep_sync(self) -> None:
        """Write the sync beside the files, so that it is there whatever happens."""
        sync = self.sync()
        if sync is not None and self.video is not None:
            try:
                write_recorded_sync(self.path, self.video.path, sync)
            except FileError as error:
                self.file.problem = self.file.problem or error.problem

    def finish(self) -> None:
        """Close the files."""
        self.file.finish()
        if self.video is not None:
            self.video.finish()
        sync, zero_us = self.sync(), self._file_clock.zero_us
        if sync is not None and zero_us is not None and self.video is not None:
            self._last_sync = self._clocks.sync_by_triggers(zero_us, self.video.times_us, sync)
        self._is_finished = True
        self.keep_sync()

    def describe(self, *, is_finished: bool) -> RecordedPart:
        """Return what others may know of it."""
        video, sync = self.video, self.sync()
        if video is not None and (video.problem or (is_finished and not video.n_written)):
            video = None
        if is_finished:
            is_ready = True
        elif video is None:
            is_ready = time.monotonic() - self._began_s > _PICTURES_WITHIN_S
        else:
            # A moment is enough for the clocks to be known to some milliseconds.
            is_known = sync is not None and time.monotonic() - self._began_s > _SYNC_WITHIN_S
            is_ready = video.n_written > 1 and is_known
        return RecordedPart(
            self.path,
            None if video is None else video.path,
            sync,
            is_ready=is_ready and self.n_events > 0,
            is_finished=is_finished,
        )
