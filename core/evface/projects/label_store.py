"""The labels of a project's recordings, as edits see them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from evface.annotations.corrections import Correction, PlacedCorrection, lay_over
from evface.annotations.edits import StoredTrack
from evface.annotations.edits_json import sync_from_json, sync_to_json
from evface.annotations.registration_json import registration_from_json, registration_to_json
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Track
from evface.errors import ProjectFileError, RecordingError
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.projects.track_table import array_shape, keep_track, manifest_of, read_track

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
    tracks
        Tracks that were read already; more are put here.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        author: str,
        tracks: dict[StoredTrack, Track],
    ) -> None:
        self._path = path
        self._connection = connection
        self._tracks = tracks
        self._kept: dict[int, tuple[Track, StoredTrack]] = {}
        self.author = author
        self.now = utc_now()

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
        """Read the arrays of a track, unless they were read already."""
        if stored in self._tracks:
            return self._tracks[stored]
        with self._explained(role):
            return self._tracks.setdefault(stored, read_track(self._connection, stored))

    def corrected(self, recording_id: str, role: str, track: Track) -> Track:
        """Return a track with the corrections that people made laid over it."""
        if not isinstance(track, LandmarkTrack):
            return track
        rows = self._connection.execute(
            "SELECT t_us, landmark, x_px, y_px, state, author, made_at, source FROM corrections "
            "WHERE recording_id = ? AND role = ? AND camera = ? AND scheme = ? ORDER BY t_us",
            (recording_id, role, track.camera, track.scheme),
        ).fetchall()
        if not rows:
            return track
        with self._explained(role):
            times_us = np.array([row[0] for row in rows], np.int64)
            if track.camera == Camera.RGB:
                times_us = self.sync(recording_id).to_sensor_us(times_us)
            placed = [
                PlacedCorrection(int(t_us), row[1], _correction(row[2:]))
                for t_us, row in zip(times_us, rows, strict=True)
            ]
        tolerance_us = _ROUNDING_US if track.camera == Camera.RGB else 0
        return lay_over(track, placed, tolerance_us=tolerance_us)

    def shown_landmark(
        self, recording_id: str, role: str, t_us: int, landmark: int
    ) -> tuple[float, float] | None:
        """Return where a landmark is at a time that the track holds, corrections included, px."""
        said = self.correction(recording_id, role, t_us, landmark)
        if said is not None:
            return said.xy_px
        stored = self.track(recording_id, role)
        track = None if stored is None else self.read_track(stored, role)
        if not isinstance(track, LandmarkTrack) or landmark not in range(track.state.shape[1]):
            return None
        index = track.index_at(t_us, tolerance_us=_ROUNDING_US)
        if index is None or np.isnan(track.landmarks[index, landmark]).any():
            return None
        x, y = track.landmarks[index, landmark]
        return float(x), float(y)

    def correction(
        self, recording_id: str, role: str, t_us: int, landmark: int
    ) -> Correction | None:
        """Return what a person said about a landmark, None where nobody did."""
        row = self._connection.execute(
            f"SELECT x_px, y_px, state, author, made_at, source FROM corrections WHERE {_PLACE}",
            self._place(recording_id, role, t_us, landmark),
        ).fetchone()
        return None if row is None else _correction(row)

    def set_correction(
        self, recording_id: str, role: str, t_us: int, landmark: int, correction: Correction | None
    ) -> None:
        """Replace what a person said about a landmark; None forgets it."""
        place = self._place(recording_id, role, t_us, landmark)
        if correction is None:
            self._connection.execute(f"DELETE FROM corrections WHERE {_PLACE}", place)
        else:
            self._connection.execute(
                "INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *place,
                    *correction.xy_px,
                    int(correction.state),
                    correction.author,
                    correction.made_at,
                    correction.source,
                ),
            )

    def sync(self, recording_id: str) -> ClockSync:
        """Return the map from the video's clock to the sensor's."""
        return self._decode(recording_id, "sync", sync_from_json)

    def set_sync(self, recording_id: str, sync: ClockSync) -> None:
        """Replace the map from the video's clock to the sensor's."""
        self._set(recording_id, "sync", json.dumps(sync_to_json(sync)))

    def event_from_rgb(self, recording_id: str) -> Registration:
        """Return how the two pictures lie to one another."""
        return self._decode(recording_id, "event_from_rgb", registration_from_json)

    def set_event_from_rgb(self, recording_id: str, registration: Registration) -> None:
        """Replace how the two pictures lie to one another."""
        text = json.dumps(registration_to_json(registration))
        self._set(recording_id, "event_from_rgb", text)

    def name(self, recording_id: str) -> str:
        """Return what people call the recording."""
        return self._get(recording_id, "name")

    def set_name(self, recording_id: str, name: str) -> None:
        """Rename the recording."""
        self._check(recording_id)
        check_name(self._path, self._connection, name, keeper=recording_id)
        self._set(recording_id, "name", name)

    def _place(
        self, recording_id: str, role: str, t_us: int, landmark: int
    ) -> tuple[str, str, str, str, int, int]:
        """Return the key of a correction; t_us becomes that of the camera's own clock."""
        stored = self.track(recording_id, role)
        with self._explained(role):
            manifest = {} if stored is None else manifest_of(stored)
            if stored is None or manifest["kind"] != LandmarkTrack.kind:
                raise RecordingError(
                    f"{self.name(recording_id)}: has no landmarks {role!r} to correct; "
                    "process it first"
                )
            camera, scheme = manifest["text"]["camera"], manifest["text"]["scheme"]
            n_landmarks = array_shape(self._connection, stored, "state")[1]
        if not 0 <= landmark < n_landmarks:
            raise ValueError(f"landmark must be within 0 to {n_landmarks - 1}, got {landmark}")
        if camera == Camera.RGB:
            t_us = int(self.sync(recording_id).to_video_us(np.array([t_us], np.int64))[0])
        return recording_id, role, camera, scheme, int(landmark), int(t_us)

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


def _correction(row: tuple[float, float, int, str, str, str]) -> Correction:
    x, y, state, author, made_at, source = row
    return Correction((x, y), LandmarkState(state), author, made_at, source)


_PLACE = "recording_id = ? AND role = ? AND camera = ? AND scheme = ? AND landmark = ? AND t_us = ?"
