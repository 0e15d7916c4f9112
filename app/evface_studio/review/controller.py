"""The review: the item that is looked at, and what is decided about it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from evface.annotations.edits import Edit, Place, Together
from evface.annotations.landmark_edits import VerifyLandmarks
from evface.annotations.reviews import Review as Decision
from evface.annotations.reviews import SetReview, Verdict
from evface.annotations.tracks import Camera
from evface.review.queue import QueueItem
from evface.review.segment_checks import ROLE as CODING_ROLE
from evface_studio.coding.controller import Coding
from evface_studio.document import Document
from evface_studio.landmarks.editing import LandmarkEditing
from evface_studio.review.known_queue import KnownQueue
from evface_studio.review.moment import NEAR_US, corrections_near, part_to_show
from evface_studio.review.reading import Key, Status
from evface_studio.view_state import ViewState

# More than this share of all landmarks is no use to point at.
_FEW = 0.5
_FIX_POINTS = "Correct the points, then press the same key again: the frame counts as fixed."
_FIX_SEGMENTS = "Correct the segments, then press the same key again: the item counts as fixed."


class Review(QObject):
    """Leads through the queue. Verdicts are edits: undoable, and on disk before they are shown."""

    # Another item is looked at, or none.
    current_changed = Signal()
    # One line for the user: why nothing was done, or what to do next.
    noticed = Signal(str)
    # The part of a camera's picture to look at: the camera and x0, y0, x1, y1, px.
    part_asked = Signal(object, object)
    # The camera whose picture is to get the keyboard; None for the timeline.
    keyboard_asked = Signal(object)

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        landmarks: LandmarkEditing,
        coding: Coding,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._landmarks = landmarks
        self._coding = coding
        self.known = KnownQueue(document, self)
        self._current: QueueItem | None = None
        self._is_on_the_way = False
        self._zooms = True
        self._deciding: tuple[Edit, QueueItem, Status] | None = None
        # What the annotator had said near an item when it was first looked at.
        self._before: dict[Key, object] = {}
        self.known.remade.connect(self._on_remade)
        document.recording_changed.connect(self._on_recording_changed)
        document.made.connect(self._on_edit_made)
        document.failed.connect(self._on_edit_failed)
        document.stepped.connect(self._on_stepped)

    @property
    def current(self) -> QueueItem | None:
        """The item that is looked at."""
        return self._current

    @property
    def zooms(self) -> bool:
        """Whether the picture shows the doubtful part, enlarged."""
        return self._zooms

    @property
    def can_decide(self) -> bool:
        """Whether an item is looked at, and verdicts can be kept."""
        return (
            self._current is not None
            and not self._document.is_read_only
            and self._document.recording_id == self._current.recording_id
        )

    def set_zooms(self, zooms: bool) -> None:
        """Enlarge the doubtful part, or leave the picture as it is."""
        self._zooms = zooms
        if zooms and self._current is not None:
            self._show_part(self._current)

    def go_to(self, item: QueueItem) -> None:
        """Look at an item: its recording, its moment and what is doubtful there."""
        self._current = item
        self._view_state.set_playing(False)
        self._is_on_the_way = self._document.recording_id != item.recording_id
        self.current_changed.emit()
        if self._is_on_the_way:
            self._document.show_recording(item.recording_id)
        else:
            self._arrive(item)

    def go_on(self, step: int = 1) -> None:
        """Look at the next item listed, the one before where `step` is -1."""
        listed = self.known.listed
        if not listed:
            self.noticed.emit("Nothing is listed.")
            return
        place = self._place_of(self._current)
        if place is None:
            self.go_to(listed[0 if step > 0 else -1])
        elif 0 <= place + step < len(listed):
            self.go_to(listed[place + step])
        else:
            self.noticed.emit("This is the last one." if step > 0 else "This is the first one.")

    def accept(self) -> None:
        """Say that the frame is right: all its landmarks are verified."""
        item = self._decidable()
        if item is None:
            return
        edits: list[Edit] = []
        labelled = self._document.labels.get(item.role)
        if labelled is not None:
            everything = tuple(range(labelled.n_landmarks))
            edits.append(VerifyLandmarks(item.recording_id, item.role, item.t_us, everything))
        self._decide(item, Verdict.ACCEPTED, edits, "Accept frame")

    def fix(self) -> None:
        """Say that it was mended; where nothing was corrected yet, begin to."""
        item = self._decidable()
        if item is None:
            return
        if self._said_near(item) != self._before.get(item.key):
            self._decide(item, Verdict.FIXED, [], "Mark frame as fixed")
            return
        self.keyboard_asked.emit(self._camera_of(item))
        self.noticed.emit(_FIX_SEGMENTS if item.role == CODING_ROLE else _FIX_POINTS)

    def skip(self) -> None:
        """Leave it undecided; it is not asked again."""
        item = self._decidable()
        if item is not None:
            self._decide(item, Verdict.SKIPPED, [], "Skip frame")

    def reopen(self) -> None:
        """Put the item back into the queue."""
        item = self._decidable()
        if item is None:
            return
        reach_us = 0 if item.role == CODING_ROLE else NEAR_US
        near = [
            (abs(t_us - item.t_us), t_us)
            for role, t_us in self._document.reviews
            if role == item.role and abs(t_us - item.t_us) <= reach_us
        ]
        if near:
            place = (item.recording_id, item.role, min(near)[1])
            self._document.edit(SetReview(*place, None, "Reopen frame"))
        else:
            self.noticed.emit("You have not decided about this one.")

    def close(self) -> None:
        """End the process and the thread."""
        self.known.close()

    def _decidable(self) -> QueueItem | None:
        """Return the item that can be decided about now; None, and why, where none can."""
        if self._deciding is not None:
            return None
        if self._document.is_read_only:
            reason = self._document.read_only_reason
            self.noticed.emit(f"This project can only be read: {reason}.")
            return None
        return self._current if self.can_decide else None

    def _decide(self, item: QueueItem, verdict: Verdict, edits: list[Edit], label: str) -> None:
        decision = Decision(verdict, tuple(kind.value for kind in item.kinds))
        edits.append(SetReview(item.recording_id, item.role, item.t_us, decision, label))
        edit = Together(tuple(edits), label)
        self._deciding = (edit, item, Status(verdict.value))
        self._document.edit(edit)

    def _arrive(self, item: QueueItem) -> None:
        """Show an item of the recording that is shown."""
        self._is_on_the_way = False
        self._before.setdefault(item.key, self._said_near(item))
        camera = self._camera_of(item)
        if camera is None:
            self._view_state.set_time_us(item.t_us)
            self._choose_segment(item)
        else:
            self._view_state.set_camera(camera)
            self._landmarks.go_to(Place(item.recording_id, item.t_us, item.role))
            self._view_state.select_landmarks(self._spots(item))
            if self._zooms:
                self._show_part(item)
        self.current_changed.emit()

    def _choose_segment(self, item: QueueItem) -> None:
        """Choose the segment that an item is about: one's own, another's, else what is suggested.

        What a network sees and nobody coded is a suggestion, to be accepted or refused.
        """
        units = {reason.unit for reason in item.reasons if reason.unit}
        there = [
            segment
            for segment in self._document.segments.values()
            if segment.unit in units and segment.onset_us <= item.t_us < segment.offset_us
        ]
        own = [one for one in there if one.author == self._document.annotator]
        proposed = [
            segment
            for segment in self._coding.suggested.values()
            if segment.unit in units and segment.onset_us <= item.t_us < segment.offset_us
        ]
        if there or proposed:
            self._coding.choose((own or there or proposed)[-1])
        elif units:
            self._coding.choose_unit(next(iter(sorted(units))))

    def _show_part(self, item: QueueItem) -> None:
        labelled, camera = self._document.labels.get(item.role), self._camera_of(item)
        if labelled is not None and camera is not None:
            part = part_to_show(labelled, item.t_us, self._spots(item))
            if part is not None:
                self.part_asked.emit(camera, part)

    def _spots(self, item: QueueItem) -> tuple[int, ...]:
        """Return the landmarks to point at: of reasons that are not about most of the face."""
        most = _FEW * self._document.labels[item.role].n_landmarks
        named = [one.landmarks for one in item.reasons if one.role == item.role]
        return tuple(sorted({i for points in named if len(points) <= most for i in points}))

    def _camera_of(self, item: QueueItem) -> Camera | None:
        """Return the picture that an item is on; None for action units."""
        labelled = self._document.labels.get(item.role)
        return None if labelled is None else Camera(labelled.track.camera)

    def _said_near(self, item: QueueItem) -> object:
        """Return what the annotator said around an item, to be compared with later."""
        if item.role == CODING_ROLE:
            return dict(self._document.segments)
        labelled = self._document.labels.get(item.role)
        return None if labelled is None else corrections_near(labelled, item.t_us)

    def _place_of(self, item: QueueItem | None) -> int | None:
        """Return where an item is listed."""
        listed = self.known.listed
        return next((place for place, one in enumerate(listed) if one is item), None)

    @Slot()
    def _on_remade(self) -> None:
        """Look at the item of the new queue that takes the place of the current one."""
        item, self._before = self._current, {}
        self._deciding = None
        near = [
            (abs(one.t_us - item.t_us), place)
            for place, one in enumerate(self.known.queue.items)
            if item is not None
            and (one.recording_id, one.role) == (item.recording_id, item.role)
            and abs(one.t_us - item.t_us) <= NEAR_US
        ]
        self._current = self.known.queue.items[min(near)[1]] if near else None
        if self._current is not None and self.can_decide:
            self._before[self._current.key] = self._said_near(self._current)
        self.current_changed.emit()

    @Slot()
    def _on_recording_changed(self) -> None:
        item = self._current
        if self._is_on_the_way and item is not None:
            # The panes and the labels follow the document first.
            QTimer.singleShot(0, self, lambda: self._on_recording_shown(item))
        self.current_changed.emit()

    def _on_recording_shown(self, item: QueueItem) -> None:
        if self._current is item and self._document.recording_id == item.recording_id:
            self._arrive(item)

    @Slot(object)
    def _on_edit_made(self, edit: Edit) -> None:
        """Go to what else is open, from the decided item on and round to what was passed over."""
        if self._deciding is None or edit is not self._deciding[0]:
            return
        _, item, status = self._deciding
        self._deciding = None
        listed, place = self.known.listed, self._place_of(item)
        following = () if place is None else (*listed[place + 1 :], *listed[:place])
        self.known.set_status(item, status)
        if self._current is not item:
            return  # Somebody went elsewhere meanwhile.
        for one in following:
            if self.known.status_of(one) is Status.OPEN:
                self.go_to(one)
                return
        self.current_changed.emit()
        self.noticed.emit("That was the last one listed.")

    @Slot()
    def _on_edit_failed(self) -> None:
        self._deciding = None

    @Slot(object)
    def _on_stepped(self, place: Place) -> None:
        """Look at the item whose verdict was taken back or made again."""
        key = (place.recording_id, place.role, place.t_us)
        for item in self.known.queue.items:
            if item.key == key:
                self._current = item
                self.current_changed.emit()
                return
