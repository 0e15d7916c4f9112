"""Chooses the landmarks within a rectangle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import ViewState


class RubberBand:
    """Chooses while it is drawn; what was chosen before stays chosen where Ctrl is held too.

    Parameters
    ----------
    show
        Draws the rectangle, in the picture's pixels with the origin at the corner; None for none.
    """

    def __init__(
        self,
        face: EditedFace,
        view_state: ViewState,
        show: Callable[[QRectF | None], None],
    ) -> None:
        self._face = face
        self._view_state = view_state
        self._show = show
        self._pressed_px = np.zeros(2)
        self._before: frozenset[int] = frozenset()

    def press(self, pointer: Pointer) -> bool:
        """Set the first corner."""
        self._pressed_px = pointer.at_px
        self._before = self._view_state.selected_landmarks
        return True

    def move(self, pointer: Pointer) -> None:
        """Choose what lies within now."""
        low, high = np.sort(np.stack([self._pressed_px, pointer.at_px]), axis=0)
        self._show(QRectF(QPointF(*(low + 0.5).tolist()), QPointF(*(high + 0.5).tolist())))
        marks = self._face.marks
        if marks is not None:
            points = marks.landmarks_px
            within = ((points >= low) & (points <= high)).all(axis=1)
            chosen = frozenset(np.flatnonzero(within).tolist())
            self._view_state.select_landmarks(chosen | self._before if pointer.is_ctrl else chosen)

    def release(self, pointer: Pointer) -> None:
        """Take the rectangle away."""
        self.move(pointer)
        self._show(None)

    def cancel(self) -> None:
        """Choose again what was chosen before."""
        self._show(None)
        self._view_state.select_landmarks(self._before)
