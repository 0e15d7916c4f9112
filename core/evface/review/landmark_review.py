"""Everything that is measured of the landmark tracks of one recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, FaceTrack, LandmarkTrack, SourceKind
from evface.geometry.registration import Registration
from evface.review.disagreement import Comparison, FittedFace
from evface.review.face_parts import FaceParts, face_parts
from evface.review.face_size import face_sizes
from evface.review.findings import Finding, find_doubts, worst_of_stretches
from evface.review.label_checks import label_checks
from evface.review.measures import Frames, Limits, Measure, Scale
from evface.review.motion import OVERLAP, motion_checks
from evface.review.reasons import ReasonKind
from evface.review.rows import LabelledRows, Rows

# Of the landmarks of an adult: with the fit's scale it gives the size of the face in px.
_FACE_MM = 140.0
_CONFIDENCE = Limits(0.3, 0.5, times=2.0)
_RESIDUAL = Limits(0.02, 0.06)


@dataclass(frozen=True, eq=False)
class ReviewedTrack:
    """A landmark track that is looked at."""

    role: str
    rows: LabelledRows
    parts: FaceParts | None
    size_px: NDArray[np.float64]
    period_us: float
    resolution: tuple[int, int] | None

    @classmethod
    def of(
        cls, role: str, labelled: LabelledTrack, resolution: tuple[int, int] | None
    ) -> ReviewedTrack:
        """Measure how large the face is, and how fast the frames follow one another."""
        times_us = np.asarray(labelled.track.times_us)
        period_us = float(np.median(np.diff(times_us))) if len(times_us) > 1 else 1.0
        return cls(
            role,
            LabelledRows(labelled),
            face_parts(labelled.track.scheme),
            face_sizes(labelled.track),
            period_us,
            resolution,
        )

    @property
    def track(self) -> LandmarkTrack:
        """As a machine made it."""
        return self.rows.track

    def find(self, report: Callable[[float], None] = lambda _fraction: None) -> list[Finding]:
        """Return what the label checks and the measures of motion find.

        Parameters
        ----------
        report
            Told how far it is, 0 to 1.
        """
        if self.parts is None or not np.isfinite(self.size_px).any():
            return []
        measures = (
            *label_checks(self.parts, self.resolution),
            *motion_checks(self.parts, self.period_us),
        )
        usual = self._usual(measures)
        found: list[Finding] = []
        place = 0
        for rows in self.rows.slices(overlap=OVERLAP):
            n_meant = rows.stop - rows.start
            size_px = self.size_px[place : place + n_meant]
            frames = self._frames(rows, place - rows.start)
            for measure, normal in zip(measures, usual, strict=True):
                values = measure.values(frames)[rows.start : rows.stop]
                times_us = rows.times_us[rows.start : rows.stop]
                found += find_doubts(measure.scale, self.role, times_us, values, normal, size_px)
            place += n_meant
            report(place / len(self.rows))
        return found

    def find_low_confidence(
        self, times_us: NDArray[np.int64], confidence: NDArray[np.floating]
    ) -> list[Finding]:
        """Return where a stated confidence is low."""
        return self.find_in_series(
            ReasonKind.LOW_CONFIDENCE, _CONFIDENCE, times_us, 1.0 - np.asarray(confidence)
        )

    def find_poor_fit(self, face: FaceTrack) -> list[Finding]:
        """Return where the fitted head is far from the landmarks."""
        size_px = _FACE_MM * np.asarray(face.scale_px_per_mm, np.float64)
        values = np.asarray(face.residual_px) / size_px
        times_us = np.asarray(face.times_us)
        return self.find_in_series(
            ReasonKind.REPROJECTION, _RESIDUAL, times_us, values, size_px=size_px
        )

    def find_in_series(
        self,
        kind: ReasonKind,
        limits: Limits,
        times_us: NDArray[np.int64],
        values: NDArray[np.floating],
        *,
        size_px: NDArray[np.float64] | None = None,
    ) -> list[Finding]:
        """Return where one value of the whole face exceeds its limits."""
        if not np.isfinite(values).any():
            return []
        column = np.asarray(values, np.float64)[:, None]
        size_px = np.full(len(column), np.nan) if size_px is None else size_px
        usual = limits.usual(column)
        scale = Scale(kind, (tuple(range(self.rows.track.state.shape[1])),), limits)
        return find_doubts(scale, self.role, times_us, column, usual, size_px)

    def _usual(self, measures: tuple[Measure, ...]) -> list[NDArray[np.float64]]:
        """Return what is usual of each measure, from rows spread over the track."""
        parts: list[list[NDArray[np.floating]]] = [[] for _ in measures]
        for rows in self.rows.samples(overlap=OVERLAP):
            first = int(np.searchsorted(self.track.times_us, rows.times_us[0]))
            frames = self._frames(rows, first)
            for kept, measure in zip(parts, measures, strict=True):
                if not measure.scale.limits.is_fixed:
                    kept.append(measure.values(frames)[rows.start : rows.stop])
        return [
            measure.scale.limits.usual(np.concatenate(kept))
            if kept
            else np.full(len(measure.scale.columns), 1.0 if measure.scale.is_relative else np.nan)
            for kept, measure in zip(parts, measures, strict=True)
        ]

    def _frames(self, rows: Rows, first: int) -> Frames:
        assert self.parts is not None
        return Frames(
            rows.times_us,
            rows.landmarks,
            self.size_px[first : first + len(rows.times_us)],
            self.parts,
            self.period_us,
            self.resolution,
        )


def find_landmark_doubts(
    tracks: Mapping[str, ReviewedTrack],
    target: ReviewedTrack,
    face: FittedFace | FaceTrack | None,
    registration: Registration,
    report: Callable[[float], None] = lambda _fraction: None,
) -> list[Finding]:
    """Return what is doubtful about the landmarks of one recording.

    Parameters
    ----------
    tracks
        Those to look at, by role.
    target
        The one of them that is to be corrected: what is said of the fit is said of it.
    face
        Fitted on the video; with its model where that is there.
    registration
        Maps RGB pixels to event pixels.
    report
        Told how far it is, 0 to 1.
    """
    found: list[Finding] = []
    looked_at = [one for one in tracks.values() if one is target or not _is_models(one)]
    for place, track in enumerate(looked_at):

        def told(fraction: float, done: int = place) -> None:
            report((done + fraction) / len(looked_at))

        found += track.find(told)
    fitted = face.track if isinstance(face, FittedFace) else face
    for track in tracks.values():
        confidence = np.asarray(track.track.confidence)
        if np.isfinite(confidence).any() and track.track.source.kind is not SourceKind.TEACHER:
            # Nobody corrects what the next prediction replaces: it speaks of what is corrected.
            about = target if _is_models(track) else track
            low = about.find_low_confidence(np.asarray(track.track.times_us), confidence)
            found += [replace(one, other_role=track.role) for one in low]
    if fitted is not None:
        found += target.find_low_confidence(
            np.asarray(fitted.times_us), np.asarray(fitted.confidence)
        )
        found += target.find_poor_fit(fitted)
    elif target.track.source.kind is SourceKind.TEACHER:
        found += target.find_low_confidence(
            np.asarray(target.track.times_us), np.asarray(target.track.confidence)
        )
    for comparison in _comparisons(tracks, target, face, registration):
        found += comparison.find()
    return worst_of_stretches(found)


def _is_models(track: ReviewedTrack) -> bool:
    """Return whether a network made a track."""
    return track.track.source.kind is SourceKind.MODEL


def _comparisons(
    tracks: Mapping[str, ReviewedTrack],
    target: ReviewedTrack,
    face: FittedFace | FaceTrack | None,
    registration: Registration,
) -> Iterator[Comparison]:
    """Go through the tracks that the target can be compared with."""
    if target.track.camera != Camera.EVENTS or not np.isfinite(target.size_px).any():
        return
    for track in tracks.values():
        is_teacher = track.track.source.kind is SourceKind.TEACHER
        if track is target or not (is_teacher or _is_models(track)):
            continue
        comparison = Comparison(
            target.rows,
            target.role,
            target.size_px,
            target.period_us,
            track.rows,
            track.role,
            registration,
            face if isinstance(face, FittedFace) else None,
        )
        if comparison.is_possible:
            yield comparison
