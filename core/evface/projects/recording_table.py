"""Recordings in a project's tables, added as another project knows them."""

from __future__ import annotations

import itertools
import json
import sqlite3
from pathlib import Path

from evface.annotations.edits_json import sync_to_json
from evface.annotations.registration_json import registration_to_json
from evface.events.filters.registry import filters_to_json
from evface.projects.entries import RecordingEntry
from evface.projects.label_store import utc_now
from evface.projects.media import MediaEntry, relative_path


def add_recording(
    connection: sqlite3.Connection, project: Path, recording_id: str, entry: RecordingEntry
) -> None:
    """Add a recording of another project. Its media may be missing here.

    Parameters
    ----------
    connection
        Inside a transaction.
    project
        The file that it is added to.
    recording_id
        Not taken yet. A name that is taken gets a number.
    """
    taken = {name for (name,) in connection.execute("SELECT name FROM recordings")}
    names = itertools.chain([entry.name], (f"{entry.name} ({n})" for n in itertools.count(2)))
    connection.execute(
        "INSERT INTO recordings VALUES "
        "(?, (SELECT coalesce(max(position), 0) + 1 FROM recordings), ?, ?, ?, ?, ?)",
        (
            recording_id,
            next(name for name in names if name not in taken),
            json.dumps(sync_to_json(entry.sync)),
            json.dumps(registration_to_json(entry.event_from_rgb)),
            utc_now(),
            json.dumps(filters_to_json(entry.filters)),
        ),
    )
    add_medium(connection, project, recording_id, "events", entry.events)
    if entry.video is not None:
        add_medium(connection, project, recording_id, "video", entry.video)


def add_medium(
    connection: sqlite3.Connection, project: Path, recording_id: str, part: str, medium: MediaEntry
) -> None:
    """Add a medium of a recording as another project knows it: by path, size and fingerprint."""
    folder = project.resolve().parent
    connection.execute(
        "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?)",
        (
            recording_id,
            part,
            relative_path(medium.path, folder),
            str(medium.path),
            medium.n_bytes,
            medium.fingerprint,
        ),
    )
