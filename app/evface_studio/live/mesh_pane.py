"""The face that was fitted last, drawn in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evface.annotations.tracks import FaceTrack
from evface.errors import EvfaceError
from evface.live.face_track import track_of
from evface.live.picture import FaceMoment
from evface_studio.look.theme import Theme
from evface_studio.newest import NewestWins
from evface_studio.panes.mesh_drawer import FaceShapes, MeshDrawer, MeshPicture, MeshRequest
from evface_studio.panes.mesh_renderer import GraphicsError, make_surface
from evface_studio.panes.mesh_view import MeshView
from evface_studio.panes.pane import Pane

if TYPE_CHECKING:
    from evface.morphable.model import MorphableModel

# The colour scale stays as it is: nobody knows yet how far this face will move.
_LIMIT_MM = 6.0
_LOOKS = "The teacher looks for one in the RGB picture."


class LiveMeshDrawer(MeshDrawer):
    """Draws faces one by one; the person's own shape is made anew only where it changes."""

    _known: tuple[FaceTrack, FaceShapes] | None = None

    def shapes_of(self, model: MorphableModel, track: FaceTrack) -> FaceShapes:
        """Return the vertices of whom a track shows."""
        if self._known is not None:
            known, shapes = self._known
            if known.model == track.model and np.array_equal(known.identity, track.identity):
                return shapes
        shapes = FaceShapes(model, track)
        shapes.limit_mm, shapes.is_clipped = _LIMIT_MM, True
        self._known = (track, shapes)
        return shapes


class LiveMeshPane(Pane):
    """Shows the face that the teacher's landmarks tell."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Mesh", "mesh", theme)
        self.view = MeshView(theme)
        self._set_picture(self.view)
        self._surface = make_surface()
        drawer = LiveMeshDrawer(self._surface)
        self._worker: NewestWins[MeshRequest, MeshPicture] = NewestWins(
            "mesh", drawer.draw, self._on_drawn, self._on_failed, finish=drawer.close, parent=self
        )
        self._face: FaceMoment | None = None
        self._failure = ""
        self.view.view_changed.connect(self._ask)
        self.begin()

    def begin(self) -> None:
        """Show nothing yet: another camera was chosen."""
        self._face = None
        self.view.set_picture(None)
        self.say("No face yet", _LOOKS)

    def say(self, title: str, text: str) -> None:
        """Say why no face is shown, as long as there is none."""
        if self._face is None and not self._failure:
            self._show_words(title, text or _LOOKS)

    def show_face(self, face: FaceMoment | None) -> None:
        """Show a face; one that is gone stays, as RGB pictures without a face pass soon."""
        if face is None or face is self._face or self._failure:
            return
        self._face = face
        self._show_picture()
        self._ask()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.view.set_theme(theme)

    def close(self) -> bool:
        """End the thread; safe to call twice."""
        self._worker.close()
        return super().close()

    def _ask(self) -> None:
        if self._face is None:
            return
        self._worker.ask(
            MeshRequest(
                track_of([self._face], [0]),
                0,
                1,
                self.view.orbit,
                True,
                self.view.size_px,
                True,
            )
        )

    def _on_drawn(self, _request: MeshRequest, picture: MeshPicture) -> None:
        if self._face is not None:
            self.view.set_picture(picture)
            if picture.image is not None:
                self.header.set_info(f"up to {picture.largest_mm:.1f}\u202fmm from neutral")

    def _on_failed(self, _request: MeshRequest, error: Exception) -> None:
        if not isinstance(error, GraphicsError | EvfaceError):
            raise error
        self._failure = str(error)
        self._show_words("The mesh cannot be drawn", self._failure)
