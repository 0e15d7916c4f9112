"""Drags landmarks: one, those chosen, a part of the face, or all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.tools.tool import Pointer


class MovePoints:
    """Moves landmarks by as much as the pointer is moved, each by the same.

    Parameters
    ----------
    landmarks
        Those that are missing are left out.
    grasped
        The one that the pointer holds; None where it holds a handle.
    label
        What the edit is called.
    moves_box
        Whether the box goes with them, where somebody drew it.
    """

    def __init__(
        self,
        face: EditedFace,
        landmarks: frozenset[int],
        *,
        grasped: int | None = None,
        label: str = "Move landmark",
        moves_box: bool = False,
    ) -> None:
        self._face = face
        self._wanted = landmarks
        self._grasped = grasped
        self._label = label
        self._moves_box = moves_box
        self._landmarks: tuple[int, ...] = ()
        self._from_px: NDArray[np.floating] = np.empty((0, 2))
        self._box_px: NDArray[np.floating] | None = None
        self._pressed_px = np.zeros(2)

    def press(self, pointer: Pointer) -> bool:
        """Take the landmarks up."""
        marks = self._face.marks
        if marks is None:
            return False
        known = set(np.flatnonzero(marks.known).tolist())
        self._landmarks = tuple(sorted(self._wanted & known))
        self._from_px = np.asarray(marks.landmarks_px[list(self._landmarks)], np.float64)
        if self._moves_box and marks.is_box_drawn:
            self._box_px = np.asarray(marks.corners_px, np.float64)
        self._pressed_px = pointer.at_px
        self._face.grasp(self._grasped)
        return bool(self._landmarks)

    def move(self, pointer: Pointer) -> None:
        """Show them where they are now."""
        by_px = pointer.at_px - self._pressed_px
        places = (self._from_px + by_px).tolist()
        self._face.preview(
            {landmark: (x, y) for landmark, (x, y) in zip(self._landmarks, places, strict=True)},
            None if self._box_px is None else self._box_px + by_px,
        )

    def release(self, pointer: Pointer) -> None:
        """Make it an edit."""
        self.move(pointer)
        self._face.commit("drag", self._label)

    def cancel(self) -> None:
        """Put them back."""
        self._face.revert()
