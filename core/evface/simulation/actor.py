"""A face of the head model that performs before a camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import FRONTAL, HeadPose
from evface.morphable.facs import head_intensity
from evface.morphable.model import MorphableModel
from evface.simulation.performance import Performance

# The joint about which a head turns, in the model's axes, mm.
_JOINT_MM = np.array([0.0, -30.0, -25.0])


@dataclass(frozen=True, eq=False)
class Motion:
    """A performance of one person before one camera, at some times.

    Parameters
    ----------
    times_us : (n,) int64
    intensities : (n, n_facs) float64
        Of the model's action units of FACS.
    coefficients : (n, n_components) float32
        Of the model's action-unit basis: what is drawn.
    head : (n, 6) float64
        Intensity of `morphable.facs.HEAD_NAMES`, the sway included.
    pose
        n cameras.
    """

    times_us: NDArray[np.int64]
    intensities: NDArray[np.float64]
    coefficients: NDArray[np.float32]
    head: NDArray[np.float64]
    pose: HeadPose


class Actor:
    """A person of a morphable model who performs before a camera.

    Parameters
    ----------
    model
        Has a basis of action units and the table of FACS.
    identity : (n_identity,) float
        Standard deviations.
    scale_px_per_mm
        Of the camera.
    middle_px
        Where the origin of a head at rest falls.
    """

    def __init__(
        self,
        model: MorphableModel,
        identity: NDArray[np.floating],
        *,
        scale_px_per_mm: float,
        middle_px: tuple[float, float],
    ) -> None:
        self.model = model
        self.identity = np.asarray(identity, np.float32)
        self.neutral = model.shape(self.identity)
        self._scale = scale_px_per_mm
        self._middle = np.array(middle_px)
        self._components_of_facs = facs_components(model)
        self._lid_gain = self._close_lids()

    @property
    def body(self) -> HeadPose:
        """The camera of the trunk, which keeps still."""
        return HeadPose(FRONTAL, np.array(self._scale), self._middle)

    def perform(self, performance: Performance, times_us: NDArray[np.int64]) -> Motion:
        """Return what the person does at some times."""
        names = self.model.facs_names
        intensities = performance.intensities(times_us, names)
        for name in ("AU43", "AU45"):
            intensities[:, names.index(name)] *= self._lid_gain
        own = performance.rotations(times_us)
        # The head turns about the joint of the neck.
        moved = _JOINT_MM - own @ _JOINT_MM + performance.shifts_mm(times_us)
        rotation = FRONTAL @ own
        translation = self._middle + self._scale * (moved @ FRONTAL)[:, :2]
        return Motion(
            times_us,
            intensities,
            (intensities @ self._components_of_facs).astype(np.float32),
            head_intensity(rotation, FRONTAL),
            HeadPose(rotation, np.full(len(times_us), self._scale), translation),
        )

    def shapes(self, coefficients: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the faces of coefficients, (n, n_vertices, 3) float32, mm."""
        return self.model.shape(self.identity, coefficients)

    def landmarks_px(self, motion: Motion) -> NDArray[np.float32]:
        """Return the landmarks in the picture, (n, 68, 2) float32, px."""
        points = self.model.landmarks
        basis = self.model.action_unit_basis[:, points].reshape(motion.coefficients.shape[1], -1)
        faces = self.neutral[points] + (motion.coefficients @ basis).reshape(-1, len(points), 3)
        return motion.pose.project(faces).astype(np.float32)

    def _close_lids(self) -> float:
        """Return the blink that just closes this person's eyes, in full blinks of the model."""
        points = self.neutral[self.model.landmarks]
        basis = self.model.action_unit_basis[:, self.model.landmarks]
        closing = self._components_of_facs[self.model.facs_names.index("AU45")]
        moved = np.tensordot(closing, basis, 1)
        upper, lower = [37, 38, 43, 44], [41, 40, 47, 46]
        gap = (points[upper, 1] - points[lower, 1]).mean() + 0.5
        travel = (moved[lower, 1] - moved[upper, 1]).mean()
        return float(np.clip(gap / travel, 0.75, 1.3))


def facs_components(model: MorphableModel) -> NDArray[np.float64]:
    """Return the coefficients of the action-unit basis that come nearest to each AU of FACS.

    Returns
    -------
    (n_facs, n_components) float64
    """
    basis = model.action_unit_basis.reshape(len(model.action_unit_basis), -1).astype(np.float64)
    shapes = model.facs_units @ model.units.reshape(len(model.units), -1)
    nearest = np.linalg.solve(basis @ basis.T, basis @ shapes.T.astype(np.float64)).T
    return np.asarray(nearest, np.float64)
