"""Corrections in a project's tables: what each person said about each landmark."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.corrections import Correction, Corrections, Row, correction_of_row
from evface.annotations.tracks import Camera
from evface.geometry.clock import ClockSync

_COLUMNS = "x_px, y_px, state, author, made_at, source, is_occluded"
_AUTHOR, _MADE_AT = 3, 4
# Going to the other clock and back may miss by a microsecond.
_REACH_US = 3
_TRACK = "recording_id = ? AND role = ? AND camera = ? AND scheme = ?"


@dataclass(frozen=True)
class CorrectedTrack:
    """Which landmarks corrections are about, and the clock that their times are kept on.

    Times are kept on the clock of the camera's own picture: the video's for RGB, the sensor's for
    events. So a correction stays on its picture when the sync changes. Whoever asks here names
    times of the sensor.
    """

    recording_id: str
    role: str
    camera: Camera
    scheme: str
    n_landmarks: int
    sync: ClockSync

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What its rows have in common."""
        return self.recording_id, self.role, str(self.camera), self.scheme

    def stored_us(self, t_us: int) -> int:
        """Return the time as it is kept: the same for every sensor time that it is read as."""
        return self.alike_us(t_us)[0]

    def alike_us(self, t_us: int) -> tuple[int, ...]:
        """Return all times that could be kept for this one, the one that is kept first.

        Two microseconds of a video may fall on one of the sensor, where its clock runs faster.
        """
        if self.camera != Camera.RGB:
            return (int(t_us),)
        (near_us,) = self.sync.to_video_us(np.array([t_us], np.int64)).tolist()
        video_us = np.arange(near_us - _REACH_US, near_us + _REACH_US + 1, dtype=np.int64)
        off_us = np.abs(self.sync.to_sensor_us(video_us) - t_us)
        return tuple(video_us[off_us == off_us.min()].tolist())

    def sensor_us(self, stored_us: Iterable[int]) -> list[int]:
        """Return the sensor's times of those that are kept."""
        times_us = np.array(list(stored_us), np.int64)
        if self.camera == Camera.RGB:
            times_us = self.sync.to_sensor_us(times_us)
        return [int(t_us) for t_us in times_us]


def read_corrections(
    connection: sqlite3.Connection, track: CorrectedTrack, author: str | None
) -> Corrections:
    """Read all corrections of a track: one person's, or everyone's if `author` is None."""
    by_author = "" if author is None else " AND author = ?"
    lines = {}
    for landmark in range(track.n_landmarks):
        rows = connection.execute(
            f"SELECT {_COLUMNS}, t_us FROM corrections WHERE {_TRACK} AND landmark = ?{by_author} "
            "ORDER BY t_us",
            (*track.key, landmark, *([] if author is None else [author])),
        ).fetchall()
        if rows:
            lines[landmark] = _latest(track, rows)
    return Corrections.from_rows(lines)


def read_at(
    connection: sqlite3.Connection,
    track: CorrectedTrack,
    t_us: int,
    landmarks: Iterable[int],
    author: str | None,
) -> dict[int, Correction]:
    """Read what is said of some landmarks at a time: by one person, or by the last to say it."""
    by_author = "" if author is None else " AND author = ?"
    alike_us = track.alike_us(t_us)
    said = {}
    for landmark in landmarks:
        row = connection.execute(
            f"SELECT {_COLUMNS} FROM corrections WHERE {_TRACK} AND landmark = ? "
            f"AND t_us BETWEEN ? AND ?{by_author} ORDER BY made_at DESC, author DESC LIMIT 1",
            (
                *track.key,
                int(landmark),
                alike_us[0],
                alike_us[-1],
                *([] if author is None else [author]),
            ),
        ).fetchone()
        if row is not None:
            said[landmark] = correction_of_row(row)
    return said


def write_at(
    connection: sqlite3.Connection,
    track: CorrectedTrack,
    t_us: int,
    author: str,
    corrections: Mapping[int, Correction | None],
) -> None:
    """Set what one person says of landmarks at a time; None forgets it."""
    alike_us = track.alike_us(t_us)
    for landmark, said in corrections.items():
        key = (*track.key, int(landmark))
        connection.execute(
            f"DELETE FROM corrections WHERE {_TRACK} "
            "AND landmark = ? AND t_us BETWEEN ? AND ? AND author = ?",
            (*key, alike_us[0], alike_us[-1], author),
        )
        if said is not None:
            connection.execute(
                "INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *key,
                    alike_us[0],
                    author,
                    *map(float, said.xy_px),
                    int(said.state),
                    int(said.is_occluded),
                    said.made_at,
                    said.source,
                ),
            )


def _latest(
    track: CorrectedTrack, rows: list[tuple[Any, ...]]
) -> tuple[NDArray[np.int64], list[Row]]:
    """Return the times of a landmark's rows and what was said last at each."""
    last: dict[int, Row] = {}
    for (*row, _), t_us in zip(rows, track.sensor_us(row[-1] for row in rows), strict=True):
        before = last.get(t_us)
        if before is None or _age(before) <= _age(row):
            last[t_us] = tuple(row)
    return np.array(list(last), np.int64), list(last.values())


def _age(row: Sequence[Any]) -> tuple[Any, Any]:
    """Return what the last word of several is known by; of one moment, by the later name."""
    return row[_MADE_AT], row[_AUTHOR]
