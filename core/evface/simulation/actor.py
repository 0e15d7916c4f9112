"""A face of the head model that performs in a room."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.geometry.cameras import RigidTransform
from evface.morphable.camera import FRONTAL
from evface.morphable.facs import head_intensity
from evface.morphable.model import MorphableModel
from evface.simulation.performance import Performance
from evface.simulation.views import View

# The joint about which a head turns, in the model's axes, mm.
_JOINT_MM = np.array([0.0, -30.0, -25.0])


@dataclass(frozen=True, eq=False)
class Motion:
    """A performance of one person, at some times.

    Parameters
    ----------
    times_us : (n,) int64
    intensities : (n, n_facs) float64
        Of the model's action units of FACS; the stronger half of an asymmetric one.
    coefficients : (n, n_components) float32
        Of the model's action-unit basis: what is drawn.
    head : (n, 6) float64
        Intensity of `morphable.facs.HEAD_NAMES`, the sway included.
    room_from_head
        n places of the head in the room: the identity at rest.
    gaze_deg : (n, 2) float64
        To the subject's left and up, from straight ahead in the head.
    """

    times_us: NDArray[np.int64]
    intensities: NDArray[np.float64]
    coefficients: NDArray[np.float32]
    head: NDArray[np.float64]
    room_from_head: RigidTransform
    gaze_deg: NDArray[np.float64]


class Actor:
    """A person of a morphable model who performs in a room.

    Parameters
    ----------
    model
        Has a basis of action units and the table of FACS.
    identity : (n_identity,) float
        Standard deviations.
    """

    def __init__(self, model: MorphableModel, identity: NDArray[np.floating]) -> None:
        self.model = model
        self.identity = np.asarray(identity, np.float32)
        self.neutral = model.shape(self.identity)
        self._components_of_facs = facs_components(model)
        self._lid_gain = self._close_lids()

    def perform(self, performance: Performance, times_us: NDArray[np.int64]) -> Motion:
        """Return what the person does at some times."""
        names = self.model.facs_names
        halves = performance.halves(times_us, names)
        for name in ("AU43", "AU45"):
            halves[:, names.index(name)] *= self._lid_gain
        coefficients = halves[..., 0] @ self._components_of_facs[0]
        coefficients += halves[..., 1] @ self._components_of_facs[1]
        own = performance.rotations(times_us)
        # The head turns about the joint of the neck.
        moved = _JOINT_MM - own @ _JOINT_MM + performance.shifts_mm(times_us)
        return Motion(
            times_us,
            halves.max(axis=2),
            coefficients.astype(np.float32),
            head_intensity(FRONTAL @ own, FRONTAL),
            RigidTransform(own, moved),
            performance.gaze_deg(times_us),
        )

    def shapes(self, coefficients: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the faces of coefficients, (n, n_vertices, 3) float32, mm."""
        return self.model.shape(self.identity, coefficients)

    def landmarks_px(self, motion: Motion, view: View) -> NDArray[np.float64]:
        """Return the landmarks in a camera's picture, (n, 68, 2) float64, px."""
        points = self.model.landmarks
        basis = self.model.action_unit_basis[:, points].reshape(motion.coefficients.shape[1], -1)
        faces = self.neutral[points] + (motion.coefficients @ basis).reshape(-1, len(points), 3)
        placing = view.camera_from_room.after(motion.room_from_head)
        return view.camera.project(placing.apply(faces))

    def _close_lids(self) -> float:
        """Return the blink that just closes this person's eyes, in full blinks of the model."""
        points = self.neutral[self.model.landmarks]
        basis = self.model.action_unit_basis[:, self.model.landmarks]
        closing = self._components_of_facs.sum(axis=0)[self.model.facs_names.index("AU45")]
        moved = np.tensordot(closing, basis, 1)
        upper, lower = [37, 38, 43, 44], [41, 40, 47, 46]
        gap = (points[upper, 1] - points[lower, 1]).mean() + 0.5
        travel = (moved[lower, 1] - moved[upper, 1]).mean()
        return float(np.clip(gap / travel, 0.75, 1.3))


@functools.lru_cache(maxsize=2)
def facs_components(model: MorphableModel) -> NDArray[np.float64]:
    """Return the coefficients of the action-unit basis nearest to each half of each AU of FACS.

    Returns
    -------
    (2, n_facs, n_components) float64
        The subject's left and right half. Units that have no side belong to both in equal parts,
        so the halves add up to the whole action unit. Kept for the next call; cannot be changed.
    """
    basis = model.action_unit_basis.reshape(len(model.action_unit_basis), -1).astype(np.float64)
    is_other = [[name.endswith(other) for name in model.unit_names] for other in ("Right", "Left")]
    is_sided = np.any(is_other, axis=0)
    shares = np.where(is_sided, np.where(is_other, 0.0, 1.0), 0.5)
    units = model.facs_units * shares[:, None, :]
    shapes = units @ model.units.reshape(len(model.units), -1).astype(np.float64)
    nearest = np.linalg.solve(basis @ basis.T, np.swapaxes(shapes @ basis.T, 1, 2))
    components = np.ascontiguousarray(np.swapaxes(nearest, 1, 2), np.float64)
    components.flags.writeable = False
    return components
