"""The edits that turn what people said of a recording into something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

from evface.annotations.boxes import BOX_ROLES, BOX_SCHEME, N_CORNERS
from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.corrections import Correction
from evface.annotations.edits import Edit
from evface.annotations.labelled import DEFAULT_GAP_US
from evface.annotations.landmark_edits import SetCorrections, SetInterpolation
from evface.annotations.reviews import SetReview
from evface.annotations.tracks import LandmarkTrack
from evface.geometry.clock import ClockSync
from evface.projects.correction_table import CorrectedTrack
from evface.projects.label_set import CorrectionKey, LabelSet
from evface.projects.project import Project

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, eq=False)
class LabelChanges:
    """Edits of one recording, and how much they change.

    Parameters
    ----------
    n_added, n_changed, n_removed
        Labels: landmarks, segments, classes of the recording, verdicts of the review.
    left_out
        Labels that cannot be kept, by why.
    """

    edits: tuple[Edit, ...]
    n_added: int
    n_changed: int
    n_removed: int
    left_out: Mapping[str, int]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to change."""
        return not self.edits


def corrected_tracks(
    recording_id: str, landmarks: Mapping[str, LandmarkTrack], sync: ClockSync
) -> dict[str, CorrectedTrack]:
    """Return what a recording has to correct, by role: its landmarks, and the boxes.

    Parameters
    ----------
    landmarks
        By role, as machines made them.
    sync
        Of the recording, when corrections are set.
    """
    shapes = {
        role: (track.camera, track.scheme, int(track.state.shape[1]))
        for role, track in landmarks.items()
    }
    shapes |= {role: (camera, BOX_SCHEME, N_CORNERS) for camera, role in BOX_ROLES.items()}
    return {
        role: CorrectedTrack(recording_id, role, *shape, sync) for role, shape in shapes.items()
    }


def landmarks_of(project: Project, recording_id: str) -> dict[str, LandmarkTrack]:
    """Return the landmark tracks of a recording, by role; large arrays are not read."""
    tracks = {
        role: project.read_track(recording_id, role, with_corrections=False, lazily=True)
        for role, info in project.tracks(recording_id).items()
        if info.kind == LandmarkTrack.kind
    }
    return {role: track for role, track in tracks.items() if isinstance(track, LandmarkTrack)}


def find_changes(
    recording_id: str,
    tracks: Mapping[str, CorrectedTrack],
    now: LabelSet,
    wanted: LabelSet,
    *,
    label: str,
) -> LabelChanges:
    """Return the edits that turn `now` into `wanted`.

    Parameters
    ----------
    tracks
        What there is to correct, see `corrected_tracks`. Corrections of anything else stay as they
        are, and are counted as left out where they should have changed.
    label
        What the edits are called.
    """
    left_out: Counter[str] = Counter()
    corrections = {}
    for key, said in _differences(now.corrections, wanted.corrections).items():
        problem = _problem(tracks, key)
        if problem:
            left_out[problem] += 1
        else:
            corrections[key] = said
    segments = _differences(now.segments, wanted.segments)
    classes = _differences(now.video_classes, wanted.video_classes)
    reviews = _differences(now.reviews, wanted.reviews)
    n = (
        _kinds(now.corrections, corrections)
        + _kinds(now.segments, segments)
        + _kinds(now.video_classes, classes)
        + _kinds(now.reviews, reviews)
    )
    edits: list[Edit] = [
        SetInterpolation(recording_id, role, gap_us, label)
        for role in sorted(now.interpolations_us.keys() | wanted.interpolations_us.keys())
        if (gap_us := wanted.interpolations_us.get(role, DEFAULT_GAP_US))
        != now.interpolations_us.get(role, DEFAULT_GAP_US)
    ]
    edits += _correction_edits(recording_id, tracks, corrections, label)
    if segments:
        edits.append(SetSegments(recording_id, segments, label))
    edits += [SetVideoClass(recording_id, unit, label, author) for author, unit in classes.items()]
    for place, review in reviews.items():
        track = tracks.get(place.role)
        t_us = place.t_us if track is None else track.sensor_us([place.t_us])[0]
        edits.append(SetReview(recording_id, place.role, t_us, review, label, place.author))
    return LabelChanges(tuple(edits), n["added"], n["changed"], n["removed"], left_out)


def _correction_edits(
    recording_id: str,
    tracks: Mapping[str, CorrectedTrack],
    corrections: Mapping[CorrectionKey, Correction | None],
    label: str,
) -> list[SetCorrections]:
    """Return one edit for what one person says of one moment."""
    moments: dict[tuple[str, int, str], dict[int, Correction | None]] = {}
    for key, said in corrections.items():
        moments.setdefault((key.role, key.t_us, key.author), {})[key.landmark] = said
    return [
        SetCorrections(
            recording_id, role, tracks[role].sensor_us([t_us])[0], changes, label, author
        )
        for (role, t_us, author), changes in sorted(moments.items(), key=itemgetter(0))
    ]


def _problem(tracks: Mapping[str, CorrectedTrack], key: CorrectionKey) -> str:
    """Return why a correction cannot be kept; nothing if it can."""
    track = tracks.get(key.role)
    if track is None:
        return f"there are no landmarks {key.role!r} here yet; process the recording, then again"
    if (track.camera, track.scheme) != (key.camera, key.scheme):
        return (
            f"they are of {key.scheme} on {key.camera}, and the landmarks {key.role!r} here are of "
            f"{track.scheme} on {track.camera}"
        )
    if not 0 <= key.landmark < track.n_landmarks:
        return f"the landmarks {key.role!r} here have no point {key.landmark}"
    return ""


def _differences(now: Mapping[_K, _V], wanted: Mapping[_K, _V]) -> dict[_K, _V | None]:
    """Return what is to be set, None what is to be removed."""
    keys = [key for key in wanted if now.get(key) != wanted[key]]
    keys += [key for key in now if key not in wanted]
    return {key: wanted.get(key) for key in keys}


def _kinds(now: Mapping[_K, _V], differences: Mapping[_K, _V | None]) -> Counter[str]:
    return Counter(
        "added" if key not in now else "removed" if said is None else "changed"
        for key, said in differences.items()
    )
