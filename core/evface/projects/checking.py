"""Look for what is wrong with a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evface.annotations.edits import StoredTrack
from evface.annotations.tracks import TRACK_TYPES, FaceTrack
from evface.errors import EvfaceError
from evface.projects.database import Database
from evface.projects.entries import Problem, RecordingEntry
from evface.projects.lost_edits import find_lost_edits
from evface.projects.media import MediaEntry, fingerprint
from evface.projects.track_table import manifest_of, missing_arrays


def find_problems(
    database: Database, recordings: Callable[[], list[RecordingEntry]]
) -> list[Problem]:
    """Check a project's file, media and tracks, and that every edit ever made is in place.

    Parameters
    ----------
    recordings
        Reads the recordings; asked only once the file proved sound.
    """
    try:
        damages = list(_damages(database))
        if damages:
            return [Problem("", f"the file is damaged ({damages[0]}); restore it from a copy")]
        problems = []
        for recording in recordings():
            texts = [text for entry in recording.media for text in _media_problems(entry)]
            texts += _track_problems(database, recording.id)
            problems += [Problem(recording.name, text) for text in texts]
        return [*problems, *find_lost_edits(database)]
    except EvfaceError as error:
        return [Problem("", str(error))]


def _damages(database: Database) -> Iterator[str]:
    with database.reading() as connection:
        for (line,) in connection.execute("PRAGMA quick_check(1)").fetchall():
            if line != "ok":
                yield line
        for table, *_ in connection.execute("PRAGMA foreign_key_check").fetchall():
            yield f"{table} refers to what is not there"


def _media_problems(entry: MediaEntry) -> Iterator[str]:
    if entry.is_missing:
        yield f"{entry.path} is missing; find it with evface project relink"
        return
    try:
        # What was still being written then may have gone on.
        is_same = fingerprint(entry.path, entry.n_bytes) == entry.fingerprint
    except OSError as error:
        yield f"{entry.path} cannot be read ({error.strerror}); check its permissions"
        return
    if not is_same:
        yield (
            f"{entry.path} was changed since it was added, so its labels may not fit; "
            "put the original back"
        )


def _track_problems(database: Database, recording_id: str) -> Iterator[str]:
    # Imported here: only checking needs it, and it brings the head's topology.
    from evface.morphable.head_library import installed_heads

    known_models = installed_heads()
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT role, manifest FROM tracks WHERE recording_id = ? ORDER BY role",
            (recording_id,),
        ).fetchall()
        for role, text in rows:
            try:
                missing = missing_arrays(connection, StoredTrack(text))
                manifest = manifest_of(StoredTrack(text))
                kind, model = manifest["kind"], manifest["text"].get("model")
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                yield f"its track {role!r} is damaged ({error}); process it again"
                continue
            if missing:
                yield f"its track {role!r} lost {', '.join(missing)}; process it again"
            if kind not in TRACK_TYPES:
                yield f"its track {role!r} is of the unknown kind {kind!r}; update evface"
            if kind == FaceTrack.kind and model not in known_models:
                yield (
                    f"its track {role!r} was made with the face model {model!r}, which is not "
                    "here; import it with `evface head import`, or process it again"
                )
