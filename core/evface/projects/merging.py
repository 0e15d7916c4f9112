"""Bringing another project's labels into this one: recordings are matched by their media."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from evface.annotations.edits import (
    Edit,
    ReplaceTracks,
    SetFilters,
    SetRegistration,
    SetSync,
    Together,
)
from evface.annotations.tracks import LandmarkTrack, Track
from evface.geometry.clock import ClockSync
from evface.projects.database import Database
from evface.projects.entries import RecordingEntry
from evface.projects.identity import match_recordings
from evface.projects.label_changes import (
    LabelChanges,
    corrected_tracks,
    find_changes,
    landmarks_of,
)
from evface.projects.label_merging import Choices, Conflict, find_conflicts, merge_label_sets
from evface.projects.label_set import LabelSet, read_label_sets
from evface.projects.project import Project
from evface.projects.recording_table import add_medium, add_recording

LABEL = "Merge projects"


@dataclass(frozen=True, eq=False)
class RecordingMerge:
    """A recording of the other project, and the one that it is here.

    Parameters
    ----------
    recording_id
        Here.
    mine
        None where it is to be added.
    labels, other_labels
        What people said of it here and there.
    tracks
        Of machines, by role, taken along where nothing was processed here.
    """

    recording_id: str
    mine: RecordingEntry | None
    theirs: RecordingEntry
    labels: LabelSet
    other_labels: LabelSet
    conflicts: tuple[Conflict, ...]
    tracks: Mapping[str, Track]

    @property
    def name(self) -> str:
        """What it is called, here if it is here."""
        return (self.mine or self.theirs).name

    @property
    def sync(self) -> ClockSync:
        """How its clocks are aligned, here if it is here."""
        return (self.mine or self.theirs).sync


@dataclass(frozen=True, eq=False)
class MergePlan:
    """What merging would bring, and where the two projects say different things.

    Parameters
    ----------
    notes
        What stays as it is in this project, one line each.
    """

    recordings: tuple[RecordingMerge, ...]
    notes: tuple[str, ...]

    @property
    def n_conflicts(self) -> int:
        """Places at which one person said different things in the two projects."""
        return sum(len(one.conflicts) for one in self.recordings)


@dataclass(frozen=True)
class MergeResult:
    """What merging changes.

    Parameters
    ----------
    n_recordings
        That are added.
    n_added, n_changed, n_removed
        Labels. Where a later version takes the place of another, that counts as changed, and the
        other, kept beside it, as added.
    left_out
        Labels that cannot be kept here, by why.
    """

    n_recordings: int
    n_added: int
    n_changed: int
    n_removed: int
    left_out: Mapping[str, int]


def plan_merge(mine: Project, theirs: Project) -> MergePlan:
    """Compare two projects. Neither is changed.

    Parameters
    ----------
    theirs
        May be open for reading only, as may `mine`.
    """
    entries, others = mine.recordings(), theirs.recordings()
    labels, other_labels = read_labels(mine), read_labels(theirs)
    partners = {other.id: entry for entry, other in match_recordings(entries, others)}
    taken = {entry.id for entry in entries}
    recordings, notes = [], []
    for other in others:
        entry = partners.get(other.id)
        recording_id = other.id if entry is None else entry.id
        if entry is None and recording_id in taken:
            recording_id = uuid.uuid4().hex[:12]
        said = LabelSet() if entry is None else labels[entry.id]
        said_there = other_labels[other.id]
        is_raw = entry is None or not mine.tracks(entry.id)
        if entry is not None and not is_raw and entry.sync != other.sync:
            notes.append(f"{entry.name}: its clocks are aligned differently there; yours stay.")
        if entry is not None and not is_raw and entry.filters != other.filters:
            notes.append(f"{entry.name}: its events are filtered differently there; yours stay.")
        recordings.append(
            RecordingMerge(
                recording_id,
                entry,
                other,
                said,
                said_there,
                tuple(find_conflicts(said, said_there)),
                _tracks(theirs, other) if is_raw else {},
            )
        )
    return MergePlan(tuple(recordings), tuple(notes))


def preview_merge(
    mine: Project, plan: MergePlan, choices: Mapping[str, Choices] | None = None
) -> MergeResult:
    """Return what merging would change; parameters as for `prepare_merge`."""
    changes = [_changes(mine, one, choices) for one in plan.recordings]
    left_out: Counter[str] = Counter()
    for one in changes:
        left_out.update(one.left_out)
    return MergeResult(
        sum(one.mine is None for one in plan.recordings),
        sum(one.n_added for one in changes),
        sum(one.n_changed for one in changes),
        sum(one.n_removed for one in changes),
        left_out,
    )


def prepare_merge(
    mine: Project, plan: MergePlan, choices: Mapping[str, Choices] | None = None
) -> Together | None:
    """Add the recordings that only the other project has, and return the edit that brings the rest.

    Taking the edit back leaves those recordings, empty.

    Parameters
    ----------
    plan
        Of `plan_merge`, with nothing changed since.
    choices
        What becomes of conflicts, by recording here; see `merge_label_sets`.

    Returns
    -------
    Together or None
        To be applied to `mine`; None where there is nothing to change.

    Raises
    ------
    ProjectFileError
        If this project cannot be written.
    """
    edits: list[Edit] = []
    for one in plan.recordings:
        if one.tracks:
            edits += [
                SetSync(one.recording_id, one.theirs.sync, LABEL),
                SetRegistration(one.recording_id, one.theirs.event_from_rgb, LABEL),
                SetFilters(one.recording_id, one.theirs.filters, LABEL),
                ReplaceTracks(one.recording_id, one.tracks, LABEL),
            ]
        edits += _changes(mine, one, choices).edits
    _add_media(mine, plan)
    return Together(tuple(edits), LABEL) if edits else None


def read_labels(project: Project) -> dict[str, LabelSet]:
    """Return what people said of a project's recordings, by their ids."""
    database = Database(project.path, read_only=True)
    try:
        return read_label_sets(database)
    finally:
        database.close()


def _changes(
    mine: Project, one: RecordingMerge, choices: Mapping[str, Choices] | None
) -> LabelChanges:
    merged = merge_label_sets(one.labels, one.other_labels, (choices or {}).get(one.recording_id))
    landmarks = {r: track for r, track in one.tracks.items() if isinstance(track, LandmarkTrack)}
    sync = one.theirs.sync
    if one.mine is not None and not one.tracks:
        landmarks, sync = landmarks_of(mine, one.mine.id), one.mine.sync
    tracks = corrected_tracks(one.recording_id, landmarks, sync)
    return find_changes(one.recording_id, tracks, one.labels, merged, label=LABEL)


def _add_media(mine: Project, plan: MergePlan) -> None:
    """Add recordings, and videos to recordings of events alone, although they may be missing."""
    arriving = [one for one in plan.recordings if one.mine is None]
    filmed = [
        (one.recording_id, one.theirs.video)
        for one in plan.recordings
        if one.mine is not None and one.mine.video is None and one.theirs.video is not None
    ]
    if not arriving and not filmed:
        return
    database = Database(mine.path)
    try:
        with database.writing() as connection:
            for one in arriving:
                add_recording(connection, mine.path, one.recording_id, one.theirs)
            for recording_id, video in filmed:
                add_medium(connection, mine.path, recording_id, "video", video)
    finally:
        database.close()


def _tracks(project: Project, entry: RecordingEntry) -> dict[str, Track]:
    tracks = {
        role: project.read_track(entry.id, role, with_corrections=False)
        for role in project.tracks(entry.id)
    }
    return {role: track for role, track in tracks.items() if track is not None}
