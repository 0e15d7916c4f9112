"""CVAT XML 1.1 for video, read so that people's keyframes stay theirs and the rest a machine's.

In a track with ``source="manual"`` the keyframes are a person's, and what lies between them is what
CVAT shows there. In any other track all of it is a machine's and stays as it came: frames that the
file lacks are not made up.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.tracks import LandmarkState, nearest_index
from evface.interchange.cvat_tracks import (
    CvatFace,
    face_of,
    joined_faces,
    read_cvat_tracks,
    scheme_of,
)
from evface.interchange.cvat_writing import CORNER_PX
from evface.interchange.damage import explained
from evface.interchange.frames import checked_points, imported_track, times_of_frames
from evface.interchange.labels import (
    ROUNDING_US,
    ImportedLabels,
    ImportTarget,
    imported_role,
)
from evface.interchange.landmark_sidecar import (
    KnownFrames,
    labels_as_written,
    read_landmark_sidecar,
)
from evface.landmarks.schemes import LandmarkScheme

_SOURCE = "imported from cvat"
# CVAT writes positions to a hundredth of a pixel.
_ROUNDING_PX = 0.006


def read_cvat(path: Path, target: ImportTarget) -> ImportedLabels:
    """Read the face of a file of CVAT for video: a skeleton, or points.

    Tracks that follow one another are taken for the same face.

    Raises
    ------
    FileError
        If the file is damaged, holds several faces at a time, or does not fit the recording.
    """
    with explained(path, "CVAT XML"):
        known = read_landmark_sidecar(path, target)
        if known is not None and known.is_as_written:
            return labels_as_written("cvat", path, known, target)
        tracks = read_cvat_tracks(path, target)
        scheme = scheme_of(path, tracks)
        faces = [face_of(path, track, scheme, target) for track in tracks]
        face = joined_faces(path, faces, tracks)
        labels = _labels(path, face, scheme, target, known)
    is_unsaid = known is None and not target.person
    if is_unsaid and any(track.source == "file" for track in tracks):
        note = (
            "CVAT had its track from a file and does not say who made it; taken for a machine's; "
            "say --by NAME if a person did"
        )
        return replace(labels, notes=(note,))
    return labels


def _labels(
    path: Path,
    face: CvatFace,
    scheme: LandmarkScheme,
    target: ImportTarget,
    known: KnownFrames | None,
) -> ImportedLabels:
    points = checked_points(path, face.points - CORNER_PX)
    is_said, state = face.is_said, np.zeros(face.is_said.shape, np.uint8)
    occluded = face.occluded.copy()
    state[face.is_between] = LandmarkState.INTERPOLATED
    confidence = np.full(len(points), np.nan, np.float32)
    if known is None:
        times_us = times_of_frames(path, face.numbers, target)
        placed = _words(points, occluded, is_said, times_us, target)
    else:
        times_us = known.times_of(path, face.numbers, target)
        kept, is_said = _compared(face, points, known)
        rows = known.rows_of(face.numbers)
        occluded[kept] = known.occluded[rows][kept]
        confidence[rows >= 0] = known.confidence[rows[rows >= 0]]
        points[kept] = known.points[rows][kept]
        state[kept] = known.state[rows][kept]
        placed = _words(points, occluded, is_said & ~kept, times_us, target)
        placed += _kept_words(known, kept, times_us)
    # What a person said is theirs alone: under it there is nothing that a machine said.
    points[is_said] = np.nan
    state[is_said] = LandmarkState.AUTO
    role = imported_role("cvat", target.camera)
    track = imported_track(
        "cvat",
        path,
        times_us,
        points,
        target=target,
        scheme=scheme.name,
        occluded=occluded & ~is_said,
        state=state,
        confidence=confidence,
        maker="" if known is None else known.maker,
    )
    return ImportedLabels(
        tracks={role: track}, corrections={role: tuple(placed)}, longest_gaps_us={role: 0}
    )


def _compared(
    face: CvatFace, points: NDArray[np.float32], known: KnownFrames
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Compare the points with what evface wrote, before another tool changed the file.

    Returns
    -------
    kept : (n, n_landmarks) bool
        Where the point is as it was written.
    is_said : (n, n_landmarks) bool
        Where it is a person's: said before, or set in CVAT since.
    """
    if known.points.shape[1] != points.shape[1]:
        raise ValueError("its sidecar speaks of another number of points")
    rows = known.rows_of(face.numbers)
    was_said = np.isin(known.state[rows], (LandmarkState.CORRECTED, LandmarkState.VERIFIED))
    away_px = np.abs(points - known.points[rows]).max(axis=2)
    kept = (away_px <= _ROUNDING_PX) & (rows >= 0)[:, None]
    kept &= face.occluded == known.occluded[rows]
    # What lies between keyframes CVAT works out anew, which does not make it a person's.
    changed = face.is_keyed & ~kept
    if not known.extra.get("every_frame_is_keyframe"):
        # Keyframes can be set and taken back without moving anything.
        kept &= was_said == face.is_keyed
        changed = face.is_keyed & ~kept
    return kept, changed | (kept & was_said)


def _words(
    points: NDArray[np.float32],
    occluded: NDArray[np.bool_],
    is_said: NDArray[np.bool_],
    times_us: NDArray[np.int64],
    target: ImportTarget,
) -> list[PlacedCorrection]:
    """Return what a person said in CVAT."""
    placed = []
    for row, landmark in np.argwhere(is_said).tolist():
        x, y = points[row, landmark].tolist()
        is_occluded = bool(occluded[row, landmark])
        said = Correction((x, y), LandmarkState.CORRECTED, target.person, "", _SOURCE, is_occluded)
        placed.append(PlacedCorrection(int(times_us[row]), landmark, said))
    return placed


def _kept_words(
    known: KnownFrames, kept: NDArray[np.bool_], times_us: NDArray[np.int64]
) -> list[PlacedCorrection]:
    """Return what people said before, of points that are still as they were written."""
    words = []
    for one in known.corrections:
        row = nearest_index(times_us, one.t_us)
        if row is None or abs(int(times_us[row]) - one.t_us) > ROUNDING_US:
            continue
        if 0 <= one.landmark < kept.shape[1] and kept[row, one.landmark]:
            words.append(one)
    return words
