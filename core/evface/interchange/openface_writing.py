"""OpenFace CSV: landmarks and action units of each video frame.

The clean variant has the columns that evface knows, named as OpenFace names them. The exact one has
all of OpenFace 2's columns in their order, with its leading spaces and decimals; what evface does
not know is ``nan`` there, where OpenFace itself writes 0 for a face that it did not find.

References
----------
https://github.com/TadasBaltrusaitis/OpenFace/wiki/Output-Format: frames are counted from 1; AUxx_r
is an intensity from 0 to 5, AUxx_c is 0 absent or 1 present; sides are not told apart; the head's
rotation is Rx * Ry * Rz.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.annotations.edits_json import segment_to_json
from evface.annotations.roles import ACTION_UNITS, FACE
from evface.annotations.segments import Decision, Intensity, Presence, Scale, Segment
from evface.annotations.tracks import ActionUnitTrack, Camera, FaceTrack, LandmarkTrack
from evface.errors import RecordingError
from evface.files import replacing
from evface.interchange.decimals import with_few_decimals
from evface.interchange.frames import numbered_frames, rows_at
from evface.interchange.labels import Exported, RecordingLabels
from evface.interchange.landmark_sidecar import landmark_sidecar
from evface.interchange.scales import OPENFACE_PRESENT, openface_from_unit
from evface.interchange.sidecar import write_sidecar
from evface.landmarks.mappings import convert_landmarks
from evface.landmarks.schemes import IBUG68, SCHEMES
from evface.morphable.camera import FRONTAL

GRADED = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
PRESENT_OR_NOT = (*GRADED[:-1], 28, 45)
_N_EYE_LANDMARKS = 56
_N_MODES = 34
_HEAD_UNITS = frozenset(range(51, 57))
_POSE = ("pose_Rx", "pose_Ry", "pose_Rz")
# Decimals of each sort of column in OpenFace's own files.
_DECIMALS = {"timestamp": 3, "confidence": 2, "gaze_angle": 3, "gaze": 6, "pose_R": 3, "p_": 3}


# Written at a time: as text, a long table takes more memory than there is.
_N_ROWS = 4096


class UnitSource(StrEnum):
    """Where the action units of a table come from."""

    MODEL = "model"
    CODED = "coded"
    NONE = "none"


def write_openface(
    path: Path,
    labels: RecordingLabels,
    role: str,
    *,
    units: UnitSource = UnitSource.MODEL,
    is_exact: bool = False,
) -> Exported:
    """Write landmarks and action units as OpenFace's table, with its sidecar.

    Parameters
    ----------
    role
        Of the landmarks; those of a finer scheme are read as 68 points.
    units
        ``model`` takes the action units that a machine measured, ``coded`` the segments that
        people coded: FACS A to E are 1 to 5, what was not coded is ``nan``.
    is_exact
        All of OpenFace's columns, spaces and decimals.

    Raises
    ------
    RecordingError
        If there is no such track, its points cannot be read as 68, or the media are missing.
    FileError
        If the files cannot be written.
    """
    frames = numbered_frames(labels, role)
    track = frames.track
    # Without the video its frames have no numbers.
    labels.resolution(track.camera)
    graded, present, note = _action_units(labels, track.times_us, units)
    columns: dict[str, NDArray[np.float64]] = {
        "frame": (frames.numbers + 1).astype(np.float64),
        "face_id": np.zeros(len(track)),
        "timestamp": _timestamps(labels, track),
        "confidence": track.confidence.astype(np.float64),
        "success": track.valid.astype(np.float64),
        **_pose(labels, track),
        **_points(labels, track),
        **{f"AU{unit:02d}_r": values for unit, values in sorted(graded.items())},
        **{f"AU{unit:02d}_c": values for unit, values in sorted(present.items())},
    }
    names = exact_columns() if is_exact else [name for name in columns if name != "face_id"]
    unknown = np.full(len(track), np.nan)
    separator = ", " if is_exact else ","
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(separator.join(names) + "\n")
        for start in range(0, len(track), _N_ROWS):
            part = slice(start, start + _N_ROWS)
            table = [
                _texts(name, columns.get(name, unknown)[part], is_exact=is_exact) for name in names
            ]
            file.writelines(separator.join(row) + "\n" for row in zip(*table, strict=True))
    content = landmark_sidecar(labels, frames) | {
        "action_units": {"from": str(units), "how": note},
        "segments": [segment_to_json(one) for one in labels.segments.values()]
        if units is UnitSource.CODED
        else [],
    }
    beside = write_sidecar(path, content)
    left = sorted({*graded, *present} - {*GRADED, *PRESENT_OR_NOT}) if is_exact else []
    notes = [*frames.notes(), note] if note else [*frames.notes()]
    if left:
        notes.append(f"OpenFace has no column for {', '.join(f'AU{unit}' for unit in left)}")
    counts = {"frames": len(track), "columns": len(names)}
    return Exported(files=(path, beside), counts=counts, notes=tuple(notes))


def exact_columns() -> list[str]:
    """Return all columns of OpenFace 2's tables of a video, in their order."""
    return [
        *("frame", "face_id", "timestamp", "confidence", "success"),
        *(f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"),
        *("gaze_angle_x", "gaze_angle_y"),
        *(f"eye_lmk_{axis}_{i}" for axis in "xyXYZ" for i in range(_N_EYE_LANDMARKS)),
        *(f"pose_T{axis}" for axis in "xyz"),
        *_POSE,
        *(f"{axis}_{i}" for axis in "xyXYZ" for i in range(IBUG68.n_landmarks)),
        *("p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty"),
        *(f"p_{i}" for i in range(_N_MODES)),
        *(f"AU{unit:02d}_r" for unit in GRADED),
        *(f"AU{unit:02d}_c" for unit in PRESENT_OR_NOT),
    ]


def _timestamps(labels: RecordingLabels, track: LandmarkTrack) -> NDArray[np.float64]:
    times_us = track.times_us
    if Camera.RGB in labels.media:
        times_us = labels.sync.to_video_us(times_us)
    return times_us / 1e6


def _points(labels: RecordingLabels, track: LandmarkTrack) -> dict[str, NDArray[np.float64]]:
    try:
        points = convert_landmarks(
            track.landmarks.astype(np.float64), SCHEMES[track.scheme], IBUG68
        )
    except ValueError as error:
        raise RecordingError(
            f"{labels.name}: OpenFace has 68 points; {error}, export them as COCO"
        ) from error
    return {
        f"{axis}_{i}": points[:, i, k].astype(np.float64)
        for k, axis in enumerate("xy")
        for i in range(IBUG68.n_landmarks)
    }


def _pose(labels: RecordingLabels, track: LandmarkTrack) -> dict[str, NDArray[np.float64]]:
    """Return the head's rotation, radians, where a face was fitted on the same picture."""
    face = labels.tracks.get(FACE)
    if not isinstance(face, FaceTrack) or not len(face) or face.camera != track.camera:
        return {}
    rows = rows_at(face.times_us, track.times_us)
    # Both look along z, away from the camera; OpenFace's head at rest looks the same way.
    rotation = np.where(
        ((rows >= 0) & face.valid[rows])[:, None, None],
        np.asarray(face.rotation, np.float64)[rows] @ FRONTAL.T,
        np.nan,
    )
    angles = (
        np.arctan2(-rotation[:, 1, 2], rotation[:, 2, 2]),
        np.arcsin(np.clip(rotation[:, 0, 2], -1, 1)),
        np.arctan2(-rotation[:, 0, 1], rotation[:, 0, 0]),
    )
    return dict(zip(_POSE, angles, strict=True))


def _action_units(
    labels: RecordingLabels, times_us: NDArray[np.int64], units: UnitSource
) -> tuple[dict[int, NDArray[np.float64]], dict[int, NDArray[np.float64]], str]:
    """Return intensities, presences, and how they came about."""
    if units is UnitSource.CODED:
        segments = [one for one in labels.segments.values() if one.decision is not Decision.REFUSED]
        graded, present = _coded(segments, times_us)
        return graded, present, "AUxx_r: people's A to E as 1 to 5; nan where nobody coded"
    tracks = labels.action_units()
    role = next((role for role in (ACTION_UNITS, *tracks) if role in tracks), None)
    if units is UnitSource.NONE or role is None:
        return {}, {}, ""
    track = tracks[role]
    values = _measured(track, times_us)
    if track.scale == "presence":
        return {}, values, f"AUxx_c: from {role!r}"
    if track.scale == "openface":
        return values, _presences(values), f"AUxx_r: from {role!r}, on the same scale"
    graded = {unit: openface_from_unit(value) for unit, value in values.items()}
    how = f"AUxx_r: {role!r} (0 to 1) on the scale 0 to 5, so that rounding gives FACS A to E"
    return graded, _presences(graded), how


def _presences(graded: Mapping[int, NDArray[np.float64]]) -> dict[int, NDArray[np.float64]]:
    return {
        unit: np.where(np.isnan(values), np.nan, values >= OPENFACE_PRESENT)
        for unit, values in graded.items()
    }


def _measured(
    track: ActionUnitTrack, times_us: NDArray[np.int64]
) -> dict[int, NDArray[np.float64]]:
    rows = rows_at(track.times_us, times_us)
    intensity = np.asarray(track.intensity, np.float64)
    known = (rows >= 0) & np.asarray(track.valid)[rows] if len(track) else rows >= 0
    found = {}
    for column, name in enumerate(track.name_list()):
        unit = int(name.removeprefix("AU"))
        if unit not in _HEAD_UNITS:
            values = np.full(len(times_us), np.nan)
            values[known] = intensity[rows[known], column]
            found[unit] = values
    return found


def _coded(
    segments: list[Segment], times_us: NDArray[np.int64]
) -> tuple[dict[int, NDArray[np.float64]], dict[int, NDArray[np.float64]]]:
    """Return what people coded at each time: the strongest of sides and people that overlap."""
    graded: dict[int, NDArray[np.float64]] = {}
    present: dict[int, NDArray[np.float64]] = {}
    for segment in segments:
        unit = int(segment.unit.removeprefix("AU"))
        for table in (graded, present):
            table.setdefault(unit, np.full(len(times_us), np.nan))
        rows = slice(*np.searchsorted(times_us, (segment.onset_us, segment.offset_us)))
        if segment.presence is Presence.NOT_VISIBLE:
            continue
        is_present = segment.presence is Presence.PRESENT
        present[unit][rows] = np.fmax(present[unit][rows], float(is_present))
        value = _openface_value(segment.intensity) if is_present else 0.0
        graded[unit][rows] = np.fmax(graded[unit][rows], value)
    return graded, present


def _openface_value(intensity: Intensity | None) -> float:
    if intensity is None:
        return float("nan")
    if intensity.scale is Scale.UNIT:
        return float(openface_from_unit(np.array(intensity.value)))
    return float(intensity.value)


def _texts(name: str, values: NDArray[np.float64], *, is_exact: bool) -> list[str]:
    if name in ("frame", "face_id", "success"):
        return [str(int(value)) for value in values]
    if not is_exact:
        if name == "timestamp":
            return [f"{value:.6f}" for value in values]
        return list(map(repr, with_few_decimals(values.astype(np.float32)).tolist()))
    if name.startswith("AU"):
        decimals = 2 if name.endswith("_r") else 1
    else:
        decimals = next((n for start, n in _DECIMALS.items() if name.startswith(start)), 1)
    return ["nan" if value != value else f"{value:.{decimals}f}" for value in values]
