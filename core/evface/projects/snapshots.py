"""Snapshots of a project's labels and filters: small project files without what machines made.

They lie in a folder beside the project, or in the user's data folder where that cannot be written.
One is made a day, of which the last ones are kept; those with a name are kept for ever.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import platformdirs

from evface.annotations.edits import Edit, SetFilters, StoredTrack, Together
from evface.annotations.edits_json import encode_edit
from evface.errors import FileError
from evface.files import replacing
from evface.projects.database import Database, create_database
from evface.projects.entries import RecordingEntry
from evface.projects.identity import match_recordings
from evface.projects.label_changes import (
    LabelChanges,
    corrected_tracks,
    find_changes,
    landmarks_of,
)
from evface.projects.label_set import LabelCounts, LabelSet, count_labels
from evface.projects.label_store import utc_now
from evface.projects.media import relative_path
from evface.projects.merging import read_labels
from evface.projects.project import Project

N_DAILY = 14
_SUFFIX = ".evface"
_DAILY = re.compile(r"daily ([0-9]{4}-[0-9]{2}-[0-9]{2})")
# All that people made. Tracks, their arrays and the journal are left out.
_TABLES = (
    *("recordings", "media", "corrections", "interpolations", "segments", "video_classes"),
    "reviews",
)


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that was made.

    Parameters
    ----------
    made_at
        ISO 8601 in UTC.
    counts
        Labels by annotator.
    """

    name: str
    path: Path
    made_at: str
    n_recordings: int
    counts: Mapping[str, LabelCounts]

    @property
    def is_daily(self) -> bool:
        """Whether it was made by itself."""
        return _DAILY.fullmatch(self.name) is not None


@dataclass(frozen=True, eq=False)
class Restoring:
    """What restoring a snapshot would change.

    Parameters
    ----------
    edit
        Does it; None where everything is as it was.
    n_added, n_changed, n_removed
        Labels.
    n_filtered
        Recordings whose events pass other filters then.
    n_unknown
        Recordings of the snapshot that the project does not have: they are left out.
    left_out
        Labels that cannot be kept, by why.
    """

    edit: Together | None
    n_added: int
    n_changed: int
    n_removed: int
    n_filtered: int
    n_unknown: int
    left_out: Mapping[str, int]


def snapshot_folder(project: Path) -> Path:
    """Return where snapshots of a project are, or would be made.

    Beside the project where that can be written or where some are; else in the user's data folder,
    in a folder of the project's own.
    """
    project = Path(project).resolve()
    beside = project.with_name(f"{project.name}-snapshots")
    if beside.is_dir() or _is_writable(project.parent):
        return beside
    identity = hashlib.blake2b(str(project).encode(), digest_size=4).hexdigest()
    data = Path(platformdirs.user_data_dir("evface", appauthor=False))
    return data / "snapshots" / f"{project.stem}-{identity}"


def daily_name(day: date) -> str:
    """Return the name of the snapshot that is made by itself on a day."""
    return f"daily {day.isoformat()}"


def write_snapshot(project: Path, name: str) -> Snapshot:
    """Write down all labels of a project, and the filters of its recordings.

    Parameters
    ----------
    project
        May be open, here and elsewhere; only what is on disk counts.

    Raises
    ------
    FileError
        If the name cannot be one, is taken, or the snapshot cannot be written; nothing is there
        then.
    """
    _check_name(name, project)
    return _write(project, name)


def write_daily_snapshot(project: Path, today: date) -> Snapshot | None:
    """Write the snapshot of a day, unless there is one or nothing to write; drop the oldest.

    Returns
    -------
    Snapshot or None
        None where none was made.
    """
    folder = snapshot_folder(project)
    if _path(folder, daily_name(today)).exists() or not _has_labels(project):
        return None
    snapshot = _write(project, daily_name(today))
    daily = sorted(path for path in folder.glob(f"*{_SUFFIX}") if _DAILY.fullmatch(path.stem))
    for path in daily[:-N_DAILY]:
        path.unlink(missing_ok=True)
    return snapshot


def list_snapshots(project: Path) -> list[Snapshot]:
    """Return all snapshots of a project, the latest first. Damaged ones are left out."""
    snapshots = []
    for path in snapshot_folder(project).glob(f"*{_SUFFIX}"):
        try:
            snapshots.append(_read(path))
        except FileError:
            continue
    return sorted(snapshots, key=lambda one: one.made_at, reverse=True)


def find_snapshot(project: Path, name: str) -> Snapshot:
    """Return the snapshot of that name; raise FileError if there is none that can be read."""
    path = _path(snapshot_folder(project), name)
    if not path.is_file():
        raise FileError(
            project, f"has no snapshot {name!r}; see evface project restore {project} --list"
        )
    return _read(path)


def plan_restore(project: Project, snapshot: Snapshot) -> Restoring:
    """Compare a project with a snapshot. Neither is changed.

    Recordings are matched by their media, so that labels can be brought into a project that was
    made anew. Those that the snapshot does not know stay as they are.
    """
    label = f"Restore snapshot {snapshot.name}"
    with Project.open(snapshot.path) as opened:
        entries, wanted = opened.recordings(), read_labels(opened)
    now = read_labels(project)
    pairs = match_recordings(project.recordings(), entries)
    changes = [
        _changes(project, entry, now[entry.id], wanted[old.id], label) for entry, old in pairs
    ]
    filters: list[Edit] = [
        SetFilters(entry.id, old.filters, label)
        for entry, old in pairs
        if entry.filters != old.filters
    ]
    edits = [*filters, *(edit for one in changes for edit in one.edits)]
    left_out: Counter[str] = Counter()
    for one in changes:
        left_out.update(one.left_out)
    return Restoring(
        Together(tuple(edits), label) if edits else None,
        sum(one.n_added for one in changes),
        sum(one.n_changed for one in changes),
        sum(one.n_removed for one in changes),
        len(filters),
        len(entries) - len(pairs),
        left_out,
    )


def _changes(
    project: Project, entry: RecordingEntry, now: LabelSet, wanted: LabelSet, label: str
) -> LabelChanges:
    tracks = corrected_tracks(entry.id, landmarks_of(project, entry.id), entry.sync)
    return find_changes(entry.id, tracks, now, wanted, label=label)


def _write(project: Path, name: str) -> Snapshot:
    folder = snapshot_folder(project)
    path = _path(folder, name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(folder, f"cannot be made ({error.strerror})") from error
    Database(project, read_only=True).close()  # Says what is wrong with it, if anything is.
    with replacing(path) as temporary:
        for end in ("", "-wal", "-shm"):  # of one that was killed
            temporary.with_name(temporary.name + end).unlink(missing_ok=True)
        create_database(temporary)
        _fill(project.resolve(), temporary, folder, name)
    return _read(path)


def _fill(project: Path, target: Path, folder: Path, name: str) -> None:
    is_writable = _is_writable(project) and _is_writable(project.parent)
    mode = "ro" if is_writable else "ro&immutable=1"
    copy = Database(target)
    try:
        with copy.reading() as connection:
            connection.execute("ATTACH ? AS project", (f"{project.as_uri()}?mode={mode}",))
        # All tables are of one moment, since both files are in the transaction.
        with copy.writing() as connection:
            for table in _TABLES:
                connection.execute(f"INSERT INTO main.{table} SELECT * FROM project.{table}")
            _move_media(connection, project.parent, folder)
            # Says what this is; there is nothing else in its journal.
            nothing = encode_edit(Together((), name), _refuse)
            connection.execute(
                "INSERT INTO main.journal (made_at, author, label, edit, inverse) "
                "VALUES (?, '', ?, ?, ?)",
                (utc_now(), name, nothing, nothing),
            )
    finally:
        copy.close()


def _refuse(_track: object) -> StoredTrack:
    raise ValueError("a snapshot keeps no tracks")


def _move_media(connection: sqlite3.Connection, old: Path, new: Path) -> None:
    """Say where media are from another folder."""
    rows = connection.execute("SELECT rowid, relative_path FROM main.media").fetchall()
    for row, relative in rows:
        if relative is not None:
            moved = relative_path(Path(os.path.normpath(old / relative)), new)
            connection.execute(
                "UPDATE main.media SET relative_path = ? WHERE rowid = ?", (moved, row)
            )


def _read(path: Path) -> Snapshot:
    database = Database(path)
    try:
        counts = count_labels(database)
        with database.reading() as connection:
            (made_at,) = connection.execute("SELECT max(made_at) FROM journal").fetchone()
            (n_recordings,) = connection.execute("SELECT count(*) FROM recordings").fetchone()
    finally:
        database.close()
    return Snapshot(path.stem, path, made_at or "", n_recordings, counts)


def _has_labels(project: Path) -> bool:
    database = Database(project, read_only=True)
    try:
        return bool(count_labels(database))
    finally:
        database.close()


def _check_name(name: str, project: Path) -> None:
    is_safe = name.isprintable() and not set(name) & set('/\\:*?"<>|') and len(name) <= 100
    if not is_safe or not name.strip() or name != name.strip() or name.startswith("."):
        raise FileError(project, f"{name!r} cannot name a snapshot; use letters, digits and spaces")
    if _DAILY.fullmatch(name):
        raise FileError(project, "snapshots of a day are made by themselves; use another name")
    if _path(snapshot_folder(project), name).exists():
        raise FileError(project, f"has a snapshot {name!r} already; use another name")


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}{_SUFFIX}"
