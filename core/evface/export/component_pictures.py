"""Pictures of a head's components: how far each moves every place of the face."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.morphable.heat_map import heat_colours
from evface.morphable.model import MorphableModel
from evface.morphable.topology import vertex_normals
from evface.simulation.raster import Visibility, rasterise

_SAMPLES = 2
_MARGIN = 0.06
_PAPER = 255
_LABEL_PX = 16
# Regions that hang before the face.
_HIDDEN = ("lashes",)


def write_component_pictures(
    path: Path,
    model: MorphableModel,
    *,
    which: str = "action_units",
    n_most: int = 128,
    tile_px: int = 160,
) -> None:
    """Write a sheet of heat maps, one face a component.

    Every face shows the component at a coefficient of 1, on the neutral head moved by it; its
    colours go from no movement to the component's own largest, which is written below it in mm.

    Parameters
    ----------
    path
        A .png.
    which
        ``"action_units"`` or ``"identity"``.
    n_most
        No more components than this, the first ones.
    tile_px
        Width of a face.

    Raises
    ------
    ValueError
        If `which` is something else.
    ModelFileError
        If the picture cannot be written.
    """
    bases = {"action_units": model.action_unit_basis, "identity": model.identity_basis}
    if which not in bases:
        raise ValueError(f"which must be one of {', '.join(bases)}, got {which!r}")
    basis = bases[which][:n_most]
    tiles = [_tile(model, component, i, tile_px) for i, component in enumerate(basis)]
    n_columns = max(1, math.ceil(math.sqrt(len(tiles) * 1.6)))
    blank = np.full((tile_px + _LABEL_PX, tile_px, 3), _PAPER, np.uint8)
    tiles += [blank] * (-len(tiles) % n_columns)
    rows = [np.hstack(tiles[i : i + n_columns]) for i in range(0, len(tiles), n_columns)]
    sheet = np.vstack(rows) if rows else blank
    _, encoded = cv2.imencode(".png", sheet[..., ::-1])
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        raise ModelFileError(
            path, f"cannot be written ({error.strerror or error}); give another place"
        ) from error


def render_heat_map(
    model: MorphableModel, component: NDArray[np.floating], tile_px: int
) -> NDArray[np.uint8]:
    """Render the neutral head moved by a component, coloured by how far each place moves.

    Parameters
    ----------
    component : (n_vertices, 3) float, mm
    tile_px
        Width and height of the picture.

    Returns
    -------
    (tile_px, tile_px, 3) uint8, sRGB
        White around the head.
    """
    shown = [i for i, name in enumerate(model.region_names) if name not in _HIDDEN]
    triangles = np.ascontiguousarray(model.triangles[np.isin(model.regions, shown)])
    shape = (model.mean_shape + component).astype(np.float32)
    size = tile_px * _SAMPLES
    face = model.mean_shape[model.landmarks]
    # From the forehead to below the chin, whatever neck the model has.
    low, high = face[:, 1].min(), face[:, 1].max()
    height = (high - low) * 1.9
    scale = size * (1 - 2 * _MARGIN) / height
    middle_y = (high + low) / 2 + 0.12 * height
    points = np.stack(
        [
            size / 2 + scale * shape[:, 0],
            size / 2 - scale * (shape[:, 1] - middle_y),
            -shape[:, 2],
        ],
        axis=1,
    ).astype(np.float32)
    seen = Visibility.empty((size, size))
    seen.clear()
    rasterise(points, triangles, seen)
    is_face = seen.triangle >= 0
    corners = triangles[seen.triangle[is_face]]
    weights = np.concatenate(
        [seen.weights[is_face], 1.0 - seen.weights[is_face].sum(axis=1, keepdims=True)], axis=1
    )
    distance = np.linalg.norm(component, axis=1)
    place = distance / max(float(distance.max()), 1e-9)
    normals = vertex_normals(shape, triangles)
    place_seen = np.einsum("nc,nc->n", place[corners], weights)
    light = np.einsum("nci,nc->ni", normals[corners], weights) @ [0.25, 0.35, 0.9]
    colours = heat_colours()[np.clip(np.rint(255 * place_seen), 0, 255).astype(int)]
    picture = np.full((size, size, 3), float(_PAPER))
    picture[is_face] = colours * np.clip(0.45 + 0.55 * light, 0.0, 1.0)[:, None]
    tile = picture.reshape(tile_px, _SAMPLES, tile_px, _SAMPLES, 3).mean(axis=(1, 3))
    return np.rint(tile).astype(np.uint8)


def _tile(
    model: MorphableModel, component: NDArray[np.floating], number: int, tile_px: int
) -> NDArray[np.uint8]:
    label = np.full((_LABEL_PX, tile_px, 3), _PAPER, np.uint8)
    largest_mm = float(np.linalg.norm(component, axis=1).max())
    text = f"{number + 1}: {largest_mm:.1f} mm"
    cv2.putText(
        label, text, (6, _LABEL_PX - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (60,) * 3, 1, cv2.LINE_AA
    )
    return np.vstack([render_heat_map(model, component, tile_px), label])
