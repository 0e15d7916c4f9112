"""The bases that the authors of FACEMORPHIC have released, as MATLAB files."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray
from scipy.io.matlab import MatReadError

from evface.errors import ModelFileError
from evface.morphable.assembling import assemble, digest
from evface.morphable.model import MorphableModel

_COMPONENTS, _WEIGHTS = ("Components", "Components_e"), ("Weights", "Weights_e")
_TEMPLATES = ("template_n", "avgModel", "template")
_LANDMARKS = ("landmarks_idx", "idx_landmarks_3D")
_MM_PER_M = 1000.0
_DAMAGE = (
    MatReadError, zlib.error, ValueError, TypeError, KeyError, IndexError, EOFError,
    NotImplementedError,
)  # fmt: skip


def import_dl3dmm(
    expression: Path, identity: Path, template: Path, landmarks: Path, *, name: str = "dl3dmm"
) -> MorphableModel:
    """Make a model of the released ``.mat`` bases.

    Parameters
    ----------
    expression
        ``DL_D3DFACS_expr_0.05_32.mat`` or another: ``Components_e`` (3 n_vertices, K), x, y and z
        of one vertex after the other, in metres, and ``Weights_e`` (K,).
    identity
        ``PCA_D3DFACS_ID_22.mat``: ``Components`` and ``Weights``. Columns of 0 are left out, as
        22 people differ in 21 ways.
    template
        ``template_D3DFACS.mat``: the mean face ``template_n`` and its faces ``f``, counted from 1.
    landmarks
        ``coma_landmarks.mat``: ``landmarks_idx``, 68 vertices counted from 1.
    name
        Of the model. Its version is a digest of the bases.

    Returns
    -------
    MorphableModel
        A component of expression is scaled so that a coefficient of 1 moves the face by the root
        of its released weight; its own weight is then 1.

    Raises
    ------
    ModelFileError
        If a file is not what it should be, or the files do not belong together.

    Notes
    -----
    How the weights were computed is not published; they are taken for ``E|c_k|**2`` in the unit
    of the components, which is how the authors' fit uses them.
    """
    stored = _read(template)
    shape = _columns(template, stored, _TEMPLATES)
    shape = shape.T if shape.shape[0] == 3 else shape
    if shape.ndim != 2 or shape.shape[1] != 3:
        raise ModelFileError(template, f"has a template of {shape.shape}, not of vertices")
    triangles = _columns(template, stored, ("f",)).astype(np.int64) - 1
    triangles = triangles.T if triangles.shape[0] == 3 else triangles
    n_vertices = len(shape)
    if not triangles.size or triangles.min() < 0 or triangles.max() >= n_vertices:
        raise ModelFileError(template, "has faces without vertices; give its own template")
    moves, move_weights = _basis(expression, n_vertices)
    people, people_weights = _basis(identity, n_vertices)
    points = _columns(landmarks, _read(landmarks), _LANDMARKS).ravel().astype(np.int64) - 1
    if points.shape != (68,) or points.min() < 0 or points.max() >= n_vertices:
        raise ModelFileError(landmarks, f"is no list of 68 of {n_vertices} vertices, from 1 on")
    try:
        return assemble(
            name=name,
            version=digest([moves, move_weights, people, people_weights, shape]),
            mean_shape=_MM_PER_M * shape,
            triangles=triangles,
            landmarks=points,
            identity_basis=_MM_PER_M * people * np.sqrt(people_weights)[:, None, None],
            action_unit_basis=_MM_PER_M * moves * np.sqrt(move_weights)[:, None, None],
            action_unit_weights=np.ones(len(moves)),
            notice="Bases released with FACEMORPHIC (Becattini et al., 2024), on FLAME's topology; "
            "no licence is stated",
        )
    except ValueError as error:
        raise ModelFileError(expression, f"cannot be used: {error}") from error


def _basis(path: Path, n_vertices: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (K, n_vertices, 3) components, those of 0 left out, and their weights."""
    stored = _read(path)
    components = _columns(path, stored, _COMPONENTS)
    weights = _columns(path, stored, _WEIGHTS).ravel()
    if components.ndim != 2 or components.shape != (3 * n_vertices, len(weights)):
        raise ModelFileError(
            path,
            f"has components of {components.shape} and {len(weights)} weights, which do not fit a "
            f"template of {n_vertices} vertices",
        )
    used = (np.abs(components).max(axis=0) > 0.0) & (weights > 0.0)
    return components.T[used].reshape(-1, n_vertices, 3), weights[used]


def _columns(path: Path, stored: dict[str, Any], names: tuple[str, ...]) -> NDArray[np.float64]:
    for name in names:
        if name in stored:
            array = np.asarray(stored[name])
            if array.dtype.kind in "fiu" and np.isfinite(array).all():
                return array.astype(np.float64)
            raise ModelFileError(path, f"is damaged: its {name} is not all numbers")
    raise ModelFileError(path, f"holds no {' or '.join(names)}; give the authors' own file")


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return dict(scipy.io.loadmat(stream))
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror or error}") from error
    except _DAMAGE as error:
        raise ModelFileError(path, "is no MATLAB file, or is damaged; fetch it again") from error
