"""Recordings that were still being written when the project last saw their media."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from evface.annotations.edits import SetSync
from evface.errors import EvfaceError
from evface.geometry.clock import ClockSync
from evface.projects.entries import RecordingEntry
from evface.projects.media import MediaEntry, fingerprint, size_of
from evface.projects.recorded_sync import ARRIVAL_METHODS, find_recorded_video, read_recorded_sync

if TYPE_CHECKING:
    from evface.projects.project import Project


def finish_recordings(project: Project) -> None:
    """Take media that became longer since they were added as they are now.

    Whoever records does so at the end, but a program or a computer may fail before. What cannot be
    done now is done when the project is opened again; such media can be used as they are.
    """
    # Whatever is damaged or missing is told where it is asked for.
    with suppress(EvfaceError):
        for entry in project.recordings():
            if any(_has_grown(medium) for medium in entry.media):
                _finish(project, entry)


def finish_recording(
    project: Project, recording_id: str, video: Path | None, sync: ClockSync | None
) -> RecordingEntry:
    """Take the media of a recording as they are now, and its sync where nobody set another.

    Parameters
    ----------
    video
        Becomes its video where it has none.
    sync
        As its recorder knows it; None where it does not.

    Raises
    ------
    FileError, RecordingError
        As for `Project.renew_media`.
    """
    entry = project.renew_media(recording_id, video)
    # Labels that were carried from the video to the events were carried by the sync of then.
    is_open = entry.sync.method in ARRIVAL_METHODS and not project.tracks(recording_id)
    if sync is not None and sync != entry.sync and is_open:
        project.apply(SetSync(recording_id, sync))
    return project.recording(recording_id)


def _finish(project: Project, entry: RecordingEntry) -> None:
    events = entry.events.path
    video = find_recorded_video(events) if entry.video is None else entry.video.path
    sync = None if video is None else read_recorded_sync(events, video)
    with suppress(EvfaceError):
        finish_recording(project, entry.id, video, sync)


def _has_grown(medium: MediaEntry) -> bool:
    """Return whether a medium goes on where it ended when it was added."""
    n_bytes = size_of(medium.path)
    if n_bytes is None or n_bytes <= medium.n_bytes:
        return False
    try:
        return fingerprint(medium.path, medium.n_bytes) == medium.fingerprint
    except OSError:
        return False
