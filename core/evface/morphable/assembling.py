"""What every model that is imported or built goes through before it is one of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evface.morphable.contour import YAW_DEG, slide_contour
from evface.morphable.model import MorphableModel

# Imported bases are kept finer than the open head's: the last of many components are small.
_STEP_MM, _MOST_STEPS = 0.002, 32_000
# The distance of the outer eye corners of any adult, with room to spare.
_EYES_MM = (60.0, 130.0)


def digest(arrays: Iterable[NDArray[np.generic]]) -> str:
    """Return eight letters that stand for the content of arrays.

    They become a part of the version: two files of one name never mix unnoticed.
    """
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(f"{array.dtype.str}{array.shape}".encode())
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()[:8]


def file_step_mm(model: MorphableModel) -> float:
    """Return the step to which a model's file may round its bases: 0.002 mm, or what they need."""
    bases = (model.identity_basis, model.action_unit_basis, model.units)
    largest_mm = max(float(np.abs(basis).max(initial=0.0)) for basis in bases)
    return max(_STEP_MM, largest_mm / _MOST_STEPS)


def assemble(
    *,
    name: str,
    version: str,
    mean_shape: NDArray[np.floating],
    triangles: NDArray[np.integer],
    landmarks: NDArray[np.integer],
    identity_basis: NDArray[np.floating],
    action_unit_basis: NDArray[np.floating],
    action_unit_weights: NDArray[np.floating],
    regions: NDArray[np.integer] | None = None,
    region_names: tuple[str, ...] = ("skin",),
    contour: NDArray[np.int32] | None = None,
    contour_yaw_deg: NDArray[np.float32] | None = None,
    notice: str = "",
) -> MorphableModel:
    """Make a model without single units and without a table of FACS.

    The origin is moved to the middle of the head. Without a contour, that of the mean shape is
    found.

    Parameters
    ----------
    mean_shape : (n_vertices, 3) float, mm
    identity_basis : (n_identity, n_vertices, 3) float, mm per standard deviation
    action_unit_basis : (n_components, n_vertices, 3) float, mm
    action_unit_weights : (n_components,) float
        ``E|c_k|**2``.

    Returns
    -------
    MorphableModel

    Raises
    ------
    ValueError
        If the arrays do not fit together, are not finite, or the landmarks are not a face of
        human size that looks along +z; the text says which.
    """
    shape = np.asarray(mean_shape, np.float64)
    for what, array in (
        ("mean shape", shape),
        ("identity basis", identity_basis),
        ("action-unit basis", action_unit_basis),
        ("weights", action_unit_weights),
    ):
        if not np.isfinite(array).all():
            raise ValueError(f"the {what} holds values that are no numbers")
    points = shape[landmarks]
    check_face(points)
    kinds = np.zeros(len(triangles), np.uint8) if regions is None else regions.astype(np.uint8)
    if contour is None:
        skin = np.unique(triangles[kinds == region_names.index("skin")])
        contour, contour_yaw_deg = slide_contour(shape, landmarks, skin), YAW_DEG
    ears = points[[0, 16]].mean(axis=0)
    depth = (shape[:, 2].max() + shape[:, 2].min()) / 2
    origin = np.array([ears[0], ears[1] - 10.0, depth - 10.0])
    n_components, n_vertices = len(action_unit_basis), len(shape)
    return MorphableModel(
        name=name,
        version=version,
        mean_shape=(shape - origin).astype(np.float32),
        triangles=np.asarray(triangles, np.int32),
        regions=kinds,
        region_names=region_names,
        landmarks=np.asarray(landmarks, np.int32),
        identity_basis=np.asarray(identity_basis, np.float32),
        action_unit_basis=np.asarray(action_unit_basis, np.float32),
        action_unit_weights=np.asarray(action_unit_weights, np.float32),
        units=np.zeros((0, n_vertices, 3), np.float32),
        unit_names=(),
        facs_names=(),
        facs_units=np.zeros((0, 0), np.float32),
        facs_readout=np.zeros((0, n_components), np.float32),
        contour=contour,
        contour_yaw_deg=contour_yaw_deg,
        notice=notice,
    )


def check_face(points_mm: NDArray[np.floating]) -> None:
    """See that 68 landmarks are a face of human size that looks along +z.

    Parameters
    ----------
    points_mm : (68, 3) float, mm

    Raises
    ------
    ValueError
        If they are not; the text says why.
    """
    eyes = points_mm[45] - points_mm[36]
    is_upright = points_mm[27, 1] > points_mm[8, 1] and eyes[0] > 0.9 * np.linalg.norm(eyes)
    looks_ahead = points_mm[30, 2] > points_mm[[0, 16], 2].max()
    if not (is_upright and looks_ahead):
        raise ValueError(
            "its landmarks are not a face with x to its left, y up and z ahead; check the "
            "landmarks' file, and turn the meshes"
        )
    if not _EYES_MM[0] < eyes[0] < _EYES_MM[1]:
        raise ValueError(
            f"its eye corners are {eyes[0]:.0f} mm apart, which no face's are; check the unit and "
            "the landmarks' file"
        )
