"""Clips of a project's recordings, with the labels that machines and people gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from evface.annotations.boxes import BOX_ROLES
from evface.annotations.roles import PREDICTED_LANDMARKS
from evface.annotations.tracks import (
    ActionUnitTrack,
    Camera,
    FaceTrack,
    LandmarkState,
    LandmarkTrack,
    Track,
)
from evface.events.filters.registry import filter_to_text
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.projects.recording import Recording, open_recording
from evface.training_sets.clips import AU_CLASSES, Clip, boxes_around
from evface.training_sets.coded_units import lay_segments
from evface.training_sets.cutting import Cutting, read_footage
from evface.training_sets.recording_facts import (
    LABEL_ROLES,
    Subjects,
    find_class,
    said_by,
    said_by_truth,
)
from evface.training_sets.sampling import sample_face, sample_intensity, sample_landmarks

_Kind = TypeVar("_Kind", bound=Track)


@dataclass(frozen=True)
class LabelChoice:
    """Which labels are taken.

    Parameters
    ----------
    least_state
        Landmarks on the events that nobody stands behind so far are left out: ``auto`` takes all,
        ``corrected`` those that a person placed, ``verified`` those that one confirmed.
    author
        Whose words count; everyone's, the latest of each, if None.
    not_coded
        What an action unit's intensity is where nobody coded it: the ``"machine"``'s, or
        ``"unknown"``.
    labels
        ``"machine"``: what the teacher, the fit and the transfer say, with what people said laid
        over. ``"truth"``: what is known of a synthetic recording.
    only_labelled
        Leave out clips without any label.
    """

    least_state: LandmarkState = LandmarkState.AUTO
    author: str | None = None
    not_coded: Literal["machine", "unknown"] = "machine"
    labels: Literal["machine", "truth"] = "machine"
    only_labelled: bool = True

    def to_json(self) -> dict[str, str | bool]:
        """Return the choice in words, for the file."""
        said = asdict(self) | {"least_state": self.least_state.name.lower()}
        return said | {"author": self.author or "everyone"}


def iter_project_clips(
    project: Project,
    *,
    recordings: Sequence[RecordingEntry] | None = None,
    cutting: Cutting | None = None,
    choice: LabelChoice | None = None,
    subjects: Subjects | None = None,
    published: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Clip]:
    """Go through the clips of a project.

    A recording that shows one action unit gives one clip, its busiest stretch where it is long;
    others are cut into windows. Moments go to the landmark corrections near them. Labels are
    carried to the moments of the clip: the face on smooth curves, all else in proportion between
    the two samples around.

    Parameters
    ----------
    recordings
        All if None.
    subjects
        The project's name stands for a person who is not named, if None.
    published
        By name of the recording: ``subject``, ``split`` and ``label`` of those whose tracks say
        nothing of them.

    Raises
    ------
    RecordingError, EventFileError, VideoFileError
        If media are missing or damaged.
    ProjectFileError
        If a track is damaged.
    """
    cutting, choice = cutting or Cutting(), choice or LabelChoice()
    subjects = subjects or Subjects({})
    if not subjects.default:
        subjects = Subjects(subjects.names, subjects.pattern, project.path.stem)
    for entry in project.recordings() if recordings is None else recordings:
        recording = open_recording(entry)
        try:
            labels = _Labels(project, entry, choice)
            labels.settings = {**(published or {}).get(entry.name, {}), **labels.settings}
            yield from _clips(recording, labels, cutting, choice, subjects)
        finally:
            recording.close()


class _Labels:
    """What is said of a recording."""

    def __init__(self, project: Project, entry: RecordingEntry, choice: LabelChoice) -> None:
        self.entry = entry
        self._choice = choice
        self._least_state = choice.least_state
        roles = LABEL_ROLES[choice.labels]
        there = project.tracks(entry.id)
        self.settings = said_by(info.source for info in there.values())
        self.settings |= said_by_truth(entry)
        self.condition = self.settings.get("condition", "")
        self.face = self._first(project, there, roles["face"], FaceTrack)
        self.units = self._first(project, there, roles["units"], ActionUnitTrack)
        self.landmarks, self.keyframes_us = self._landmarks(project, there, roles["landmarks"])
        is_by_people = choice.labels == "machine"
        drawn = None
        if is_by_people:
            drawn = project.labelled(entry.id, BOX_ROLES[Camera.EVENTS], author=choice.author)
        self._drawn_boxes = None
        if drawn is not None and len(drawn.corrections):
            self._drawn_boxes = drawn.laid()
            self.keyframes_us = np.union1d(self.keyframes_us, drawn.keyframes_us())
        segments = project.segments(entry.id, author=choice.author) if is_by_people else {}
        self.segments = tuple(segments.values())
        classes = project.video_classes(entry.id) if is_by_people else {}
        self._classes = {
            said for author, said in classes.items() if choice.author in (None, author)
        }

    def au_class(self, *, is_one_clip: bool) -> int:
        """Return what the whole recording shows: as people say, as published, by its name.

        Of one that is a single clip, what is coded in it says so as well. Of a longer one that
        would leave nothing but a stretch.

        Returns
        -------
        int
            -1 where nobody says, or people differ.
        """
        segments = self.segments if is_one_clip else ()
        return find_class(self.entry.name, self.settings, self._classes, segments)

    def intensity(self, times_us: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the intensities of `AU_CLASSES`, (t, 24) float32."""
        machine = np.full((len(times_us), len(AU_CLASSES)), np.nan, np.float32)
        if self.units is not None:
            machine = sample_intensity(self.units, times_us)
        return lay_segments(
            machine,
            self.segments,
            times_us,
            not_coded_is_known=self._choice.not_coded == "machine",
        )

    def landmarks_and_boxes(
        self, times_us: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]:
        """Return landmarks (t, n, 2) of the state asked for, all states, and boxes (t, 4).

        A box is the one that a person drew, else it lies around all landmarks of any state.
        """
        landmarks = np.empty((len(times_us), 0, 2), np.float32)
        states = np.empty((len(times_us), 0), np.uint8)
        if self.landmarks is not None:
            landmarks, states = sample_landmarks(self.landmarks, times_us)
        boxes = boxes_around(landmarks)
        if self._drawn_boxes is not None:
            corners, drawn = sample_landmarks(self._drawn_boxes, times_us)
            by_people = (drawn > LandmarkState.AUTO).any(axis=1)
            boxes[by_people] = corners[by_people].reshape(-1, 4)
        is_wanted = (states >= self._least_state)[..., None]
        return np.where(is_wanted, landmarks, np.float32(np.nan)), states, boxes

    def _landmarks(
        self, project: Project, there: Mapping[str, object], roles: tuple[str, ...]
    ) -> tuple[LandmarkTrack | None, NDArray[np.int64]]:
        """Return landmarks with what people said laid over, and where they said something."""
        for role in roles:
            labelled = None
            if role in there:
                labelled = project.labelled(self.entry.id, role, author=self._choice.author)
            if labelled is not None and role == PREDICTED_LANDMARKS:
                # Of what a network said, what people said of it is learnt.
                self._least_state = max(self._least_state, LandmarkState.INTERPOLATED)
            if labelled is not None:
                return labelled.laid(), labelled.keyframes_us()
        return None, np.empty(0, np.int64)

    def _first(
        self,
        project: Project,
        there: Mapping[str, object],
        roles: tuple[str, ...],
        kind: type[_Kind],
    ) -> _Kind | None:
        for role in roles:
            track = project.read_track(self.entry.id, role) if role in there else None
            if isinstance(track, kind):
                return track
        return None


def _clips(
    recording: Recording,
    labels: _Labels,
    cutting: Cutting,
    choice: LabelChoice,
    subjects: Subjects,
) -> Iterator[Clip]:
    times_us = cutting.snapped(cutting.moments(recording.events.duration_us), labels.keyframes_us)
    stretches = list(cutting.stretches(len(times_us)))
    au_class = labels.au_class(is_one_clip=len(stretches) == 1)
    if au_class >= 0:
        stretches = [cutting.busiest(recording, times_us)]
    for stretch in stretches:
        moments_us = times_us[stretch]
        if not len(moments_us):
            continue
        coefficients = np.empty((len(moments_us), 0), np.float32)
        pose = np.full((len(moments_us), 4), np.nan, np.float32)
        if labels.face is not None:
            on_events = recording.event_from_rgb.planar if labels.face.camera == "rgb" else None
            coefficients, pose = sample_face(labels.face, moments_us, event_from_rgb=on_events)
        landmarks, states, boxes = labels.landmarks_and_boxes(moments_us)
        intensity = labels.intensity(moments_us)
        said = (coefficients, pose, intensity, landmarks)
        if choice.only_labelled and au_class < 0 and not any(np.isfinite(a).any() for a in said):
            continue
        footage = read_footage(recording, moments_us, cutting)
        yield Clip(
            recording=recording.name,
            subject=subjects.find(recording.name, labels.settings.get("subject", "")),
            start_us=footage.start_us,
            events=footage.events,
            resolution=recording.events.resolution,
            times_us=footage.times_us,
            rgb=footage.rgb,
            event_from_rgb=footage.event_from_rgb,
            au_class=au_class,
            model="" if labels.face is None else labels.face.model,
            coefficients=coefficients,
            pose=pose,
            intensity=intensity,
            landmarks=landmarks,
            landmark_state=states,
            boxes_px=boxes,
            scheme="ibug68" if labels.landmarks is None else labels.landmarks.scheme,
            condition=labels.condition,
            split=labels.settings.get("split", ""),
            filters=tuple(filter_to_text(one) for one in recording.filters if one.is_on),
        )
