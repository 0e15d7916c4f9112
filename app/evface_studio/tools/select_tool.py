"""The usual tool: a click chooses, a drag moves what lies under the pointer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF

from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.tools.face_parts import parts_of, words_of
from evface_studio.tools.guided_move import GuidedMove, GuideOf
from evface_studio.tools.move_box import MoveBox
from evface_studio.tools.move_points import MovePoints
from evface_studio.tools.rubber_band import RubberBand
from evface_studio.tools.targets import FaceTarget, PartTarget, PointTarget, SideTarget, Target
from evface_studio.tools.tool import Pointer, Tool
from evface_studio.view_state import ViewState

HOLD_CTRL = "Hold Ctrl while dragging to move the whole face."


class SelectTool:
    """Chooses what to do by what is pressed and by the keys held down.

    =================  ======================  ==========================================
    pressed on         a click                 a drag
    =================  ======================  ==========================================
    a landmark         chooses it              moves it, or those chosen if it is one
    with Ctrl          adds or removes it      moves those chosen and it, even all
    with Shift                                 moves it; the rest follow as a face would
    a part's handle    chooses the part        moves the part
    the face's handle  chooses all             nothing, so that no face moves by accident
    with Ctrl                                  moves the whole face
    the box            chooses nothing         moves that side; with Ctrl the whole face
    nothing            chooses nothing         moves the picture; with Shift chooses
    =================  ======================  ==========================================

    Parameters
    ----------
    target_at
        Says what lies under the pointer.
    show_band
        Draws the rubber band.
    guide_of
        Says how the rest of the face follows one landmark.
    """

    def __init__(
        self,
        face: EditedFace,
        view_state: ViewState,
        target_at: Callable[[Pointer], Target | None],
        show_band: Callable[[QRectF | None], None],
        guide_of: GuideOf,
    ) -> None:
        self._face = face
        self._view_state = view_state
        self._target_at = target_at
        self._show_band = show_band
        self._guide_of = guide_of
        self._pressed: Pointer | None = None
        self._target: Target | None = None
        self._drag: Tool | None = None
        self._is_refused = False

    @property
    def is_dragging(self) -> bool:
        """Whether something is being dragged."""
        return self._drag is not None

    def press(self, pointer: Pointer) -> bool:
        """Look what is pressed; a drag begins once the pointer has moved."""
        self._target = self._target_at(pointer)
        self._is_refused = False
        if self._target is None and not pointer.is_shift:
            return False
        self._pressed = pointer
        return True

    def move(self, pointer: Pointer) -> None:
        """Begin a drag, or follow."""
        if self._pressed is None or self._is_refused:
            return
        if self._drag is None:
            if not pointer.is_dragged_from(self._pressed):
                return
            self._begin(self._pressed)
        if self._drag is not None:
            self._drag.move(pointer)

    def release(self, pointer: Pointer) -> None:
        """End the drag, or click."""
        pressed, drag = self._pressed, self._drag
        self._pressed = self._drag = None
        if drag is not None:
            drag.release(pointer)
        elif pressed is None or not self._is_refused:
            self._click(pressed or pointer)

    def cancel(self) -> None:
        """Put everything back."""
        drag, self._drag, self._pressed = self._drag, None, None
        if drag is not None:
            drag.cancel()

    def _begin(self, pressed: Pointer) -> None:
        drag, why_not = self._drag_of(pressed)
        if not why_not and drag is not None:
            self._view_state.set_playing(False)
            if drag.press(pressed):
                self._drag = drag
                return
        self._is_refused = True
        if why_not:
            self._face.refused.emit(why_not)

    def _drag_of(self, pressed: Pointer) -> tuple[Tool | None, str]:
        """Return what a drag would do, or why it may not."""
        target, face = self._target, self._face
        if target is None:
            return RubberBand(face, self._view_state, self._show_band), ""
        is_face = isinstance(target, FaceTarget)
        if is_face and not pressed.is_ctrl:
            return None, HOLD_CTRL
        if is_face or (isinstance(target, SideTarget) and pressed.is_ctrl):
            everything = frozenset(range(face.scheme.n_landmarks))
            whole = MovePoints(face, everything, label="Move face", moves_box=True)
            return whole, face.why_no_points()
        if isinstance(target, SideTarget):
            return MoveBox(face, target), face.why_not()
        if isinstance(target, PartTarget):
            landmarks = frozenset(parts_of(face.scheme)[target.part])
            self._view_state.select_landmarks(landmarks)
            part = MovePoints(face, landmarks, label=f"Move {words_of(target.part)}")
            return part, face.why_no_points()
        if isinstance(target, PointTarget):
            return self._drag_of_point(target.landmark, pressed), face.why_no_points()
        raise AssertionError(target)

    def _drag_of_point(self, landmark: int, pressed: Pointer) -> Tool:
        selected = self._view_state.selected_landmarks
        if pressed.is_shift:
            self._view_state.choose_landmark(landmark)
            return GuidedMove(self._face, landmark, self._guide_of)
        if pressed.is_ctrl:
            selected |= {landmark}
        elif landmark not in selected or selected >= self._known():
            # Of a face that is chosen as a whole, only the point goes: see the table.
            selected = frozenset({landmark})
        self._view_state.select_landmarks(selected, landmark)
        label = "Move landmark" if len(selected) == 1 else f"Move {len(selected)} landmarks"
        return MovePoints(self._face, selected, grasped=landmark, label=label)

    def _click(self, pressed: Pointer) -> None:
        target, view_state = self._target, self._view_state
        if isinstance(target, FaceTarget):
            view_state.select_landmarks(self._known())
        elif isinstance(target, PartTarget):
            part = frozenset(parts_of(self._face.scheme)[target.part])
            view_state.select_landmarks(self._with(part) if pressed.is_ctrl else part)
        elif not isinstance(target, PointTarget):
            if not pressed.is_shift and not pressed.is_ctrl:
                view_state.choose_landmark(None)
        elif pressed.is_ctrl:
            view_state.select_landmarks(self._with({target.landmark}), target.landmark)
        else:
            view_state.choose_landmark(target.landmark)

    def _with(self, landmarks: frozenset[int] | set[int]) -> frozenset[int]:
        """Return the choice with these added; without them where all of them are in it."""
        selected = self._view_state.selected_landmarks
        return selected - landmarks if selected >= landmarks else selected | landmarks

    def _known(self) -> frozenset[int]:
        marks = self._face.marks
        return frozenset() if marks is None else frozenset(np.flatnonzero(marks.known).tolist())
