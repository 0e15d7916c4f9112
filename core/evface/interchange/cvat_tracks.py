"""The tracks of a file of CVAT for video, as one face: which points are people's, which are not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import FileError
from evface.interchange.labels import ImportTarget
from evface.interchange.xml_files import XmlEvent, xml_events
from evface.landmarks.schemes import SCHEMES, LandmarkScheme

_ARRAYS = ("points", "occluded", "is_keyed", "is_said", "is_between")
# Between keyframes all frames are made, so that a damaged number could fill the memory.
_MOST_FRAMES = 600_000
_LAST_FRAME = 10**12


@dataclass
class CvatTrack:
    """One track of the file.

    Parameters
    ----------
    source
        ``"manual"`` where a person made it in CVAT.
    labels
        Names of its points.
    rows
        Frame, index in `labels`, x and y from the picture's corner, outside, occluded, keyframe.
    """

    id: str
    source: str
    labels: list[str] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, int, float, float, bool, bool, bool]] = field(default_factory=list)

    def label_index(self, label: str) -> int:
        """Return the index of a point's name, a new one where it was not met yet."""
        if label not in self.index:
            self.index[label] = len(self.labels)
            self.labels.append(label)
        return self.index[label]


@dataclass(frozen=True, eq=False)
class CvatFace:
    """A face by frame.

    Parameters
    ----------
    numbers : (n,) int64
        Of the frames, increasing.
    points : (n, n_landmarks, 2) float64, px
        From the picture's corner; NaN where missing.
    occluded : (n, n_landmarks) bool
    is_keyed : (n, n_landmarks) bool
        Keyframes, whoever set them.
    is_said : (n, n_landmarks) bool
        Keyframes that a person set.
    is_between : (n, n_landmarks) bool
        What CVAT worked out from keyframes.
    """

    numbers: NDArray[np.int64]
    points: NDArray[np.float64]
    occluded: NDArray[np.bool_]
    is_keyed: NDArray[np.bool_]
    is_said: NDArray[np.bool_]
    is_between: NDArray[np.bool_]


def read_cvat_tracks(path: Path, target: ImportTarget) -> list[CvatTrack]:
    """Read the tracks of points, those of the wanted face where one is named.

    Raises
    ------
    FileError
        If there are none, or the file is something else.
    ValueError, KeyError
        If it is damaged.
    """
    tracks: list[CvatTrack] = []
    track: CvatTrack | None = None
    skeleton: XmlEvent | None = None
    for position, event in enumerate(xml_events(path)):
        if position == 0 and event.tag != "annotations":
            raise FileError(path, "is not a file of CVAT; export the task as CVAT for video 1.1")
        if event.tag == "image":
            raise FileError(path, "is CVAT for images; export the task as CVAT for video 1.1")
        match event.tag, event.is_start:
            case "track", True:
                stated = event.attributes
                track = CvatTrack(stated.get("id", ""), stated.get("source", "manual"))
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


def _add_points(track: CvatTrack, event: XmlEvent, skeleton: XmlEvent | None) -> None:
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


def scheme_of(path: Path, tracks: list[CvatTrack]) -> LandmarkScheme:
    """Return the scheme with as many points, or with all of their names; FileError if none has."""
    n = max(len(track.labels) for track in tracks)
    names = {label for track in tracks for label in track.labels}
    for scheme in SCHEMES.values():
        if scheme.n_landmarks == n or names <= set(scheme.names):
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


def face_of(path: Path, track: CvatTrack, scheme: LandmarkScheme, target: ImportTarget) -> CvatFace:
    """Return the face of one track; between a person's keyframes it is as CVAT shows it."""
    is_manual = track.source == "manual" or (track.source == "file" and bool(target.person))
    order = np.array(_order(track.labels, scheme))
    table = np.array(track.rows, np.float64)
    frames = table[:, 0].astype(np.int64)
    span = int(frames.max()) - int(frames.min()) + 1
    if span > _MOST_FRAMES:
        raise FileError(
            path,
            f"has a track over {span:,} frames, more than the {_MOST_FRAMES:,} that can be read; "
            "export a shorter part",
        )
    numbers = (
        np.arange(int(frames.min()), int(frames.max()) + 1, dtype=np.int64)
        if is_manual
        else np.unique(frames)
    )
    shape = (len(numbers), scheme.n_landmarks)
    face = CvatFace(
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
    face: CvatFace,
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


def joined_faces(path: Path, faces: Iterable[CvatFace], tracks: list[CvatTrack]) -> CvatFace:
    """Return tracks that follow one another as one; FileError where they do not."""
    faces = [_without_empty(face) for face in faces]
    numbers = np.concatenate([face.numbers for face in faces])
    if len(np.unique(numbers)) != len(numbers):
        ids = ", ".join(track.id for track in tracks)
        raise FileError(path, f"has several faces at a time (tracks {ids}); say which by --face")
    order = np.argsort(numbers)
    return CvatFace(
        numbers[order],
        *(np.concatenate([getattr(face, name) for face in faces])[order] for name in _ARRAYS),
    )


def _without_empty(face: CvatFace) -> CvatFace:
    there = np.isfinite(face.points).any(axis=(1, 2))
    return CvatFace(face.numbers[there], *(getattr(face, name)[there] for name in _ARRAYS))
