"""What formats of numbered frames cannot hold of landmarks: times, states and people's words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.corrections import PlacedCorrection
from evface.annotations.edits_json import sync_from_json, sync_to_json
from evface.annotations.track_parts import head_of
from evface.annotations.tracks import Camera, LandmarkState
from evface.errors import FileError
from evface.interchange.damage import explained
from evface.interchange.decimals import with_few_decimals
from evface.interchange.frames import (
    FARTHEST_PX,
    NumberedFrames,
    carried_corrections,
    carried_times,
    imported_track,
    times_of_frames,
)
from evface.interchange.labels import (
    ImportedLabels,
    ImportTarget,
    RecordingLabels,
    imported_role,
)
from evface.interchange.sidecar import (
    CORRECTION_COLUMNS,
    corrections_from_json,
    corrections_to_json,
    read_sidecar,
    sidecar_path,
)
from evface.landmarks.schemes import SCHEMES


@dataclass(frozen=True, eq=False, kw_only=True)
class KnownFrames:
    """What a sidecar says of the numbered frames of a file.

    Parameters
    ----------
    numbers, times_us : (n,) int64
        Of the frames; times on the sensor's clock.
    points : (n, n_landmarks, 2) float32, px
        As they were shown, to the last bit; NaN where missing.
    state : (n, n_landmarks) uint8
        `LandmarkState` of each.
    occluded : (n, n_landmarks) bool
    confidence : (n,) float32
    corrections
        What people said.
    maker
        What made the track.
    is_as_written
        Whether no other tool has changed the file since.
    extra
        What else the format keeps there.
    """

    numbers: NDArray[np.int64]
    times_us: NDArray[np.int64]
    points: NDArray[np.float32]
    state: NDArray[np.uint8]
    occluded: NDArray[np.bool_]
    confidence: NDArray[np.float32]
    corrections: tuple[PlacedCorrection, ...]
    maker: str
    is_as_written: bool
    extra: dict[str, Any]

    def rows_of(self, numbers: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the row of each frame, -1 where it is not known."""
        if not len(self.numbers):
            return np.full(len(numbers), -1)
        rows = np.searchsorted(self.numbers, numbers).clip(0, len(self.numbers) - 1)
        return np.where(self.numbers[rows] == numbers, rows, -1)

    def times_of(
        self, path: Path, numbers: NDArray[np.int64], target: ImportTarget
    ) -> NDArray[np.int64]:
        """Return the times of frames: those that are not known are the recording's.

        Raises
        ------
        FileError
            As `times_of_frames`.
        """
        rows = self.rows_of(numbers)
        times_us = np.empty(len(numbers), np.int64)
        times_us[rows >= 0] = self.times_us[rows[rows >= 0]]
        times_us[rows < 0] = times_of_frames(path, numbers[rows < 0], target)
        return times_us


def landmark_sidecar(labels: RecordingLabels, frames: NumberedFrames) -> dict[str, Any]:
    """Return what a sidecar says of numbered frames, ready for `write_sidecar`."""
    track = frames.track
    return {
        "recording": labels.name,
        "role": frames.role,
        "track": head_of(track),
        "sync": sync_to_json(labels.sync),
        "frames": {
            "number": frames.numbers.tolist(),
            "t_us": track.times_us.tolist(),
            "confidence": [one for (one,) in _numbers(track.confidence[:, None])],
            "xy_px": _numbers(track.landmarks.reshape(len(track), 2 * track.state.shape[1])),
            "state": track.state.tolist(),
            "occluded": track.occluded.astype(int).tolist(),
        },
        "states": [state.name.lower() for state in LandmarkState],
        "correction_columns": CORRECTION_COLUMNS,
        "corrections": corrections_to_json(one for said in frames.said for one in said),
    }


def read_landmark_sidecar(path: Path, target: ImportTarget) -> KnownFrames | None:
    """Read what the sidecar of a file says of its frames; None where there is no sidecar.

    Raises
    ------
    FileError
        If it is damaged, or belongs to the other camera's picture.
    """
    content = read_sidecar(path, target.sidecar)
    if content is None:
        return None
    beside = target.sidecar or sidecar_path(path)
    with explained(beside, "a sidecar"):
        camera = Camera(content["track"]["text"]["camera"])
        if camera != target.camera:
            raise FileError(path, f"lies on the other picture; import it with --camera {camera}")
        sync = sync_from_json(content["sync"])
        frames = content["frames"]
        numbers = np.array(frames["number"], np.int64)
        times_us = np.array(frames["t_us"], np.int64)
        n_landmarks = SCHEMES[content["track"]["text"]["scheme"]].n_landmarks
        state = np.array(frames["state"], np.uint8).reshape(len(numbers), n_landmarks)
        if (state > max(LandmarkState)).any():
            raise ValueError("a state that does not exist")
        if len(numbers) != len(times_us) or (np.diff(numbers) <= 0).any():
            raise ValueError("frames out of order")
        source = content["track"]["source"]
        return KnownFrames(
            numbers=numbers,
            times_us=carried_times(times_us, sync, target),
            points=_floats(frames["xy_px"]).reshape(len(numbers), n_landmarks, 2),
            state=state,
            occluded=np.array(frames["occluded"], bool).reshape(state.shape),
            confidence=_floats(frames["confidence"]),
            corrections=carried_corrections(
                corrections_from_json(content["corrections"]), sync, target
            ),
            maker=f"{source['name']} {source['version']}".strip(),
            is_as_written=bool(content["is_as_written"]),
            extra=content,
        )


def labels_as_written(
    form: str, path: Path, known: KnownFrames, target: ImportTarget
) -> ImportedLabels:
    """Return the landmarks of a file that nobody changed since evface wrote it, to the last bit."""
    is_said = np.isin(known.state, (LandmarkState.CORRECTED, LandmarkState.VERIFIED))
    # What a person said is theirs alone: under it there is nothing that a machine said.
    points = np.where(is_said[..., None], np.float32(np.nan), known.points)
    role = imported_role(form, target.camera)
    track = imported_track(
        form,
        path,
        known.times_us,
        points,
        target=target,
        scheme=known.extra["track"]["text"]["scheme"],
        occluded=known.occluded & ~is_said,
        state=np.where(is_said, LandmarkState.AUTO, known.state).astype(np.uint8),
        confidence=known.confidence,
        maker=known.maker,
    )
    return ImportedLabels(
        tracks={role: track}, corrections={role: known.corrections}, longest_gaps_us={role: 0}
    )


def _numbers(values: NDArray[np.float32]) -> list[list[float | None]]:
    """Return rows of short numbers that give back the very same float32; None for NaN."""
    rows: list[list[float | None]] = with_few_decimals(values).tolist()
    for row in np.flatnonzero(np.isnan(values).any(axis=1)).tolist():
        rows[row] = [None if value != value else value for value in rows[row]]
    return rows


def _floats(values: list[float | None] | list[list[float | None]]) -> NDArray[np.float32]:
    # numpy reads None as NaN.
    wide = np.array(values, np.float64)
    if (np.abs(wide) > FARTHEST_PX).any():
        raise ValueError("a number beyond reason")
    return wide.astype(np.float32)
