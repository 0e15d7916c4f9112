"""Look through the recordings of a project for what a person should look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from evface.annotations.roles import ACTION_UNITS, FACE, LANDMARK_ROLES, PREDICTED_UNITS
from evface.annotations.segments import Segment
from evface.annotations.tracks import ActionUnitTrack, Camera, FaceTrack, nearest_index
from evface.errors import EvfaceError
from evface.projects.entries import RecordingEntry
from evface.projects.label_store import utc_now
from evface.projects.project import Project
from evface.projects.recording import Recording, open_recording
from evface.review.decisions import is_reviewed
from evface.review.disagreement import FittedFace
from evface.review.event_counts import shortage
from evface.review.landmark_review import ReviewedTrack, find_landmark_doubts
from evface.review.measures import Limits
from evface.review.prediction_checks import find_prediction_doubts
from evface.review.queue import (
    QueueItem,
    RecordingQueue,
    ReviewQueue,
    gather_items,
)
from evface.review.reasons import Reason, ReasonKind, combined_score
from evface.review.segment_checks import ROLE, find_coding_doubts
from evface.review.wording import to_reason

Report = Callable[[float, str], None]
_SHORTAGE = Limits(1.0, 1.0)
# Share of the time that looking at landmarks takes; the rest counts events.
_LOOKING = 0.4


def review_project(
    project: Project,
    entries: Sequence[RecordingEntry] | None = None,
    *,
    author: str | None = None,
    report: Report = lambda _fraction, _message: None,
) -> ReviewQueue:
    """Look through recordings for frames and segments that a person should look at.

    The same project gives the same queue, whoever decided what: see `evface.review.decisions`.

    Parameters
    ----------
    entries
        All recordings if None.
    author
        Whose labels to look at, as when annotators work blind; everyone's if None.
    report
        Told how far it is, 0 to 1, and what is being done.

    Raises
    ------
    ProjectFileError
        If the project is damaged. Media that are missing or broken are told in the notes instead.
    """
    entries = project.recordings() if entries is None else entries
    found = []
    for place, entry in enumerate(entries):

        def told(fraction: float, message: str, done: int = place, name: str = entry.name) -> None:
            report((done + fraction) / len(entries), f"{name}: {message}")

        found.append(review_recording(project, entry, author=author, report=told))
    return ReviewQueue(tuple(found), author or "", utc_now())


def review_recording(
    project: Project,
    entry: RecordingEntry,
    *,
    author: str | None = None,
    report: Report = lambda _fraction, _message: None,
) -> RecordingQueue:
    """Look through one recording; parameters and errors as for `review_project`."""
    report(0.0, "Looking at the labels")
    notes: list[str] = []
    recording = _open(entry, notes)
    try:
        tracks = _tracks(project, entry, author, recording)
        target = _target(tracks)
        reasons: list[Reason] = []
        if target is not None:
            face = _face(project, entry, target, notes)
            findings = find_landmark_doubts(
                tracks,
                target,
                face,
                entry.event_from_rgb,
                lambda f: report(_LOOKING * f, "Looking at the labels"),
            )
            if recording is not None and target.track.camera == Camera.EVENTS:
                short = shortage(
                    recording.events,
                    np.asarray(target.track.times_us),
                    target.track.boxes_px(),
                    lambda f, m: report(_LOOKING + (1 - _LOOKING) * f, m),
                )
                times_us = np.asarray(target.track.times_us)
                findings += target.find_in_series(ReasonKind.FEW_EVENTS, _SHORTAGE, times_us, short)
            for one in findings:
                parts = tracks[one.role].parts
                reasons.append(to_reason(one, None if parts is None else parts.scheme))
            reasons = [_on_frame(one, tracks[one.role]) for one in reasons]
        role = "" if target is None else target.role
        items = gather_items(entry.id, entry.name, reasons, role)
        duration_us = _duration_us(recording, tracks)
        segments = project.segments(entry.id, author=author).values()
        coding = find_coding_doubts(segments, duration_us) if duration_us else []
        coding += _prediction_doubts(project, entry, list(segments))
        coding.sort(key=lambda one: one.t_us)
        return RecordingQueue(
            entry.id,
            entry.name,
            role,
            0 if target is None else len(target.rows),
            (*items, *_coding_items(entry, coding)),
            tuple(notes),
        )
    finally:
        if recording is not None:
            recording.close()


def _open(entry: RecordingEntry, notes: list[str]) -> Recording | None:
    try:
        return open_recording(entry)
    except EvfaceError as error:
        notes.append(f"events were not counted, nor the picture's edges looked at: {error}")
        return None


def _tracks(
    project: Project, entry: RecordingEntry, author: str | None, recording: Recording | None
) -> dict[str, ReviewedTrack]:
    tracks = {}
    for role, info in project.tracks(entry.id).items():
        labelled = (
            project.labelled(entry.id, role, author=author) if is_reviewed(role, info) else None
        )
        if labelled is not None and len(labelled.track):
            resolution = _resolution(recording, labelled.track.camera)
            tracks[role] = ReviewedTrack.of(role, labelled, resolution)
    return tracks


def _resolution(recording: Recording | None, camera: Camera) -> tuple[int, int] | None:
    if recording is None:
        return None
    if camera == Camera.EVENTS:
        return recording.events.resolution
    return None if recording.video is None else recording.video.resolution


def _target(tracks: dict[str, ReviewedTrack]) -> ReviewedTrack | None:
    """Return the track that is to be corrected: on the events, and of those the one shown."""
    order = [*LANDMARK_ROLES[Camera.EVENTS], *LANDMARK_ROLES[Camera.RGB]]

    def rank(one: ReviewedTrack) -> tuple[bool, int, str]:
        place = order.index(one.role) if one.role in order else len(order)
        return one.track.camera != Camera.EVENTS, place, one.role

    return min(tracks.values(), key=rank, default=None)


def _face(
    project: Project, entry: RecordingEntry, target: ReviewedTrack, notes: list[str]
) -> FittedFace | FaceTrack | None:
    """Return the fitted face, with its model where points need their depth."""
    face = project.read_track(entry.id, FACE, with_corrections=False, lazily=True)
    if not isinstance(face, FaceTrack) or not len(face):
        return None
    if entry.event_from_rgb.cameras is None or target.track.camera != Camera.EVENTS:
        return face
    from evface.morphable.head_library import open_head_model

    try:
        return FittedFace(face, open_head_model(face.model))
    except EvfaceError as error:
        notes.append(f"compared without depth: {error}")
        return face


def _on_frame(reason: Reason, track: ReviewedTrack) -> Reason:
    """Return a reason at the nearest frame of its track."""
    nearest = nearest_index(np.asarray(track.track.times_us), reason.t_us)
    return reason if nearest is None else replace(reason, t_us=int(track.track.times_us[nearest]))


def _prediction_doubts(
    project: Project, entry: RecordingEntry, segments: list[Segment]
) -> list[Reason]:
    predicted, fitted = (
        project.read_track(entry.id, role, with_corrections=False)
        for role in (PREDICTED_UNITS, ACTION_UNITS)
    )
    if not isinstance(predicted, ActionUnitTrack):
        return []
    known = fitted if isinstance(fitted, ActionUnitTrack) else None
    return find_prediction_doubts(segments, predicted, known)


def _duration_us(recording: Recording | None, tracks: dict[str, ReviewedTrack]) -> int:
    if recording is not None:
        return recording.duration_us
    return max((int(one.track.times_us[-1]) for one in tracks.values()), default=0)


def _coding_items(entry: RecordingEntry, reasons: list[Reason]) -> list[QueueItem]:
    """Return doubts about segments, those that begin at the same time together."""
    items = []
    for t_us, together in groupby(reasons, key=lambda one: one.t_us):
        ranked = tuple(sorted(together, key=lambda one: (-one.doubt, one.kind, one.unit)))
        items.append(QueueItem(entry.id, entry.name, ROLE, t_us, combined_score(ranked), ranked))
    return items
