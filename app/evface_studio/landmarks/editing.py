"""Changing landmarks and boxes: what is chosen, and what keys and menus do with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from evface.annotations.copying import Direction, copy_edit, neighbouring_keyframe
from evface.annotations.edits import Edit, Place
from evface.annotations.labelled import DEFAULT_GAP_US
from evface.annotations.landmark_edits import (
    MoveLandmarks,
    OccludeLandmarks,
    SetCorrections,
    SetInterpolation,
    VerifyLandmarks,
)
from evface.annotations.mirror import check_mirror, swap_edit
from evface.annotations.roles import LANDMARK_ROLES, PREDICTED_LANDMARKS
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, nearest_index
from evface.errors import RecordingError
from evface.landmarks.mappings import can_convert, convert_landmarks
from evface.landmarks.schemes import SCHEMES
from evface_studio.document import Document
from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.landmarks.head_guides import HeadGuides
from evface_studio.landmarks.nudging import Nudging
from evface_studio.panes.sampling import TrackSampler
from evface_studio.tools.face_parts import part_of, parts_of
from evface_studio.view_state import PointerTool, ViewState
from evface_studio.wording import format_span

# Whose tracks may be changed on each picture; the first one there is counts. Truth never may.
# Labels of a video frame may be off its time by so much.
_ROUNDING_US = 1_000
_CAMERA_WORDS = {Camera.RGB: "the video", Camera.EVENTS: "the events"}


class LandmarkEditing(QObject):
    """What is done to the face on the picture that was used last.

    It asks the document for edits; the faces show what the labels say then.
    """

    # One line for the user: why nothing was done.
    refused = Signal(str)
    # Other things can be done than before.
    changed = Signal()

    def __init__(
        self, document: Document, view_state: ViewState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._faces = {
            camera: EditedFace(camera, roles, document, self)
            for camera, roles in LANDMARK_ROLES.items()
        }
        self._guides = HeadGuides(document, self)
        self._nudging = Nudging(document, view_state, self)
        # How far landmarks are tracked from a keyframe.
        self._track_for_us = 200_000
        for face in self._faces.values():
            face.refused.connect(self.refused)
        document.labels_changed.connect(self._on_labels_changed)
        view_state.camera_changed.connect(self.changed)

    def face_on(self, camera: Camera) -> EditedFace:
        """Return the face on one picture."""
        return self._faces[camera]

    @property
    def guides(self) -> HeadGuides:
        """How the rest of a face follows one landmark."""
        return self._guides

    @property
    def face(self) -> EditedFace:
        """The face that keys act on: on the picture used last, if it has landmarks."""
        face = self._faces[self._view_state.camera]
        if face.role is None:
            return next((one for one in self._faces.values() if one.role is not None), face)
        return face

    @property
    def has_landmarks(self) -> bool:
        """Whether there are landmarks that can be changed."""
        return self.face.role is not None

    @property
    def selected(self) -> tuple[int, ...]:
        """The chosen landmarks that the face has, in their order."""
        n_landmarks = self.face.scheme.n_landmarks
        return tuple(sorted(i for i in self._view_state.selected_landmarks if i < n_landmarks))

    @property
    def is_interpolating(self) -> bool:
        """Whether corrections are carried from keyframe to keyframe."""
        return self.longest_gap_us > 0

    @property
    def longest_gap_us(self) -> int:
        """How far apart keyframes may be for corrections to be carried; 0 where none are."""
        labelled = self.face.labelled
        return 0 if labelled is None else labelled.longest_gap_us

    def close(self) -> None:
        """End the thread that loads heads."""
        self._guides.close()

    def select_all(self) -> None:
        """Choose every landmark that is not missing."""
        marks = self.face.marks
        if marks is not None:
            self._view_state.select_landmarks(np.flatnonzero(marks.known).tolist())

    def select_part(self) -> None:
        """Choose the whole parts of the face that the chosen landmarks belong to."""
        scheme, chosen = self.face.scheme, self._view_state.chosen_landmark
        parts = {part_of(scheme, landmark) for landmark in self.selected}
        members = [i for part in parts for i in parts_of(scheme)[part]]
        if members:
            self._view_state.select_landmarks(members, chosen)

    def select_next(self, step: int) -> None:
        """Choose the next landmark, the one before where `step` is -1; round in a circle."""
        n_landmarks = self.face.scheme.n_landmarks
        chosen = self._view_state.chosen_landmark
        if chosen is None:
            selected = self.selected
            chosen = (selected[0] if step > 0 else selected[-1]) if selected else None
            landmark = chosen if chosen is not None else (0 if step > 0 else n_landmarks - 1)
        else:
            landmark = (chosen + step) % n_landmarks
        self._view_state.choose_landmark(landmark)

    def let_go(self) -> None:
        """End what the pointer is set to do; else choose nothing."""
        if self._view_state.tool is not PointerTool.SELECT:
            self._view_state.set_tool(PointerTool.SELECT)
        else:
            self._view_state.choose_landmark(None)

    def nudge(self, x_px: float, y_px: float) -> None:
        """Move the chosen landmarks by a little; what follows soon is the same step."""
        if not self._refuse(self.face.why_no_points()):
            self._nudging.nudge(self.face, self.selected, x_px, y_px)

    @Slot()
    def finish_nudging(self) -> None:
        """Make what was nudged an edit, before something else is done."""
        self._nudging.finish()

    def verify(self) -> None:
        """Say that the chosen landmarks are right, or all where none is chosen."""
        landmarks = self.selected
        if landmarks:
            self._verify(landmarks, _words("Verify", landmarks))
        else:
            self.verify_frame()

    def verify_frame(self) -> None:
        """Say that all landmarks are right."""
        self._verify(tuple(range(self.face.scheme.n_landmarks)), "Verify frame")

    def occlude(self) -> None:
        """Say that something hides the chosen landmarks; if it does already, that nothing does."""
        place, landmarks, frame = self._place(), self.selected, self.face.frame
        if place is not None and frame is not None and landmarks:
            is_occluded = not all(frame.occluded[list(landmarks)])
            label = _words("Hide" if is_occluded else "Show", landmarks)
            self._document.edit(OccludeLandmarks(*place, landmarks, is_occluded, label))

    def keep(self) -> None:
        """Make this frame a keyframe: the chosen landmarks, or all, are right as they are shown."""
        place, marks = self._place(), self.face.marks
        if place is None or marks is None:
            return
        wanted = self.selected or range(len(marks.state))
        # What a person says already is left as it was said.
        free = [i for i in wanted if marks.known[i] and marks.state[i] < LandmarkState.CORRECTED]
        places = {i: (float(x), float(y)) for i in free for x, y in [marks.landmarks_px[i]]}
        if places:
            edit = MoveLandmarks(*place, places, "kept as shown", label="Make a keyframe")
            self._document.edit(edit)
        else:
            self.refused.emit("A person has said where these landmarks are already.")

    def accept_prediction(self) -> None:
        """Correct the chosen landmarks, or all, to where a network predicted them: a keyframe."""
        place, recording = self._place(), self._document.recording
        track = self._document.tracks.get(PREDICTED_LANDMARKS)
        if place is None or recording is None or not isinstance(track, LandmarkTrack):
            return
        face, t_us = self.face, place[2]
        sample = TrackSampler(track).at(t_us)
        own, source = face.scheme, SCHEMES.get(track.scheme)
        if sample is None or source is None:
            self.refused.emit("Nothing was predicted for this moment.")
            return
        if not can_convert(source, own):
            self.refused.emit(
                f"The network predicts {source.n_landmarks} landmarks, which cannot be turned into "
                f"the {own.n_landmarks} here."
            )
            return
        points = convert_landmarks(np.asarray(track.landmarks[sample.index]), source, own)
        if face.camera != track.camera:
            points = recording.event_from_rgb.planar.inverse().apply(points)
        wanted = self.selected or range(len(points))
        places = {i: (float(x), float(y)) for i in wanted for x, y in [points[i]] if x == x}
        if not places:
            self.refused.emit("These landmarks were not predicted at this moment.")
            return
        means = f"predicted by {track.source.name}"
        label = _words("Accept predicted", tuple(places))
        self._document.edit(MoveLandmarks(*place, places, means, label=label))

    def forget(self) -> None:
        """Take back one's own words about the chosen landmarks: what the machine says counts."""
        self._forget(self.selected, _words("Forget correction of", self.selected))

    def forget_frame(self) -> None:
        """Take back one's own words about all landmarks of this frame."""
        everything = tuple(range(self.face.scheme.n_landmarks))
        self._forget(everything, "Forget corrections of the frame")

    def go_to_keyframe(self, direction: Direction) -> None:
        """Show the keyframe next before or after this moment."""
        face = self.face
        labelled, t_us = face.labelled, face.t_us
        if labelled is None:
            return
        now_us = self._view_state.time_us if t_us is None else t_us
        found_us = neighbouring_keyframe(labelled, now_us, direction)
        if found_us is None:
            words = _CAMERA_WORDS[face.camera]
            where = "before" if direction == "previous" else "after"
            self.refused.emit(f"There is no keyframe of {words} {where} this moment.")
            return
        self._view_state.set_playing(False)
        self._view_state.set_time_us(self._moment_showing(face.camera, found_us))

    def go_to(self, place: Place) -> None:
        """Show what an edit changed, unless it is shown already."""
        if place.t_us is None:
            return
        for face in self._faces.values():
            if place.role in (face.role, face.box_role):
                if face.t_us != place.t_us:
                    moment_us = self._moment_showing(face.camera, place.t_us)
                    self._view_state.set_time_us(moment_us)
                return
        self._view_state.set_time_us(place.t_us)

    def copy_from(self, direction: Direction) -> None:
        """Correct the landmarks here as they were corrected at the keyframe before or after."""
        place, labelled = self._place(), self.face.labelled
        if place is None or labelled is None:
            return
        recording_id, role, t_us = place
        found_us = neighbouring_keyframe(labelled, t_us, direction)
        if found_us is None:
            where = "before" if direction == "previous" else "after"
            self.refused.emit(f"There is no keyframe {where} this moment to copy from.")
            return
        landmarks = self.selected or None
        try:
            edit = copy_edit(recording_id, role, labelled, found_us, t_us, landmarks=landmarks)
        except ValueError:
            self.refused.emit("The chosen landmarks were not corrected at that keyframe.")
            return
        self._document.edit(edit)

    @property
    def track_for_us(self) -> int:
        """How far landmarks are tracked."""
        return self._track_for_us

    def set_track_for_us(self, track_for_us: int) -> None:
        """Track landmarks farther, or less far."""
        self._track_for_us = max(track_for_us, 0)

    def propagate(self, direction: Direction) -> None:
        """Track the landmarks corrected here on the events, to the frames that follow or precede.

        The chosen ones, or all that were corrected. It is one step, made in the document's thread.
        """
        place, recording, viewer = self._place(), self._document.recording, self._viewer()
        project = self._document.project
        if place is None or recording is None or project is None:
            return
        recording_id, role, t_us = place
        if self.face.camera is not Camera.EVENTS:
            self.refused.emit("Tracking follows events: use the picture of the events.")
            return
        for_us = -self._track_for_us if direction == "previous" else self._track_for_us
        chosen = self.selected or None

        def make() -> Edit:
            from evface.transfer.face_tracker import Stop
            from evface.transfer.point_tracking import propagation_edit, track_points

            # Read when its turn comes: what was corrected just before is in it.
            labelled = project.labelled(recording_id, role, author=viewer)
            if labelled is None:
                raise RecordingError(f"{recording_id}: there are no landmarks to track")
            tracked = track_points(recording.events, labelled, t_us, for_us, landmarks=chosen)
            edit = propagation_edit(recording_id, role, tracked)
            if tracked.stop is Stop.DONE:
                return edit
            span = format_span(abs(int(tracked.times_us[-1]) - t_us))
            return replace(edit, label=f"{edit.label} for {span}, {tracked.stop}")

        self._document.edit_from("Propagate by tracking", make)

    def swap_sides(self) -> None:
        """Give landmarks that changed sides each other's place."""
        place, marks = self._place(), self.face.marks
        if place is None or marks is None:
            return
        pairs = check_mirror(marks.landmarks_px, self.face.scheme).swapped
        chosen = set(self.selected)
        # Where none of the chosen ones did, all are meant.
        wanted = tuple(pair for pair in pairs if chosen.intersection(pair)) or pairs
        if wanted:
            self._document.edit(swap_edit(*place, marks.landmarks_px, wanted))
        else:
            self.refused.emit("No landmarks have changed sides here.")

    def set_interpolating(self, is_on: bool) -> None:
        """Carry corrections from keyframe to keyframe, or leave what lies between alone."""
        self.set_longest_gap(DEFAULT_GAP_US if is_on else 0)

    def set_longest_gap(self, gap_us: int) -> None:
        """Say how far apart keyframes may be for corrections to be carried; 0 for never."""
        recording_id, role = self._document.recording_id, self.face.role
        if self._refuse(self.face.why_not()) or recording_id is None or role is None:
            return
        words = f"up to {format_span(gap_us)}" if gap_us else "off"
        label = f"Carry corrections: {words}"
        self._document.edit(SetInterpolation(recording_id, role, gap_us, label))

    def reset_box(self) -> None:
        """Take back one's own words about the box: it lies around the landmarks again."""
        face = self.face
        frame, recording_id = face.box_frame, self._document.recording_id
        if self._refuse(face.why_not()) or frame is None or recording_id is None:
            return
        mine = [
            corner
            for corner, said in frame.corrections.items()
            if said.author == self._document.annotator
        ]
        if not mine:
            self.refused.emit("You have not drawn a box at this moment.")
            return
        forgotten = dict.fromkeys(mine)
        self._document.edit(
            SetCorrections(recording_id, face.box_role, frame.t_us, forgotten, "Reset box")
        )

    def _moment_showing(self, camera: Camera, t_us: int) -> int:
        """Return when a picture is shown to which the labels of a time belong.

        A frame of the video is shown once it has begun, and labels may be earlier by a rounding.
        """
        recording = self._document.recording
        if camera is not Camera.RGB or recording is None:
            return t_us
        nearest = nearest_index(recording.video_times_us, t_us)
        if nearest is None:
            return t_us
        begins_us = int(recording.video_times_us[nearest])
        return begins_us if 0 < begins_us - t_us <= _ROUNDING_US else t_us

    def _verify(self, landmarks: tuple[int, ...], label: str) -> None:
        place = self._place()
        if place is not None:
            self._document.edit(VerifyLandmarks(*place, landmarks, label))

    def _forget(self, landmarks: tuple[int, ...], label: str) -> None:
        place, frame, me = self._place(), self.face.frame, self._document.annotator
        if place is None or frame is None:
            return
        said = {i: frame.corrections[i].author for i in landmarks if i in frame.corrections}
        mine = [i for i, author in said.items() if author == me]
        others = sorted(set(said.values()) - {me})
        if mine:
            self._document.edit(SetCorrections(*place, dict.fromkeys(mine), label))
        elif others:
            names = " and ".join(others)
            self.refused.emit(f"These are the words of {names}. Correct them by your own instead.")
        else:
            self.refused.emit("Nobody has corrected these landmarks at this moment.")

    def _place(self) -> tuple[str, str, int] | None:
        """Return recording, role and time of the landmarks to change; None where they cannot be.

        That is said then. What was nudged becomes an edit before the next one is made.
        """
        self._nudging.finish()
        face, recording_id = self.face, self._document.recording_id
        role, frame = face.role, face.frame
        if self._refuse(face.why_no_points()):
            return None
        if recording_id is None or role is None or frame is None:
            return None
        self._view_state.set_playing(False)
        return recording_id, role, frame.t_us

    def _viewer(self) -> str | None:
        """Return whose words are shown; None for everyone's."""
        return self._document.annotator if self._document.is_blind else None

    def _refuse(self, why_not: str) -> bool:
        if why_not:
            self.refused.emit(why_not)
        return bool(why_not)

    @Slot(object)
    def _on_labels_changed(self, _roles: frozenset[str]) -> None:
        self.changed.emit()


def _words(verb: str, landmarks: tuple[int, ...]) -> str:
    return f"{verb} landmark" if len(landmarks) == 1 else f"{verb} {len(landmarks)} landmarks"
