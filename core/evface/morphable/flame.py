"""FLAME as its official files have it, and the faces that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.morphable.pickles import read_arrays

N_VERTICES, N_TRIANGLES, N_JOINTS = 5023, 9976, 5
N_SHAPE, N_EXPRESSION = 300, 100
JAW, EYES = 2, (3, 4)
# A wide open mouth, in radians about the jaw's joint.
JAW_OPEN_RAD = 0.4
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
