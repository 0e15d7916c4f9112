"""Landmarks and boxes in the simple tables that a manifest names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evface.annotations.tracks import Camera, Track
from evface.datasets.folders import read_table, read_time_us
from evface.datasets.labels import (
    BOXES,
    EVENT_BOXES,
    EVENT_LANDMARKS,
    LANDMARKS,
    box_track,
    landmark_track,
    published,
)
from evface.errors import DatasetError
from evface.landmarks.schemes import LandmarkScheme

# Role and camera of each column that names a table.
LABEL_COLUMNS = {
    "landmarks": (LANDMARKS, Camera.RGB),
    "landmarks_events": (EVENT_LANDMARKS, Camera.EVENTS),
    "boxes": (BOXES, Camera.RGB),
    "boxes_events": (EVENT_BOXES, Camera.EVENTS),
}


@dataclass(frozen=True, eq=False)
class LabelFiles:
    """The tables of one recording.

    Parameters
    ----------
    paths
        By column of the manifest.
    scheme
        Of the landmarks.
    """

    paths: Mapping[str, Path]
    scheme: LandmarkScheme

    def read_tracks(self) -> dict[str, Track]:
        """Read the tables, by role.

        Raises
        ------
        DatasetError
            If one is damaged.
        """
        source = published("manifest")
        tracks: dict[str, Track] = {}
        for column, path in self.paths.items():
            role, camera = LABEL_COLUMNS[column]
            if column.startswith("landmarks"):
                times_us, rows = _read_rows(path, 2 * self.scheme.n_landmarks)
                tracks[role] = landmark_track(
                    source, times_us, rows, scheme=self.scheme, camera=camera
                )
            else:
                times_us, rows = _read_rows(path, 4)
                tracks[role] = box_track(source, times_us, rows, camera=camera)
        return tracks


def _read_rows(path: Path, n: int) -> tuple[list[int], list[list[float]]]:
    """Read lines of a time, us, and `n` numbers; those missing are empty."""
    times_us: list[int] = []
    rows: list[list[float]] = []
    for number, words in read_table(path):
        if not rows and words[0].strip() == "t_us":
            continue
        try:
            t_us = read_time_us(words[0])
            row = [float(word) if word.strip() else math.nan for word in words[1:]]
        except ValueError as error:
            raise DatasetError(path, f"line {number}: {error}; correct it") from error
        if len(row) != n:
            raise DatasetError(
                path, f"line {number}: expected a time and {n} numbers, got {len(row)}; correct it"
            )
        if times_us and t_us <= times_us[-1]:
            raise DatasetError(path, f"line {number}: is not later than the one before; sort them")
        times_us.append(t_us)
        rows.append(row)
    return times_us, rows
