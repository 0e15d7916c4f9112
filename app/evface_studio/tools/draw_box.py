"""Draws the face's box from corner to corner."""

from __future__ import annotations

import numpy as np

from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import PointerTool, ViewState


class DrawBox:
    """One drag draws one box; then the pointer chooses and moves again."""

    def __init__(self, face: EditedFace, view_state: ViewState) -> None:
        self._face = face
        self._view_state = view_state
        self._pressed: Pointer | None = None

    def press(self, pointer: Pointer) -> bool:
        """Set the first corner."""
        why_not = self._face.why_not()
        if why_not:
            self._face.refused.emit(why_not)
        else:
            self._pressed = pointer
            self._view_state.set_playing(False)
        return True

    def move(self, pointer: Pointer) -> None:
        """Show the box that would be drawn."""
        if self._pressed is not None and pointer.is_dragged_from(self._pressed):
            self._face.preview(box_px=np.stack([self._pressed.at_px, pointer.at_px]))

    def release(self, pointer: Pointer) -> None:
        """Make it an edit; a click draws nothing."""
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        if pointer.is_dragged_from(pressed):
            self._face.preview(box_px=np.stack([pressed.at_px, pointer.at_px]))
            self._face.commit("drawn", "Draw box")
            self._view_state.set_tool(PointerTool.SELECT)
        else:
            self._face.revert()

    def cancel(self) -> None:
        """Draw nothing."""
        self._pressed = None
        self._face.revert()
