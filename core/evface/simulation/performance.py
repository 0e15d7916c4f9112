"""What a synthetic person does: expressions, gaze and head motion as functions of time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import rotation_matrix
from evface.morphable.facs import HEAD_NAMES, HEAD_UNIT_DEG

# How long the eyes take to turn: the main sequence of saccades (Carpenter, "Movements of the
# Eyes", 1988).
_SACCADE_MS, _SACCADE_MS_PER_DEG = 21.0, 2.2


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
    name
        What it is, for the truth; a gesture without one is not listed there.
    sides
        Shares of the face's movement on the subject's left and right, the larger one 1.
    """

    start_us: int
    onset_us: int
    apex_us: int
    offset_us: int
    amounts: Mapping[str, float]
    name: str = ""
    sides: tuple[float, float] = (1.0, 1.0)

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
class Look:
    """Where the eyes turn, and when.

    Parameters
    ----------
    start_us
        When they begin to move there.
    left_deg, up_deg
        To the subject's left and up, from straight ahead in the head.
    """

    start_us: int
    left_deg: float
    up_deg: float


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
    looks
        Of the eyes, by their start; straight ahead before the first.
    """

    duration_us: int
    gestures: tuple[Gesture, ...]
    sway_deg: float = 0.35
    sway_mm: float = 0.5
    seed: int = 0
    looks: tuple[Look, ...] = ()

    def intensities(
        self, times_us: NDArray[np.int64], names: tuple[str, ...]
    ) -> NDArray[np.float64]:
        """Return the intensity of named action units, (n, n_names) float64.

        The head's motions are those of the gestures alone, without the sway.
        """
        return self.halves(times_us, names).max(axis=2)

    def halves(self, times_us: NDArray[np.int64], names: tuple[str, ...]) -> NDArray[np.float64]:
        """Return the intensity on the subject's left and right, (n, n_names, 2) float64."""
        amounts = np.zeros((len(times_us), len(names), 2))
        for gesture in self.gestures:
            course = gesture.strength(times_us)[:, None] * gesture.sides
            for name, amount in gesture.amounts.items():
                if name in names:
                    column = names.index(name)
                    amounts[:, column] = np.maximum(amounts[:, column], amount * course)
        return amounts

    def gaze_deg(self, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how far the eyes look to the subject's left and up, (n, 2) float64."""
        gaze = np.zeros((len(times_us), 2))
        before = np.zeros(2)
        for look in self.looks:
            target = np.array([look.left_deg, look.up_deg])
            size_deg = float(np.linalg.norm(target - before))
            lasts_us = 1e3 * (_SACCADE_MS + _SACCADE_MS_PER_DEG * size_deg)
            share = minimum_jerk((np.asarray(times_us, np.float64) - look.start_us) / lasts_us)
            gaze += share[:, None] * (target - before)
            before = target
        return gaze

    def rotations(self, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the head's own turn, (n, 3, 3) float64, in the model's axes."""
        amounts = self.intensities(times_us, HEAD_NAMES) * math.radians(HEAD_UNIT_DEG)
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


def blink(start_us: int, *, slowness: float = 1.0, name: str = "blink") -> Gesture:
    """Return a blink: quick to close, slower to open."""
    closing, shut, opening = (round(part * slowness) for part in (75_000, 20_000, 150_000))
    return Gesture(start_us, closing, shut, opening, {"AU45": 1.0}, name)


def demo_performance(seed: int) -> Performance:
    """Return five seconds of one person: blink, smile, raised brows, a flash of anger, more."""
    ms = 1000
    smile = {"AU6": 0.7, "AU12": 0.9, "AU25": 0.5}
    # A micro-expression: it comes and goes within 76 ms.
    flash = {"AU4": 0.75, "AU9": 0.45, "AU10": 0.2}
    turn = {"AU51": 0.5, "AU54": 0.1}
    gape = {"AU1": 0.3, "AU2": 0.3, "AU27": 0.75}
    return Performance(
        duration_us=5_000 * ms,
        gestures=(
            blink(560 * ms),
            Gesture(950 * ms, 360 * ms, 420 * ms, 420 * ms, smile, "AU12"),
            blink(2_160 * ms),
            Gesture(2_360 * ms, 190 * ms, 260 * ms, 230 * ms, {"AU1": 0.9, "AU2": 1.0}, "AU2"),
            Gesture(3_090 * ms, 26 * ms, 20 * ms, 30 * ms, flash, "AU4"),
            blink(3_330 * ms),
            Gesture(3_300 * ms, 330 * ms, 150 * ms, 340 * ms, turn, "AU51"),
            Gesture(4_260 * ms, 210 * ms, 170 * ms, 230 * ms, gape, "AU27"),
        ),
        seed=seed,
    )
