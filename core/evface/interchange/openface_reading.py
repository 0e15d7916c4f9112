"""OpenFace CSV, as OpenFace 1 and 2 write it and as evface does: a machine's, kept as it came."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.annotations.edits_json import segment_from_json
from evface.annotations.segments import Segment
from evface.annotations.tracks import (
    ActionUnitTrack,
    Source,
    SourceKind,
    Track,
)
from evface.errors import FileError
from evface.interchange.damage import explained
from evface.interchange.frames import checked_points, imported_track, times_of_frames
from evface.interchange.labels import ImportedLabels, ImportTarget, imported_role
from evface.interchange.landmark_sidecar import (
    KnownFrames,
    labels_as_written,
    read_landmark_sidecar,
)
from evface.landmarks.schemes import IBUG68

_UNIT = re.compile(r"AU(\d+)_([rc])")
_MOST_COLUMNS = 10_000
# Of a value that is 0 to 1 or 0 to 5.
_MOST = 1e6
# What OpenFace measured is kept on its own scale.
_SCALES = {"r": ("intensity", "openface"), "c": ("presence", "presence")}


def read_openface(path: Path, target: ImportTarget) -> ImportedLabels:
    """Read the landmarks and action units of one face.

    Frames become times by the recording's video; where it has none, by the file's own timestamps.
    Rows in which OpenFace found no face say nothing. Intensities keep OpenFace's scale.

    Raises
    ------
    FileError
        If the file is damaged, holds several faces, or does not fit the recording.
    """
    with explained(path, "OpenFace CSV"):
        table = _table(path)
        table = _one_face(path, table, target)
        known = read_landmark_sidecar(path, target)
        numbers = _whole(table["frame"])
        times_us = _times(path, table, numbers, target, known)
        found = table["success"] > 0 if "success" in table else np.ones(len(numbers), bool)
        confidence = table.get("confidence", np.full(len(numbers), np.nan))
        if (np.abs(confidence) > _MOST).any():
            raise ValueError("a confidence is beyond reason")
        segments: tuple[Segment, ...] = ()
        landmarks = ImportedLabels()
        if known is not None and known.is_as_written:
            landmarks = labels_as_written("openface", path, known, target)
            segments = tuple(map(segment_from_json, known.extra["segments"]))
        elif "x_0" in table:
            role = imported_role("openface", target.camera)
            track = imported_track(
                "openface",
                path,
                times_us,
                _points(path, table, found),
                target=target,
                scheme=IBUG68.name,
                confidence=confidence.astype(np.float32),
                maker="OpenFace" if known is None else known.maker,
            )
            landmarks = ImportedLabels(tracks={role: track}, longest_gaps_us={role: 0})
        tracks = {**landmarks.tracks, **_action_units(path, table, times_us, found)}
        if not tracks:
            raise FileError(path, "has neither landmarks (x_0, ...) nor action units (AU01_r, ...)")
    return replace(landmarks, tracks=tracks, segments=segments)


def _points(
    path: Path, table: dict[str, NDArray[np.float64]], found: NDArray[np.bool_]
) -> NDArray[np.float32]:
    axes = [
        np.stack([table[f"{axis}_{i}"] for i in range(IBUG68.n_landmarks)], axis=1) for axis in "xy"
    ]
    return checked_points(path, np.where(found[:, None, None], np.stack(axes, axis=2), np.nan))


def _table(path: Path) -> dict[str, NDArray[np.float64]]:
    """Return the columns by name, without the spaces that OpenFace puts before them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            names = [name.strip() for name in next(rows, [])]
            if "frame" not in names:
                raise FileError(path, "is no table of OpenFace's for a video: no column 'frame'")
            if len(set(names)) != len(names) or len(names) > _MOST_COLUMNS:
                raise ValueError("two columns have the same name")
            values = []
            for row in rows:
                if not row:
                    continue
                if len(row) != len(names):
                    raise ValueError(
                        f"line {rows.line_num} has {len(row)} values for {len(names)} columns"
                    )
                values.append(np.array(row, np.float64))
    except csv.Error as error:
        raise FileError(path, f"is not a table ({error})") from error
    if not values:
        raise FileError(path, "has no rows")
    return dict(zip(names, np.stack(values, axis=1), strict=True))


def _one_face(
    path: Path, table: dict[str, NDArray[np.float64]], target: ImportTarget
) -> dict[str, NDArray[np.float64]]:
    if "face_id" not in table:
        return table
    faces = _whole(table["face_id"])
    wanted = target.face
    if wanted is None:
        ids = np.unique(faces)
        if len(ids) > 1:
            listed = ", ".join(map(str, ids[:9].tolist()))
            raise FileError(path, f"has several faces ({listed}); say which by --face")
        wanted = int(ids[0])
    if not (faces == wanted).any():
        raise FileError(path, f"has no face {wanted}")
    return {name: values[faces == wanted] for name, values in table.items()}


def _times(
    path: Path,
    table: dict[str, NDArray[np.float64]],
    numbers: NDArray[np.int64],
    target: ImportTarget,
    known: KnownFrames | None,
) -> NDArray[np.int64]:
    if known is not None:
        return known.times_of(path, numbers - 1, target)
    if len(target.video_times_us) or target.rate_hz is not None or "timestamp" not in table:
        # OpenFace counts from 1.
        return times_of_frames(path, numbers, replace(target, first_frame=1))
    seconds = table["timestamp"]
    if not np.isfinite(seconds).all() or (np.abs(seconds) > 1e9).any():
        raise ValueError("a timestamp is no time")
    return np.rint(seconds * 1e6).astype(np.int64)


def _action_units(
    path: Path,
    table: dict[str, NDArray[np.float64]],
    times_us: NDArray[np.int64],
    found: NDArray[np.bool_],
) -> dict[str, Track]:
    tracks: dict[str, Track] = {}
    order = np.argsort(times_us, kind="stable")
    for letter, (what, scale) in _SCALES.items():
        columns = {
            f"AU{int(match[1])}": values
            for name, values in table.items()
            if (match := _UNIT.fullmatch(name))
            and match[2] == letter
            and not np.isnan(values).all()
        }
        if not columns:
            continue
        intensity = np.stack(list(columns.values()), axis=1)
        if (np.abs(intensity) > _MOST).any():
            raise ValueError("an intensity is beyond reason")
        intensity[~found] = np.nan
        valid = np.asarray(np.isfinite(intensity).any(axis=1))
        settings = {"format": "openface", "file": path.name}
        tracks[f"imported_openface_{what}"] = ActionUnitTrack(
            times_us=times_us[order],
            valid=valid[order],
            source=Source(SourceKind.IMPORTED, path.name, "", settings),
            intensity=intensity[order].astype(np.float32),
            names=",".join(columns),
            scale=scale,
        )
    return tracks


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    if not np.isfinite(values).all() or (values != np.rint(values)).any():
        raise ValueError("a frame or a face has a number that is not whole")
    if (np.abs(values) > 1e15).any():
        raise ValueError("a frame has a number beyond reason")
    return values.astype(np.int64)
