"""Strands of hair in the picture: ribbons turned to the viewer, lit as hair is."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.geometry.cameras import RigidTransform
from evface.simulation.hair import Hair
from evface.simulation.views import View


def draw_hair(
    hair: Hair,
    colour: tuple[float, float, float],
    room_from_head: RigidTransform,
    view: View,
    lights: NDArray[np.float32],
    edges: NDArray[np.float32],
    colours: NDArray[np.float32],
) -> None:
    """Lay the ribbons into the picture and light them.

    Parameters
    ----------
    hair
        Not modified.
    colour
        Albedo, linear.
    room_from_head
        Where the head is.
    view
        The camera.
    lights : (4, N_LIGHT) float32
        As for `shading.shade`.
    edges : (2 n_points, 3) float32
        Changed: the ribbons' vertices in the picture, px, and their depth from the room's origin,
        mm. What grows on the far
        side of the head collapses to lines, which are not drawn.
    colours : (2 n_points, 3) float32
        Changed: linear colour of each vertex.

    References
    ----------
    Kajiya and Kay, "Rendering Fur with Three Dimensional Textures", SIGGRAPH 1989, Sec. 3.3.
    Differs: the diffuse term is dimmed where the head turns away from the light, because the
    hair below is not transparent.
    """
    placing = view.camera_from_room.after(room_from_head)
    offset = placing.translation_mm - [0.0, 0.0, view.depth_mm]
    _draw_hair(
        hair.points, hair.tangents, hair.normals, hair.half_width_mm, hair.shade,
        np.array(colour, np.float32), placing.rotation.astype(np.float32),
        offset.astype(np.float32), np.float32(view.depth_mm),
        np.array(view.camera.focal_px, np.float32), np.array(view.camera.centre_px, np.float32),
        lights, edges, colours,
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _draw_hair(  # type: ignore[no-untyped-def]
    points, tangents, normals, half_width, shade, colour, rotation, offset, depth, focal, centre,
    lights, edges, colours,
):  # fmt: skip
    at, tangent, normal = np.zeros(3, np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32)
    for i in range(points.shape[0]):
        for k in range(3):
            at[k], tangent[k], normal[k] = offset[k], 0.0, 0.0
            # The camera's y points down and its z away; the lights' axes up and to the viewer.
            sign = np.float32(1.0) if k == 0 else np.float32(-1.0)
            for j in range(3):
                at[k] += rotation[k, j] * points[i, j]
                tangent[k] += sign * rotation[k, j] * tangents[i, j]
                normal[k] += sign * rotation[k, j] * normals[i, j]
        scale_x, scale_y = focal[0] / (at[2] + depth), focal[1] / (at[2] + depth)
        x, y = at[0] * scale_x + centre[0], at[1] * scale_y + centre[1]
        flat = math.sqrt(tangent[0] * tangent[0] + tangent[1] * tangent[1]) + np.float32(1e-6)
        half = half_width[i] / flat
        if normal[2] < np.float32(-0.35):
            half = np.float32(0.0)
        aside_x, aside_y = half * tangent[1] * scale_x, half * tangent[0] * scale_y
        edges[2 * i, 0], edges[2 * i, 1], edges[2 * i, 2] = x - aside_x, y - aside_y, at[2]
        edges[2 * i + 1, 0], edges[2 * i + 1, 1] = x + aside_x, y + aside_y
        edges[2 * i + 1, 2] = at[2]
        up = np.float32(0.5)
        for k in range(3):
            up += np.float32(0.5) * normal[k] * lights[2, k]
        tone = shade[i]
        for k in range(3):
            sky = lights[3, 3 + k] + (lights[2, 3 + k] - lights[3, 3 + k]) * up
            colours[2 * i, k] = colour[k] * sky * np.float32(0.75) * tone
        for light in range(2):
            along, facing = np.float32(0.0), np.float32(0.35)
            for k in range(3):
                along += tangent[k] * lights[light, k]
                facing += normal[k] * lights[light, k]
            across = math.sqrt(max(np.float32(1.0) - along * along, np.float32(0.0)))
            open_to = min(max(facing / np.float32(1.35), np.float32(0.0)), np.float32(1.0))
            mirror = max(across * flat - along * tangent[2], np.float32(0.0))
            # A white gloss of the surface and a broader one tinted by passing through.
            white = np.float32(0.030) * mirror / (np.float32(48.0) - np.float32(47.0) * mirror)
            tinted = np.float32(0.5) * mirror / (np.float32(9.0) - np.float32(8.0) * mirror)
            for k in range(3):
                reflected = colour[k] * across + white + (colour[k] + np.float32(0.01)) * tinted
                colours[2 * i, k] += lights[light, 3 + k] * open_to * reflected * tone
        for k in range(3):
            colours[2 * i + 1, k] = colours[2 * i, k]
