"""Drags one landmark while the rest of the face follows as a head would."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.landmarks.head_guides import HeadGuide
from evface_studio.tools.tool import Pointer

SOURCE = "model-guided drag"
# Says how the rest of a face follows one landmark; None where there is no face.
GuideOf = Callable[[EditedFace, int], HeadGuide | None]


class GuidedMove:
    """Moves one landmark by as much as the pointer is moved, and refits the head to it.

    Landmarks that a person put right stay where they are. The others follow, and are carried by a
    machine rather than corrected: the next drag may move them again.
    """

    def __init__(self, face: EditedFace, landmark: int, guide_of: GuideOf) -> None:
        self._face = face
        self._landmark = landmark
        self._guide_of = guide_of
        self._guide: HeadGuide | None = None
        self._from_px = np.zeros(2)
        self._pressed_px = np.zeros(2)

    def press(self, pointer: Pointer) -> bool:
        """Take the landmark up."""
        marks = self._face.marks
        if marks is None:
            return False
        self._guide = self._guide_of(self._face, self._landmark)
        self._from_px = np.asarray(marks.landmarks_px[self._landmark], np.float64)
        self._pressed_px = pointer.at_px
        self._face.grasp(self._landmark)
        return self._guide is not None

    def move(self, pointer: Pointer) -> None:
        """Show the face as it is now."""
        if self._guide is None:
            return
        x_px, y_px = (self._from_px + pointer.at_px - self._pressed_px).tolist()
        places = self._guide.follow(x_px, y_px)
        self._face.preview(places, carried=frozenset(places) - {self._landmark})

    def release(self, pointer: Pointer) -> None:
        """Make it one edit."""
        self.move(pointer)
        self._face.commit(SOURCE, "Move with the head")

    def cancel(self) -> None:
        """Put everything back."""
        self._face.revert()
