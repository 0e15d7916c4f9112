"""A morphable model of the face: mean shape, identity, action units, and its file."""

from __future__ import annotations

import functools
import os
import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import evface_resources
from evface.errors import ModelFileError

# The file keeps these as whole multiples of a step, their low and high bytes apart: a third of
# the size, at an error of half a step.
STEP_MM = 0.01
_QUANTISED = ("identity_basis", "action_unit_basis", "units")
_OPTIONAL = ("contour", "contour_yaw_deg", "notice")
_FORMAT = 1
# What damage to a file makes of reading it.
DAMAGE = (
    KeyError, ValueError, TypeError, IndexError, EOFError, NotImplementedError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class MorphableModel:
    r"""A linear model of faces, made of a mean shape, identities and action units.

    .. math:: S = \bar S + \sum_i \alpha_{I,i} B_{I,i} + \sum_k \alpha_{AU,k} B_{AU,k}

    The axes are x to the subject's left (a viewer's right), y up and z out of the face; the
    origin lies near the head's centre.

    Parameters
    ----------
    name, version
        Coefficients of models that differ in either never mix.
    mean_shape : (n_vertices, 3) float32, mm
        A neutral face.
    triangles : (n_triangles, 3) int32
        Counter-clockwise seen from outside.
    regions : (n_triangles,) uint8
        Index into `region_names`.
    region_names
        For example ``skin``, ``eye``, ``teeth``.
    landmarks : (68,) int32
        The vertices of the iBUG 68-point scheme.
    identity_basis : (n_identity, n_vertices, 3) float32, mm per standard deviation
    action_unit_basis : (n_components, n_vertices, 3) float32, mm
        Localised components; a coefficient of 1 is about a full activation.
    action_unit_weights : (n_components,) float32
        How large each coefficient typically is, ``E|c_k|**2``: the weights of a ridge.
    units : (n_units, n_vertices, 3) float32, mm
        Single movements of the face, full at 1.
    unit_names
        Their names, those of ARKit.
    facs_names
        The facial action units of FACS, e.g. ``"AU1"``.
    facs_units : (n_facs, n_units) float32
        Each action unit of FACS composed of units.
    facs_readout : (n_facs, n_components) float32
        Intensity of the action units of FACS, linear in the coefficients of the basis. May come
        out below 0, which means absent.
    contour : (n_yaw, 17) int32, or None
        The vertices that are landmarks 0 to 16, the jaw's, when the head is turned by
        `contour_yaw_deg`. None where the model knows of none: its jaw's landmarks stay.
    contour_yaw_deg : (n_yaw,) float32, degrees, or None
        Increasing; positive to the subject's left.
    notice
        Whose the model is and under which licence; may be empty.
    """

    name: str
    version: str
    mean_shape: NDArray[np.float32]
    triangles: NDArray[np.int32]
    regions: NDArray[np.uint8]
    region_names: tuple[str, ...]
    landmarks: NDArray[np.int32]
    identity_basis: NDArray[np.float32]
    action_unit_basis: NDArray[np.float32]
    action_unit_weights: NDArray[np.float32]
    units: NDArray[np.float32]
    unit_names: tuple[str, ...]
    facs_names: tuple[str, ...]
    facs_units: NDArray[np.float32]
    facs_readout: NDArray[np.float32]
    contour: NDArray[np.int32] | None = None
    contour_yaw_deg: NDArray[np.float32] | None = None
    notice: str = ""

    def __post_init__(self) -> None:
        n_vertices, n_triangles = len(self.mean_shape), len(self.triangles)
        n_components, n_units = len(self.action_unit_basis), len(self.unit_names)
        n_facs = len(self.facs_names)
        expected = {
            "mean_shape": (n_vertices, 3),
            "triangles": (n_triangles, 3),
            "regions": (n_triangles,),
            "landmarks": (68,),
            "identity_basis": (len(self.identity_basis), n_vertices, 3),
            "action_unit_basis": (n_components, n_vertices, 3),
            "action_unit_weights": (n_components,),
            "units": (n_units, n_vertices, 3),
            "facs_units": (n_facs, n_units),
            "facs_readout": (n_facs, n_components),
        }
        indexing = ["triangles", "landmarks"]
        if self.contour is not None and self.contour_yaw_deg is not None:
            expected["contour"] = (len(self.contour_yaw_deg), 17)
            indexing.append("contour")
            if (np.diff(self.contour_yaw_deg) <= 0).any():
                raise ValueError("contour_yaw_deg must increase")
        elif (self.contour is None) != (self.contour_yaw_deg is None):
            raise ValueError("contour and contour_yaw_deg must come together")
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}, got {getattr(self, name).shape}")
        for name in indexing:
            indices = getattr(self, name)
            if indices.size and not 0 <= indices.min() <= indices.max() < n_vertices:
                raise ValueError(f"{name} must be indices of {n_vertices} vertices")
        if n_triangles and self.regions.max() >= len(self.region_names):
            raise ValueError(f"regions must be indices of {len(self.region_names)} names")

    @property
    def key(self) -> str:
        """Name and version, which tracks keep with their coefficients."""
        return f"{self.name}-{self.version}"

    @property
    def n_vertices(self) -> int:
        """Number of vertices."""
        return len(self.mean_shape)

    def shape(
        self,
        identity: NDArray[np.floating] | None = None,
        action_units: NDArray[np.floating] | None = None,
    ) -> NDArray[np.float32]:
        """Compute the face of these coefficients.

        Parameters
        ----------
        identity : (..., up to n_identity) float, standard deviations
            The mean identity when None. Fewer coefficients than the model has use its first ones.
        action_units : (..., n_components) float
            Neutral when None. The leading axes of both broadcast.

        Returns
        -------
        (..., n_vertices, 3) float32, mm
        """
        shape = self.mean_shape
        if identity is not None:
            shape = shape + _combine(identity, self.identity_basis)
        if action_units is not None:
            shape = shape + _combine(action_units, self.action_unit_basis)
        return shape

    def unit_shape(
        self, activations: NDArray[np.floating], identity: NDArray[np.floating] | None = None
    ) -> NDArray[np.float32]:
        """Compute the face of activated units.

        Parameters
        ----------
        activations : (..., n_units) float, 0 to 1
        identity : (..., up to n_identity) float, standard deviations
            The mean identity when None.

        Returns
        -------
        (..., n_vertices, 3) float32, mm
        """
        return self.shape(identity) + _combine(activations, self.units)


def _combine(coefficients: NDArray[np.floating], basis: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sum of the first components of `basis`, weighted; (..., n_vertices, 3)."""
    weights = np.asarray(coefficients, np.float32)
    if weights.shape[-1] > len(basis):
        raise ValueError(f"got {weights.shape[-1]} coefficients of {len(basis)} components")
    flat = basis[: weights.shape[-1]].reshape(weights.shape[-1], -1)
    return (weights @ flat).reshape(*weights.shape[:-1], *basis.shape[1:])


@functools.cache
def load_open_head() -> MorphableModel:
    """Load the head that ships with evface, once; do not change its arrays."""
    return load_model(evface_resources.path("open_head.npz"))


def load_model(path: Path) -> MorphableModel:
    """Load a model from evface's own file.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is not one of ours.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            if int(archive["format"]) > _FORMAT:
                raise ModelFileError(path, "was written by a newer evface; update evface")
            stored = {
                field.name: archive[field.name]
                for field in fields(MorphableModel)
                if field.name in archive or field.name not in _OPTIONAL
            }
            for name in _QUANTISED:
                steps = _join_bytes(stored[name]).astype(np.float32)
                stored[name] = steps * np.float32(archive["step_mm"])
    except ModelFileError:
        raise
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror or error}") from error
    except DAMAGE as error:
        raise ModelFileError(path, "is not a head model of evface, or is damaged") from error
    values: dict[str, Any] = {
        name: str(value) if value.ndim == 0 else value for name, value in stored.items()
    }
    for name in ("region_names", "unit_names", "facs_names"):
        values[name] = tuple(str(item) for item in stored[name])
    try:
        return MorphableModel(**values)
    except ValueError as error:
        raise ModelFileError(path, f"is not consistent: {error}") from error


def write_model(path: Path, model: MorphableModel, *, step_mm: float = STEP_MM) -> None:
    """Write a model. The same model gives the same bytes.

    Parameters
    ----------
    step_mm
        The bases are rounded to it; none of their entries may exceed 2**15 steps.

    Raises
    ------
    ModelFileError
        If the file cannot be written.
    ValueError
        If a component is too large for the step.
    """
    stored: dict[str, Any] = {
        field.name: np.asarray(getattr(model, field.name))
        for field in fields(model)
        if getattr(model, field.name) is not None
    }
    for name in _QUANTISED:
        stored[name] = _split_bytes(np.rint(stored[name] / step_mm))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            np.savez_compressed(
                stream, format=np.int32(_FORMAT), step_mm=np.float32(step_mm), **stored
            )
        temporary.replace(path)
    except OSError as error:
        raise ModelFileError(
            path, f"cannot be written ({error.strerror or error}); give another place"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _split_bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return whole numbers below 2**15 as (2, ...) uint8: low bytes, high bytes."""
    if np.abs(values).max(initial=0) >= 2**15:
        raise ValueError("a component is too large for the step that it is rounded to")
    # Zigzag: small numbers of either sign have a high byte of 0.
    whole = values.astype(np.int32)
    folded = np.where(whole < 0, -2 * whole - 1, 2 * whole)
    return np.stack([folded & 0xFF, folded >> 8]).astype(np.uint8)


def _join_bytes(planes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the numbers that `_split_bytes` split."""
    folded = planes[0].astype(np.int32) | (planes[1].astype(np.int32) << 8)
    return np.where(folded & 1, -((folded + 1) >> 1), folded >> 1)
