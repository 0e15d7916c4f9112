"""The tables of a project, and how those of older versions become today's."""

from __future__ import annotations

# "evfc": SQLite's place for saying whose file it is.
APPLICATION_ID = 0x65766663

_VERSION_1 = (
    """
    CREATE TABLE recordings (
        id TEXT PRIMARY KEY,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        sync TEXT NOT NULL,
        event_from_rgb TEXT NOT NULL,
        added_at TEXT NOT NULL
    )
    """,
    # Both paths are kept: the relative one survives moving a project together with its media, the
    # absolute one survives moving the project alone.
    """
    CREATE TABLE media (
        recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        part TEXT NOT NULL CHECK (part IN ('events', 'video')),
        relative_path TEXT,
        absolute_path TEXT NOT NULL,
        n_bytes INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        PRIMARY KEY (recording_id, part)
    )
    """,
    # Arrays are named by their content and never change, so the journal can refer to them.
    """
    CREATE TABLE arrays (
        digest TEXT PRIMARY KEY,
        dtype TEXT NOT NULL,
        shape TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE array_pieces (
        id INTEGER PRIMARY KEY,
        digest TEXT NOT NULL REFERENCES arrays (digest) ON DELETE CASCADE,
        piece INTEGER NOT NULL,
        data BLOB NOT NULL,
        UNIQUE (digest, piece)
    )
    """,
    """
    CREATE TABLE tracks (
        recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        role TEXT NOT NULL,
        manifest TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (recording_id, role)
    )
    """,
    # t_us is on the clock of the camera's own picture: the video's for rgb, the sensor's for
    # events. So a correction stays on its picture when the sync changes.
    """
    CREATE TABLE corrections (
        recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        role TEXT NOT NULL,
        camera TEXT NOT NULL,
        scheme TEXT NOT NULL,
        landmark INTEGER NOT NULL,
        t_us INTEGER NOT NULL,
        x_px REAL NOT NULL,
        y_px REAL NOT NULL,
        state INTEGER NOT NULL,
        author TEXT NOT NULL,
        made_at TEXT NOT NULL,
        source TEXT NOT NULL,
        PRIMARY KEY (recording_id, role, camera, scheme, landmark, t_us)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        made_at TEXT NOT NULL,
        author TEXT NOT NULL,
        label TEXT NOT NULL,
        edit TEXT NOT NULL,
        inverse TEXT NOT NULL
    )
    """,
)

# Version 1 kept the matrix of a plane's map alone. Of damaged text nothing is made; reading the
# recording says so.
_VERSION_2 = (
    """
    UPDATE recordings SET event_from_rgb = json_object(
        'planar', json(event_from_rgb),
        'cameras', NULL,
        'method', 'assumed',
        'residual_px', NULL,
        'quality', 'assumed'
    ) WHERE json_valid(event_from_rgb)
    """,
)

# Step n makes version n + 1 out of version n, statement by statement, in one transaction. Steps
# that were released are never changed; a new version is one more step.
MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2)
