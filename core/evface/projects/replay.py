"""The last words of a project's journal: what its tables must hold, going by it."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from evface.annotations.boxes import BOX_SCHEME, camera_of_box
from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.corrections import Correction
from evface.annotations.edits import (
    Edit,
    RenameRecording,
    ReplaceTracks,
    SetFilters,
    SetRegistration,
    SetSync,
    StoredTrack,
    Together,
)
from evface.annotations.edits_json import decode_edit, sync_from_json, sync_to_json
from evface.annotations.labelled import DEFAULT_GAP_US
from evface.annotations.landmark_edits import (
    MoveLandmarks,
    OccludeLandmarks,
    SetCorrections,
    SetInterpolation,
    VerifyLandmarks,
)
from evface.annotations.registration_json import registration_to_json
from evface.annotations.reviews import Review, SetReview
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack
from evface.events.filters.filter import Filter
from evface.events.filters.registry import filters_to_json
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.projects.correction_table import CorrectedTrack
from evface.projects.history import is_shared
from evface.projects.track_table import manifest_of

# A table, or a column of the recordings, then the recording's id and what else tells rows apart.
Key = tuple[str | int, ...]
# A row's values without its key; `UNKNOWN` in place of those that the journal does not tell.
Row = tuple[object, ...]
UNKNOWN = object()


@dataclass(frozen=True)
class Word:
    """The last that the journal says of a row.

    Parameters
    ----------
    row
        None where the row was removed.
    """

    made_at: str
    author: str
    row: Row | None


@dataclass
class LastWords:
    """What the tables must hold, going by the journal.

    Parameters
    ----------
    by_key
        Of every row that an edit set or removed.
    older
        Recordings and roles of corrections that were made before words were kept by author.
    syncs
        Of the recordings, as they are after the entries seen so far.
    begins_with_labels
        Whether there were labels before the first entry, as in a snapshot, whose first entry
        changes nothing.
    """

    by_key: dict[Key, Word] = field(default_factory=dict)
    older: set[tuple[str, str]] = field(default_factory=set)
    syncs: dict[str, ClockSync] = field(default_factory=dict)
    begins_with_labels: bool = False


def read_last_words(connection: sqlite3.Connection) -> LastWords:
    """Go through the journal from its beginning.

    Raises
    ------
    ValueError
        If an entry is not an edit that this version knows.
    """
    words = LastWords(syncs=_first_syncs(connection))
    entries = connection.execute(
        "SELECT id, made_at, author, edit, inverse, is_shared FROM journal ORDER BY id"
    )
    for entry_id, made_at, author, edit, inverse, was_shared in entries:
        try:
            whole, taken_back = decode_edit(edit), decode_edit(inverse)
            is_older = bool(was_shared) and not is_shared(whole, taken_back, author)
            # An inverse says which landmarks an edit found there to be changed.
            parts = list(_parts(whole))
            words.begins_with_labels |= not parts and entry_id == 1
            inverses = (
                list(_parts(taken_back))[::-1]
                if any(isinstance(part, VerifyLandmarks | OccludeLandmarks) for part in parts)
                else [None] * len(parts)
            )
            for part, taking_back in zip(parts, inverses, strict=True):
                step = _Step(words, made_at, author, taking_back, is_older)
                step.take(part)
        except ValueError as error:
            raise ValueError(f"edit {entry_id}: {error}") from error
    return words


@dataclass(frozen=True)
class _Step:
    """One edit of the journal, and by whom and when it was made."""

    words: LastWords
    made_at: str
    author: str
    inverse: Edit | None
    is_older: bool

    def take(self, edit: Edit) -> None:
        """Note what the edit leaves behind."""
        match edit:
            case MoveLandmarks():
                rest = (int(edit.state), UNKNOWN, self.made_at, edit.source)
                rows = {landmark: (*xy_px, *rest) for landmark, xy_px in edit.xy_px.items()}
                self._say(edit, self.author, rows)
            case VerifyLandmarks():
                self._say_of_shown(edit, LandmarkState.VERIFIED, UNKNOWN)
            case OccludeLandmarks():
                self._say_of_shown(edit, LandmarkState.CORRECTED, int(edit.is_occluded))
            case SetCorrections():
                said = {i: _correction_row(one) for i, one in edit.corrections.items()}
                self._say(edit, edit.author or self.author, said)
            case SetInterpolation():
                is_default = edit.longest_gap_us == DEFAULT_GAP_US
                self._set(
                    ("interpolations", edit.recording_id, edit.role),
                    None if is_default else (edit.longest_gap_us,),
                )
            case SetSegments():
                for segment_id, segment in edit.segments.items():
                    if segment is not None and not segment.made_at:
                        author = segment.author or self.author
                        segment = replace(segment, author=author, made_at=self.made_at)
                    self._set(
                        ("segments", edit.recording_id, segment_id),
                        None if segment is None else _segment_row(segment),
                    )
            case SetVideoClass():
                key = ("video_classes", edit.recording_id, edit.author or self.author)
                self._set(key, None if edit.unit is None else (edit.unit,))
            case SetReview():
                corrected = self._track(edit.recording_id, edit.role)
                t_us = edit.t_us if corrected is None else corrected.stored_us(edit.t_us)
                author = edit.author or self.author
                self._set(
                    ("reviews", edit.recording_id, edit.role, t_us, author),
                    None if edit.review is None else self._review_row(edit.review),
                )
            case ReplaceTracks():
                for role, track in edit.tracks.items():
                    kept = track.manifest if isinstance(track, StoredTrack) else None
                    row = None if kept is None else (kept,)
                    self._set(("tracks", edit.recording_id, role), row)
            case SetSync():
                self.words.syncs[edit.recording_id] = edit.sync
                self._set(("sync", edit.recording_id), sync_row(edit.sync))
            case SetRegistration():
                self._set(
                    ("registration", edit.recording_id), registration_row(edit.event_from_rgb)
                )
            case SetFilters():
                self._set(("filters", edit.recording_id), filters_row(edit.filters))
            case RenameRecording():
                self._set(("name", edit.recording_id), (edit.name,))

    def _set(self, key: Key, row: Row | None) -> None:
        self.words.by_key[key] = Word(self.made_at, self.author, row)

    def _say(
        self,
        edit: MoveLandmarks | VerifyLandmarks | OccludeLandmarks | SetCorrections,
        author: str,
        rows: Mapping[int, Row | None],
    ) -> None:
        track = self._track(edit.recording_id, edit.role)
        if self.is_older or track is None:
            self.words.older.add((edit.recording_id, edit.role))
            return
        stored_us = track.stored_us(edit.t_us)
        for landmark, row in rows.items():
            self._set(("corrections", *track.key, landmark, stored_us, author), row)

    def _say_of_shown(
        self,
        edit: VerifyLandmarks | OccludeLandmarks,
        state: LandmarkState,
        is_occluded: object,
    ) -> None:
        found = self.inverse.corrections if isinstance(self.inverse, SetCorrections) else {}
        row = (UNKNOWN, UNKNOWN, int(state), is_occluded, self.made_at, UNKNOWN)
        self._say(edit, self.author, dict.fromkeys(found, row))

    def _review_row(self, review: Review) -> Row:
        made_at = review.made_at or self.made_at
        return str(review.verdict), json.dumps(review.reasons), made_at

    def _track(self, recording_id: str, role: str) -> CorrectedTrack | None:
        """Return what corrections of a role were about at that time."""
        camera, scheme = camera_of_box(role), BOX_SCHEME
        if camera is None:
            word = self.words.by_key.get(("tracks", recording_id, role))
            if word is None or word.row is None:
                return None
            of_landmarks = _camera_and_scheme(str(word.row[0]))
            if of_landmarks is None:
                return None
            camera, scheme = of_landmarks
        return CorrectedTrack(recording_id, role, camera, scheme, 0, self.words.syncs[recording_id])


@functools.lru_cache(maxsize=64)
def _camera_and_scheme(manifest: str) -> tuple[Camera, str] | None:
    said = manifest_of(StoredTrack(manifest))
    if said["kind"] != LandmarkTrack.kind:
        return None
    return Camera(said["text"]["camera"]), str(said["text"]["scheme"])


def _parts(edit: Edit) -> Iterator[Edit]:
    """Yield the edits that are made of no others, in their order."""
    if isinstance(edit, Together):
        for part in edit.edits:
            yield from _parts(part)
    else:
        yield edit


def _first_syncs(connection: sqlite3.Connection) -> dict[str, ClockSync]:
    """Return the syncs that recordings were added with."""
    syncs = {
        recording_id: sync_from_json(json.loads(text))
        for recording_id, text in connection.execute("SELECT id, sync FROM recordings")
    }
    changes = connection.execute(
        "SELECT inverse FROM journal WHERE inverse LIKE '%\"SetSync\"%' ORDER BY id DESC"
    )
    # Taken back from the last to the first.
    for (text,) in changes:
        for part in _parts(decode_edit(text)):
            if isinstance(part, SetSync):
                syncs[part.recording_id] = part.sync
    return syncs


def _correction_row(said: Correction | None) -> Row | None:
    if said is None:
        return None
    x, y = said.xy_px
    return x, y, int(said.state), int(said.is_occluded), said.made_at, said.source


def _segment_row(segment: Segment) -> Row:
    intensity = segment.intensity
    return (
        segment.unit,
        segment.onset_us,
        segment.offset_us,
        segment.apex_us,
        str(segment.presence),
        None if intensity is None else intensity.value,
        None if intensity is None else str(intensity.scale),
        str(segment.side),
        str(segment.decision),
        segment.author,
        segment.made_at,
        segment.source,
    )


def sync_row(sync: ClockSync) -> Row:
    """Return a sync as it is compared."""
    return (json.dumps(sync_to_json(sync)),)


def filters_row(filters: tuple[Filter, ...]) -> Row:
    """Return filters as they are compared."""
    return (json.dumps(filters_to_json(filters)),)


def registration_row(registration: Registration) -> Row:
    """Return a registration as it is compared."""
    return (json.dumps(registration_to_json(registration)),)
