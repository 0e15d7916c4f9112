"""The whole comparison of two annotators, of one project or of two of the same recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evface.agreement.action_units import (
    ALL_UNITS,
    CodingSettings,
    UnitAgreement,
    compare_codings,
)
from evface.agreement.landmarks import PlacedPoints, RegionAgreement, compare_points, said_places
from evface.agreement.statistics import Figure, cohens_kappa
from evface.annotations.labelled import LabelledTrack
from evface.annotations.segments import Segment
from evface.annotations.tracks import Camera, LandmarkTrack
from evface.geometry.clock import ClockSync
from evface.landmarks.schemes import SCHEMES
from evface.projects.entries import RecordingEntry
from evface.projects.identity import match_recordings
from evface.projects.project import Project


@dataclass(frozen=True, eq=False)
class Coder:
    """Somebody's labels: a name, and the project that they are in."""

    project: Project
    author: str


@dataclass(frozen=True)
class TrackAgreement:
    """Agreement about the landmarks of one track, over all recordings.

    Parameters
    ----------
    eye_corners
        Names of the two points that distances are normalised by.
    """

    role: str
    scheme: str
    eye_corners: tuple[str, str]
    regions: tuple[RegionAgreement, ...]


@dataclass(frozen=True)
class AgreementReport:
    """How far two annotators say the same.

    Parameters
    ----------
    first, second
        Their names, with the file's where there are two.
    recordings
        Names of those compared.
    n_not_compared
        Recordings that only one of the two projects has.
    landmarks
        One for each track that both could label.
    units
        One for each action unit, then one for all; see `compare_codings`.
    video_class
        Cohen's kappa of the classes of whole recordings.
    n_classes_agreed
        Recordings given the same class by both.
    notes
        What limits the comparison, one line each.
    """

    first: str
    second: str
    recordings: tuple[str, ...]
    n_not_compared: int
    settings: CodingSettings
    landmarks: tuple[TrackAgreement, ...]
    units: tuple[UnitAgreement, ...]
    video_class: Figure
    n_classes_agreed: int
    notes: tuple[str, ...] = field(default=())

    @property
    def methods(self) -> tuple[str, ...]:
        """How the figures came about, one line each, for every report to say."""
        step_ms, tolerance_ms = self.settings.step_us / 1e3, self.settings.tolerance_us / 1e3
        uncoded = (
            "what has no segment counts as absent where both coded anything in the recording"
            if self.settings.is_uncoded_absent
            else "what either did not code is left out"
        )
        return (
            "Landmarks: points that both placed or verified at the same time; their distance over "
            "that of the outer eye corners (NME). Points carried there by a machine do not count.",
            f"Moments: steps of {step_ms:g} ms, present or absent; {uncoded}; what either "
            "could not see is left out. Left and right count together.",
            f"Events: segments that overlap and whose onsets are at most {tolerance_ms:g} ms "
            "apart, each with one partner at most. Kappa without the unmatched, and with each of "
            "them as a disagreement.",
            "Index: 2 x agreed / (first + second), the agreement index of FACS; over events it is "
            "the same as F1.",
            "ICC (Shrout and Fleiss 1979): (2,1) absolute agreement, (3,1) consistency; over "
            "moments with grades 0 (absent) to 5 (E), over events with A to E as 1 to 5. Moments "
            "that follow one another are alike, so their number is no sample size.",
            "Onset and offset: second minus first, of events that both said are present. Refused "
            "suggestions are left out.",
        )


def compare_coders(
    first: Coder, second: Coder, *, settings: CodingSettings | None = None
) -> AgreementReport:
    """Compare all that two annotators said of the recordings that both projects have.

    Parameters
    ----------
    first, second
        Of the same project or of two, whose recordings are matched by their media's content.
    """
    settings = settings or CodingSettings()
    entries = first.project.recordings(), second.project.recordings()
    pairs = match_recordings(*entries)
    codings = [_segments(first, second, *pair) for pair in pairs]
    landmarks, notes = _compare_landmarks(first, second, pairs)
    units = compare_codings(codings, authors=(first.author, second.author), settings=settings)
    if _would_need_absence(units, settings):
        notes.append(
            "Nobody coded absence, so that moments tell nothing; count what is not coded as "
            "absent to compare them."
        )
    classes = [_classes(first, second, *pair) for pair in pairs]
    kappa, n_agreed = _compare_classes([one for one in classes if one is not None])
    is_one = first.project.path == second.project.path
    return AgreementReport(
        first.author if is_one else f"{first.author} ({first.project.path.name})",
        second.author if is_one else f"{second.author} ({second.project.path.name})",
        tuple(one.name for one, _ in pairs),
        sum(map(len, entries)) - 2 * len(pairs),
        settings,
        tuple(landmarks),
        units,
        kappa,
        n_agreed,
        tuple(notes),
    )


def _segments(
    first: Coder, second: Coder, one: RecordingEntry, other: RecordingEntry
) -> tuple[list[Segment], list[Segment], int]:
    mine, theirs = (
        list(coder.project.segments(entry.id, author=coder.author).values())
        for coder, entry in ((first, one), (second, other))
    )
    return mine, theirs, _duration_us(first.project, one)


def _duration_us(project: Project, entry: RecordingEntry) -> int:
    """Return how long a recording is by its longest track; 0 where it has none."""
    duration_us = 0
    for role, info in project.tracks(entry.id).items():
        track = project.read_track(entry.id, role, with_corrections=False, lazily=True)
        if track is not None and info.n:
            duration_us = max(duration_us, int(track.times_us[-1]))
    return duration_us


def _would_need_absence(units: Sequence[UnitAgreement], settings: CodingSettings) -> bool:
    together = next((one for one in units if one.unit == ALL_UNITS), None)
    return (
        together is not None
        and not settings.is_uncoded_absent
        and not together.frames.kappa.is_defined
    )


def _classes(
    first: Coder, second: Coder, one: RecordingEntry, other: RecordingEntry
) -> tuple[str, str] | None:
    mine = first.project.video_classes(one.id).get(first.author)
    theirs = second.project.video_classes(other.id).get(second.author)
    return None if mine is None or theirs is None else (mine, theirs)


def _compare_classes(classes: list[tuple[str, str]]) -> tuple[Figure, int]:
    names = sorted({unit for pair in classes for unit in pair})
    counts = np.zeros((len(names), len(names)), np.int64)
    for mine, theirs in classes:
        counts[names.index(mine), names.index(theirs)] += 1
    return cohens_kappa(counts, names), int(np.trace(counts))


def _compare_landmarks(
    first: Coder, second: Coder, pairs: list[tuple[RecordingEntry, RecordingEntry]]
) -> tuple[list[TrackAgreement], list[str]]:
    by_track: dict[tuple[str, str], list[PlacedPoints]] = {}
    notes: list[str] = []
    for one, other in pairs:
        roles = [
            role
            for role, info in first.project.tracks(one.id).items()
            if info.kind == LandmarkTrack.kind
        ]
        for role in roles:
            mine = first.project.labelled(one.id, role, author=first.author)
            theirs = second.project.labelled(other.id, role, author=second.author)
            if mine is None or theirs is None:
                notes.append(f"{one.name}: only one project has the landmarks {role!r}.")
            elif mine.track.scheme != theirs.track.scheme:
                notes.append(
                    f"{one.name}: the landmarks {role!r} are {mine.track.scheme} in one project "
                    f"and {theirs.track.scheme} in the other."
                )
            elif mine.track.scheme in SCHEMES:
                clocks = (one.sync, other.sync) if mine.track.camera is Camera.RGB else None
                points = _points(mine, theirs, clocks)
                by_track.setdefault((role, mine.track.scheme), []).append(points)
    agreements = []
    for (role, name), recordings in by_track.items():
        scheme = SCHEMES[name]
        right, left = scheme.eye_corners
        regions = compare_points(recordings, scheme)
        if regions:
            corners = (scheme.names[right], scheme.names[left])
            agreements.append(TrackAgreement(role, name, corners, regions))
    return agreements, notes


def _points(
    mine: LabelledTrack, theirs: LabelledTrack, clocks: tuple[ClockSync, ClockSync] | None
) -> PlacedPoints:
    """Bring both onto one clock: the video's own where `clocks` map it to two sensors'."""
    shared_us = [
        _ToShared(None if clocks is None else clocks[side], labelled)
        for side, labelled in enumerate((mine, theirs))
    ]

    def face(t_us: int) -> NDArray[np.floating] | None:
        shown = [one.face(t_us) for one in shared_us]
        stacked = np.array([points for points in shown if points is not None], np.float64)
        if not len(stacked):
            return None
        known = np.isfinite(stacked)
        with np.errstate(invalid="ignore"):  # where neither shows a point
            mean: NDArray[np.floating] = np.where(known, stacked, 0.0).sum(axis=0) / known.sum(
                axis=0
            )
        return mean

    return PlacedPoints(shared_us[0].places(), shared_us[1].places(), face)


@dataclass(frozen=True, eq=False)
class _ToShared:
    """A person's labels by times on the picture's own clock."""

    sync: ClockSync | None
    labelled: LabelledTrack

    def places(self) -> dict[tuple[int, int], tuple[float, float]]:
        said = said_places(self.labelled.corrections)
        if self.sync is None or not said:
            return said
        times_us = np.array([t_us for t_us, _ in said], np.int64)
        shared_us = self.sync.to_video_us(times_us).tolist()
        return {
            (t_us, landmark): xy
            for t_us, ((_, landmark), xy) in zip(shared_us, said.items(), strict=True)
        }

    def face(self, t_us: int) -> NDArray[np.floating] | None:
        if self.sync is not None:
            t_us = int(self.sync.to_sensor_us(np.array([t_us], np.int64))[0])
        frame = self.labelled.frame_at(t_us)
        return frame.landmarks if np.isfinite(frame.landmarks).any() else None
