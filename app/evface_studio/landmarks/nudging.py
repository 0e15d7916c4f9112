"""Moving landmarks by keys, in parts of a pixel."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from evface_studio.document import Document
from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.view_state import ViewState

# Nudges that follow one another within this time are one step to take back.
_PAUSE_MS = 500


class Nudging(QObject):
    """Gathers nudges of the same landmarks, and makes them one edit once they have ended.

    That is after a moment, or as soon as anything else happens to the labels or to the view.
    """

    def __init__(
        self, document: Document, view_state: ViewState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._face: EditedFace | None = None
        self._landmarks: tuple[int, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.finish)
        self._view_state = view_state
        document.about_to_move_on.connect(self.finish)
        view_state.time_changed.connect(self.finish)
        view_state.landmark_changed.connect(self._on_landmark_changed)

    def nudge(self, face: EditedFace, landmarks: tuple[int, ...], x_px: float, y_px: float) -> None:
        """Move landmarks on."""
        if (face, landmarks) != (self._face, self._landmarks):
            self.finish()
        marks = face.marks
        is_dragged = face.is_held and self._face is not face
        if marks is None or is_dragged:
            return
        known = [i for i in landmarks if marks.known[i]]
        if not known:
            return
        self._view_state.set_playing(False)
        self._face, self._landmarks = face, landmarks
        chosen = self._view_state.chosen_landmark
        face.grasp(chosen if chosen in known else known[0])
        moved = np.asarray(marks.landmarks_px[known], np.float64) + np.array([x_px, y_px])
        face.preview({i: (x, y) for i, (x, y) in zip(known, moved.tolist(), strict=True)})
        self._timer.start()

    @Slot()
    def finish(self) -> None:
        """Make what was nudged an edit."""
        face, n_landmarks = self._face, len(self._landmarks)
        self._timer.stop()
        self._face, self._landmarks = None, ()
        if face is not None:
            words = "landmark" if n_landmarks == 1 else f"{n_landmarks} landmarks"
            face.commit("nudge", f"Nudge {words}")

    @Slot()
    def _on_landmark_changed(self) -> None:
        if self._face is not None and self._view_state.selected_landmarks != set(self._landmarks):
            self.finish()
