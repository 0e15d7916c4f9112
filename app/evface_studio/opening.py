"""Open what a person names: a project, an event file, or an event file with its video.

Runs in a thread: nothing here touches Qt. What takes long to import is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evface.annotations.tracks import Track
from evface.errors import EvfaceError, RecordingError

if TYPE_CHECKING:
    from evface.annotations.edits import Edit
    from evface.projects.entries import RecordingEntry
    from evface.projects.project import Project
    from evface.projects.recording import Recording

PROJECT_SUFFIX = ".evface"
VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".mts")
_EMPTY = "This project has no recordings yet; add one with Recording > Add recording."
_MISSING = "is missing; if it was moved, look for it with Recording > Find missing files"
EVENT_SUFFIXES = (".raw", ".h5", ".hdf5", ".bin")


@dataclass(frozen=True, eq=False)
class Listed:
    """A recording of a project as it stands in a list.

    Parameters
    ----------
    roles
        Of the tracks that it has.
    """

    entry: RecordingEntry
    roles: frozenset[str]


@dataclass(frozen=True, eq=False)
class Opened:
    """What was opened, ready to be shown.

    Parameters
    ----------
    project
        None for media that belong to no project.
    recording_id
        The recording chosen; None where the project has none, or for lone media.
    recording
        None where there is none or where its media cannot be read.
    tracks
        By role.
    problem
        Why there is no recording although a project is open: one line for the user, else empty.
    listed
        All recordings of the project, by id, in their order.
    paths
        What was named to open it, for the list of recent things.
    """

    project: Project | None = None
    recording_id: str | None = None
    recording: Recording | None = None
    tracks: Mapping[str, Track] = field(default_factory=dict)
    problem: str = ""
    listed: Mapping[str, Listed] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()

    def close(self, *, keep: Opened | None = None) -> None:
        """Release the files, save those that `keep` shows too."""
        if self.recording is not None and (keep is None or self.recording is not keep.recording):
            self.recording.close()
        if self.project is not None and (keep is None or self.project is not keep.project):
            self.project.close()


@dataclass(frozen=True)
class Media:
    """Paths told apart: either a project, or events with or without video."""

    project: Path | None = None
    events: Path | None = None
    video: Path | None = None


def sort_paths(paths: Sequence[Path]) -> Media:
    """Tell a project, an event file and a video apart by their names.

    Names only choose who reads a file; the reader then trusts the content alone.

    Raises
    ------
    RecordingError
        If the paths are not one project, or one event file, or one event file and one video.
    """
    projects = [path for path in paths if path.suffix.lower() == PROJECT_SUFFIX]
    videos = [path for path in paths if path.suffix.lower() in VIDEO_SUFFIXES]
    events = [path for path in paths if path not in projects and path not in videos]
    if projects:
        if len(paths) > 1:
            raise RecordingError(
                f"{projects[0].name}: a project is opened by itself; "
                "add recordings to it with Recording > Add recording"
            )
        return Media(project=projects[0])
    if len(events) > 1 or len(videos) > 1:
        raise RecordingError(
            "too many files at once; open one event file, together with its video if there is one"
        )
    if not events:
        name = videos[0].name if videos else "nothing"
        raise RecordingError(
            f"{name}: a video needs its events; open it together with the event file, "
            "or make one with evface simulate"
        )
    return Media(events=events[0], video=videos[0] if videos else None)


def open_paths(paths: Sequence[Path]) -> Opened:
    """Open a project with its first usable recording, or lone media.

    Raises
    ------
    EvfaceError
        If a file cannot be used.
    """
    media = sort_paths(paths)
    if media.project is not None:
        return open_project(media.project)
    if media.events is None:
        raise ValueError("neither a project nor events were named")
    from evface.projects.recording import Recording

    recording = Recording.from_files(media.events, media.video)
    return Opened(recording=recording, paths=tuple(path.absolute() for path in paths))


def open_project(path: Path, recording_id: str | None = None) -> Opened:
    """Open a project and one of its recordings: the one named, else the first that is all there.

    Raises
    ------
    ProjectFileError
        If it is not a project that this version can use.
    """
    from evface.projects.project import Project

    project = Project.open(path)
    try:
        return load_recording(project, recording_id)
    except BaseException:
        project.close()
        raise


def load_recording(project: Project, recording_id: str | None) -> Opened:
    """Open one recording of an open project, with its tracks.

    Media that are missing or broken leave the tracks usable: the problem says what is wrong.

    Parameters
    ----------
    recording_id
        None for the first whose events are there.
    """
    from evface.projects.recording import open_recording

    listed = {entry.id: list_recording(project, entry) for entry in project.recordings()}
    if not listed:
        return Opened(project=project, problem=_EMPTY, paths=(project.path,))
    if recording_id is None:
        usable = [i for i, row in listed.items() if not row.entry.events.is_missing]
        recording_id = (usable or list(listed))[0]
    problem = ""
    recording = None
    events = listed[recording_id].entry.events
    try:
        recording = open_recording(project.recording(recording_id))
    except (EvfaceError, OSError) as error:
        problem = f"{events.path}: {_MISSING}" if events.is_missing else str(error)
    tracks = read_tracks(project, recording_id)
    return Opened(project, recording_id, recording, tracks, problem, listed, (project.path,))


def list_recording(project: Project, entry: RecordingEntry) -> Listed:
    """Say of a recording what a list shows."""
    return Listed(entry, frozenset(project.tracks(entry.id)))


def read_tracks(project: Project, recording_id: str) -> dict[str, Track]:
    """Return all tracks of a recording by role. Those unchanged since are not read again."""
    tracks = {role: project.read_track(recording_id, role) for role in project.tracks(recording_id)}
    return {role: track for role, track in tracks.items() if track is not None}


def apply_to(path: Path, edit: Edit) -> None:
    """Apply an edit to a project that is not open here.

    Raises
    ------
    EvfaceError
        If it cannot be opened or changed.
    """
    from evface.projects.project import Project

    with Project.open(path) as project:
        project.apply(edit)


def add_recording(project: Project, events: Path, video: Path | None) -> Opened:
    """Add a recording to a project and open it.

    Raises
    ------
    EvfaceError
        If its files cannot be used or are in the project already.
    """
    return load_recording(project, project.add_recording(events, video).id)


def relink(project: Project, folder: Path, recording_id: str | None) -> Opened:
    """Search `folder` for the media that a project misses, and open a recording again.

    Raises
    ------
    RecordingError
        If none of them is there.
    """
    if not project.relink(folder):
        raise RecordingError(
            f"{folder}: holds none of the missing files; choose the folder they were moved to"
        )
    return load_recording(project, recording_id)


def save_as_project(path: Path, recording: Recording) -> Opened:
    """Make a project of lone media, and open it.

    Raises
    ------
    ProjectFileError
        If the file exists or cannot be made.
    """
    from evface.projects.project import Project

    video = recording.video
    project = Project.create(path)
    try:
        return add_recording(project, recording.events.path, video.path if video else None)
    except BaseException:
        project.close()
        raise
