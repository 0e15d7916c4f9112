"""What a project's recordings have that could be learnt; counted without reading their media."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evface.annotations.segments import Decision
from evface.annotations.tracks import LandmarkState, LandmarkTrack
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.recording_facts import (
    LABEL_ROLES,
    Subjects,
    find_class,
    said_by,
    said_by_truth,
)


@dataclass(frozen=True)
class RecordingLabels:
    """What one recording has.

    Parameters
    ----------
    subject
        Who is seen.
    said_subject
        Who that is by published labels, or by a synthetic recording's truth; empty where neither
        says.
    au_class
        The action unit that the whole recording shows; empty where nobody says.
    has_video, is_registered
        Whether there is a video, and whether somebody knows how it lies on the events.
    n_landmarks
        Landmarks on the events by state, all frames together.
    n_face_frames, n_unit_frames
        Frames with coefficients of the face's model, and with intensities of action units.
    coded
        How many segments people coded, by action unit.
    """

    id: str
    name: str
    subject: str
    said_subject: str = ""
    au_class: str = ""
    has_video: bool = False
    is_registered: bool = False
    n_landmarks: Mapping[LandmarkState, int] = field(default_factory=dict)
    n_face_frames: int = 0
    n_unit_frames: int = 0
    coded: Mapping[str, int] = field(default_factory=dict)

    def count_landmarks(self, least: LandmarkState = LandmarkState.AUTO) -> int:
        """Return how many landmarks somebody stands behind at least so far."""
        return sum(n for state, n in self.n_landmarks.items() if state >= least)


def count_labels(
    project: Project,
    *,
    subjects: Subjects | None = None,
    author: str | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[RecordingLabels]:
    """Count what a project has that could be learnt, by recording.

    Parameters
    ----------
    subjects
        As for `iter_project_clips`.
    author
        Whose words count; everyone's if None.
    is_cancelled
        Asked before each recording; what was counted so far is returned then.
    """
    subjects = subjects or Subjects({}, default=project.path.stem)
    found = []
    for entry in project.recordings():
        if is_cancelled():
            break
        found.append(_count(project, entry, subjects, author))
    return found


def named_by(recordings: Sequence[RecordingLabels], pattern: str) -> list[RecordingLabels]:
    """Return recordings with the people whom a pattern finds in their names.

    Parameters
    ----------
    pattern
        As in `Subjects`; with an empty one they are who they were.

    Raises
    ------
    ValueError
        If it is no regular expression.
    """
    return [
        replace(
            one,
            subject=Subjects({}, pattern, default=one.subject).find(one.name, one.said_subject),
        )
        for one in recordings
    ]


def _count(
    project: Project, entry: RecordingEntry, subjects: Subjects, author: str | None
) -> RecordingLabels:
    there = project.tracks(entry.id)
    said = said_by(info.source for info in there.values()) | said_by_truth(entry)
    segments = project.segments(entry.id, author=author)
    classes = project.video_classes(entry.id)
    by_people = {shown for who, shown in classes.items() if author in (None, who)}
    # What is coded says it of short ones only, and their length is not known here.
    au_class = find_class(entry.name, said, by_people, ())
    said_subject = said.get("subject", "")
    return RecordingLabels(
        id=entry.id,
        name=entry.name,
        subject=subjects.find(entry.name, said_subject),
        said_subject=said_subject,
        au_class=AU_CLASSES[au_class] if au_class >= 0 else "",
        has_video=entry.video is not None,
        is_registered=entry.video is not None and entry.event_from_rgb.quality != "assumed",
        n_landmarks=_count_landmarks(project, entry, author),
        n_face_frames=_count_frames(project, entry, "face"),
        n_unit_frames=_count_frames(project, entry, "units"),
        coded=Counter(
            segment.unit
            for segment in segments.values()
            if segment.decision is not Decision.REFUSED and segment.unit in AU_CLASSES
        ),
    )


def _count_landmarks(
    project: Project, entry: RecordingEntry, author: str | None
) -> dict[LandmarkState, int]:
    there = project.tracks(entry.id)
    for role in LABEL_ROLES["machine"]["landmarks"]:
        labelled = project.labelled(entry.id, role, author=author) if role in there else None
        if labelled is None:
            continue
        track = labelled.laid()
        assert isinstance(track, LandmarkTrack)
        seen = np.isfinite(track.landmarks).all(axis=2) & track.valid[:, None]
        counts = np.bincount(track.state[seen].ravel(), minlength=len(LandmarkState))
        return {state: int(counts[state]) for state in LandmarkState}
    return {}


def _count_frames(project: Project, entry: RecordingEntry, kind: str) -> int:
    there = project.tracks(entry.id)
    for role in LABEL_ROLES["machine"][kind]:
        track = project.read_track(entry.id, role, lazily=True) if role in there else None
        if track is not None:
            return int(np.asarray(track.valid).sum())
    return 0
