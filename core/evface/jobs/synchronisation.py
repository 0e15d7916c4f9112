"""The job that finds the clock between the two cameras of a recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from evface.annotations.roles import TEACHER
from evface.annotations.tracks import Track
from evface.errors import RecordingError
from evface.events.triggers import Triggers
from evface.projects.project import Project
from evface.projects.recording import Recording, open_recording
from evface.transfer.face_regions import face_regions
from evface.transfer.marked_sync import sync_from_marks
from evface.transfer.motion_energy import Region, measure_event_motion, measure_video_motion
from evface.transfer.sync_finding import SyncFinding, write_sync_finding
from evface.transfer.synchronisation import LARGEST_OFFSET_US, find_sync
from evface.transfer.trigger_sync import TriggerEdge, sync_from_triggers, trigger_times
from evface.video.reader import VideoSource

SyncMethod = Literal["auto", "triggers", "correlation", "marks"]
# Shares of the time.
_LOOKING, _COUNTING = 0.6, 0.2


def synchronise_recording(
    recording: Recording,
    *,
    method: SyncMethod = "auto",
    marks_us: tuple[tuple[int, int], ...] = (),
    trigger_edge: TriggerEdge = "rising",
    regions_px: tuple[Region, Region] | None = None,
    largest_offset_us: int = LARGEST_OFFSET_US,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> SyncFinding:
    """Find the map from the clock of a recording's video to that of its events.

    What the recording says of its sync now is not looked at.

    Parameters
    ----------
    recording
        With a video.
    method
        ``"auto"`` takes the marks where there are any, else triggers where the event file holds
        them, else the motion.
    marks_us
        Moments that a person marked: on the video's clock and on the sensor's.
    trigger_edge
        Which edge of the triggers frames are timed by. Labels hold for the middle of an exposure:
        an edge at its beginning is early by half of it.
    regions_px
        Where the face is in the video and on the sensor; all that moves counts when None.
    largest_offset_us
        How much before or after the first event the video may begin.
    report
        Told how far it is, 0 to 1, and what is being done.

    Raises
    ------
    ValueError
        If marks are to be used and there are none.
    RecordingError
        If there is no video, nothing to compare, too little time in common, or triggers are to be
        used and do not suit the video.
    """
    if method == "marks" or (method == "auto" and marks_us):
        pairs = np.array(marks_us, np.int64).reshape(-1, 2)
        return sync_from_marks(pairs[:, 0], pairs[:, 1])
    if recording.video is None:
        raise RecordingError(
            f"{recording.name}: has no video to compare with; add the recording with --video"
        )
    triggers = _triggers(recording, trigger_edge) if method in ("auto", "triggers") else []
    if method == "triggers" and not triggers:
        raise RecordingError(f"{recording.name}: holds no triggers; use --method correlation")
    video, times_us = recording.video, recording.video.times_us
    try:
        finding = _by_triggers(times_us, triggers)
        if finding is not None:
            return finding
        moved = _by_motion(recording, video, regions_px, largest_offset_us, report)
        if method == "triggers":
            return sync_from_triggers(times_us, triggers[0], near=moved)
        return _by_triggers(times_us, triggers, near=moved) or moved
    except RecordingError as error:
        raise RecordingError(f"{recording.name}: {error}") from error


def _by_triggers(
    times_us: NDArray[np.int64],
    triggers: list[NDArray[np.int64]],
    near: SyncFinding | None = None,
) -> SyncFinding | None:
    """Return what the first input gives whose triggers suit the video; None where none do."""
    for trigger_us in triggers:
        try:
            finding = sync_from_triggers(times_us, trigger_us, near=near)
        except RecordingError:
            continue  # Triggers of something else.
        if finding.quality != "bad":
            return finding
    return None


def _triggers(recording: Recording, edge: TriggerEdge) -> list[NDArray[np.int64]]:
    """Return the triggers of each input that has any, the busiest first."""
    # Part of RAW files only: other formats have no place for them.
    read: Callable[[], Triggers] | None = getattr(recording.events, "triggers", None)
    if read is None:
        return []
    triggers = read()
    times = [
        trigger_times(triggers, edge=edge, channel=int(channel))
        for channel in np.unique(triggers.channels)
    ]
    return sorted((t for t in times if len(t)), key=len, reverse=True)


def _by_motion(
    recording: Recording,
    video: VideoSource,
    regions_px: tuple[Region, Region] | None,
    largest_offset_us: int,
    report: Callable[[float, str], None],
) -> SyncFinding:
    in_video, in_events = regions_px or (None, None)
    seen = measure_video_motion(
        video.frames(),
        video.n_frames,
        region_px=in_video,
        report=lambda f, m: report(_LOOKING * f, m),
    )
    felt = measure_event_motion(
        recording.events,
        region_px=in_events,
        report=lambda f, m: report(_LOOKING + _COUNTING * f, m),
    )
    before = _LOOKING + _COUNTING
    return find_sync(
        seen,
        felt,
        largest_offset_us=largest_offset_us,
        report=lambda f, m: report(before + (1 - before) * f, m),
    )


def _face_regions(recording: Recording, teacher: Track | None) -> tuple[Region, Region] | None:
    if recording.video is None:
        return None
    return face_regions(
        teacher,
        recording.event_from_rgb,
        video_resolution=recording.video.resolution,
        events_resolution=recording.events.resolution,
    )


@dataclass(frozen=True)
class SyncJob:
    """Find the sync of one recording of a project; the result is a file of the finding.

    Parameters
    ----------
    project
        Path of the project, which is only read.
    recording
        Id of the recording.
    output
        Path of the file to write, see `read_sync_finding`.
    method, marks_us, trigger_edge, largest_offset_us
        As for `synchronise_recording`.
    """

    kind: ClassVar[str] = "sync"

    project: str
    recording: str
    output: str
    method: SyncMethod = "auto"
    marks_us: tuple[tuple[int, int], ...] = ()
    trigger_edge: TriggerEdge = "rising"
    largest_offset_us: int = LARGEST_OFFSET_US

    def run(self, report: Callable[[float, str], None]) -> str:
        """Find the sync; return `output`."""
        report(0.0, "Opening the recording")
        with Project.open(Path(self.project), read_only=True) as project:
            entry = project.recording(self.recording)
            teacher = project.read_track(entry.id, TEACHER, with_corrections=False)
        recording = open_recording(entry, needs_video=True)
        try:
            finding = synchronise_recording(
                recording,
                method=self.method,
                marks_us=self.marks_us,
                trigger_edge=self.trigger_edge,
                regions_px=_face_regions(recording, teacher),
                largest_offset_us=self.largest_offset_us,
                report=report,
            )
        finally:
            recording.close()
        write_sync_finding(Path(self.output), finding)
        return self.output
