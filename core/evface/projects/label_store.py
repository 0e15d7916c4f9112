"""The labels of a project's recordings, as edits see them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from evface.annotations.boxes import N_CORNERS, camera_of_box, corners_as_track, derived_box_track
from evface.annotations.corrections import Correction
from evface.annotations.edits import StoredTrack
from evface.annotations.edits_json import sync_from_json, sync_to_json
from evface.annotations.labelled import DEFAULT_GAP_US, LabelledFrame, LabelledTrack
from evface.annotations.registration_json import registration_from_json, registration_to_json
from evface.annotations.reviews import Review, Verdict
from evface.annotations.roles import BASES_OF_BOXES
from evface.annotations.segments import Segment
from evface.annotations.tracks import (
    BoxTrack,
    Camera,
    LandmarkTrack,
    Source,
    SourceKind,
    Track,
)
from evface.errors import ProjectFileError, RecordingError
from evface.events.filters.filter import Filter
from evface.events.filters.registry import filters_from_json, filters_to_json
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.projects.correction_table import (
    CorrectedTrack,
    read_at,
    read_corrections,
    write_at,
)
from evface.projects.label_cache import LabelCache
from evface.projects.segment_table import read_segment, read_segments, write_segment
from evface.projects.track_table import keep_track, read_track_lazily

# Times that were carried from clock to clock by different roads may differ by rounding.
_ROUNDING_US = 2

_T = TypeVar("_T")


class ProjectLabels:
    """A `LabelStore` on an open transaction.

    Parameters
    ----------
    path
        The project, for messages.
    connection
        Inside a transaction while anything is set.
    author
        Who edits.
    cache
        What was read already; more is put there.
    viewer
        Whose words are shown, and thereby verified; everyone's if None.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        author: str,
        cache: LabelCache,
        viewer: str | None = None,
    ) -> None:
        self._path = path
        self._connection = connection
        self._cache = cache
        self._viewer = viewer
        self._kept: dict[int, tuple[Track, StoredTrack]] = {}
        self.author = author
        self.now = utc_now()

    @property
    def connection(self) -> sqlite3.Connection:
        """The open transaction."""
        return self._connection

    def keep(self, track: Track | StoredTrack) -> StoredTrack:
        """Put a track's arrays into the project and say how the track is named there."""
        if isinstance(track, StoredTrack):
            return track
        # By identity, with the track held so that none other gets its address: the journal asks
        # for what was just stored, and hashing it twice would take as long again.
        if id(track) not in self._kept:
            self._kept[id(track)] = (track, keep_track(self._connection, track))
        return self._kept[id(track)][1]

    def track(self, recording_id: str, role: str) -> StoredTrack | None:
        """Return the track as a machine made it, None where there is none."""
        self._check(recording_id)
        row = self._connection.execute(
            "SELECT manifest FROM tracks WHERE recording_id = ? AND role = ?", (recording_id, role)
        ).fetchone()
        return None if row is None else StoredTrack(row[0])

    def set_track(self, recording_id: str, role: str, track: Track | StoredTrack | None) -> None:
        """Replace the track; None removes it. Corrections stay."""
        self._check(recording_id)
        self._cache.forget_labelled(recording_id)
        if track is None:
            self._connection.execute(
                "DELETE FROM tracks WHERE recording_id = ? AND role = ?", (recording_id, role)
            )
        else:
            self._connection.execute(
                "INSERT OR REPLACE INTO tracks VALUES (?, ?, ?, ?)",
                (recording_id, role, self.keep(track).manifest, self.now),
            )

    def read_track(self, stored: StoredTrack, role: str) -> Track:
        """Read a track, its large arrays only when they are asked for, unless it was read."""
        known = self._cache.tracks.get(stored)
        if known is None:
            with self._explained(role):
                known = read_track_lazily(
                    self._connection, stored, self._cache.read_bytes, self._cache.arrays
                )
            self._cache.tracks[stored] = known
        return known

    def labelled(self, recording_id: str, role: str, author: str | None) -> LabelledTrack | None:
        """Return a landmark track or a box with corrections laid over it.

        Parameters
        ----------
        author
            Whose corrections; everyone's if None, the latest of each landmark and time.

        Returns
        -------
        LabelledTrack or None
            None where there is no such track. A box there always is, if only to be drawn.
        """
        known = self._cache.labelled.get((recording_id, role, author))
        if known is not None:
            return known
        self._cache.settle()
        base = self._base(recording_id, role)
        if base is None:
            return None
        with self._explained(role):
            corrected = self._corrected(recording_id, role, base)
            corrections = read_corrections(self._connection, corrected, author)
        labelled = LabelledTrack(
            base,
            corrections,
            longest_gap_us=self.interpolation_us(recording_id, role),
            tolerance_us=_ROUNDING_US if base.camera == Camera.RGB else 0,
        )
        self._cache.labelled[recording_id, role, author] = labelled
        return labelled

    def shown(self, recording_id: str, role: str, t_us: int) -> LabelledFrame:
        """Return all landmarks at a time, as the corrections in view make them."""
        labelled = self.labelled(recording_id, role, self._viewer)
        if labelled is None:
            raise RecordingError(
                f"{self.name(recording_id)}: has no landmarks {role!r} to correct; process it first"
            )
        frame = labelled.frame_at(t_us)
        pending = self._cache.pending_at((recording_id, role, self._viewer), frame.t_us)
        if not pending:
            return frame
        return labelled.with_changes({frame.t_us: pending}).frame_at(t_us)

    def corrections(
        self, recording_id: str, role: str, t_us: int, author: str, landmarks: Iterable[int]
    ) -> dict[int, Correction]:
        """Return what one person said about some landmarks at a time."""
        corrected = self._to_correct(recording_id, role)
        return read_at(self._connection, corrected, t_us, landmarks, author)

    def set_corrections(
        self,
        recording_id: str,
        role: str,
        t_us: int,
        author: str,
        corrections: Mapping[int, Correction | None],
    ) -> None:
        """Replace what one person said about landmarks; None forgets it. Others' words stay."""
        corrected = self._to_correct(recording_id, role)
        for landmark, said in corrections.items():
            if not 0 <= landmark < corrected.n_landmarks:
                raise ValueError(
                    f"landmark must be within 0 to {corrected.n_landmarks - 1}, got {landmark}"
                )
            if said is not None and said.author != author:
                raise ValueError(f"a correction of {said.author!r} is set as one of {author!r}")
        write_at(self._connection, corrected, t_us, author, corrections)
        # The time as reading it again would give it, which rounding may have moved.
        (kept_us,) = corrected.sensor_us([corrected.stored_us(t_us)])
        self._cache.change_labelled((recording_id, role, author), kept_us, corrections)
        said_last = read_at(self._connection, corrected, t_us, corrections, None)
        everyones = {landmark: said_last.get(landmark) for landmark in corrections}
        self._cache.change_labelled((recording_id, role, None), kept_us, everyones)

    def interpolation_us(self, recording_id: str, role: str) -> int:
        """Return how far apart corrections are carried from one to the other; 0 for never."""
        row = self._connection.execute(
            "SELECT longest_gap_us FROM interpolations WHERE recording_id = ? AND role = ?",
            (recording_id, role),
        ).fetchone()
        return DEFAULT_GAP_US if row is None else int(row[0])

    def set_interpolation_us(self, recording_id: str, role: str, longest_gap_us: int) -> None:
        """Set how far apart corrections are carried from one to the other; 0 for never."""
        if longest_gap_us < 0:
            raise ValueError(f"longest_gap_us must not be negative, got {longest_gap_us}")
        self._check(recording_id)
        self._cache.forget_labelled(recording_id)
        self._connection.execute(
            "DELETE FROM interpolations WHERE recording_id = ? AND role = ?", (recording_id, role)
        )
        if longest_gap_us != DEFAULT_GAP_US:
            self._connection.execute(
                "INSERT INTO interpolations VALUES (?, ?, ?)",
                (recording_id, role, int(longest_gap_us)),
            )

    def segments(self, recording_id: str, author: str | None) -> dict[str, Segment]:
        """Return the segments of a recording by id: one person's, or everyone's if None."""
        key = (recording_id, author)
        if key not in self._cache.segments:
            with self._damage_of("segments"):
                self._cache.segments[key] = read_segments(self._connection, recording_id, author)
        return self._cache.segments[key]

    def segment(self, recording_id: str, segment_id: str) -> Segment | None:
        """Return a segment, None where there is none of that id."""
        self._check(recording_id)
        with self._damage_of("segments"):
            return read_segment(self._connection, recording_id, segment_id)

    def set_segment(self, recording_id: str, segment_id: str, segment: Segment | None) -> None:
        """Replace a segment; None removes it."""
        self._check(recording_id)
        self._cache.forget_segments(recording_id)
        write_segment(self._connection, recording_id, segment_id, segment)

    def video_classes(self, recording_id: str) -> dict[str, str]:
        """Return the action unit that the whole recording shows, by who says so."""
        rows = self._connection.execute(
            "SELECT author, unit FROM video_classes WHERE recording_id = ?", (recording_id,)
        )
        return dict(rows.fetchall())

    def video_class(self, recording_id: str, author: str) -> str | None:
        """Return the action unit that one person says the whole recording shows."""
        return self.video_classes(recording_id).get(author)

    def set_video_class(self, recording_id: str, author: str, unit: str | None) -> None:
        """Replace what one person says that the whole recording shows; None takes it back."""
        self._check(recording_id)
        if unit is None:
            self._connection.execute(
                "DELETE FROM video_classes WHERE recording_id = ? AND author = ?",
                (recording_id, author),
            )
        else:
            self._connection.execute(
                "INSERT OR REPLACE INTO video_classes VALUES (?, ?, ?)",
                (recording_id, author, unit),
            )

    def reviews(self, recording_id: str) -> dict[tuple[str, int, str], Review]:
        """Return all verdicts on a recording's frames, by role, sensor time and author."""
        known = self._cache.reviews.get(recording_id)
        if known is not None:
            return known
        rows = self._connection.execute(
            "SELECT role, t_us, author, verdict, reasons, made_at FROM reviews "
            "WHERE recording_id = ?",
            (recording_id,),
        ).fetchall()
        clocks: dict[str, CorrectedTrack] = {}
        reviews = {}
        with self._damage_of("reviews"):
            for role, stored_us, author, *said in rows:
                if role not in clocks:
                    clocks[role] = self._times_of(recording_id, role)
                (t_us,) = clocks[role].sensor_us([stored_us])
                reviews[role, t_us, author] = _review(*said)
        self._cache.reviews[recording_id] = reviews
        return reviews

    def review(self, recording_id: str, role: str, t_us: int, author: str) -> Review | None:
        """Return what one person decided about a frame of the review queue."""
        self._check(recording_id)
        row = self._connection.execute(
            "SELECT verdict, reasons, made_at FROM reviews "
            "WHERE recording_id = ? AND role = ? AND t_us = ? AND author = ?",
            (recording_id, role, self._times_of(recording_id, role).stored_us(t_us), author),
        ).fetchone()
        with self._damage_of("reviews"):
            return None if row is None else _review(*row)

    def set_review(
        self, recording_id: str, role: str, t_us: int, author: str, review: Review | None
    ) -> None:
        """Replace what one person decided about a frame; None takes it back."""
        self._check(recording_id)
        stored_us = self._times_of(recording_id, role).stored_us(t_us)
        key = (recording_id, role, stored_us, author)
        self._cache.reviews.pop(recording_id, None)
        if review is None:
            self._connection.execute(
                "DELETE FROM reviews "
                "WHERE recording_id = ? AND role = ? AND t_us = ? AND author = ?",
                key,
            )
        else:
            self._connection.execute(
                "INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*key, str(review.verdict), json.dumps(review.reasons), review.made_at),
            )

    def sync(self, recording_id: str) -> ClockSync:
        """Return the map from the video's clock to the sensor's."""
        return self._decode(recording_id, "sync", sync_from_json)

    def set_sync(self, recording_id: str, sync: ClockSync) -> None:
        """Replace the map from the video's clock to the sensor's."""
        self._cache.forget_labelled(recording_id)
        self._set(recording_id, "sync", json.dumps(sync_to_json(sync)))

    def event_from_rgb(self, recording_id: str) -> Registration:
        """Return how the two pictures lie to one another."""
        return self._decode(recording_id, "event_from_rgb", registration_from_json)

    def set_event_from_rgb(self, recording_id: str, registration: Registration) -> None:
        """Replace how the two pictures lie to one another."""
        text = json.dumps(registration_to_json(registration))
        self._set(recording_id, "event_from_rgb", text)

    def filters(self, recording_id: str) -> tuple[Filter, ...]:
        """Return the filters that a recording's events pass, in their order."""
        return self._decode(recording_id, "filters", filters_from_json)

    def set_filters(self, recording_id: str, filters: tuple[Filter, ...]) -> None:
        """Replace the filters that a recording's events pass."""
        self._set(recording_id, "filters", json.dumps(filters_to_json(filters)))

    def name(self, recording_id: str) -> str:
        """Return what people call the recording."""
        return self._get(recording_id, "name")

    def set_name(self, recording_id: str, name: str) -> None:
        """Rename the recording."""
        self._check(recording_id)
        check_name(self._path, self._connection, name, keeper=recording_id)
        self._set(recording_id, "name", name)

    def _base(self, recording_id: str, role: str) -> LandmarkTrack | None:
        """Return the track that corrections of a role are laid over, None where there is none."""
        camera = camera_of_box(role)
        if camera is not None:
            return self._base_of_box(recording_id, camera)
        stored = self.track(recording_id, role)
        track = None if stored is None else self.read_track(stored, role)
        return track if isinstance(track, LandmarkTrack) else None

    def _base_of_box(self, recording_id: str, camera: Camera) -> LandmarkTrack:
        """Return the published boxes, else those of the landmarks, else none at any time."""
        for role in BASES_OF_BOXES[camera]:
            stored = self.track(recording_id, role)
            track = None if stored is None else self.read_track(stored, role)
            if isinstance(track, BoxTrack):
                return corners_as_track(
                    track.times_us,
                    track.boxes_px.reshape(-1, N_CORNERS, 2),
                    valid=track.valid,
                    camera=camera,
                    source=track.source,
                )
            if isinstance(track, LandmarkTrack):
                return derived_box_track(track)
        return corners_as_track(
            np.empty(0, np.int64),
            np.empty((0, N_CORNERS, 2), np.float32),
            valid=np.empty(0, bool),
            camera=camera,
            source=Source(SourceKind.PERSON, "drawn"),
        )

    def _corrected(self, recording_id: str, role: str, base: LandmarkTrack) -> CorrectedTrack:
        return CorrectedTrack(
            recording_id,
            role,
            base.camera,
            base.scheme,
            int(base.state.shape[1]),
            self.sync(recording_id),
        )

    def _to_correct(self, recording_id: str, role: str) -> CorrectedTrack:
        base = self._base(recording_id, role)
        if base is None:
            raise RecordingError(
                f"{self.name(recording_id)}: has no landmarks {role!r} to correct; process it first"
            )
        return self._corrected(recording_id, role, base)

    def _times_of(self, recording_id: str, role: str) -> CorrectedTrack:
        """Return the clock that times of a role are kept on; of unknown roles, the sensor's."""
        base = self._base(recording_id, role)
        camera = Camera.EVENTS if base is None else base.camera
        return CorrectedTrack(recording_id, role, camera, "", 0, self.sync(recording_id))

    @contextmanager
    def _damage_of(self, what: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, KeyError, TypeError) as error:
            raise ProjectFileError(
                self._path, f"is damaged at the {what} of a recording; restore it from a copy"
            ) from error

    @contextmanager
    def _explained(self, role: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ProjectFileError(
                self._path, f"its track {role!r} cannot be read: {error}; process it again"
            ) from error

    def _decode(self, recording_id: str, column: str, decode: Callable[[Any], _T]) -> _T:
        text = self._get(recording_id, column)
        try:
            return decode(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise ProjectFileError(
                self._path, f"is damaged at the {column} of a recording; restore it from a copy"
            ) from error

    def _check(self, recording_id: str) -> None:
        self._get(recording_id, "id")

    def _get(self, recording_id: str, column: str) -> str:
        row = self._connection.execute(
            f"SELECT {column} FROM recordings WHERE id = ?", (recording_id,)
        ).fetchone()
        if row is None:
            raise RecordingError(f"{self._path}: has no recording {recording_id!r}")
        return str(row[0])

    def _set(self, recording_id: str, column: str, value: str) -> None:
        self._check(recording_id)
        self._connection.execute(
            f"UPDATE recordings SET {column} = ? WHERE id = ?", (value, recording_id)
        )


def check_name(
    path: Path, connection: sqlite3.Connection, name: str, *, keeper: str | None = None
) -> None:
    """Raise RecordingError unless `name` can name a recording, besides the one it names now."""
    if not name.strip() or not name.isprintable():
        raise RecordingError(f"{path}: {name!r} cannot name a recording; use visible characters")
    row = connection.execute("SELECT id FROM recordings WHERE name = ?", (name,)).fetchone()
    if row is not None and row[0] != keeper:
        raise RecordingError(f"{path}: has a recording {name!r} already; choose another name")


def utc_now() -> str:
    """Return the time, ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _review(verdict: str, reasons: str, made_at: str) -> Review:
    return Review(Verdict(verdict), tuple(map(str, json.loads(reasons))), made_at)
