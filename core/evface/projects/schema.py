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

# What each person says is kept apart, so that two can code blind and nobody's words replace
# another's. Whole tables are made anew where their key changes.
_VERSION_3 = (
    """
    CREATE TABLE corrections_by_author (
        recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        role TEXT NOT NULL,
        camera TEXT NOT NULL,
        scheme TEXT NOT NULL,
        landmark INTEGER NOT NULL,
        t_us INTEGER NOT NULL,
        author TEXT NOT NULL,
        x_px REAL NOT NULL,
        y_px REAL NOT NULL,
        state INTEGER NOT NULL,
        is_occluded INTEGER NOT NULL,
        made_at TEXT NOT NULL,
        source TEXT NOT NULL,
        PRIMARY KEY (recording_id, role, camera, scheme, landmark, t_us, author)
    ) WITHOUT ROWID
    """,
    """
    INSERT INTO corrections_by_author
    SELECT recording_id, role, camera, scheme, landmark, t_us, author, x_px, y_px, state, 0,
           made_at, source
    FROM corrections
    """,
    "DROP TABLE corrections",
    "ALTER TABLE corrections_by_author RENAME TO corrections",
    # How far apart corrections are carried from one to the other; the default where nothing is set.
    """
    CREATE TABLE interpolations (
        recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        role TEXT NOT NULL,
        longest_gap_us INTEGER NOT NULL,
        PRIMARY KEY (recording_id, role)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE segments (
        recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        unit TEXT NOT NULL,
        onset_us INTEGER NOT NULL,
        offset_us INTEGER NOT NULL,
        apex_us INTEGER,
        presence TEXT NOT NULL,
        intensity REAL,
        scale TEXT,
        side TEXT NOT NULL,
        decision TEXT NOT NULL,
        author TEXT NOT NULL,
        made_at TEXT NOT NULL,
        source TEXT NOT NULL,
        PRIMARY KEY (recording_id, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE video_classes (
        recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        author TEXT NOT NULL,
        unit TEXT NOT NULL,
        PRIMARY KEY (recording_id, author)
    ) WITHOUT ROWID
    """,
    # t_us as for corrections: on the clock of the camera's own picture.
    """
    CREATE TABLE reviews (
        recording_id TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        role TEXT NOT NULL,
        t_us INTEGER NOT NULL,
        author TEXT NOT NULL,
        verdict TEXT NOT NULL,
        reasons TEXT NOT NULL,
        made_at TEXT NOT NULL,
        PRIMARY KEY (recording_id, role, t_us, author)
    ) WITHOUT ROWID
    """,
    # 'edit', 'undo' or 'redo': what can be taken back is worked out of these, also after a restart.
    "ALTER TABLE journal ADD COLUMN action TEXT NOT NULL DEFAULT 'edit'",
    # Whether it changed what belongs to nobody in particular, such as a machine's tracks.
    "ALTER TABLE journal ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 1",
)

# What a recording's events pass before anyone sees them; nothing in older projects.
_VERSION_4 = ("ALTER TABLE recordings ADD COLUMN filters TEXT NOT NULL DEFAULT '[]'",)

# Step n makes version n + 1 out of version n, statement by statement, in one transaction. Steps
# that were released are never changed; a new version is one more step.
MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4)
