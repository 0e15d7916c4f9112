"""The files of a recording between two openings of the camera, while they are written."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from evface.cameras.base import Frame, Packet
from evface.cameras.packet_bytes import PacketBytes
from evface.errors import FileError
from evface.geometry.clock import ClockSync
from evface.live.recorder_clocks import FileClock, RecordedClocks
from evface.live.recorder_events import RecordedEventFile
from evface.live.recorder_video import RecordedVideo
from evface.projects.recorded_sync import write_recorded_sync

# A part whose pictures do not come after so long is one without.
_PICTURES_WITHIN_S = 2.0
_KEEPS_SYNC_EVERY_S = 2.0


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


class PartWriter:
    """Writes one part of a recording.

    One thread adds packets, one pictures, and one looks and finishes.

    Parameters
    ----------
    path
        The event file; there must be none yet.
    packet_bytes, resolution
        Of the camera.
    clocks
        Knows how the video lies to the events.

    Raises
    ------
    OSError
        If the event file cannot be made.
    """

    def __init__(
        self,
        path: Path,
        packet_bytes: PacketBytes,
        resolution: tuple[int, int],
        clocks: RecordedClocks,
    ) -> None:
        self.path = path
        self.is_finished = False
        self._file_clock = FileClock(packet_bytes.header, resolution)
        self._file = RecordedEventFile(path, packet_bytes, self._file_clock)
        self._video: RecordedVideo | None = None
        self._clocks = clocks
        self._sync: ClockSync | None = None
        self._sync_problem = ""
        self._n_lost = 0
        self._is_ending = False
        self._turning = threading.Lock()
        self._began_s = self._looked_s = time.monotonic()

    @property
    def n_bytes(self) -> int:
        """Size of its files."""
        return self._file.n_bytes + (0 if self._video is None else self._video.n_bytes)

    @property
    def n_events(self) -> int:
        """Events in the event file."""
        return self._file.n_events

    @property
    def n_frames(self) -> int:
        """Pictures in the video."""
        return 0 if self._video is None else self._video.n_written

    @property
    def n_dropped(self) -> int:
        """Packets and pictures that were lost."""
        of_video = 0 if self._video is None else self._video.n_dropped
        return self._n_lost + self._file.n_dropped + of_video

    @property
    def event_problem(self) -> str:
        """Why no more events can be written; empty where they can."""
        return self._file.problem

    @property
    def problem(self) -> str:
        """What is wrong with any of the files."""
        of_video = "" if self._video is None else self._video.problem
        return self._file.problem or of_video or self._sync_problem

    @property
    def is_empty(self) -> bool:
        """Whether it was given up since nothing ever came."""
        return self.is_finished and not self.n_events and not self.n_frames

    def add(self, packet: Packet) -> None:
        """Take a packet."""
        self._n_lost += packet.n_dropped
        self._file.put(packet)
        events = packet.events
        if len(events):
            self._clocks.see_events(int(events.t[-1]), packet.received_s)
        if packet.triggers is not None:
            self._clocks.see_triggers(packet.triggers)

    def add_frame(self, frame: Frame) -> None:
        """Take a picture."""
        with self._turning:
            if self._is_ending:
                return
            if self._video is None:
                self._video = RecordedVideo(self.path.with_suffix(".mp4"))
        self._video.put(frame)
        self._clocks.see_frame(frame.t_us, frame.received_s)

    def look(self) -> None:
        """Find out how the video lies to the events, and keep it beside them now and then."""
        now_s = time.monotonic()
        if self._sync is None or now_s - self._looked_s > _KEEPS_SYNC_EVERY_S:
            self._looked_s = now_s
            self._sync = self._find_sync()
            self._keep_sync()

    def finish(self) -> None:
        """Write what waits, and close the files; twice is fine."""
        if self.is_finished:
            return
        with self._turning:
            self._is_ending = True
        self._file.finish()
        if self._video is not None:
            self._video.finish()
        self._sync = self._find_sync(is_over=True)
        self._keep_sync()
        self.is_finished = True
        if self.is_empty:
            with suppress(OSError):
                self.path.unlink()

    def describe(self) -> RecordedPart:
        """Return what others may know of it."""
        age_s, video = time.monotonic() - self._began_s, self._video
        if video is None or (self.is_finished and not video.n_written):
            path, is_ready = None, age_s > _PICTURES_WITHIN_S
        else:
            path, is_ready = video.path, video.n_written > 1 and self._sync is not None
        return RecordedPart(
            self.path,
            path,
            self._sync,
            is_ready=(is_ready or self.is_finished) and self.n_events > 0,
            is_finished=self.is_finished,
        )

    def _find_sync(self, *, is_over: bool = False) -> ClockSync | None:
        """Return how the video lies to the events, as far as it is known."""
        zero_us, video = self._file_clock.zero_us, self._video
        if zero_us is None or video is None or video.first_us is None:
            return None
        sync = self._clocks.sync(zero_us, video.first_us)
        if sync is None or not is_over:
            return sync
        return self._clocks.sync_by_triggers(zero_us, video.times_us, sync)

    def _keep_sync(self) -> None:
        """Write the sync beside the files, so that it is there whatever happens."""
        if self._sync is None or self._video is None:
            return
        try:
            delay_us = self._clocks.rgb_delay_us
            write_recorded_sync(self.path, self._video.path, self._sync, rgb_delay_us=delay_us)
        except FileError as error:
            self._sync_problem = str(error)
