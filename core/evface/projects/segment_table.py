"""Segments of action units in a project's tables."""

from __future__ import annotations

import sqlite3

from evface.annotations.segments import Decision, Intensity, Presence, Scale, Segment, Side

_COLUMNS = (
    "id, unit, onset_us, offset_us, apex_us, presence, intensity, scale, side, decision, author, "
    "made_at, source"
)


def read_segments(
    connection: sqlite3.Connection, recording_id: str, author: str | None
) -> dict[str, Segment]:
    """Read the segments of a recording, by onset: one person's, or everyone's if None.

    Raises
    ------
    ValueError
        If they are damaged.
    """
    by_author = "" if author is None else " AND author = ?"
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM segments WHERE recording_id = ?{by_author} ORDER BY onset_us, id",
        (recording_id, *([] if author is None else [author])),
    )
    return {row[0]: _segment(row) for row in rows}


def read_segment(
    connection: sqlite3.Connection, recording_id: str, segment_id: str
) -> Segment | None:
    """Read one segment, None where there is none of that id."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM segments WHERE recording_id = ? AND id = ?",
        (recording_id, segment_id),
    ).fetchone()
    return None if row is None else _segment(row)


def write_segment(
    connection: sqlite3.Connection, recording_id: str, segment_id: str, segment: Segment | None
) -> None:
    """Replace a segment; None removes it."""
    if segment is None:
        connection.execute(
            "DELETE FROM segments WHERE recording_id = ? AND id = ?", (recording_id, segment_id)
        )
        return
    intensity = segment.intensity
    connection.execute(
        "INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            recording_id,
            segment_id,
            segment.unit,
            int(segment.onset_us),
            int(segment.offset_us),
            None if segment.apex_us is None else int(segment.apex_us),
            str(segment.presence),
            None if intensity is None else float(intensity.value),
            None if intensity is None else str(intensity.scale),
            str(segment.side),
            str(segment.decision),
            segment.author,
            segment.made_at,
            segment.source,
        ),
    )


def _segment(row: tuple[object, ...]) -> Segment:
    (segment_id, unit, onset_us, offset_us, apex_us, presence, value, scale, side) = row[:9]
    decision, author, made_at, source = row[9:]
    return Segment(
        str(segment_id),
        str(unit),
        int(str(onset_us)),
        int(str(offset_us)),
        None if apex_us is None else int(str(apex_us)),
        Presence(str(presence)),
        None if value is None else Intensity(float(str(value)), Scale(str(scale))),
        Side(str(side)),
        Decision(str(decision)),
        str(author),
        str(made_at),
        str(source),
    )
