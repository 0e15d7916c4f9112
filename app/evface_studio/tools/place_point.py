"""Puts a landmark where the pointer clicks."""

from __future__ import annotations

from evface_studio.edited_face import EditedFace
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import ViewState


class PlacePoint:
    """A click says where the chosen landmark is, also one that is missing.

    What is dragged instead of clicked moves the picture as ever.
    """

    def __init__(self, face: EditedFace, view_state: ViewState) -> None:
        self._face = face
        self._view_state = view_state

    def press(self, pointer: Pointer) -> bool:
        """Leave it to the picture: only a click counts."""
        del pointer
        return False

    def move(self, pointer: Pointer) -> None:
        """Do nothing."""

    def release(self, pointer: Pointer) -> None:
        """Place the landmark."""
        landmark, why_not = self._view_state.chosen_landmark, self._face.why_no_points()
        if why_not:
            self._face.refused.emit(why_not)
        elif landmark is not None and landmark < self._face.scheme.n_landmarks:
            self._view_state.set_playing(False)
            self._face.preview({landmark: (pointer.x_px, pointer.y_px)})
            self._face.commit("placed", "Place landmark")

    def cancel(self) -> None:
        """Do nothing."""
