"""Drags a side or a corner of the face's box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.tools.targets import SideTarget
from evface_studio.tools.tool import Pointer


class MoveBox:
    """Moves what was grasped of the box; the other sides stay. A box of the landmarks is kept then.

    Parameters
    ----------
    side
        What was grasped.
    """

    def __init__(self, face: EditedFace, side: SideTarget) -> None:
        self._face = face
        self._side = side
        self._from_px: NDArray[np.floating] = np.zeros((2, 2))
        self._pressed_px = np.zeros(2)

    def press(self, pointer: Pointer) -> bool:
        """Take the side up."""
        marks = self._face.marks
        if marks is None:
            return False
        self._from_px = np.asarray(marks.corners_px, np.float64)
        self._pressed_px = pointer.at_px
        return bool(np.isfinite(self._from_px).all())

    def move(self, pointer: Pointer) -> None:
        """Show the box as it is now; drawn across its opposite side, it turns over."""
        by_px = pointer.at_px - self._pressed_px
        corners = self._from_px.copy()
        for axis, side in enumerate((self._side.x, self._side.y)):
            if side:
                corners[(side + 1) // 2, axis] += by_px[axis]
        self._face.preview(box_px=corners)

    def release(self, pointer: Pointer) -> None:
        """Make it an edit."""
        self.move(pointer)
        self._face.commit("drag", "Move box")

    def cancel(self) -> None:
        """Put it back."""
        self._face.revert()
