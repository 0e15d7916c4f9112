"""Pictures of a synthetic person: the head model with skin, eyes, teeth, hair and light."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.geometry.cameras import RigidTransform
from evface.morphable.model import MorphableModel
from evface.morphable.topology import vertex_normals
from evface.simulation.appearance import Appearance
from evface.simulation.backdrop import look_at_wall, paint_wall
from evface.simulation.clothing import make_shirt, neck_rim
from evface.simulation.hair import grow_hair
from evface.simulation.hair_drawing import draw_hair
from evface.simulation.occlusion import Occlusion, bake_occlusion
from evface.simulation.raster import Visibility, rasterise
from evface.simulation.shading import (
    AMBIENT,
    COLOUR,
    FILL,
    KEY,
    N_ATTRIBUTES,
    NORMAL,
    SAMPLES,
    TEXEL,
    Material,
    light_row,
    shade,
)
from evface.simulation.skin import paint_skin
from evface.simulation.skin_map import texture_places
from evface.simulation.views import View

_MATERIAL_OF_REGION = {
    "skin": Material.SKIN,
    "eye": Material.EYE,
    "teeth": Material.TEETH,
    "tongue": Material.TONGUE,
    "mouth": Material.MOUTH,
}
# The neck bends over this height above its rim, so that the shirt can stay where it is.
_NECK_MM = 48.0
_IRIS_RADIUS_MM = 5.9
# An opening of the lips that lets all the light in.
_OPEN_MOUTH_MM = 16.0
# Width of the skin from which on hair is as fine as it gets.
_FINE_TEXTURE = 1024
# Views whose buffers are kept.
_N_CANVASES = 2


@dataclass(frozen=True, eq=False)
class Picture:
    """What a camera sees.

    Parameters
    ----------
    colour : (height, width, 3) float32
        Linear, 1 is white; highlights exceed it.
    landmarks : (68, 2) float32, px
        Where the head model's landmarks fall, seen or hidden; the origin is the centre of the
        top left pixel.
    """

    colour: NDArray[np.float32]
    landmarks: NDArray[np.float32]

    def luminance(self) -> NDArray[np.float32]:
        """Return the linear luminance, (height, width) float32."""
        red, green, blue = (self.colour[..., channel] for channel in range(3))
        weighed = np.float32(0.2126) * red
        weighed += np.float32(0.7152) * green
        weighed += np.float32(0.0722) * blue
        return weighed


@dataclass(frozen=True, eq=False)
class _Canvas:
    """What is kept for one view: what each sample sees, and the room without the person."""

    seen: Visibility
    backdrop: NDArray[np.float32]


class HeadRenderer:
    """Draws one person in one room, for any camera there.

    Parameters
    ----------
    model
        The open head, or a model with the same regions.
    appearance
        How the person looks.
    neutral : (n_vertices, 3) float, mm
        The person's neutral face; the mean one when None.
    texture_width
        Of the skin, px. Less is quicker to make, and enough for small pictures; from half of
        1024 on, hair is coarser too and quicker to draw.
    """

    def __init__(
        self,
        model: MorphableModel,
        appearance: Appearance,
        neutral: NDArray[np.floating] | None = None,
        *,
        texture_width: int = 1536,
    ) -> None:
        self._model = model
        self._look = appearance
        points = np.asarray(model.mean_shape if neutral is None else neutral, np.float32)
        self._neutral = points
        self._wall = paint_wall(appearance)
        self._canvases: dict[Hashable, _Canvas] = {}
        self._texture = paint_skin(model, appearance, width=texture_width)
        names = np.array(model.region_names)[model.regions]
        drawn = np.isin(names, list(_MATERIAL_OF_REGION))
        head_triangles = model.triangles[drawn]
        self._parts = {
            name: np.unique(model.triangles[names == name]) for name in _MATERIAL_OF_REGION
        }
        skin = np.isin(names, ["skin", "mouth"])
        rim = neck_rim(model.triangles[skin])
        self._bend = _neck_weights(points, rim)
        shirt = make_shirt(points[rim])
        self._shirt = shirt.vertices
        n_head = model.n_vertices
        # Skin and hair are as fine as each other.
        coarseness = max(1, round(_FINE_TEXTURE / texture_width))
        self._hair = grow_hair(model, points, appearance, coarseness=coarseness)
        self._head_triangles = head_triangles
        n_worn = n_head + len(shirt.vertices)
        self._triangles = np.concatenate(
            [head_triangles, shirt.triangles + n_head, self._hair.triangles + n_worn]
        )
        self._materials = np.concatenate(
            [
                np.array([_MATERIAL_OF_REGION[name] for name in names[drawn]], np.uint8),
                np.full(
                    len(shirt.triangles) + len(self._hair.triangles), Material.PAINTED, np.uint8
                ),
            ]
        )
        rest = np.concatenate([points, shirt.vertices, self._hair.ribbons()])
        self._surface = self._triangles[: len(head_triangles) + len(shirt.triangles)]
        self._closed = bake_occlusion(rest, self._triangles, n_receivers=n_worn)
        inside = np.concatenate([self._parts[name] for name in ("teeth", "tongue", "mouth")])
        self._inside = inside
        self._open = self._bake_open_mouth(points)
        # The trunk keeps still, and so does the light on it.
        self._lit_body = {
            column: self._closed.from_light(
                np.array(light.direction), breadth_deg=light.breadth_deg
            )[len(points) :]
            for column, light in ((KEY, appearance.key), (FILL, appearance.fill))
        }
        self._attributes = np.zeros((len(rest), N_ATTRIBUTES), np.float32)
        self._attributes[:n_head, TEXEL : TEXEL + 2] = texture_places(
            model.mean_shape, texture_width
        )
        teeth = self._parts["teeth"]
        self._attributes[teeth, COLOUR : COLOUR + 3] = model.mean_shape[teeth]
        self._eyes = self._place_eyes()
        self._lip_gap = self._gap(points)

    def render(
        self,
        vertices: NDArray[np.floating],
        room_from_head: RigidTransform,
        view: View,
        *,
        gaze_deg: tuple[float, float] = (0.0, 0.0),
    ) -> Picture:
        """Draw the person.

        Parameters
        ----------
        vertices : (n_vertices, 3) float, mm
            The face now, in the model's axes.
        room_from_head
            Where the head is: the identity at rest. The trunk keeps still.
        view
            The camera. Its buffers are kept from one picture to the next.
        gaze_deg
            How far the eyes look to the subject's left and up, from straight ahead in the head.

        Returns
        -------
        Picture
        """
        face = np.asarray(vertices, np.float32)
        trunk = RigidTransform.identity()
        placed = view.place(face, room_from_head)
        bent = self._bend < 1.0
        held = self._bend[bent, None]
        placed[bent] = held * placed[bent] + (1.0 - held) * view.place(face[bent], trunk)
        worn = np.concatenate([placed, view.place(self._shirt, trunk)])
        n_head, n_worn = len(face), len(worn)
        scene = np.empty((len(self._attributes), 3), np.float32)
        scene[:n_worn, :2] = view.project(worn)
        scene[:n_worn, 2] = worn[:, 2]
        attributes = self._attributes
        axes = worn * np.array([1.0, -1.0, -1.0], np.float32)
        attributes[:n_worn, NORMAL : NORMAL + 3] = vertex_normals(axes, self._surface)
        lights = self._lights(view)
        self._spread_light(face, room_from_head.rotation)
        self._paint_cloth(slice(n_head, n_worn), lights)
        draw_hair(
            self._hair, self._look.hair, room_from_head, view, lights,
            scene[n_worn:], attributes[n_worn:, COLOUR:],
        )  # fmt: skip
        canvas = self._canvas(view)
        canvas.seen.clear()
        samples = scene.copy()
        samples[:, :2] = SAMPLES * scene[:, :2] + (SAMPLES - 1) / 2
        rasterise(samples, self._triangles, canvas.seen)
        colour = np.empty_like(canvas.backdrop)
        shade(
            canvas.seen, self._triangles, self._materials, attributes, self._texture,
            lights, self._aim_eyes(gaze_deg), canvas.backdrop, colour,
        )  # fmt: skip
        marked = view.place(face[self._model.landmarks], room_from_head)
        return Picture(colour, view.project(marked))

    def _canvas(self, view: View) -> _Canvas:
        """Return the buffers of a view, new or used before."""
        canvas = self._canvases.get(view.key)
        if canvas is None:
            if len(self._canvases) >= _N_CANVASES:
                self._canvases.pop(next(iter(self._canvases)))
            width, height = view.camera.resolution
            canvas = _Canvas(
                Visibility.empty((width * SAMPLES, height * SAMPLES)),
                look_at_wall(self._wall, view),
            )
            self._canvases[view.key] = canvas
        return canvas

    def _lights(self, view: View) -> NDArray[np.float32]:
        look, axes = self._look, view.axes()
        up = axes @ [0.0, 1.0, 0.0]
        return np.stack(
            [
                light_row(axes @ look.key.direction, look.key.colour),
                light_row(axes @ look.fill.direction, look.fill.colour),
                light_row(up, look.sky),
                light_row(up, look.ground),
            ]
        )

    def _spread_light(self, face: NDArray[np.float32], own: NDArray[np.float64]) -> None:
        """Note how much of each light reaches each vertex."""
        n_head, n_worn = len(face), len(self._closed.ambient)
        attributes = self._attributes[:n_worn]
        openness = (self._gap(face) - self._lip_gap) / _OPEN_MOUTH_MM
        openness = float(np.clip(openness, 0.0, 1.0))
        attributes[:, AMBIENT] = self._closed.ambient
        inside = self._inside
        attributes[inside, AMBIENT] += openness * (
            self._open.ambient - self._closed.ambient[inside]
        )
        for column, light in ((KEY, self._look.key), (FILL, self._look.fill)):
            direction = np.array(light.direction)
            lit = self._closed.from_light(own.T @ direction, breadth_deg=light.breadth_deg)
            within = self._open.from_light(own.T @ direction, breadth_deg=light.breadth_deg)
            lit[inside] += openness * (within - lit[inside])
            lit[n_head:] = self._lit_body[column]
            attributes[:, column] = lit

    def _paint_cloth(self, shirt: slice, lights: NDArray[np.float32]) -> None:
        """Light the shirt."""
        look, rows = self._look, self._attributes[shirt]
        normals = rows[:, NORMAL : NORMAL + 3]
        up = 0.5 + 0.5 * normals @ lights[2, :3, None]
        light = (np.array(look.ground) * (1 - up) + np.array(look.sky) * up) * rows[
            :, AMBIENT, None
        ]
        for column, row in ((KEY, lights[0]), (FILL, lights[1])):
            facing = np.maximum((normals @ row[:3] + 0.15) / 1.15, 0.0)
            light += (facing * rows[:, column])[:, None] * row[3:6]
        rows[:, COLOUR : COLOUR + 3] = light * np.array(look.clothes)

    def _gap(self, face: NDArray[np.float32]) -> float:
        """Return how far the lips are apart in the middle, mm."""
        upper, lower = self._model.landmarks[[62, 66]]
        return float(face[upper, 1] - face[lower, 1])

    def _bake_open_mouth(self, neutral: NDArray[np.float32]) -> Occlusion:
        """See which light reaches the inside of a mouth with the jaw dropped."""
        model = self._model
        wide = model.facs_units[model.facs_names.index("AU27")] @ model.units.reshape(
            len(model.units), -1
        )
        points = neutral + 0.8 * wide.reshape(neutral.shape)
        baked = bake_occlusion(points, self._head_triangles, n_directions=100)
        inside = self._inside
        return Occlusion(
            baked.directions, baked.reaches[inside], np.maximum(baked.ambient[inside], 0.02)
        )

    def _place_eyes(self) -> NDArray[np.float32]:
        """Note where each vertex of an eye lies on its ball, and the balls' looks."""
        model, look = self._model, self._look
        rng = np.random.default_rng([look.seed, 4])
        eyes = np.zeros((2, 9), np.float32)
        self._rest_gaze = [0.0, 0.0]
        vertices = self._parts["eye"]
        mean = model.mean_shape
        for side in (0, 1):
            own = vertices[(mean[vertices, 0] > 0) == bool(side)]
            middle = (mean[own].max(axis=0) + mean[own].min(axis=0)) / 2
            offset = mean[own] - middle
            radius = float(np.linalg.norm(offset, axis=1).mean())
            offset[:, 0] += 100.0 * side
            self._attributes[own, COLOUR : COLOUR + 3] = offset
            eyes[side, 3:6] = look.iris
            eyes[side, 6] = look.pupil_mm / 2 / radius
            eyes[side, 7] = _IRIS_RADIUS_MM / radius
            eyes[side, 8] = rng.uniform(0, 6.28)
            # At rest the iris sits in the middle between the lids.
            lids = model.landmarks[[37, 38, 40, 41] if side == 0 else [43, 44, 46, 47]]
            ball = (self._neutral[own].max(axis=0) + self._neutral[own].min(axis=0)) / 2
            rise = float((self._neutral[lids].mean(axis=0) - ball)[1])
            self._rest_gaze[side] = 0.8 * math.asin(min(max(rise / radius, -0.3), 0.3))
        return eyes

    def _aim_eyes(self, gaze_deg: tuple[float, float]) -> NDArray[np.float32]:
        eyes = self._eyes.copy()
        left = math.radians(gaze_deg[0])
        for side in (0, 1):
            up = math.radians(gaze_deg[1]) + self._rest_gaze[side]
            # Eyes that look at something near turn towards each other a little.
            inward = math.radians(1.5) * (1.0 if side == 0 else -1.0)
            eyes[side, :3] = (
                math.sin(left + inward) * math.cos(up),
                math.sin(up),
                math.cos(left + inward) * math.cos(up),
            )
        return eyes


def _neck_weights(points: NDArray[np.float32], rim: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how far each vertex follows the head: 0 at the rim of the neck, 1 above it."""
    middle = points[rim].mean(axis=0)
    _, _, axes = np.linalg.svd(points[rim] - middle)
    normal = axes[2] if axes[2][1] > 0 else -axes[2]
    place = np.clip(((points - middle) @ normal) / _NECK_MM, 0.0, 1.0)
    weights = place * place * (3.0 - 2.0 * place)
    # The chin reaches below that height and belongs to the head.
    weights[points[:, 2] > middle[2] + 62.0] = 1.0
    return weights.astype(np.float32)
