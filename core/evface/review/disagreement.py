"""How far two landmark tracks of the same face lie apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import Camera, FaceTrack
from evface.geometry.registration import Registration
from evface.landmarks.mappings import convert_landmarks
from evface.landmarks.schemes import SCHEMES
from evface.morphable.model import MorphableModel
from evface.review.findings import Finding, find_doubts
from evface.review.measures import Limits, Scale
from evface.review.reasons import ReasonKind
from evface.review.rows import LabelledRows, Rows
from evface.transfer.face_points import face_points

# Shares of the face's size. Teacher and transferred landmarks of a clean recording reach 0.03.
_LIMITS = Limits(0.05, 0.1)
# Between two rows farther apart nothing is taken.
_LONGEST_STEP = 2.5


@dataclass(frozen=True, eq=False)
class FittedFace:
    """A fitted head, for the depth of the points that a teacher saw on the same video frames."""

    track: FaceTrack
    model: MorphableModel


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two tracks of a face, compared at the times of one of them.

    Parameters
    ----------
    judged, judged_role
        The track that is doubted, on the events.
    size_px : (n,) float64
        Of the face in its picture, at its times.
    period_us
        Usual time between two of its rows.
    other, other_role
        What it is compared with, in the same scheme or one with more points.
    registration
        Maps RGB pixels to event pixels, for an `other` on the video.
    face
        None where depth is not known; the plane of the registration serves then.
    """

    judged: LabelledRows
    judged_role: str
    size_px: NDArray[np.float64]
    period_us: float
    other: LabelledRows
    other_role: str
    registration: Registration
    face: FittedFace | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the other track has the points of the judged one."""
        names = (self.other.track.scheme, self.judged.track.scheme)
        try:
            source, target = (SCHEMES[name] for name in names)
            convert_landmarks(np.empty((0, source.n_landmarks, 2)), source, target)
        except (KeyError, ValueError):
            return False
        return len(self.judged) > 1 and len(self.other) > 0

    def find(self) -> list[Finding]:
        """Return where the two disagree beyond what they usually do.

        A constant distance, as different meanings of the same point make it, is taken away.
        """
        sample = np.concatenate([self._apart(rows) for rows in self.other.samples()])
        if not np.isfinite(sample).any():
            return []
        constant = _median(sample)
        usual = _LIMITS.usual(np.linalg.norm(sample - constant, axis=-1))
        columns = tuple((i,) for i in range(len(constant)))
        found: list[Finding] = []
        for rows in self.other.slices():
            far = np.linalg.norm(self._apart(rows) - constant, axis=-1)
            found += find_doubts(
                Scale(ReasonKind.DISAGREEMENT, columns, _LIMITS),
                self.judged_role,
                rows.times_us,
                far,
                usual,
                self._sizes_at(rows.times_us),
                other_role=self.other_role,
            )
        return found

    def _apart(self, rows: Rows) -> NDArray[np.float64]:
        """Return where the judged points lie, seen from the other ones, over the face's size."""
        apart = self._judged_at(rows.times_us) - self._other_on_events(rows)
        return np.asarray(apart / self._sizes_at(rows.times_us)[:, None, None], np.float64)

    def _sizes_at(self, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.interp(times_us, np.asarray(self.judged.track.times_us), self.size_px)

    def _judged_at(self, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
        own_us = np.asarray(self.judged.track.times_us)
        after = np.searchsorted(own_us, times_us).clip(1, len(own_us) - 1)
        before = after - 1
        first = int(before[0])
        points = self.judged.read(first, int(after[-1]) + 1).astype(np.float64)
        gap_us = own_us[after] - own_us[before]
        share = (times_us - own_us[before]) / gap_us
        near = (share >= 0) & (share <= 1) & (gap_us <= _LONGEST_STEP * self.period_us)
        share = np.where(near, share, np.nan)[:, None, None]
        return points[before - first] * (1 - share) + points[after - first] * share

    def _other_on_events(self, rows: Rows) -> NDArray[np.floating]:
        track = self.other.track
        points: NDArray[np.floating] = rows.landmarks
        if track.camera == Camera.RGB:
            points = self._carried(rows)
        return convert_landmarks(points, SCHEMES[track.scheme], SCHEMES[self.judged.track.scheme])

    def _carried(self, rows: Rows) -> NDArray[np.float64]:
        """Return points on the video where they fall in the event picture."""
        face = self.face
        if face is None or self.registration.cameras is None:
            return self.registration.map_points(rows.landmarks)
        start = int(np.searchsorted(face.track.times_us, rows.times_us[0]))
        part = _slice(face.track, start, start + len(rows.times_us))
        if not np.array_equal(part.times_us, rows.times_us):
            return self.registration.map_points(rows.landmarks)
        depth = face_points(face.model, part, face.model.landmarks)
        return self.registration.map_face(rows.landmarks, depth.relief_mm, part.scale_px_per_mm)


def _slice(face: FaceTrack, start: int, stop: int) -> FaceTrack:
    rows: dict[str, Any] = {
        name: np.asarray(getattr(face, name)[start:stop])
        for name, (_, shape) in face.layout.items()
        if shape[0] == "n"
    }
    return replace(face, **rows)


def _median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of the rows, NaN left out, NaN where nothing is known."""
    flat = values.reshape(len(values), -1)
    medians = np.full(flat.shape[1], np.nan)
    for column in np.flatnonzero(np.isfinite(flat).any(axis=0)).tolist():
        known = flat[:, column]
        medians[column] = np.median(known[np.isfinite(known)])
    return medians.reshape(values.shape[1:])
