"""A project: recordings, their tracks and labels, and the journal of edits, in one file."""

from __future__ import annotations

import getpass
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from evface.annotations.edits import Edit, Place, StoredTrack, place_of
from evface.annotations.edits_json import decode_edit, encode_edit, sync_to_json
from evface.annotations.labelled import LabelledTrack
from evface.annotations.registration_json import registration_to_json
from evface.annotations.reviews import Review
from evface.annotations.segments import Segment
from evface.annotations.track_parts import read_whole, source_of
from evface.annotations.tracks import Track
from evface.errors import FileError, ProjectFileError, RecordingError
from evface.geometry.clock import ClockSync
from evface.projects.checking import find_problems
from evface.projects.database import Database, create_database
from evface.projects.entries import JournalEntry, Problem, RecordingEntry, TrackInfo
from evface.projects.history import Action, History, Step, UndoStacks, is_shared
from evface.projects.label_cache import LabelCache
from evface.projects.label_store import ProjectLabels, check_name, utc_now
from evface.projects.media import (
    MediaEntry,
    find_media,
    fingerprint,
    read_entry,
    relative_path,
    size_of,
)
from evface.projects.recording import stated_by
from evface.projects.track_table import manifest_of, read_piece_bytes
from evface.projects.unfinished import finish_recordings


class Project:
    """An open project. Every change is on disk when the call that makes it returns.

    Safe to use from several threads, and while other processes read and write the same project.

    Parameters
    ----------
    path
        A file made by `create`.
    read_only
        Refuse to change it.

    Raises
    ------
    ProjectFileError
        If it is not a whole project of a version that can be read; nothing was touched then.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = Path(path).absolute()
        self._database = Database(self._path, read_only=read_only)
        self._folder = self._path.resolve().parent
        # Who edits. Labels are kept by author.
        self.author = user_name()
        # Whether the author sees, and verifies, only their own labels.
        self.is_blind = False
        self._cache = LabelCache(self._read_bytes)
        self._undo_stacks = UndoStacks()
        # What this object last saw, and what it last told of changes by others.
        self._seen_version = self._told_version = self._read_data_version()
        if not self.is_read_only:
            finish_recordings(self)

    @classmethod
    def create(cls, path: Path) -> Project:
        """Make an empty project and open it.

        Raises
        ------
        ProjectFileError
            If the file exists already or cannot be made.
        """
        create_database(Path(path).absolute())
        return cls(path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Project:
        """Open a project; the same as calling the class."""
        return cls(path, read_only=read_only)

    @property
    def path(self) -> Path:
        """The file, absolute."""
        return self._path

    @property
    def is_read_only(self) -> bool:
        """Whether it cannot be changed: so asked, or file or folder cannot be written."""
        return self._database.is_read_only

    def recordings(self) -> list[RecordingEntry]:
        """Return all recordings in the order of adding. Media are looked for on disk."""
        with self._database.reading() as connection:
            ids = connection.execute("SELECT id FROM recordings ORDER BY position").fetchall()
            return [self._read_recording(connection, recording_id) for (recording_id,) in ids]

    def recording(self, recording_id: str) -> RecordingEntry:
        """Return one recording.

        Raises
        ------
        RecordingError
            If there is none of that id.
        """
        with self._database.reading() as connection:
            return self._read_recording(connection, recording_id)

    def find_recording(self, text: str) -> RecordingEntry:
        """Return the recording of that name or id; raise RecordingError if there is none."""
        for entry in self.recordings():
            if text in (entry.name, entry.id):
                return entry
        raise RecordingError(f"{self._path}: has no recording {text!r}; see evface project list")

    def add_recording(
        self,
        events: Path,
        video: Path | None = None,
        *,
        name: str | None = None,
        sync: ClockSync | None = None,
        report: Callable[[float, str], None] | None = None,
    ) -> RecordingEntry:
        """Add a recording. Its media stay where they are.

        Parameters
        ----------
        video
            The pictures that the event file holds, if any, where none is given.
        name
            The event file's if not given, with a number if that is taken.
        sync
            What the event file says if not given, as simulated ones do; else that the video begins
            with the first event.
        report
            Told the progress where the event file takes long to open; see `open_events`.

        Raises
        ------
        RecordingError
            If the same media are in the project already, or the name is taken.
        EventFileError, VideoFileError
            If the media cannot be read.
        """
        media = [("events", Path(events).absolute())]
        own = media[0][1]
        video = None if video is None else Path(video).absolute()
        stated, registration, has_pictures = stated_by(own, video, report)
        if has_pictures and video in (None, own):
            media.append(("video", own))
        elif video is not None:
            _check_video(video)
            media.append(("video", video))
        sync = sync or stated
        rows = [(part, *self._describe(path)) for part, path in media]
        recording_id = uuid.uuid4().hex[:12]
        with self._database.writing() as connection:
            self._refuse_twice(connection, {row[-1] for row in rows})
            if name is None:
                name = _free_name(connection, media[0][1].stem)
            check_name(self._path, connection, name)
            connection.execute(
                "INSERT INTO recordings VALUES "
                "(?, (SELECT coalesce(max(position), 0) + 1 FROM recordings), ?, ?, ?, ?, '[]')",
                (
                    recording_id,
                    name,
                    json.dumps(sync_to_json(sync)),
                    json.dumps(registration_to_json(registration)),
                    utc_now(),
                ),
            )
            connection.executemany(
                "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?)",
                [(recording_id, *row) for row in rows],
            )
            return self._read_recording(connection, recording_id)

    def renew_media(self, recording_id: str, video: Path | None = None) -> RecordingEntry:
        """Take the media of a recording as they are now: they were still being written before.

        Parameters
        ----------
        video
            Becomes its video where it has none.

        Raises
        ------
        RecordingError
            If there is no such recording.
        FileError
            If a medium cannot be read.
        """
        entry = self.recording(recording_id)
        media = {"events": entry.events.path}
        if entry.video is not None:
            media["video"] = entry.video.path
        elif video is not None:
            _check_video(video)
            media["video"] = video.absolute()
        rows = [(recording_id, part, *self._describe(path)) for part, path in media.items()]
        with self._database.writing() as connection:
            connection.execute("DELETE FROM media WHERE recording_id = ?", (recording_id,))
            connection.executemany("INSERT INTO media VALUES (?, ?, ?, ?, ?, ?)", rows)
            return self._read_recording(connection, recording_id)

    def tracks(self, recording_id: str) -> dict[str, TrackInfo]:
        """Return what is known of a recording's tracks, by role, without reading them."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT role, manifest, updated_at FROM tracks WHERE recording_id = ? "
                "ORDER BY role",
                (recording_id,),
            ).fetchall()
        infos = {}
        for role, manifest, updated_at in rows:
            try:
                said = manifest_of(StoredTrack(manifest))
                infos[role] = TrackInfo(
                    role, said["kind"], int(said["n"]), source_of(said), updated_at
                )
            except (KeyError, TypeError, ValueError) as error:
                raise ProjectFileError(
                    self._path, f"its track {role!r} is damaged ({error}); restore it from a copy"
                ) from error
        return infos

    def read_track(
        self, recording_id: str, role: str, *, with_corrections: bool = True, lazily: bool = False
    ) -> Track | None:
        """Read a track; None where there is none of that role.

        Parameters
        ----------
        with_corrections
            Lay what people said about landmarks over what the machine said.
        lazily
            Read the rows of large arrays only when they are asked for, see `LazyArray`.

        Raises
        ------
        ProjectFileError
            If it is damaged.
        """
        with self._database.reading() as connection:
            labels = self._labels(connection)
            stored = labels.track(recording_id, role)
            if stored is None:
                return None
            track = labels.read_track(stored, role)
            rows = connection.execute(
                "SELECT manifest FROM tracks WHERE recording_id = ?", (recording_id,)
            )
            wanted = {StoredTrack(manifest) for (manifest,) in rows}
            for kept in self._cache.tracks.keys() - wanted:
                del self._cache.tracks[kept]
            if with_corrections:
                labelled = labels.labelled(recording_id, role, None)
                track = track if labelled is None else labelled.laid()
        return track if lazily else read_whole(track)

    def labelled(
        self, recording_id: str, role: str, *, author: str | None = None
    ) -> LabelledTrack | None:
        """Return a landmark track, or a box, with what people said laid over it frame by frame.

        Parameters
        ----------
        role
            Of a landmark track, or of `evface.annotations.boxes.BOX_ROLES`.
        author
            Whose words; everyone's if None, of each landmark and time the latest.

        Returns
        -------
        LabelledTrack or None
            None where there is no such track. The same object until something changes.
        """
        with self._database.reading() as connection:
            return self._labels(connection).labelled(recording_id, role, author)

    def segments(self, recording_id: str, *, author: str | None = None) -> dict[str, Segment]:
        """Return segments of action units by id, in order of onset; everyone's if None.

        The same object until something changes.
        """
        with self._database.reading() as connection:
            return self._labels(connection).segments(recording_id, author)

    def video_classes(self, recording_id: str) -> dict[str, str]:
        """Return the action unit that the whole recording shows, by who says so."""
        with self._database.reading() as connection:
            return self._labels(connection).video_classes(recording_id)

    def reviews(self, recording_id: str) -> dict[tuple[str, int, str], Review]:
        """Return the verdicts on a recording's frames, by role, sensor time (us) and author."""
        with self._database.reading() as connection:
            return self._labels(connection).reviews(recording_id)

    def annotators(self) -> list[str]:
        """Return everyone who labelled anything, by name."""
        tables = ("corrections", "segments", "video_classes", "reviews")
        asked = " UNION ".join(f"SELECT author FROM {table}" for table in tables)
        with self._database.reading() as connection:
            return [author for (author,) in connection.execute(f"{asked} ORDER BY author")]

    def history(self) -> History:
        """Return what the author would take back, or make again, next; also after a restart."""
        with self._database.reading() as connection:
            self._undo_stacks.catch_up(connection)
            return self._undo_stacks.history(self.author)

    def undo(self) -> Place | None:
        """Take back the author's last edit; one step of the journal, as edits are.

        Returns
        -------
        Place or None
            What changed; None where there is nothing to take back.

        Raises
        ------
        ProjectFileError, RecordingError
            As for `apply`.
        """
        return self._take_step(self._undo_stacks.next_undo, "inverse", Action.UNDO)

    def redo(self) -> Place | None:
        """Make the edit again that the author took back last; see `undo`."""
        return self._take_step(self._undo_stacks.next_redo, "edit", Action.REDO)

    def apply(self, edit: Edit) -> Edit:
        """Make an edit, with its entry in the journal; both or neither.

        Returns
        -------
        Edit
            Takes the edit back, as long as nothing else was changed since.

        Raises
        ------
        ProjectFileError
            If it cannot be written; nothing was changed then.
        RecordingError
            If the edit names something that is not there.
        """
        with self._changing() as labels:
            return self._journalled(labels, edit, Action.EDIT)

    def journal(self, last: int | None = None) -> list[JournalEntry]:
        """Return the edits that were made, oldest first: the last so many, or all ever."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, made_at, author, label, edit, inverse FROM journal "
                "ORDER BY id DESC LIMIT ?",
                (-1 if last is None else last,),
            ).fetchall()
        try:
            return [
                JournalEntry(
                    number, made_at, author, label, decode_edit(edit), decode_edit(inverse)
                )
                for number, made_at, author, label, edit, inverse in reversed(rows)
            ]
        except ValueError as error:
            raise self._damaged_journal(error) from error

    def check(self) -> list[Problem]:
        """Look for damage, lost edits, media that are missing or changed, and unknown models.

        Reads the whole project and a part of each medium.
        """
        return find_problems(self._database, self.recordings)

    def count_edits(self) -> int:
        """Return how many edits were ever made; undoing and redoing are edits too."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM journal").fetchone()[0])

    def relink(self, folder: Path) -> list[MediaEntry]:
        """Look for missing media in a folder and those below it, by content, whatever their names.

        Returns
        -------
        list[MediaEntry]
            Those that were found, where they are now.

        Raises
        ------
        FileError
            If `folder` is not one.
        """
        folder = Path(folder).absolute()
        if not folder.is_dir():
            raise FileError(folder, "is not a folder; name the one to search")
        missing = [
            entry
            for recording in self.recordings()
            for entry in recording.media
            if size_of(entry.path) != entry.n_bytes
        ]
        found = find_media(folder, missing)
        with self._database.writing() as connection:
            for entry in missing:
                if entry.fingerprint in found:
                    connection.execute(
                        "UPDATE media SET relative_path = ?, absolute_path = ? "
                        "WHERE fingerprint = ?",
                        (*self._paths(found[entry.fingerprint]), entry.fingerprint),
                    )
        return [
            entry
            for recording in self.recordings()
            for entry in recording.media
            if entry.fingerprint in found
        ]

    def changed_outside(self) -> bool:
        """Return whether someone else changed the project since this was last asked."""
        before, self._told_version = self._told_version, self._read_data_version()
        return self._told_version != before

    def close(self) -> None:
        """Close the file."""
        self._cache = LabelCache(self._read_bytes)
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _labels(self, connection: sqlite3.Connection) -> ProjectLabels:
        version = int(connection.execute("PRAGMA data_version").fetchone()[0])
        if version != self._seen_version:
            self._seen_version = version
            self._cache.forget_labels()
        viewer = self.author if self.is_blind else None
        return ProjectLabels(self._path, connection, self.author, self._cache, viewer)

    @contextmanager
    def _changing(self) -> Iterator[ProjectLabels]:
        """Give the labels inside a transaction, and keep in memory what it leads to."""
        try:
            with self._database.writing() as connection:
                yield self._labels(connection)
                self._cache.settle()
        except BaseException:
            # What was changed in memory was not on disk.
            self._cache.forget_labels()
            raise

    def _take_step(
        self, find: Callable[[str], Step | None], column: str, action: Action
    ) -> Place | None:
        with self._changing() as labels:
            connection = labels.connection
            self._undo_stacks.catch_up(connection)
            step = find(self.author)
            if step is None:
                return None
            (text,) = connection.execute(
                f"SELECT {column} FROM journal WHERE id = ?", (step.id,)
            ).fetchone()
            try:
                edit = decode_edit(text)
            except ValueError as error:
                raise self._damaged_journal(error) from error
            return place_of(edit, self._journalled(labels, edit, action))

    def _journalled(self, labels: ProjectLabels, edit: Edit, action: Action) -> Edit:
        """Apply an edit and write it down; return its inverse."""
        inverse = edit.apply(labels)
        labels.connection.execute(
            "INSERT INTO journal (made_at, author, label, edit, inverse, action, is_shared) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                labels.now,
                labels.author,
                edit.label,
                encode_edit(edit, labels.keep),
                encode_edit(inverse, labels.keep),
                str(action),
                int(is_shared(edit, inverse, labels.author)),
            ),
        )
        return inverse

    def _read_bytes(self, digest: str, start: int, stop: int) -> bytes:
        with self._database.reading_apart() as connection:
            data = read_piece_bytes(connection, digest, start, stop)
        if data is None:  # in a transaction that is not at its end
            with self._database.reading() as connection:
                data = read_piece_bytes(connection, digest, start, stop)
        if data is None or len(data) != stop - start:
            raise ProjectFileError(
                self._path, "lost a part of a track; process the recording again"
            )
        return data

    def _damaged_journal(self, error: ValueError) -> ProjectFileError:
        return ProjectFileError(
            self._path, f"its journal is damaged ({error}); restore it from a copy"
        )

    def _read_data_version(self) -> int:
        with self._database.reading() as connection:
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

    def _read_recording(self, connection: sqlite3.Connection, recording_id: str) -> RecordingEntry:
        labels = self._labels(connection)
        name = labels.name(recording_id)
        rows = connection.execute(
            "SELECT part, relative_path, absolute_path, n_bytes, fingerprint FROM media "
            "WHERE recording_id = ?",
            (recording_id,),
        ).fetchall()
        try:
            media = {part: read_entry(self._folder, *row) for part, *row in rows}
            events = media["events"]
        except (KeyError, TypeError, ValueError) as error:
            raise ProjectFileError(
                self._path, f"is damaged at {name!r} ({error!r}); restore it from a copy"
            ) from error
        return RecordingEntry(
            recording_id,
            name,
            events,
            media.get("video"),
            labels.sync(recording_id),
            labels.event_from_rgb(recording_id),
            labels.filters(recording_id),
        )

    def _describe(self, path: Path) -> tuple[str | None, str, int, str]:
        try:
            # It may be growing.
            n_bytes = path.stat().st_size
            return (*self._paths(path), n_bytes, fingerprint(path, n_bytes))
        except OSError as error:
            raise FileError(path, f"cannot be read ({error.strerror})") from error

    def _paths(self, path: Path) -> tuple[str | None, str]:
        return relative_path(path.resolve(), self._folder), str(path)

    def _refuse_twice(self, connection: sqlite3.Connection, fingerprints: set[str]) -> None:
        rows = connection.execute(
            "SELECT name, group_concat(fingerprint) FROM recordings "
            "JOIN media ON recording_id = id GROUP BY id"
        )
        for name, present in rows:
            if set(present.split(",")) == fingerprints:
                raise RecordingError(
                    f"{self._path}: has these media already, as recording {name!r}"
                )


def _check_video(video: Path) -> None:
    from evface.video.reader import open_video

    open_video(video).close()


def _free_name(connection: sqlite3.Connection, wanted: str) -> str:
    wanted = "".join(c for c in wanted if c.isprintable()).strip() or "recording"
    taken = {name for (name,) in connection.execute("SELECT name FROM recordings")}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def user_name() -> str:
    """Return the name of who is logged in, else that of nobody in particular."""
    try:
        return getpass.getuser() or "annotator"
    except (KeyError, ImportError, OSError):  # A container's user may have no name.
        return "annotator"
