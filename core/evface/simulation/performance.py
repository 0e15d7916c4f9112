"""What a synthetic person does: expressions and head motion as functions of time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import FRONTAL, HeadPose, head_angles_deg, rotation_matrix
from evface.morphable.model import MorphableModel

# The joint about which a head turns, in the model's axes, mm.
_JOINT_MM = np.array([0.0, -30.0, -25.0])
# The head's motions of FACS: turned left and right, up and down, tilted left and right.
HEAD_MOTIONS = ("AU51", "AU52", "AU53", "AU54", "AU55", "AU56")
# A head turned this far has an intensity of 1.
HEAD_UNIT_DEG = 30.0


@dataclass(frozen=True)
class Gesture:
    """One movement that comes and goes.

    Parameters
    ----------
    start_us
        When it begins.
    onset_us, apex_us, offset_us
        How long it grows, stays and fades.
    amounts
        Intensity of each action unit at the apex, by its FACS name; those of the head in
        multiples of `HEAD_UNIT_DEG`.
    """

    start_us: int
    onset_us: int
    apex_us: int
    offset_us: int
    amounts: Mapping[str, float]

    @property
    def stop_us(self) -> int:
        """When it is over."""
        return self.start_us + self.onset_us + self.apex_us + self.offset_us

    def strength(self, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return its course, (n,) float64, 0 to 1, smooth up to the acceleration."""
        since = np.asarray(times_us, np.float64) - self.start_us
        rise = minimum_jerk(since / self.onset_us)
        fall = minimum_jerk((since - self.onset_us - self.apex_us) / self.offset_us)
        return rise * (1.0 - fall)


def minimum_jerk(share: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how far a smooth movement is after a share of its time, 0 to 1.

    References
    ----------
    Flash and Hogan, "The coordination of arm movements", J. Neuroscience 1985, Eq. 3.
    """
    place = np.clip(np.asarray(share, np.float64), 0.0, 1.0)
    smooth: NDArray[np.float64] = place**3 * (10.0 - 15.0 * place + 6.0 * place**2)
    return smooth


@dataclass(frozen=True)
class Performance:
    """Gestures on top of the small sway of a head that is held still.

    Parameters
    ----------
    duration_us
        How long it lasts.
    gestures
        May overlap: of each action unit the strongest counts.
    sway_deg, sway_mm
        Standard deviations of the head's involuntary turns and shifts.
    seed
        Of the sway.
    """

    duration_us: int
    gestures: tuple[Gesture, ...]
    sway_deg: float = 0.35
    sway_mm: float = 0.5
    seed: int = 0

    def intensities(
        self, times_us: NDArray[np.int64], names: tuple[str, ...]
    ) -> NDArray[np.float64]:
        """Return the intensity of named action units, (n, n_names) float64.

        The head's motions are those of the gestures alone, without the sway.
        """
        amounts = np.zeros((len(times_us), len(names)))
        for gesture in self.gestures:
            course = gesture.strength(times_us)
            for name, amount in gesture.amounts.items():
                if name in names:
                    column = names.index(name)
                    amounts[:, column] = np.maximum(amounts[:, column], amount * course)
        return amounts

    def rotations(self, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the head's own turn, (n, 3, 3) float64, in the model's axes."""
        amounts = self.intensities(times_us, HEAD_MOTIONS) * math.radians(HEAD_UNIT_DEG)
        turn, raised, tilt = (amounts[:, i] - amounts[:, i + 1] for i in (0, 2, 4))
        sway = np.radians(self.sway_deg) * self._drift(times_us, 0)
        about_y = rotation_matrix(_along(1, turn + sway[:, 0]))
        about_x = rotation_matrix(_along(0, 0.8 * sway[:, 1] - raised))
        about_z = rotation_matrix(_along(2, 0.6 * sway[:, 2] - tilt))
        rotations: NDArray[np.float64] = about_y @ about_x @ about_z
        return rotations

    def shifts_mm(self, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how far the head is shifted, (n, 3) float64, in the model's axes, mm."""
        return self.sway_mm * self._drift(times_us, 1)

    def _drift(self, times_us: NDArray[np.int64], stream: int) -> NDArray[np.float64]:
        """Return three slow random courses of variance 1, (n, 3)."""
        rng = np.random.default_rng([self.seed, 6, stream])
        rates_hz = rng.uniform(0.12, 0.75, (3, 5))
        phases = rng.uniform(0.0, 2.0 * math.pi, (3, 5))
        sizes = 1.0 / rates_hz
        sizes /= np.sqrt(0.5 * (sizes**2).sum(axis=1, keepdims=True))
        angle = 2.0 * math.pi * rates_hz * (np.asarray(times_us) * 1e-6)[:, None, None] + phases
        drift: NDArray[np.float64] = (sizes * np.sin(angle)).sum(axis=2)
        return drift


def _along(axis: int, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    vectors = np.zeros((len(angles), 3))
    vectors[:, axis] = angles
    return vectors


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
        Intensity of `HEAD_MOTIONS`, the sway included.
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
        angles = head_angles_deg(rotation) / HEAD_UNIT_DEG
        head = np.stack([angles, -angles], axis=2).reshape(-1, 6)
        return Motion(
            times_us,
            intensities,
            (intensities @ self._components_of_facs).astype(np.float32),
            np.maximum(head, 0.0),
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


def demo_performance(seed: int) -> Performance:
    """Return five seconds of one person: blink, smile, raised brows, a flash of anger, more."""
    ms = 1000
    return Performance(
        duration_us=5_000 * ms,
        gestures=(
            _blink(560 * ms),
            Gesture(950 * ms, 360 * ms, 420 * ms, 420 * ms, {"AU6": 0.7, "AU12": 0.9, "AU25": 0.5}),
            _blink(2_160 * ms),
            Gesture(2_360 * ms, 190 * ms, 260 * ms, 230 * ms, {"AU1": 0.9, "AU2": 1.0}),
            # A micro-expression: it comes and goes within 76 ms.
            Gesture(3_090 * ms, 26 * ms, 20 * ms, 30 * ms, {"AU4": 0.75, "AU9": 0.45, "AU10": 0.2}),
            _blink(3_330 * ms),
            Gesture(3_300 * ms, 330 * ms, 150 * ms, 340 * ms, {"AU51": 0.5, "AU54": 0.1}),
            Gesture(
                4_260 * ms, 210 * ms, 170 * ms, 230 * ms, {"AU1": 0.3, "AU2": 0.3, "AU27": 0.75}
            ),
        ),
        seed=seed,
    )


def _blink(start_us: int) -> Gesture:
    """Return a blink: quick to close, slower to open."""
    return Gesture(start_us, 75_000, 20_000, 150_000, {"AU45": 1.0})
