"""The face over a picture: draws it, and lets the pointer change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Slot

from evface.annotations.mirror import check_mirror
from evface.landmarks.mappings import can_convert
from evface.landmarks.schemes import SCHEMES, LandmarkScheme
from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.landmarks.face_marks import FaceMarks
from evface_studio.look.theme import Theme
from evface_studio.panes.hover_card import HoverCard, card_of, card_of_box, card_of_handle
from evface_studio.panes.landmark_overlay import LandmarkOverlay
from evface_studio.panes.loupe import Loupe
from evface_studio.panes.picture_view import PictureView
from evface_studio.panes.prediction_layer import PredictionLayer
from evface_studio.tools.draw_box import DrawBox
from evface_studio.tools.guided_move import GuideOf
from evface_studio.tools.place_point import PlacePoint
from evface_studio.tools.select_tool import SelectTool
from evface_studio.tools.targets import (
    FaceTarget,
    Handle,
    PartTarget,
    PointTarget,
    SideTarget,
    Target,
    handles_of,
    pick,
    visible_handles,
)
from evface_studio.tools.tool import Pointer, Tool
from evface_studio.view_state import Layer, PointerTool, ViewState

_CURSORS = {
    PointerTool.PLACE: Qt.CursorShape.CrossCursor,
    PointerTool.BOX: Qt.CursorShape.CrossCursor,
}


class FaceLayer(QObject):
    """One face on one picture, with the tools that change it.

    Parameters
    ----------
    guide_of
        Says how the rest of the face follows one landmark.
    """

    def __init__(
        self,
        picture: PictureView,
        face: EditedFace,
        view_state: ViewState,
        theme: Theme,
        guide_of: GuideOf,
    ) -> None:
        super().__init__(picture)
        self._picture = picture
        self._face = face
        self._view_state = view_state
        self._truth: FaceMarks | None = None
        self._pointer: Pointer | None = None
        self._distance_to_other: Callable[[Pointer], float] | None = None
        self._prediction: PredictionLayer | None = None
        self.overlay = LandmarkOverlay(face.scheme, theme)
        self.loupe = Loupe(picture, theme)
        picture.add_overlay(self.overlay)
        picture.add_overlay(self.loupe)
        self._tools: dict[PointerTool, Tool] = {
            PointerTool.SELECT: SelectTool(
                face, view_state, self.target_at, self.overlay.set_band, guide_of
            ),
            PointerTool.PLACE: PlacePoint(face, view_state, lambda: picture.resolution),
            PointerTool.BOX: DrawBox(face, view_state),
        }
        picture.hovered.connect(self._on_hovered)
        picture.focused.connect(self._on_focused)
        face.changed.connect(self._draw)
        view_state.landmark_changed.connect(self._on_selection_changed)
        view_state.camera_changed.connect(self._on_selection_changed)
        view_state.layers_changed.connect(self._on_layers_changed)
        view_state.tool_changed.connect(self._on_tool_changed)
        view_state.loupe_changed.connect(self._follow_pointer)
        view_state.playing_changed.connect(self._follow_pointer)
        view_state.shown_scheme_changed.connect(self._on_shown_scheme_changed)
        view_state.time_changed.connect(self._on_time_changed)
        self._on_tool_changed()
        self._on_layers_changed()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.overlay.set_theme(theme)
        self.loupe.set_theme(theme)

    def set_truth(self, truth: FaceMarks | None) -> None:
        """Draw known truth as well, or none."""
        self._truth = truth
        self.overlay.set_resolution(self._picture.resolution)
        self.overlay.set_marks(self.overlay.marks, truth)

    def speak_of(self, prediction: PredictionLayer) -> None:
        """Say of what is under the pointer what was predicted, too."""
        self._prediction = prediction

    def give_way_to(self, distance_px: Callable[[Pointer], float]) -> None:
        """Leave the pointer to something else that can be dragged, where that is nearer.

        Parameters
        ----------
        distance_px
            Says how far it is from the pointer, on the screen; infinite where it is not there.
        """
        self._distance_to_other = distance_px

    @property
    def shown_scheme(self) -> LandmarkScheme:
        """The scheme that the landmarks are shown in: they can be changed in their own alone."""
        own = self._face.scheme
        wanted = SCHEMES.get(self._view_state.shown_scheme, own)
        return wanted if can_convert(own, wanted) else own

    def target_at(self, pointer: Pointer) -> Target | None:
        """Return what lies under the pointer and can be changed."""
        if self.shown_scheme is not self._face.scheme:
            return None
        other_px = float("inf")
        if self._distance_to_other is not None:
            other_px = self._distance_to_other(pointer)
        return pick(
            pointer,
            self._face.marks,
            self._handles_for(pointer),
            has_points=self.overlay.shows_points,
            has_box=self.overlay.shows_box,
            nearer_than_px=other_px,
        )

    @Slot()
    def _on_shown_scheme_changed(self) -> None:
        self._draw()
        self._on_selection_changed()

    @Slot()
    def _draw(self) -> None:
        self.overlay.set_resolution(self._picture.resolution)
        own, shown, marks = self._face.scheme, self.shown_scheme, self._face.marks
        if marks is not None and len(marks.state) and shown is not own:
            marks = marks.in_scheme(own, shown)
        self.overlay.set_scheme(shown)
        self.overlay.set_marks(marks, self._truth)
        self._check_mirror()
        self._follow_pointer()

    @property
    def _is_calm(self) -> bool:
        """Whether there is time to look at handles and cards: not while the face runs by."""
        return self._view_state.tool is PointerTool.SELECT and not self._view_state.is_playing

    def _check_mirror(self) -> None:
        marks = self._face.marks
        is_wanted = self._view_state.shows(Layer.MIRROR) and self.shown_scheme is self._face.scheme
        if is_wanted and marks is not None and len(marks.state):
            self.overlay.set_mirror(check_mirror(marks.landmarks_px, self._face.scheme))
        elif self.overlay.mirror is not None:
            self.overlay.set_mirror(None)

    def _handles_for(self, pointer: Pointer | None) -> tuple[Handle, ...]:
        face, marks = self._face, self._face.marks
        is_free = self._is_calm and not face.is_held
        is_own = self.shown_scheme is face.scheme and self.overlay.shows_points
        if marks is None or not len(marks.state) or not is_free or not is_own:
            return ()
        is_ours = self._view_state.camera == face.camera
        selected = self._view_state.selected_landmarks if is_ours else frozenset()
        handles = handles_of(marks, face.scheme, self._picture.scale_px)
        return visible_handles(handles, marks, face.scheme, pointer, selected)

    @Slot()
    def _follow_pointer(self) -> None:
        """Show what could be grasped, and what is known of it; nothing while something is."""
        face, pointer = self._face, self._pointer
        if face.is_held:
            self.overlay.set_hovered(None)
            is_dragged = self._picture.is_tool_held
            shape = Qt.CursorShape.BlankCursor if is_dragged else Qt.CursorShape.ArrowCursor
            self._picture.viewport().setCursor(shape)
            self._show_loupe()
            return
        handles = self._handles_for(pointer)
        target = None if pointer is None else self.target_at(pointer)
        self.overlay.set_hovered(target, handles, self._card_of(target, handles))
        self._picture.viewport().setCursor(self._cursor_over(target))
        self._show_loupe()

    def _card_of(self, target: Target | None, handles: tuple[Handle, ...]) -> HoverCard | None:
        # The loupe would lie over it.
        if not self._is_calm or self._view_state.shows_loupe:
            return None
        predicted = self._prediction
        if isinstance(target, PointTarget):
            card = card_of(self._face, target.landmark)
            if card is None or predicted is None:
                return card
            more = predicted.words_on(target.landmark, card.x_px, card.y_px)
            return replace(card, lines=(*card.lines, *more))
        if target is None and predicted is not None and self._pointer is not None:
            return predicted.card_at(self._pointer)
        if isinstance(target, SideTarget):
            return card_of_box(self._face)
        handle = next((one for one in handles if one.target == target), None)
        return None if handle is None else card_of_handle(handle)

    def _cursor_over(self, target: Target | None) -> Qt.CursorShape:
        tool = self._view_state.tool
        if tool in _CURSORS:
            return _CURSORS[tool]
        if target is not None and self._face.why_not():
            return Qt.CursorShape.ForbiddenCursor
        if isinstance(target, SideTarget):
            if target.x and target.y:
                is_falling = target.x == target.y
                shapes = Qt.CursorShape.SizeFDiagCursor, Qt.CursorShape.SizeBDiagCursor
                return shapes[0] if is_falling else shapes[1]
            return Qt.CursorShape.SizeHorCursor if target.x else Qt.CursorShape.SizeVerCursor
        if isinstance(target, PartTarget | FaceTarget):
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.ArrowCursor

    def _show_loupe(self) -> None:
        marks, view_state = self._face.marks, self._view_state
        landmark = self._face.grasped
        at_px: tuple[float, float] | None = None
        if landmark is None and view_state.shows_loupe and not self._face.is_held:
            landmark = view_state.chosen_landmark
            if landmark is None and self._pointer is not None:
                at_px = (self._pointer.x_px, self._pointer.y_px)
        if landmark is not None and marks is not None and landmark < len(marks.state):
            x, y = marks.landmarks_px[landmark].tolist()
            at_px = (x, y)
        if at_px is not None or self.loupe.at_px is not None:
            self.loupe.show_at(at_px, marks)

    @Slot(object)
    def _on_hovered(self, pointer: Pointer | None) -> None:
        self._pointer = pointer
        self._follow_pointer()
        hovered = self.overlay.hovered
        landmark = hovered.landmark if isinstance(hovered, PointTarget) else None
        self._view_state.point_at_landmark(landmark)

    @Slot()
    def _on_focused(self) -> None:
        self._view_state.set_camera(self._face.camera)

    @Slot()
    def _on_selection_changed(self) -> None:
        view_state = self._view_state
        is_ours = view_state.camera == self._face.camera
        chosen = view_state.chosen_landmark
        # On the other picture only the one that is looked at is marked, so that it is clear which
        # picture keys act on.
        selected = view_state.selected_landmarks if is_ours else frozenset()
        is_own = self.shown_scheme is self._face.scheme
        self.overlay.set_selected(selected if is_own else frozenset(), chosen if is_own else None)
        self._follow_pointer()

    @Slot()
    def _on_layers_changed(self) -> None:
        self.overlay.set_layers(
            shows_points=self._view_state.shows(Layer.LANDMARKS),
            shows_box=self._view_state.shows(Layer.BOX),
        )
        self._check_mirror()
        self._follow_pointer()

    @Slot()
    def _on_tool_changed(self) -> None:
        self._picture.cancel_tool()
        self._picture.tool = self._tools[self._view_state.tool]
        self._follow_pointer()

    @Slot(object)
    def _on_time_changed(self, _t_us: int) -> None:
        # What is dragged belongs to the moment that was left.
        if self._picture.is_tool_held and self._face.is_held:
            self._picture.cancel_tool()
