"""Puts a landmark where the pointer clicks."""

from __future__ import annotations

from collections.abc import Callable

from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.tools.tool import Pointer
from evface_studio.view_state import ViewState


class PlacePoint:
    """A click says where the chosen landmark is, also one that is missing.

    A click beside the picture says nothing, and what is dragged instead of clicked moves the
    picture as ever.

    Parameters
    ----------
    resolution
        Says how large the picture is, px.
    """

    def __init__(
        self, face: EditedFace, view_state: ViewState, resolution: Callable[[], tuple[int, int]]
    ) -> None:
        self._face = face
        self._resolution = resolution
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
        width, height = self._resolution()
        if not (-0.5 <= pointer.x_px < width - 0.5 and -0.5 <= pointer.y_px < height - 0.5):
            return
        if why_not:
            self._face.refused.emit(why_not)
        elif landmark is not None and landmark < self._face.scheme.n_landmarks:
            self._view_state.set_playing(False)
            self._face.preview({landmark: (pointer.x_px, pointer.y_px)})
            self._face.commit("placed", "Place landmark")

    def cancel(self) -> None:
        """Do nothing."""
