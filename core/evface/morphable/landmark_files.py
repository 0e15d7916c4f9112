"""Which vertices of a mesh are the landmarks: read from the files in which people keep them."""

from __future__ import annotations

import json
import operator
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.morphable.flame_landmarks import read_landmarks
from evface.morphable.model import load_model

_N = 68


def read_landmark_vertices(
    paths: Sequence[Path], shape: NDArray[np.floating], triangles: NDArray[np.integer]
) -> NDArray[np.int32]:
    """Read the vertices of the iBUG 68-point scheme.

    Parameters
    ----------
    paths
        One file, or the two that FLAME's embedding may come in. Either a .json list, or an object
        with ``idx_to_landmark_verts`` as ICT-FaceKit has it; a .txt of whole numbers; a head of
        ours with the same number of vertices; or an embedding of FLAME. Counted from 0.
    shape : (n_vertices, 3) float
        The mesh: x to the subject's left, y up, z out of the face.
    triangles : (n_triangles, 3) int

    Returns
    -------
    (68,) int32

    Raises
    ------
    ModelFileError
        If the file is none of these, or is of another mesh.
    ValueError
        If there is no path.
    """
    if not paths:
        raise ValueError("landmarks need at least one file")
    path = paths[0]
    suffix = path.suffix.lower()
    if len(paths) == 1 and suffix in (".json", ".txt"):
        vertices = _read_list(path)
    elif len(paths) == 1 and suffix == ".npz" and (of_head := _of_head(path)) is not None:
        vertices, n_vertices = of_head
        if n_vertices != len(shape):
            raise ModelFileError(
                path, f"is a head of {n_vertices} vertices, but the meshes have {len(shape)}"
            )
    else:
        embedded = read_landmarks(paths, shape, triangles)
        vertices = embedded.points.nearest_vertices(shape, triangles)[0].astype(np.int64)
    if vertices.shape != (_N,):
        raise ModelFileError(path, f"holds {vertices.size} landmarks, not {_N}; give all of them")
    if not 0 <= vertices.min() <= vertices.max() < len(shape):
        raise ModelFileError(
            path, f"names vertices that a mesh of {len(shape)} does not have; give the mesh's own"
        )
    return vertices.astype(np.int32)


def _read_list(path: Path) -> NDArray[np.int64]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() == ".txt":
            return np.array([int(word) for word in text.replace(",", " ").split()], np.int64)
        content = json.loads(text)
        if isinstance(content, dict):
            content = content["idx_to_landmark_verts"]
        return np.array([operator.index(item) for item in content], np.int64)
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ModelFileError(path, "is no list of landmark vertices; give 68 numbers") from error


def _of_head(path: Path) -> tuple[NDArray[np.int64], int] | None:
    try:
        head = load_model(path)
    except ModelFileError:
        return None
    return head.landmarks.astype(np.int64), head.n_vertices
