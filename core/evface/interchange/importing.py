"""What a file says, as one edit of a project that can be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count

import numpy as np

from evface.annotations.boxes import camera_of_box
from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.corrections import Correction, Corrections
from evface.annotations.edits import Edit, ReplaceTracks, Together
from evface.annotations.labelled import DEFAULT_GAP_US
from evface.annotations.landmark_edits import SetCorrections, SetInterpolation
from evface.annotations.reviews import SetReview
from evface.annotations.roles import is_on_video
from evface.annotations.segments import Segment
from evface.annotations.track_parts import arrays_of, head_of, read_whole
from evface.annotations.tracks import Camera, LandmarkTrack, Track
from evface.errors import RecordingError
from evface.interchange.frames import carried_corrections, carried_times
from evface.interchange.labels import ImportedLabels, ImportTarget, RecordingLabels
from evface.projects.label_store import utc_now
from evface.projects.project import Project


@dataclass(frozen=True, eq=False)
class ImportPlan:
    """What an import would do.

    Parameters
    ----------
    edit
        All of it in one step; None where the recording has everything already.
    roles
        The roles that the file's landmarks and other tracks have in the recording.
    counts
        How many of what are new.
    notes
        What was left alone or left out: one line each, for the user.
    """

    edit: Together | None
    roles: tuple[str, ...]
    counts: Mapping[str, int]
    notes: tuple[str, ...]


def plan_import(
    project: Project,
    recording_id: str,
    imported: ImportedLabels,
    *,
    label: str,
    onto: str | None = None,
) -> ImportPlan:
    """Work out the edit that brings what a file says into a recording.

    Nothing that is there is lost: a role that is taken by another track is left to it, and words
    that were said later than the file's stay.

    Parameters
    ----------
    onto
        Role of a landmark track of the recording that the file's corrections are about; the file's
        own tracks are left out then.
    label
        What the history shows, e.g. ``"Import labels.xml"``.

    Raises
    ------
    RecordingError
        If there is no such recording or role, or its landmarks are others than the file's.
    """
    edits: list[Edit] = []
    notes = list(imported.notes)
    places = _places(project, recording_id, imported, onto)
    new = {
        places[role]: track
        for role, track in imported.tracks.items()
        if onto is None and not _is_there(project, recording_id, places[role])
    }
    if new:
        edits.append(ReplaceTracks(recording_id, new, label))
    for role, gap_us in imported.longest_gaps_us.items():
        if places.get(role) in new and gap_us != DEFAULT_GAP_US:
            edits.append(SetInterpolation(recording_id, places[role], gap_us))
    corrections = _corrections(project, recording_id, imported, places, notes.append)
    edits += corrections
    segments = _segments(project, recording_id, imported.segments, notes.append)
    if segments:
        edits.append(SetSegments(recording_id, {one.id: one for one in segments}, label))
    others = _others(project, recording_id, imported, places, notes.append)
    edits += others
    counts = {
        "tracks": len(new),
        "corrections": sum(len(edit.corrections) for edit in corrections),
        "segments": len(segments),
        "other_labels": len(others),
    }
    edit = Together(tuple(edits), label) if edits else None
    roles = tuple(dict.fromkeys(places[role] for role in imported.tracks))
    return ImportPlan(edit, roles, counts, tuple(notes))


def imported_from_labels(labels: RecordingLabels, target: ImportTarget) -> ImportedLabels:
    """Return what a file of evface's own holds, at the times that it has in the recording.

    Whatever lies on the video stays on its frames, should the recording's sync be another now.
    """
    on_video = replace(target, camera=Camera.RGB)
    tracks: dict[str, Track] = {}
    for role, track in labels.tracks.items():
        # What boxes are drawn over comes from the landmarks.
        if camera_of_box(role) is None:
            times_us = track.times_us
            if is_on_video(track):
                times_us = carried_times(times_us, labels.sync, on_video)
            tracks[role] = replace(track, times_us=times_us)
    corrections = {
        role: carried_corrections(placed, labels.sync, on_video)
        if is_on_video(labels.tracks[role])
        else placed
        for role, placed in labels.corrections.items()
    }
    return ImportedLabels(
        tracks=tracks,
        corrections=corrections,
        longest_gaps_us=labels.longest_gaps_us,
        segments=tuple(labels.segments.values()),
        video_classes=labels.video_classes,
        reviews={
            (role, _carried_us(labels, role, t_us, on_video), author): review
            for (role, t_us, author), review in labels.reviews.items()
        },
    )


def _carried_us(labels: RecordingLabels, role: str, t_us: int, on_video: ImportTarget) -> int:
    if role not in labels.tracks or not is_on_video(labels.tracks[role]):
        return t_us
    return int(carried_times(np.array([t_us], np.int64), labels.sync, on_video)[0])


def _is_there(project: Project, recording_id: str, role: str) -> bool:
    return role in project.tracks(recording_id)


def _places(
    project: Project, recording_id: str, imported: ImportedLabels, onto: str | None
) -> dict[str, str]:
    """Return the role that each of the file's has in the recording."""
    if onto is not None:
        return _places_onto(project, recording_id, imported, onto)
    places: dict[str, str] = {}
    for role, track in imported.tracks.items():
        base = role if role.startswith("imported_") else f"imported_{role}"
        places[role] = next(
            place
            for place in chain((role, base), (f"{base}_{number}" for number in count(2)))
            if place not in places.values() and _is_free(project, recording_id, place, track)
        )
    return places | _box_places(imported)


def _box_places(imported: ImportedLabels) -> dict[str, str]:
    """Return the roles of boxes, which every recording has and only people's words fill."""
    return {role: role for role in imported.corrections if camera_of_box(role) is not None}


def _places_onto(
    project: Project, recording_id: str, imported: ImportedLabels, onto: str
) -> dict[str, str]:
    there = project.labelled(recording_id, onto)
    if there is None:
        raise RecordingError(
            f"{project.recording(recording_id).name}: has no landmarks {onto!r}; see evface "
            "project list"
        )
    places = {}
    for role, track in imported.tracks.items():
        if not isinstance(track, LandmarkTrack):
            places[role] = role
            continue
        if (track.scheme, track.camera) != (there.track.scheme, there.track.camera):
            raise RecordingError(
                f"the file's landmarks are {track.scheme} on {track.camera}, those of {onto!r} "
                f"{there.track.scheme} on {there.track.camera}"
            )
        places[role] = onto
    return places | _box_places(imported)


def _is_free(project: Project, recording_id: str, role: str, track: Track) -> bool:
    """Return whether a track can have a role: nothing has it, or the very same track."""
    if not _is_there(project, recording_id, role):
        return True
    there = project.read_track(recording_id, role, with_corrections=False)
    return there is not None and _is_same(there, track)


def _is_same(first: Track, second: Track) -> bool:
    if head_of(first) != head_of(second):
        return False
    ones, others = arrays_of(read_whole(first)), arrays_of(read_whole(second))
    return ones.keys() == others.keys() and all(
        np.array_equal(one, others[name], equal_nan=one.dtype.kind == "f")
        for name, one in ones.items()
    )


def _corrections(
    project: Project,
    recording_id: str,
    imported: ImportedLabels,
    places: Mapping[str, str],
    note: Callable[[str], None],
) -> list[SetCorrections]:
    now = utc_now()
    groups: dict[tuple[str, int, str], dict[int, Correction]] = {}
    left: Counter[str] = Counter()
    there: dict[tuple[str, str], Corrections] = {}

    def said_before(place: str, author: str) -> Corrections:
        if (place, author) not in there:
            labelled = project.labelled(recording_id, place, author=author)
            there[place, author] = Corrections() if labelled is None else labelled.corrections
        return there[place, author]

    for role, placed in imported.corrections.items():
        place = places[role]
        for one in placed:
            said = one.correction
            said = replace(said, author=said.author or project.author, made_at=said.made_at or now)
            before = said_before(place, said.author).at(one.landmark, one.t_us)
            if before is not None and _is_alike(before, said):
                left["there already"] += 1
                continue
            if before is not None and before.made_at > said.made_at:
                left["said anew here since"] += 1
                continue
            groups.setdefault((place, one.t_us, said.author), {})[one.landmark] = said
    for why, n in left.items():
        note(f"corrected points {why}: {n}")
    return [
        SetCorrections(recording_id, place, t_us, corrections, author=author)
        for (place, t_us, author), corrections in groups.items()
    ]


def _is_alike(before: Correction, said: Correction) -> bool:
    return replace(before, made_at="", source="") == replace(said, made_at="", source="")


def _segments(
    project: Project,
    recording_id: str,
    segments: tuple[Segment, ...],
    note: Callable[[str], None],
) -> list[Segment]:
    """Return the segments that are new, or later than what the recording has of that id."""
    now = utc_now()
    there = project.segments(recording_id)
    alike = {_content(one) for one in there.values()}
    new: list[Segment] = []
    left: Counter[str] = Counter()
    for one in segments:
        said = replace(one, author=one.author or project.author)
        before = there.get(said.id)
        if _content(said) in (alike if before is None else {_content(before)}):
            left["there already"] += 1
        elif before is not None and said.made_at and before.made_at > said.made_at:
            left["changed here since"] += 1
        else:
            new.append(replace(said, made_at=said.made_at or now))
    for why, n in left.items():
        note(f"segments {why}: {n}")
    return new


def _content(segment: Segment) -> Segment:
    return replace(segment, id="", made_at="", source="")


def _others(
    project: Project,
    recording_id: str,
    imported: ImportedLabels,
    places: Mapping[str, str],
    note: Callable[[str], None],
) -> list[Edit]:
    """Return the edits that set classes and verdicts of the review."""
    edits: list[Edit] = []
    classes = project.video_classes(recording_id)
    for author, unit in imported.video_classes.items():
        if author not in classes:
            edits.append(SetVideoClass(recording_id, unit, author=author))
        elif classes[author] != unit:
            note(f"{author} says {classes[author]} of the recording here, not {unit}: left alone")
    there = project.reviews(recording_id)
    for (role, t_us, author), review in imported.reviews.items():
        place = (places.get(role, role), t_us, author)
        if place not in there or there[place].made_at < review.made_at:
            edits.append(SetReview(recording_id, place[0], t_us, review, author=author))
    return edits
