"""FLAME from its official files to a model of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.morphable.assembling import assemble, digest
from evface.morphable.flame_landmarks import read_landmarks
from evface.morphable.model import MorphableModel
from evface.morphable.pickles import read_arrays

N_VERTICES, N_TRIANGLES, N_JOINTS = 5023, 9976, 5
N_SHAPE, N_EXPRESSION = 300, 100
JAW, EYES = 2, (3, 4)
_RESEARCH = (
    "Max-Planck-Gesellschaft, for non-commercial scientific research only; see "
    "https://flame.is.tue.mpg.de/modellicense.html"
)
VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "2017": f"FLAME 2017, {_RESEARCH}",
        "2020": f"FLAME 2020, {_RESEARCH}",
        "2023": f"FLAME 2023, {_RESEARCH}",
        "2023-open": "FLAME 2023 Open, Max-Planck-Gesellschaft, CC BY 4.0",
    }
)
# A wide open mouth, in radians about the jaw's joint, and how much of it is usual: E|c|**2.
JAW_OPEN_RAD = 0.4
_JAW_WEIGHT = 0.04
_KEYS = ("v_template", "shapedirs", "posedirs", "weights", "J_regressor", "kintree_table", "f")
_SHAPES = {
    "v_template": (N_VERTICES, 3),
    "shapedirs": (N_VERTICES, 3, N_SHAPE + N_EXPRESSION),
    "posedirs": (N_VERTICES, 3, 9 * (N_JOINTS - 1)),
    "weights": (N_VERTICES, N_JOINTS),
    "J_regressor": (N_JOINTS, N_VERTICES),
    "kintree_table": (2, N_JOINTS),
    "f": (N_TRIANGLES, 3),
}
_EMBEDDINGS = (
    ("landmark_embedding.npy",),
    ("flame_static_embedding.pkl", "flame_dynamic_embedding.npy"),
)
_IN_NAME = re.compile(r"flame[ _-]?(20\d\d)[ _-]?(open)?", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Flame:
    """FLAME's own arrays, in metres.

    Parameters
    ----------
    template : (5023, 3) float64
    shape_directions : (5023, 3, 400) float64
        300 of identity, 100 of expression; a coefficient of 1 is a standard deviation.
    pose_directions : (5023, 3, 36) float64
        Corrections, linear in the joints' rotation matrices less the identity.
    weights : (5023, 5) float64
        How much each vertex goes with each joint: root, neck, jaw, left eye, right eye.
    joint_regressor : (5, 5023) float64
    parents : (5,) int64
        Of the joints; the root's is not looked at.
    triangles : (9976, 3) int32
    """

    template: NDArray[np.float64]
    shape_directions: NDArray[np.float64]
    pose_directions: NDArray[np.float64]
    weights: NDArray[np.float64]
    joint_regressor: NDArray[np.float64]
    parents: NDArray[np.int64]
    triangles: NDArray[np.int32]

    def vertices(
        self, coefficients: NDArray[np.floating], rotations: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Compute a face as FLAME does, posed by its joints.

        Parameters
        ----------
        coefficients : (400,) float
            Of identity and expression.
        rotations : (5, 3, 3) float
            Of each joint, relative to its parent.

        Returns
        -------
        (5023, 3) float64, m

        References
        ----------
        Li et al., "Learning a model of facial shape and expression from 4D scans", SIGGRAPH Asia
        2017, Eq. 1 and 2.
        """
        shaped = self.template + self.shape_directions @ np.asarray(coefficients, np.float64)
        joints = self.joint_regressor @ shaped
        correction = (np.asarray(rotations, np.float64)[1:] - np.eye(3)).ravel()
        posed = shaped + self.pose_directions @ correction
        # Where each joint's frame has gone: x -> turn x + shift.
        turns, shifts = np.empty((N_JOINTS, 3, 3)), np.empty((N_JOINTS, 3))
        for joint in range(N_JOINTS):
            own = np.asarray(rotations[joint], np.float64)
            shift = joints[joint] - own @ joints[joint]
            parent = self.parents[joint]
            turns[joint] = own if joint == 0 else turns[parent] @ own
            shifts[joint] = shift if joint == 0 else turns[parent] @ shift + shifts[parent]
        moved = np.einsum("jab,vb->vja", turns, posed) + shifts
        return np.einsum("vj,vja->va", self.weights, moved)

    def jaw_opening(self, angle_rad: float = JAW_OPEN_RAD) -> NDArray[np.float64]:
        """Return how the vertices move when the jaw opens, corrections included, (5023, 3), m."""
        rotations = np.tile(np.eye(3), (N_JOINTS, 1, 1))
        cos, sin = np.cos(angle_rad), np.sin(angle_rad)
        rotations[JAW] = [[1, 0, 0], [0, cos, -sin], [0, sin, cos]]
        still = np.zeros(N_SHAPE + N_EXPRESSION)
        return self.vertices(still, rotations) - self.template


def read_flame(path: Path) -> Flame:
    """Read an official file, .pkl or .npz.

    Raises
    ------
    ModelFileError
        If it is no FLAME, cut, or not safe to read.
    """
    stored = read_arrays(path)
    missing = [key for key in _KEYS if key not in stored]
    if missing:
        raise ModelFileError(
            path, f"is no FLAME model, or is cut: it lacks {', '.join(missing)}; fetch it again"
        )
    arrays: dict[str, NDArray[Any]] = {}
    for key, shape in _SHAPES.items():
        array = np.asarray(stored[key])
        if array.shape != shape or array.dtype.kind not in "fiu":
            raise ModelFileError(
                path, f"is no FLAME model: its {key} is {array.shape} instead of {shape}"
            )
        if not np.isfinite(array).all():
            raise ModelFileError(path, f"is damaged: its {key} holds NaN; fetch it again")
        arrays[key] = array
    triangles = arrays["f"].astype(np.int64)
    parents = arrays["kintree_table"][0].astype(np.int64)
    joints = np.arange(N_JOINTS)[1:]
    if triangles.min() < 0 or triangles.max() >= N_VERTICES:
        raise ModelFileError(path, "is damaged: its triangles have no such vertices")
    if (parents[1:] < 0).any() or (parents[1:] >= joints).any():
        raise ModelFileError(path, "is damaged: its joints do not form a tree")
    return Flame(
        template=arrays["v_template"].astype(np.float64),
        shape_directions=arrays["shapedirs"].astype(np.float64),
        pose_directions=arrays["posedirs"].astype(np.float64),
        weights=arrays["weights"].astype(np.float64),
        joint_regressor=arrays["J_regressor"].astype(np.float64),
        parents=parents,
        triangles=triangles.astype(np.int32),
    )


def version_of(path: Path, stated: str | None = None) -> str:
    """Return a FLAME file's version: the stated one, else the one in its own or its folder's name.

    The files of 2017, 2020 and 2023 have the same keys and shapes, so their content does not tell.

    Raises
    ------
    ModelFileError
        If the version is unknown, or is not the one in the file's own name.
    """
    choices = ", ".join(VERSIONS)
    named = _version_in(path.name)
    if stated is not None:
        version = _version_in(f"flame{stated}") or stated
        if version not in VERSIONS:
            raise ModelFileError(path, f"has the unknown version {stated!r}; choose of {choices}")
        if named is not None and named != version:
            raise ModelFileError(path, f"is called {named}, not {version}; state its own version")
        return version
    found = named or _version_in(path.absolute().parent.name)
    if found is None:
        raise ModelFileError(path, f"does not tell its version; state one of {choices}")
    if found not in VERSIONS:
        raise ModelFileError(
            path, f"is FLAME {found}, which is not known; the known ones are {choices}"
        )
    return found


def _version_in(name: str) -> str | None:
    match = _IN_NAME.search(name)
    return None if match is None else match[1] + ("-open" if match[2] else "")


def import_flame(
    path: Path, landmark_paths: Sequence[Path], *, version: str | None = None
) -> tuple[MorphableModel, float]:
    """Make a model of a FLAME file and landmark embeddings.

    The action units are the 100 components of expression, and the opening of the jaw as the last
    one, without which the model could not speak: FLAME turns the jaw about a joint. It is the chord
    of that turn, corrections included: exact at 0 and 1 (`JAW_OPEN_RAD`), and off by at most 2 % of
    the jaw's length in between. Neck and eyes do not move; the pose of the head is the camera's.
    The files without jaw rotation hold it among their expressions, and get no such component.

    The landmarks are the vertices nearest to the embedded points: fits, exports and the window know
    landmarks as vertices, and how far a teacher's landmarks lie from the mesh's is measured anyway.

    Parameters
    ----------
    path
        ``generic_model.pkl``, ``flame2023.pkl``, an .npz of the same arrays, ...
    landmark_paths
        As for `read_landmarks`; when empty, the official ones that lie beside the file.
    version
        One of `VERSIONS`; told by the names of the file and its folder when None.

    Returns
    -------
    model : MorphableModel
        Its version ends with a digest of the file's arrays.
    distance_mm : float
        How far the landmarks' vertices are from the embedded points, on average.

    Raises
    ------
    ModelFileError
        If a file is not what it should be, or the version is unknown.
    """
    known = version_of(path, version)
    landmark_paths = landmark_paths or _embeddings_beside(path)
    if not landmark_paths:
        raise ModelFileError(
            path, "brings no landmarks; give its embedding, landmark_embedding.npy, as well"
        )
    flame = read_flame(path)
    embedded = read_landmarks(landmark_paths, flame.template, flame.triangles)
    landmarks, distance = embedded.points.nearest_vertices(flame.template, flame.triangles)
    contour = None
    if embedded.contour is not None:
        contour, _ = embedded.contour.nearest_vertices(flame.template, flame.triangles)
    directions = flame.shape_directions.transpose(2, 0, 1)
    expression, weights = directions[N_SHAPE:], np.ones(N_EXPRESSION)
    has_jaw = "no_jaw" not in path.name.lower()
    if has_jaw:
        expression = np.concatenate([expression, flame.jaw_opening()[None]])
        weights = np.append(weights, _JAW_WEIGHT)
    is_eye = flame.weights[:, EYES].sum(axis=1) > 0.5
    try:
        model = assemble(
            name=_name_of(path, has_jaw=has_jaw),
            version=f"{known}-{digest([flame.template, flame.shape_directions, flame.weights])}",
            mean_shape=1e3 * flame.template,
            triangles=flame.triangles,
            landmarks=landmarks,
            identity_basis=1e3 * directions[:N_SHAPE],
            action_unit_basis=1e3 * expression,
            action_unit_weights=weights,
            regions=is_eye[flame.triangles].all(axis=1),
            region_names=("skin", "eye"),
            contour=contour,
            contour_yaw_deg=embedded.contour_yaw_deg,
            notice=VERSIONS[known],
        )
    except ValueError as error:
        raise ModelFileError(path, f"cannot be used: {error}") from error
    return model, float(1e3 * distance.mean())


def _embeddings_beside(path: Path) -> list[Path]:
    """Return the official embeddings in the file's folder that together hold all landmarks."""
    for names in _EMBEDDINGS:
        paths = [path.with_name(name) for name in names]
        if all(candidate.is_file() for candidate in paths):
            return paths
    return []


def _name_of(path: Path, *, has_jaw: bool) -> str:
    """Return the model's name: men's and women's models do not mix with the generic one."""
    name = path.name.lower()
    kind = "female" if "female" in name else "male" if "male" in name else ""
    return "-".join(part for part in ("flame", kind, "" if has_jaw else "no-jaw") if part)
