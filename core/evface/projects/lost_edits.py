"""Edits of a project's journal that its tables do not show."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator

from evface.annotations.edits_json import sync_from_json
from evface.annotations.registration_json import registration_from_json
from evface.annotations.tracks import Camera
from evface.events.filters.registry import filters_from_json
from evface.geometry.clock import ClockSync
from evface.projects.correction_table import CorrectedTrack
from evface.projects.database import Database
from evface.projects.entries import Problem
from evface.projects.replay import (
    UNKNOWN,
    Key,
    LastWords,
    Row,
    filters_row,
    read_last_words,
    registration_row,
    sync_row,
)

_RESTORE = "restore a copy"
_MOST_PROBLEMS = 10
_ROWS = {
    "name": "SELECT id, name FROM recordings",
    "sync": "SELECT id, sync FROM recordings",
    "registration": "SELECT id, event_from_rgb FROM recordings",
    "filters": "SELECT id, filters FROM recordings",
    "tracks": "SELECT recording_id, role, manifest FROM tracks",
    "corrections": (
        "SELECT recording_id, role, camera, scheme, landmark, t_us, author, "
        "x_px, y_px, state, is_occluded, made_at, source FROM corrections"
    ),
    "interpolations": "SELECT recording_id, role, longest_gap_us FROM interpolations",
    "segments": (
        "SELECT recording_id, id, unit, onset_us, offset_us, apex_us, presence, intensity, scale, "
        "side, decision, author, made_at, source FROM segments"
    ),
    "video_classes": "SELECT recording_id, author, unit FROM video_classes",
    "reviews": ("SELECT recording_id, role, t_us, author, verdict, reasons, made_at FROM reviews"),
}
# How many columns are key, the name of the table not counted.
_KEY_LENGTHS = {
    **{"name": 1, "sync": 1, "registration": 1, "filters": 1, "tracks": 2, "corrections": 7},
    **{"interpolations": 2, "segments": 2, "video_classes": 2, "reviews": 4},
}
# What a recording has from the beginning, before any edit.
_GIVEN = frozenset({"name", "sync", "registration", "filters"})


def find_lost_edits(database: Database) -> list[Problem]:
    """Compare the tables with the journal, whose every entry was on disk before it was shown.

    Of each landmark at each time, each segment, class, verdict, track, name and alignment the last
    edit must be in place, undoing and redoing counted as edits, and nothing else may be there. Of
    what was said before words were kept by author nothing is compared: it cannot be told any more.

    Parameters
    ----------
    database
        Sound, see `evface.projects.checking`. It may be written meanwhile: one state of it is read.
    """
    with database.reading() as connection:
        connection.execute("BEGIN")
        try:
            names = dict(connection.execute("SELECT id, name FROM recordings"))
            problems = [*_lost_entries(connection)]
            words, rows = read_last_words(connection), _read_rows(connection)
        except (ValueError, KeyError, TypeError) as error:
            return [*problems, Problem("", f"its journal is damaged ({error}); {_RESTORE}")]
        finally:
            connection.execute("ROLLBACK")
    texts: dict[str, list[str]] = {}
    for key, text in _differences(words, rows):
        texts.setdefault(str(key[1]), []).append(text)
    for recording_id, of_it in texts.items():
        name = names.get(recording_id, recording_id)
        problems += [Problem(name, f"{text}; {_RESTORE}") for text in of_it[:_MOST_PROBLEMS]]
        if len(of_it) > _MOST_PROBLEMS:
            more = len(of_it) - _MOST_PROBLEMS
            problems.append(Problem(name, f"{more:,} more labels are not as edits made them"))
    return problems


def _read_rows(connection: sqlite3.Connection) -> dict[Key, Row]:
    rows: dict[Key, Row] = {}
    said_as: dict[str, Callable[[str], Row]] = {
        "sync": lambda text: sync_row(sync_from_json(json.loads(text))),
        "registration": lambda text: registration_row(registration_from_json(json.loads(text))),
        "filters": lambda text: filters_row(filters_from_json(json.loads(text))),
    }
    for table, query in _ROWS.items():
        n = _KEY_LENGTHS[table]
        normal = said_as.get(table)
        for row in connection.execute(query):
            rows[table, *row[:n]] = row[n:] if normal is None else normal(row[n])
    return rows


def _differences(words: LastWords, rows: dict[Key, Row]) -> Iterator[tuple[Key, str]]:
    for key, word in words.by_key.items():
        row = rows.get(key)
        if row == word.row or (row and word.row and _is_like(row, word.row)):
            continue
        what = _in_words(key, words)
        edit = f"edit of {word.made_at[:16].replace('T', ' ')} UTC"
        edit += f" by {word.author}" if word.author else ""
        if row is None:
            yield key, f"the {edit} to {what} is missing"
        elif word.row is None:
            yield key, f"{what} is still there after the {edit} that removed it"
        else:
            yield key, f"{what} is not what the {edit} made it"
    unknown = set() if words.begins_with_labels else rows.keys() - words.by_key.keys()
    for key in unknown:
        is_older = key[0] == "corrections" and (key[1], key[2]) in words.older
        if key[0] not in _GIVEN and not is_older:
            yield key, f"no edit made {_in_words(key, words)}"


def _is_like(row: Row, said: Row) -> bool:
    return all(one is UNKNOWN or one == there for one, there in zip(said, row, strict=True))


def _in_words(key: Key, words: LastWords) -> str:
    table, recording_id, *rest = key
    match table:
        case "corrections":
            role, camera, scheme, landmark, stored_us, author = rest
            track = CorrectedTrack(
                str(recording_id),
                str(role),
                Camera(str(camera)),
                str(scheme),
                0,
                words.syncs.get(str(recording_id), ClockSync()),
            )
            (t_us,) = track.sensor_us([int(stored_us)])
            return f"{author}'s landmark {landmark} of {role!r} at {t_us / 1e6:.3f} s"
        case "segments":
            return f"the segment {rest[0]}"
        case "video_classes":
            return f"{rest[0]}'s class of the recording"
        case "reviews":
            return f"{rest[2]}'s verdict on {rest[0]!r} at {int(rest[1]) / 1e6:.3f} s"
        case "interpolations":
            return f"the interpolation of {rest[0]!r}"
        case "tracks":
            return f"the track {rest[0]!r}"
    return f"the recording's {table}"


def _lost_entries(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Yield a problem if entries were cut out of the journal: numbers are never used twice."""
    (n,) = connection.execute("SELECT count(*) FROM journal").fetchone()
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").fetchone()
    n_ever = 0 if row is None else int(row[0])
    if n != n_ever:
        yield Problem("", f"its journal has {n:,} of {n_ever:,} edits; {_RESTORE}")
