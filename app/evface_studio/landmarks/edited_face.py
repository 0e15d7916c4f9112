"""The face on one picture that a person may change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from evface.annotations.boxes import BOX_ROLES, N_CORNERS, derived_corners
from evface.annotations.edits import Edit, Together
from evface.annotations.labelled import LabelledFrame, LabelledTrack
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.tracks import Camera, LandmarkState
from evface.landmarks.schemes import IBUG68, SCHEMES, LandmarkScheme
from evface_studio.document import Document
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.landmarks.previewed_track import Places, PreviewedTrack

_NO_PROJECT = (
    "This recording belongs to no project yet, so changes have nowhere to be kept: "
    "use File > Save as project."
)
_NO_LABELS = "There are no landmarks at this moment to change."


class EditedFace(QObject):
    """Landmarks and box at the moment of the picture shown, and what is being dragged of them.

    What is dragged is shown at once and becomes one edit when it is let go. It stays where it was
    put until the labels have it; where the edit fails, what the labels say is shown again.

    Parameters
    ----------
    camera
        Whose picture.
    roles
        Roles of the tracks that may be changed; the first one there is counts.
    """

    # Other places, states or another moment.
    changed = Signal()
    # One line for the user: why nothing can be changed.
    refused = Signal(str)

    def __init__(
        self,
        camera: Camera,
        roles: tuple[str, ...],
        document: Document,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.camera = camera
        self._roles = roles
        self._document = document
        self._points = PreviewedTrack()
        self._box = PreviewedTrack()
        self._shown_us: int | None = None
        self._marks: FaceMarks | None = None
        # The landmark that the pointer holds.
        self._grasped: int | None = None
        document.recording_changed.connect(self._on_recording_changed)
        document.labels_changed.connect(self._on_labels_changed)
        document.failed.connect(self._on_failed)
        document.busy_changed.connect(self._on_busy_changed)
        self._read_labels()

    @property
    def role(self) -> str | None:
        """Which track is changed; None where there is none."""
        return self._points.role

    @property
    def box_role(self) -> str:
        """Which track holds the box."""
        return BOX_ROLES[self.camera]

    @property
    def labelled(self) -> LabelledTrack | None:
        """The landmarks at all times."""
        return self._points.labelled

    @property
    def scheme(self) -> LandmarkScheme:
        """What the landmarks mean."""
        labelled = self.labelled
        return IBUG68 if labelled is None else SCHEMES.get(labelled.track.scheme, IBUG68)

    @property
    def frame(self) -> LabelledFrame | None:
        """What the labels say of the landmarks now."""
        return self._points.frame

    @property
    def box_frame(self) -> LabelledFrame | None:
        """What the labels say of the box now."""
        return self._box.frame

    @property
    def t_us(self) -> int | None:
        """The moment that an edit belongs to: that of the landmarks shown, else the picture's."""
        frame = self.frame or self.box_frame
        return self._shown_us if frame is None else frame.t_us

    @property
    def age_us(self) -> int:
        """How far the landmarks lie before the picture's moment; negative where after."""
        return self._points.age_us

    @property
    def marks(self) -> FaceMarks | None:
        """What is to be drawn; None for nothing."""
        return self._marks

    @property
    def grasped(self) -> int | None:
        """The landmark that the pointer drags."""
        return self._grasped

    @property
    def is_held(self) -> bool:
        """Whether something is being dragged."""
        return self._points.is_held or self._box.is_held

    def why_not(self) -> str:
        """Return why nothing can be changed now; empty where it can."""
        document = self._document
        if document.project is None:
            return _NO_PROJECT
        if document.is_read_only:
            return f"{document.project.path.name} can only be read: {document.read_only_reason}."
        return ""

    def why_no_points(self) -> str:
        """Return why no landmark can be changed now; empty where one can."""
        return self.why_not() or ("" if self.frame is not None else _NO_LABELS)

    def show_at(self, t_us: int | None) -> None:
        """Show what the labels say of another moment; None for nothing."""
        self._shown_us = t_us
        self._points.show_at(t_us)
        self._box.show_at(t_us)
        self._draw()

    def grasp(self, landmark: int | None) -> None:
        """Say which landmark the pointer holds."""
        self._grasped = landmark

    def preview(
        self,
        points_px: Places | None = None,
        box_px: NDArray[np.floating] | None = None,
        *,
        carried: frozenset[int] = frozenset(),
    ) -> None:
        """Show landmarks, or the box, elsewhere until `commit` or `revert`.

        Parameters
        ----------
        points_px
            By landmark.
        box_px : (2, 2) float
            Any two opposite corners.
        carried
            The landmarks that a machine takes along with those that a person moves.
        """
        if points_px is not None:
            self._points.hold(points_px, carried)
        if box_px is not None:
            corners = np.sort(box_px, axis=0).tolist()
            self._box.hold({i: (x, y) for i, (x, y) in enumerate(corners)})
        self._draw()

    def revert(self) -> None:
        """Show what was dragged where it was."""
        self._grasped = None
        self._points.drop()
        self._box.drop()
        self._draw()

    def commit(self, source: str, label: str) -> None:
        """Make what is previewed one edit.

        Parameters
        ----------
        source
            By what means, e.g. ``"drag"``.
        label
            What the edit is called.
        """
        self._grasped = None
        t_us, recording_id = self.t_us, self._document.recording_id
        edits: list[Edit] = []
        if t_us is not None and recording_id is not None:
            for layer, role in ((self._points, self.role), (self._box, self.box_role)):
                if not layer.is_held or role is None:
                    continue
                moved, carried = layer.send(t_us)
                for places_px, state in (
                    (moved, LandmarkState.CORRECTED),
                    (carried, LandmarkState.INTERPOLATED),
                ):
                    if places_px:
                        edits.append(
                            MoveLandmarks(recording_id, role, t_us, places_px, source, state, label)
                        )
        if edits:
            edit = edits[0] if len(edits) == 1 else Together(tuple(edits), label)
            self._document.edit(edit)
        self._draw()

    def _draw(self) -> None:
        shown = self._points.shown()
        box = self._box.shown(N_CORNERS)
        if shown is None and box is None:
            marks = None
        else:
            if shown is None:
                nothing = np.empty((0, 2), np.float32)
                landmarks, state, occluded = nothing, np.zeros(0, np.uint8), np.zeros(0, np.bool_)
            else:
                landmarks, state, occluded = shown
            is_drawn = box is not None and bool((box[1] != LandmarkState.AUTO).any())
            # A box that nobody drew follows the landmarks while these are dragged.
            if box is not None and (is_drawn or not len(landmarks)):
                corners = box[0]
            else:
                corners = derived_corners(landmarks)
            marks = FaceMarks(
                landmarks,
                state,
                self._points.is_aged if shown is not None else self._box.is_aged,
                occluded,
                corners,
                is_drawn,
            )
        if marks is not None or self._marks is not None:
            self._marks = marks
            self.changed.emit()

    def _read_labels(self) -> None:
        labels = self._document.labels
        role = next(
            (
                role
                for role in self._roles
                if role in labels and labels[role].track.camera == self.camera
            ),
            None,
        )
        self._points.set_track(role, None if role is None else labels[role])
        self._box.set_track(self.box_role, labels.get(self.box_role))
        self._draw()

    @Slot()
    def _on_recording_changed(self) -> None:
        self._forget_sent()
        self._grasped = None
        for layer in (self._points, self._box):
            layer.drop()
        self.show_at(None)

    @Slot(object)
    def _on_labels_changed(self, roles: frozenset[str]) -> None:
        if roles & {self.box_role, *self._roles}:
            self._read_labels()

    @Slot(str)
    def _on_failed(self, _problem: str) -> None:
        self._forget_sent()

    @Slot(str)
    def _on_busy_changed(self, label: str) -> None:
        # Nothing is on its way any more: what did not arrive never will.
        if not label:
            self._forget_sent()

    def _forget_sent(self) -> None:
        if self._points.forget_sent() | self._box.forget_sent():
            self._draw()
