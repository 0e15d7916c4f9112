"""Open what a person names: a project, an event file, or an event file with its video.

Runs in a thread: nothing here touches Qt. What takes long to import is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evface.annotations.tracks import Track
from evface.errors import EvfaceError, FileError, ProjectInUseError, RecordingError

if TYPE_CHECKING:
    from evface.annotations.edits import Edit
    from evface.annotations.labelled import LabelledTrack
    from evface.annotations.reviews import Review
    from evface.annotations.segments import Segment
    from evface.projects.editing_lock import EditingLock
    from evface.projects.entries import RecordingEntry
    from evface.projects.history import History
    from evface.projects.project import Project
    from evface.projects.recording import Recording

PROJECT_SUFFIX = ".evface"
VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".mts")
_EMPTY = "This project has no recordings yet; add one with Recording > Add recording."
_MISSING = "is missing; if it was moved, look for it with Recording > Find missing files"
EVENT_SUFFIXES = (
    ".raw", ".dat", ".h5", ".hdf5", ".aedat4", ".aedat", ".es", ".bin", ".npz", ".npy", ".csv",
    ".txt",
)  # fmt: skip
Report = Callable[[float, str], None]


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
class Labels:
    """All labels of one recording, as its annotator sees them.

    Parameters
    ----------
    tracks
        As machines made them, by role. Rows of large arrays are read when they are asked for.
    landmarks
        Landmark tracks and boxes with what people said laid over them, by role.
    segments
        Of action units, by id.
    video_class
        The action unit that the annotator says the whole recording shows.
    reviews
        The annotator's verdicts, by role and time.
    """

    tracks: Mapping[str, Track] = field(default_factory=dict)
    landmarks: Mapping[str, LabelledTrack] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    video_class: str | None = None
    reviews: Mapping[tuple[str, int], Review] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Hold:
    """Keeps other windows from editing a project, or says why this one cannot.

    Parameters
    ----------
    lock
        None where it cannot be had.
    reason
        Why the project can only be read; empty where it can be edited.
    """

    lock: EditingLock | None
    reason: str = ""

    def release(self) -> None:
        """Let others edit."""
        if self.lock is not None:
            self.lock.release()


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
    labels
        Of the recording chosen.
    problem
        Why there is no recording although a project is open: one line for the user, else empty.
    listed
        All recordings of the project, by id, in their order.
    paths
        What was named to open it, for the list of recent things.
    hold
        Keeps others from editing the project; None for lone media.
    history
        What can be taken back in the project.
    """

    project: Project | None = None
    recording_id: str | None = None
    recording: Recording | None = None
    labels: Labels = field(default_factory=Labels)
    problem: str = ""
    listed: Mapping[str, Listed] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()
    hold: Hold | None = None
    history: History | None = None

    def close(self, *, keep: Opened | None = None) -> None:
        """Release the files, save those that `keep` shows too."""
        if self.recording is not None and (keep is None or self.recording is not keep.recording):
            self.recording.close()
        if self.project is not None and (keep is None or self.project is not keep.project):
            self.project.close()
        if self.hold is not None and (keep is None or self.hold is not keep.hold):
            self.hold.release()


@dataclass(frozen=True)
class Annotator:
    """Who works.

    Parameters
    ----------
    name
        Every label is kept under a name; empty for the name of who is logged in.
    is_blind
        Whether the annotator sees only their own labels.
    """

    name: str = ""
    is_blind: bool = False

    def take_over(self, project: Project) -> None:
        """Let all that follows be the annotator's."""
        from evface.projects.project import user_name

        project.author = self.name or user_name()
        project.is_blind = self.is_blind


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


def open_paths(paths: Sequence[Path], annotator: Annotator, report: Report | None = None) -> Opened:
    """Open a project with its first usable recording, or lone media.

    Raises
    ------
    EvfaceError
        If a file cannot be used.
    """
    media = sort_paths(paths)
    if media.project is not None:
        return open_project(media.project, annotator, report=report)
    if media.events is None:
        raise ValueError("neither a project nor events were named")
    from evface.projects.recording import Recording

    recording = Recording.from_files(media.events, media.video, waits=False, report=report)
    return Opened(recording=recording, paths=tuple(path.absolute() for path in paths))


def open_project(
    path: Path,
    annotator: Annotator,
    recording_id: str | None = None,
    *,
    report: Report | None = None,
) -> Opened:
    """Open a project and one of its recordings: the one named, else the first that is all there.

    A project that is open in another window is opened for reading.

    Raises
    ------
    ProjectFileError
        If it is not a project that this version can use.
    """
    from evface.projects.project import Project

    hold = _take_hold(path)
    try:
        project = Project.open(path, read_only=bool(hold.reason))
        try:
            annotator.take_over(project)
            if project.is_read_only and not hold.reason:
                hold = replace(hold, reason="its file or folder cannot be written")
            return replace(load_recording(project, recording_id, report=report), hold=hold)
        except BaseException:
            project.close()
            raise
    except BaseException:
        hold.release()
        raise


def _take_hold(path: Path) -> Hold:
    from evface.projects.editing_lock import EditingLock

    if not path.is_file():  # Opening it says what is wrong.
        return Hold(None)
    try:
        return Hold(EditingLock(path))
    except ProjectInUseError as error:
        return Hold(None, f"it {error.problem}")
    except FileError:  # Where nothing can be written, nobody else edits either.
        return Hold(None)


def load_recording(
    project: Project,
    recording_id: str | None,
    hold: Hold | None = None,
    *,
    report: Report | None = None,
) -> Opened:
    """Open one recording of an open project, with its labels.

    Media that are missing or broken leave the labels usable: the problem says what is wrong.

    Parameters
    ----------
    recording_id
        None for the first whose events are there.
    hold
        What the project is open with.
    report
        Told the progress where a file must be converted first; see `open_events`.
    """
    from evface.projects.recording import open_recording

    listed = {entry.id: list_recording(project, entry) for entry in project.recordings()}
    if not listed:
        return Opened(
            project=project,
            problem=_EMPTY,
            paths=(project.path,),
            hold=hold,
            history=project.history(),
        )
    if recording_id is None:
        usable = [i for i, row in listed.items() if not row.entry.events.is_missing]
        recording_id = (usable or list(listed))[0]
    problem = ""
    recording = None
    events = listed[recording_id].entry.events
    try:
        recording = open_recording(project.recording(recording_id), waits=False, report=report)
    except (EvfaceError, OSError) as error:
        problem = f"{events.path}: {_MISSING}" if events.is_missing else str(error)
    labels = Labels()
    try:
        labels = read_labels(project, recording_id)
    except EvfaceError as error:
        # Damage in one recording hides neither its pictures nor the other recordings.
        problem = problem or str(error)
    return Opened(
        project,
        recording_id,
        recording,
        labels,
        problem,
        listed,
        (project.path,),
        hold,
        project.history(),
    )


def list_recording(project: Project, entry: RecordingEntry) -> Listed:
    """Say of a recording what a list shows; of one whose tracks are damaged, that it has none."""
    try:
        return Listed(entry, frozenset(project.tracks(entry.id)))
    except EvfaceError:
        return Listed(entry, frozenset())


def read_labels(project: Project, recording_id: str) -> Labels:
    """Read all labels of a recording. What is unchanged since is not read again."""
    from evface.annotations.boxes import BOX_ROLES
    from evface.annotations.tracks import LandmarkTrack

    viewer = project.author if project.is_blind else None
    tracks = {
        role: track
        for role in project.tracks(recording_id)
        if (track := project.read_track(recording_id, role, with_corrections=False, lazily=True))
    }
    roles = [role for role, track in tracks.items() if isinstance(track, LandmarkTrack)]
    landmarks = {
        role: labelled
        for role in (*roles, *BOX_ROLES.values())
        if (labelled := project.labelled(recording_id, role, author=viewer)) is not None
    }
    return Labels(
        tracks,
        landmarks,
        project.segments(recording_id, author=viewer),
        project.video_classes(recording_id).get(project.author),
        {
            (role, t_us): review
            for (role, t_us, author), review in project.reviews(recording_id).items()
            if author == project.author
        },
    )


def apply_to(path: Path, edit: Edit, annotator: Annotator) -> None:
    """Apply an edit to a project that is not open here.

    Raises
    ------
    EvfaceError
        If it cannot be opened or changed.
    """
    from evface.projects.project import Project

    with Project.open(path) as project:
        annotator.take_over(project)
        project.apply(edit)


def add_recording(
    project: Project,
    events: Path,
    video: Path | None,
    hold: Hold | None = None,
    *,
    report: Report | None = None,
) -> Opened:
    """Add a recording to a project and open it.

    Raises
    ------
    EvfaceError
        If its files cannot be used or are in the project already.
    """
    added = project.add_recording(events, video, report=report)
    return load_recording(project, added.id, hold, report=report)


def relink(
    project: Project, folder: Path, recording_id: str | None, hold: Hold | None = None
) -> Opened:
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
    return load_recording(project, recording_id, hold)


def save_as_project(path: Path, recording: Recording, annotator: Annotator) -> Opened:
    """Make a project of lone media, and open it.

    Raises
    ------
    ProjectFileError
        If the file exists or cannot be made.
    """
    from evface.annotations.edits import SetFilters
    from evface.projects.project import Project

    video = recording.video
    with Project.create(path) as project:
        try:
            entry = project.add_recording(recording.events.path, video.path if video else None)
            if recording.filters:
                project.apply(SetFilters(entry.id, recording.filters))
        except BaseException:
            # An empty project would be in the way of the next attempt.
            project.close()
            path.unlink(missing_ok=True)
            raise
    return open_project(path, annotator)


def change_recordings(
    shown: Opened, path: Path, change: Callable[[Project], Sequence[RecordingEntry]]
) -> Opened | None:
    """Change the recordings of a project; return what is shown then, if it is the open one."""
    from evface.projects.project import Project

    project = shown.project
    if project is None or project.path != path or project.is_read_only:
        with Project.open(path) if path.exists() else Project.create(path) as other:
            change(other)
        return None
    changed = change(project)
    if not changed:
        return None
    return load_recording(project, shown.recording_id or changed[0].id, shown.hold)


def open_instead(
    shown: Opened, paths: Sequence[Path], annotator: Annotator, report: Report
) -> Opened:
    """Open something else. What is open already is not in its own way.

    A project that could only be read is opened anew: whoever was in the way may be gone.
    """
    project, hold = shown.project, shown.hold
    is_same = project is not None and [path.resolve() for path in paths] == [project.path.resolve()]
    if project is not None and is_same and not project.is_read_only:
        return load_recording(project, shown.recording_id, hold, report=report)
    return open_paths(paths, annotator, report)
