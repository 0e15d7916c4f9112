"""Landmarks as files of numbered frames hold them: one row a frame, and which rows are people's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.boxes import BOX_ROLES, derived_corners
from evface.annotations.corrections import PlacedCorrection
from evface.annotations.tracks import (
    Camera,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
    nearest_index,
)
from evface.errors import FileError
from evface.geometry.clock import ClockSync
from evface.interchange.labels import ROUNDING_US, ImportTarget, RecordingLabels

# Farther away no point of a face is, whatever a damaged file says.
FARTHEST_PX = 1e6


@dataclass(frozen=True, eq=False, kw_only=True)
class NumberedFrames:
    """The frames of a landmark track that have a number, as they are shown.

    Parameters
    ----------
    role
        Of the track.
    track
        Corrections in place; a row for each number.
    numbers : (n,) int64
        Increasing, from 0. Of the video's frames; of the track's own rows on the events' picture.
    is_said : (n, n_landmarks) bool
        Where a person corrected or verified the landmark on that very frame.
    said
        What all people said on each frame.
    boxes : (n, 2, 2) float32, px
        Upper left and lower right corner of the face.
    n_left_out
        Frames of the track that have no number: another one lies nearer to the video's frame.
    """

    role: str
    track: LandmarkTrack
    numbers: NDArray[np.int64]
    is_said: NDArray[np.bool_]
    said: tuple[tuple[PlacedCorrection, ...], ...]
    boxes: NDArray[np.float32]
    n_left_out: int

    def notes(self) -> tuple[str, ...]:
        """Return what the user has to know of them."""
        if not self.n_left_out:
            return ()
        return (
            "labelled times between the video's frames, which have no number, are left out; "
            f"evface export --format hdf5 keeps them: {self.n_left_out}",
        )


def numbered_frames(labels: RecordingLabels, role: str) -> NumberedFrames:
    """Return the frames of a landmark track with their numbers.

    Raises
    ------
    RecordingError
        If there is no such track.
    """
    labelled = labels.labelled(role)
    track = labelled.laid()
    corrected = np.isin(track.state, (LandmarkState.CORRECTED, LandmarkState.VERIFIED))
    is_counted = track.camera == Camera.RGB and len(labels.video_times_us) > 0
    if is_counted:
        rows, numbers = _on_frames(
            track.times_us, labels.video_times_us, np.asarray(corrected.any(axis=1))
        )
    else:
        rows = np.arange(len(track))
        numbers = np.arange(len(track), dtype=np.int64)
    kept = _rows(track, rows)
    return NumberedFrames(
        role=role,
        track=kept,
        numbers=numbers,
        is_said=corrected[rows],
        said=_said_on(kept, labels.corrections.get(role, ())),
        boxes=_boxes(labels, kept),
        n_left_out=len(track) - len(rows),
    )


def times_of_frames(
    path: Path, numbers: NDArray[np.int64], target: ImportTarget
) -> NDArray[np.int64]:
    """Return the sensor times of frames that a file counts.

    Parameters
    ----------
    path
        The file, for messages.
    numbers : (n,) int64
        As the file has them.

    Raises
    ------
    FileError
        If it is not known when they were taken, or the recording has no such frames.
    """
    indices = numbers - target.first_frame
    if not len(indices):
        return np.empty(0, np.int64)
    first, last = int(numbers.min()), int(numbers.max())
    if int(indices.min()) < 0:
        raise FileError(path, f"has a frame {first}, before its first; try --first-frame 0")
    if target.rate_hz is not None:
        if last > 1e12:
            raise FileError(path, f"has a frame {last}, which no recording is long enough for")
        return np.rint(indices * (1e6 / target.rate_hz)).astype(np.int64)
    if target.camera == Camera.EVENTS:
        raise FileError(
            path,
            "counts frames of a picture of events and does not say when they were; keep its "
            ".evface.json beside it, or say --rate-hz",
        )
    n_frames = len(target.video_times_us)
    if not n_frames:
        raise FileError(path, "counts frames of a video that this recording lacks; say --rate-hz")
    if int(indices.max()) >= n_frames:
        hint = "; if it counts from 1, say --first-frame 1" if last == n_frames else ""
        raise FileError(
            path, f"has a frame {last}, but the recording's video ends with {n_frames - 1}{hint}"
        )
    return np.asarray(target.video_times_us[indices], np.int64)


def carried_corrections(
    placed: tuple[PlacedCorrection, ...], sync: ClockSync, target: ImportTarget
) -> tuple[PlacedCorrection, ...]:
    """Return corrections at the times that `carried_times` gives."""
    times_us = carried_times(np.array([one.t_us for one in placed], np.int64), sync, target)
    return tuple(
        replace(one, t_us=t_us) for one, t_us in zip(placed, times_us.tolist(), strict=True)
    )


def carried_times(
    times_us: NDArray[np.int64], sync: ClockSync, target: ImportTarget
) -> NDArray[np.int64]:
    """Return where times that evface wrote are now: on the video, they stay on its frames.

    Parameters
    ----------
    times_us : (n,) int64
        Sensor times of when they were written.
    sync
        That was known then.
    """
    if target.camera == Camera.EVENTS or not len(times_us):
        return times_us
    return target.sync.to_sensor_us(sync.to_video_us(times_us))


def imported_track(
    form: str,
    path: Path,
    times_us: NDArray[np.int64],
    landmarks: NDArray[np.float32],
    *,
    target: ImportTarget,
    scheme: str,
    occluded: NDArray[np.bool_] | None = None,
    state: NDArray[np.uint8] | None = None,
    confidence: NDArray[np.float32] | None = None,
    maker: str = "",
) -> LandmarkTrack:
    """Return landmarks that a file holds, as a track that says so.

    Parameters
    ----------
    times_us : (n,) int64
        In any order, no two the same.
    landmarks : (n, n_landmarks, 2) float32, px
        NaN where missing; rows without any are not valid.
    maker
        What made them, where the file says so.

    Raises
    ------
    FileError
        If two frames have the same time.
    """
    order = np.argsort(times_us, kind="stable")
    if (np.diff(times_us[order]) <= 0).any():
        raise FileError(path, "has two faces at the same time; leave one, or say which by --face")
    n, k = landmarks.shape[:2]
    given: dict[str, NDArray[Any]] = {
        "occluded": np.zeros((n, k), bool) if occluded is None else occluded,
        "state": np.zeros((n, k), np.uint8) if state is None else state,
        "confidence": np.full(n, np.nan, np.float32) if confidence is None else confidence,
    }
    settings = {"format": form, "file": path.name}
    return LandmarkTrack(
        times_us=times_us[order],
        valid=np.asarray(np.asarray(np.isfinite(landmarks[order]).all(axis=2)).any(axis=1)),
        source=Source(SourceKind.IMPORTED, maker or path.name, "", settings),
        landmarks=landmarks[order],
        camera=target.camera,
        scheme=scheme,
        **{name: array[order] for name, array in given.items()},
    )


def checked_points(path: Path, points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return coordinates from a file, (...) px; raises FileError where they are beyond reason."""
    if (np.abs(points) > FARTHEST_PX).any() or np.isinf(points).any():
        raise FileError(path, "has a point more than a million pixels away; it is damaged")
    return points.astype(np.float32)


def rows_at(own_us: NDArray[np.int64], times_us: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return which of a track's rows is at each time, but for rounding; -1 where none is.

    Parameters
    ----------
    own_us : (n,) int64
        Of the track, increasing. May be empty.
    times_us : (m,) int64

    Returns
    -------
    (m,) int
    """
    if not len(own_us):
        return np.full(len(times_us), -1)
    after = np.searchsorted(own_us, times_us - ROUNDING_US).clip(0, len(own_us) - 1)
    return np.where(np.abs(own_us[after] - times_us) <= ROUNDING_US, after, -1)


def _on_frames(
    times_us: NDArray[np.int64], video_times_us: NDArray[np.int64], is_said: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the rows that stand for a frame of the video, and the frames' numbers.

    Of several rows near one frame a person's comes first, then the nearest.
    """
    after = np.searchsorted(video_times_us, times_us).clip(0, len(video_times_us) - 1)
    before = (after - 1).clip(0)
    is_before = np.abs(times_us - video_times_us[before]) <= np.abs(
        video_times_us[after] - times_us
    )
    nearest = np.where(is_before, before, after)
    away_us = np.abs(times_us - video_times_us[nearest])
    steps_us = np.diff(video_times_us)
    longest_us = int(np.median(steps_us)) // 2 if len(steps_us) else ROUNDING_US
    order = np.lexsort((away_us, ~is_said))
    order = order[away_us[order] <= max(longest_us, ROUNDING_US)]
    numbers, first = np.unique(nearest[order], return_index=True)
    return order[first], numbers.astype(np.int64)


def _rows(track: LandmarkTrack, rows: NDArray[np.intp]) -> LandmarkTrack:
    fields = {name: getattr(track, name)[rows] for name in track.layout}
    return replace(track, **fields)


def _said_on(
    track: LandmarkTrack, placed: tuple[PlacedCorrection, ...]
) -> tuple[tuple[PlacedCorrection, ...], ...]:
    tolerance_us = ROUNDING_US if track.camera == Camera.RGB else 0
    found: list[list[PlacedCorrection]] = [[] for _ in range(len(track))]
    for one in placed:
        row = nearest_index(track.times_us, one.t_us)
        if row is not None and abs(int(track.times_us[row]) - one.t_us) <= tolerance_us:
            found[row].append(one)
    return tuple(map(tuple, found))


def _boxes(labels: RecordingLabels, track: LandmarkTrack) -> NDArray[np.float32]:
    """Return the boxes that people drew, else those that the landmarks give."""
    boxes = derived_corners(track.landmarks)
    role = BOX_ROLES[track.camera]
    if role not in labels.tracks:
        return boxes
    drawn = labels.labelled(role).laid()
    if not len(drawn):
        return boxes
    rows = rows_at(drawn.times_us, track.times_us)
    corners = drawn.landmarks[rows]
    # Elsewhere it is a machine's, from landmarks that nobody had corrected yet.
    is_drawn = (rows >= 0) & (drawn.state[rows] != LandmarkState.AUTO).any(axis=1)
    is_drawn &= np.isfinite(corners).all(axis=(1, 2))
    return np.where(is_drawn[:, None, None], corners, boxes)
