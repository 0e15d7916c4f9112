"""CVAT XML 1.1 for video, read so that people's keyframes stay theirs and the rest a machine's.

In a track with ``source="manual"`` the keyframes are a person's, and what lies between them is what
CVAT shows there. In any other track all of it is a machine's and stays as it came: frames that the
file lacks are not made up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.tracks import LandmarkState, nearest_index
from evface.errors import FileError
from evface.interchange.cvat_writing import CORNER_PX
from evface.interchange.damage import explained
from evface.interchange.frames import checked_points, imported_track, times_of_frames
from evface.interchange.labels import (
    ROUNDING_US,
    ImportedLabels,
    ImportTarget,
    imported_role,
)
from evface.interchange.landmark_sidecar import KnownFrames, read_landmark_sidecar
from evface.interchange.xml_files import XmlEvent, xml_events
from evface.landmarks.schemes import SCHEMES, LandmarkScheme

_SOURCE = "imported from cvat"
_ARRAYS = ("points", "occluded", "is_keyed", "is_said", "is_between")
# More frames than this between the first and the last are damage.
_MOST_FRAMES = 20_000_000
_LAST_FRAME = 10**12
# CVAT writes positions to a hundredth of a pixel.
_ROUNDING_PX = 0.006


@dataclass
class _Track:
    """One track of the file, its points as rows of frame, landmark, x, y and three flags."""

    id: str
    source: str
    labels: list[str] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, int, float, float, bool, bool, bool]] = field(default_factory=list)

    def label_index(self, label: str) -> int:
        if label not in self.index:
            self.index[label] = len(self.labels)
            self.labels.append(label)
        return self.index[label]


@dataclass(frozen=True, eq=False)
class _Face:
    """Points by frame: which are people's, and which CVAT worked out from keyframes."""

    numbers: NDArray[np.int64]
    points: NDArray[np.float64]
    occluded: NDArray[np.bool_]
    is_keyed: NDArray[np.bool_]
    is_said: NDArray[np.bool_]
    is_between: NDArray[np.bool_]


def read_cvat(path: Path, target: ImportTarget) -> ImportedLabels:
    """Read the face of a file of CVAT for video: a skeleton, or points.

    Tracks that follow one another are taken for the same face.

    Raises
    ------
    FileError
        If the file is damaged, holds several faces at a time, or does not fit the recording.
    """
    with explained(path, "CVAT XML"):
        tracks = _tracks(path, target)
        known = read_landmark_sidecar(path, target)
        scheme = _scheme(path, tracks)
        faces = [_face(path, track, scheme, target) for track in tracks]
        face = _joined(path, faces, tracks)
        labels = _labels(path, face, scheme, target, known)
    is_unsaid = known is None and not target.person
    if is_unsaid and any(track.source == "file" for track in tracks):
        note = (
            "CVAT had its track from a file and does not say who made it; taken for a machine's; "
            "say --by NAME if a person did"
        )
        return replace(labels, notes=(note,))
    return labels


def _tracks(path: Path, target: ImportTarget) -> list[_Track]:
    """Read the tracks of points, those of the wanted face where one is named."""
    tracks: list[_Track] = []
    track: _Track | None = None
    skeleton: XmlEvent | None = None
    for position, event in enumerate(xml_events(path)):
        if position == 0 and event.tag != "annotations":
            raise FileError(path, "is not a file of CVAT; export the task as CVAT for video 1.1")
        if event.tag == "image":
            raise FileError(path, "is CVAT for images; export the task as CVAT for video 1.1")
        match event.tag, event.is_start:
            case "track", True:
                stated = event.attributes
                track = _Track(stated.get("id", ""), stated.get("source", "manual"))
            case "track", False:
                if track is not None and track.rows:
                    tracks.append(track)
                track = None
            case "skeleton", is_start:
                skeleton = event if is_start else None
            case "points", True if track is not None:
                _add_points(track, event, skeleton)
    if target.face is not None:
        tracks = [track for track in tracks if track.id == str(target.face)]
    if not tracks:
        raise FileError(path, "has no track of points or skeletons to import")
    return tracks


def _add_points(track: _Track, event: XmlEvent, skeleton: XmlEvent | None) -> None:
    stated = event.attributes
    frame = int((stated if skeleton is None else skeleton.attributes)["frame"])
    flags = (stated["outside"] == "1", stated["occluded"] == "1", stated["keyframe"] == "1")
    places = [tuple(map(float, pair.split(","))) for pair in stated["points"].split(";")]
    if skeleton is not None and len(places) != 1:
        raise ValueError(f"a point of a skeleton has {len(places)} places")
    if not 0 <= frame <= _LAST_FRAME:
        raise ValueError(f"a frame is number {frame}")
    for number, (x, y) in enumerate(places):
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(f"a point of frame {frame} lies nowhere")
        label = stated["label"] if skeleton is not None else str(number + 1)
        track.rows.append((frame, track.label_index(label), x, y, *flags))


def _scheme(path: Path, tracks: list[_Track]) -> LandmarkScheme:
    n = max(len(track.labels) for track in tracks)
    for scheme in SCHEMES.values():
        if scheme.n_landmarks == n:
            return scheme
    sizes = ", ".join(str(scheme.n_landmarks) for scheme in SCHEMES.values())
    raise FileError(path, f"has faces of {n} points; evface knows faces of {sizes}")


def _order(labels: list[str], scheme: LandmarkScheme) -> list[int]:
    """Return which landmark each label of a track is: by name, else by a number from 1 or 0."""
    if set(labels) <= set(scheme.names):
        return [scheme.names.index(label) for label in labels]
    numbers = [int(label) for label in labels]
    start = 0 if 0 in numbers else 1
    order = [number - start for number in numbers]
    if not set(order) <= set(range(scheme.n_landmarks)):
        raise ValueError(f"its points are not numbered from 1 to {scheme.n_landmarks}")
    return order


def _face(path: Path, track: _Track, scheme: LandmarkScheme, target: ImportTarget) -> _Face:
    is_manual = track.source == "manual" or (track.source == "file" and bool(target.person))
    order = np.array(_order(track.labels, scheme))
    table = np.array(track.rows, np.float64)
    frames = table[:, 0].astype(np.int64)
    if int(frames.max()) - int(frames.min()) > _MOST_FRAMES:
        raise FileError(path, "has frames beyond reason; it is damaged")
    numbers = (
        np.arange(int(frames.min()), int(frames.max()) + 1, dtype=np.int64)
        if is_manual
        else np.unique(frames)
    )
    shape = (len(numbers), scheme.n_landmarks)
    face = _Face(
        numbers,
        np.full((*shape, 2), np.nan),
        *(np.zeros(shape, bool) for _ in range(4)),
    )
    landmarks = order[table[:, 1].astype(np.int64)]
    for landmark in np.unique(landmarks).tolist():
        mine = np.flatnonzero(landmarks == landmark)
        mine = mine[np.argsort(frames[mine], kind="stable")]
        if (np.diff(frames[mine]) == 0).any():
            raise ValueError(f"two places of one point on a frame of track {track.id}")
        _fill(face, landmark, frames[mine], table[mine, 2:], is_manual=is_manual)
    return face


def _fill(
    face: _Face,
    landmark: int,
    frames: NDArray[np.int64],
    table: NDArray[np.float64],
    *,
    is_manual: bool,
) -> None:
    """Put one landmark of a track into the face: where it is stated, and in between."""
    points = table[:, :2].copy()
    outside, occluded, keyed = table[:, 2:].astype(bool).T
    points[outside] = np.nan
    rows = np.searchsorted(face.numbers, frames)
    face.points[rows, landmark] = points
    face.occluded[rows, landmark] = occluded & ~outside
    face.is_keyed[rows, landmark] = keyed & ~outside
    face.is_said[rows, landmark] = keyed & ~outside & is_manual
    face.is_between[rows, landmark] = ~keyed & ~outside
    if not is_manual:
        return
    missing = np.setdiff1d(
        face.numbers[(face.numbers > frames[0]) & (face.numbers < frames[-1])], frames
    )
    before = np.searchsorted(frames, missing) - 1
    start, stop = points[before], points[before + 1]
    share = ((missing - frames[before]) / (frames[before + 1] - frames[before]))[:, None]
    # A point that leaves the picture stays where it was until it does.
    moving = start + share * (np.where(np.isnan(stop), start, stop) - start)
    rows = np.searchsorted(face.numbers, missing)
    face.points[rows, landmark] = moving
    face.occluded[rows, landmark] = occluded[before]
    face.is_between[rows, landmark] = ~outside[before]


def _joined(path: Path, faces: Iterable[_Face], tracks: list[_Track]) -> _Face:
    """Return tracks that follow one another as one."""
    faces = [_without_empty(face) for face in faces]
    numbers = np.concatenate([face.numbers for face in faces])
    if len(np.unique(numbers)) != len(numbers):
        ids = ", ".join(track.id for track in tracks)
        raise FileError(path, f"has several faces at a time (tracks {ids}); say which by --face")
    order = np.argsort(numbers)
    return _Face(
        numbers[order],
        *(np.concatenate([getattr(face, name) for face in faces])[order] for name in _ARRAYS),
    )


def _without_empty(face: _Face) -> _Face:
    there = np.isfinite(face.points).any(axis=(1, 2))
    return _Face(face.numbers[there], *(getattr(face, name)[there] for name in _ARRAYS))


def _labels(
    path: Path,
    face: _Face,
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
    face: _Face, points: NDArray[np.float32], known: KnownFrames
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Compare the points with what evface wrote.

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
    if known.is_as_written:
        kept = np.broadcast_to((rows >= 0)[:, None], was_said.shape)
        return kept, kept & was_said
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
