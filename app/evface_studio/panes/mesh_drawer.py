"""Turns a fitted face at a moment into a picture of its mesh, in a thread of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QOffscreenSurface

from evface.annotations.tracks import FaceTrack
from evface.morphable.heat_map import heat_colours, nice_limit
from evface_studio.panes.mesh_renderer import (
    EYE_OR_TOOTH,
    INSIDE_MOUTH,
    TONGUE,
    MeshCamera,
    MeshRenderer,
)
from evface_studio.panes.sampling import face_at

if TYPE_CHECKING:
    from evface.morphable.model import MorphableModel

# Without heat: they move with the jaw or turn, they are not shaped by expression.
_PLAIN_REGIONS = {
    "mouth": INSIDE_MOUTH,
    "eye": EYE_OR_TOOTH,
    "teeth": EYE_OR_TOOTH,
    "tongue": TONGUE,
}
_HIDDEN_REGIONS = ("lash",)
# From how many frames of a track the end of its colour scale is taken.
_N_SCALE_FRAMES = 60
_SCALE_PERCENTILE = 80
_SMOOTH_SAMPLES = 4
# So many tracks are kept ready.
_N_KEPT = 2
# View from camera: the camera's y points down and its z away from the viewer.
_VIEW_FROM_CAMERA = np.diag([1.0, -1.0, -1.0])


@dataclass(frozen=True)
class Orbit:
    """How the viewer has turned and zoomed the mesh by hand."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    zoom: float = 1.0

    def dragged(self, dx_px: float, dy_px: float) -> Orbit:
        """Return the orbit after a drag by so many pixels of the screen."""
        pitch_deg = min(max(self.pitch_deg + 0.4 * dy_px, -85.0), 85.0)
        return Orbit(self.yaw_deg + 0.4 * dx_px, pitch_deg, self.zoom)

    def zoomed(self, n_steps: float) -> Orbit:
        """Return the orbit after so many steps of the wheel."""
        zoom = min(max(self.zoom * 1.15**n_steps, 0.3), 12.0)
        return Orbit(self.yaw_deg, self.pitch_deg, zoom)

    def rotation(self) -> NDArray[np.float64]:
        """Return the turn, (3, 3): first about the upright axis, then about the level one."""
        yaw, pitch = np.radians([self.yaw_deg, self.pitch_deg])
        about_y = np.array(
            [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
        )
        about_x = np.array(
            [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
        )
        return about_x @ about_y


@dataclass(frozen=True, eq=False)
class MeshRequest:
    """What is to be drawn.

    Parameters
    ----------
    track, t_us, longest_gap_us
        Which face, as for `face_at`.
    size_px
        Of the picture, in pixels of the screen's hardware.
    is_moving
        Whether pictures follow one another, so that speed counts before smooth edges.
    is_coloured
        By how far each point of the skin has moved.
    """

    track: FaceTrack
    t_us: int
    longest_gap_us: int
    orbit: Orbit
    follows_head: bool
    size_px: tuple[int, int]
    is_moving: bool
    is_coloured: bool = True


@dataclass(frozen=True, eq=False)
class MeshPicture:
    """A picture of a face.

    Parameters
    ----------
    image
        Transparent around the mesh. None where there is no face at that moment.
    limit_mm
        Distance from neutral at the end of the colour scale.
    is_clipped
        Whether some distances of the track lie beyond the scale's end.
    largest_mm
        Largest distance of any vertex of the skin.
    gap_us
        Distance of the two samples between which the face was interpolated; 0 for a sample.
    is_coloured
        Whether the colours mean anything.
    """

    image: QImage | None
    limit_mm: float
    is_clipped: bool = False
    largest_mm: float = float("nan")
    gap_us: int = 0
    is_coloured: bool = True


class FaceShapes:
    """Vertices of one person's face, and how far they are from neutral.

    Parameters
    ----------
    model
        The model the track was fitted with.
    track
        Its identity is the person's; its frames tell how far the colour scale must reach.
    """

    def __init__(self, model: MorphableModel, track: FaceTrack) -> None:
        self._model = model
        self._neutral = model.shape(track.identity)
        self._is_skin = vertices_in(model, "skin")
        self._plain = np.full(len(model.mean_shape), EYE_OR_TOOTH, np.float32)
        for name, place in _PLAIN_REGIONS.items():
            self._plain[vertices_in(model, name)] = place
        # Where every point of the skin is at rest.
        self.unmoved: NDArray[np.float32] = np.where(self._is_skin, np.float32(0), self._plain)
        rows = np.flatnonzero(track.valid)
        rows = rows[:: max(len(rows) // _N_SCALE_FRAMES, 1)]
        largest_mm = [self.at(track.action_units[row])[2] for row in rows] or [0.0]
        # A scale up to the widest yawn would leave all the rest pale.
        self.limit_mm = nice_limit(float(np.percentile(largest_mm, _SCALE_PERCENTILE)))
        self.is_clipped = max(largest_mm) > self.limit_mm

    def at(
        self, action_units: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
        """Return the face with these coefficients.

        Returns
        -------
        vertices_mm : (n_vertices, 3) float32
        distance_mm : (n_vertices,) float32
            From the person's neutral; NaN outside the skin.
        largest_mm
            Largest distance.
        """
        moved = self._model.shape(action_units=action_units) - self._model.mean_shape
        distance_mm = np.sqrt(np.einsum("vi,vi->v", moved, moved))
        distance_mm[~self._is_skin] = np.nan
        return self._neutral + moved, distance_mm, float(np.nanmax(distance_mm))

    def places(self, distance_mm: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where each vertex lies on the colour scale, as `MeshRenderer.render` takes it."""
        return np.where(self._is_skin, distance_mm / np.float32(self.limit_mm), self._plain)


class MeshDrawer:
    """Draws faces. All but the constructor belongs to one thread.

    Parameters
    ----------
    surface
        From `make_surface`.
    """

    def __init__(self, surface: QOffscreenSurface) -> None:
        self._surface = surface
        self._model: MorphableModel | None = None
        self._renderer: MeshRenderer | None = None
        # Of the tracks shown last: whoever compares two goes to and fro between them.
        self._shapes: list[tuple[FaceTrack, FaceShapes]] = []

    def draw(self, request: MeshRequest) -> MeshPicture:
        """Draw a face.

        Raises
        ------
        GraphicsError
            If there is no OpenGL.
        ModelFileError
            If the face's model is not to be had here.
        """
        # Numba takes long to import, and the window is to be seen first.
        from evface.morphable.topology import vertex_normals

        model = self._model_of(request.track)
        renderer = self._renderer_of(model)
        shapes = self.shapes_of(model, request.track)
        face = face_at(request.track, request.t_us, longest_gap_us=request.longest_gap_us)
        if face is None:
            return MeshPicture(
                None, shapes.limit_mm, shapes.is_clipped, is_coloured=request.is_coloured
            )
        vertices_mm, distance_mm, largest_mm = shapes.at(face.action_units)
        image = renderer.render(
            vertices_mm,
            vertex_normals(vertices_mm, model.triangles),
            shapes.places(distance_mm) if request.is_coloured else shapes.unmoved,
            _camera(model, request, face.rotation),
            request.size_px,
            n_samples=0 if request.is_moving and renderer.is_software else _SMOOTH_SAMPLES,
        )
        return MeshPicture(
            image,
            shapes.limit_mm,
            shapes.is_clipped,
            largest_mm,
            face.gap_us,
            request.is_coloured,
        )

    def close(self) -> None:
        """Free the graphics memory."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _model_of(self, track: FaceTrack) -> MorphableModel:
        from evface.morphable.head_library import find_model

        if self._model is None or track.model != self._model.key:
            self._model = find_model(track.model)
            # Another model has another mesh.
            self.close()
        return self._model

    def _renderer_of(self, model: MorphableModel) -> MeshRenderer:
        if self._renderer is None:
            hidden = [
                index
                for index, name in enumerate(model.region_names)
                if any(part in name for part in _HIDDEN_REGIONS)
            ]
            triangles = model.triangles[~np.isin(model.regions, hidden)]
            n_vertices = len(model.mean_shape)
            self._renderer = MeshRenderer(self._surface, triangles, n_vertices, heat_colours())
        return self._renderer

    def shapes_of(self, model: MorphableModel, track: FaceTrack) -> FaceShapes:
        """Return the vertices of whom a track shows; those of the tracks shown last are kept."""
        for known, shapes in self._shapes:
            if known is track:
                return shapes
        shapes = FaceShapes(model, track)
        self._shapes = [*self._shapes[1 - _N_KEPT :], (track, shapes)]
        return shapes


def vertices_in(model: MorphableModel, part: str) -> NDArray[np.bool_]:
    """Return which vertices belong to a region with `part` in its name, (n_vertices,) bool."""
    wanted = [index for index, name in enumerate(model.region_names) if part in name]
    is_inside = np.zeros(len(model.mean_shape), np.bool_)
    is_inside[model.triangles[np.isin(model.regions, wanted)]] = True
    return is_inside


def _camera(
    model: MorphableModel, request: MeshRequest, rotation: NDArray[np.float32]
) -> MeshCamera:
    low, high = model.mean_shape.min(axis=0), model.mean_shape.max(axis=0)
    head = _VIEW_FROM_CAMERA @ rotation if request.follows_head else np.eye(3)
    view_from_model = request.orbit.rotation() @ head
    x, y, z = ((low + high) / 2).tolist()
    half_width, half_height, _ = ((high - low) / 2).tolist()
    return MeshCamera(
        tuple(view_from_model.ravel().tolist()),
        (x, y, z),
        (1.1 * half_width, 1.1 * half_height),
        request.orbit.zoom,
    )
