"""Light and exposure: one flux of photons for the RGB camera and the event camera."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.simulation.display import encode_srgb
from evface.simulation.events import SimulatorParameters
from evface.simulation.performance import minimum_jerk

# A white surface in good light gives an RGB pixel this many electrons a microsecond: a full well
# of 10 000 in the exposure that shows it white.
_ELECTRONS_PER_US = 1.25
_NOMINAL_US = 8_000
# Read noise of the RGB camera, electrons.
_READ_NOISE = 3.0
# The event camera in good light. Settings under which small movements of a face still stand out
# of its noise.
_SENSOR = SimulatorParameters(
    threshold_sigma=0.03, cutoff_hz=200.0, leak_hz=0.1, shot_hz=0.2, refractory_us=1000
)


@dataclass(frozen=True)
class Conditions:
    """The light of a recording, and how the RGB camera is set.

    Parameters
    ----------
    name
        For the truth.
    light
        Share of the light that is good light for both cameras.
    flicker_depth, flicker_hz, flicker_phase
        The light swings by this share of its mean at this rate; phase in radians.
    exposure_us
        Of a video frame.
    gain
        Of the RGB camera; 1 shows white at 8 ms in good light.
    exposure_error_ev
        By how many powers of two the exposure is off before it is mended.
    mended_from_us, mended_within_us
        When the exposure begins to be mended, and how long it takes.
    """

    name: str = "good_light"
    light: float = 1.0
    flicker_depth: float = 0.0
    flicker_hz: float = 100.0
    flicker_phase: float = 0.0
    exposure_us: int = _NOMINAL_US
    gain: float = 1.0
    exposure_error_ev: float = 0.0
    mended_from_us: int = 0
    mended_within_us: int = 300_000

    def exposures_us(self, times_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how long frames at some times are exposed, (n,) int64."""
        since = (np.asarray(times_us, np.float64) - self.mended_from_us) / self.mended_within_us
        error_ev = self.exposure_error_ev * (1.0 - minimum_jerk(since))
        return np.rint(self.exposure_us * 2.0**error_ev).astype(np.int64)

    def flicker(self, times_us: NDArray[np.floating] | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the light over its mean, (n,) float64."""
        angle = 2e-6 * math.pi * self.flicker_hz * np.asarray(times_us) + self.flicker_phase
        swing: NDArray[np.float64] = 1.0 + self.flicker_depth * np.sin(angle)
        return swing

    def event_sensor(self) -> SimulatorParameters:
        """Return what the event camera is like in this light.

        Its noise events come of the photons' own unevenness, so their rate rises as the square
        root of the light falls.
        """
        shot_hz = _SENSOR.shot_hz / math.sqrt(self.light)
        return SimulatorParameters(
            threshold_sigma=_SENSOR.threshold_sigma,
            cutoff_hz=_SENSOR.cutoff_hz,
            leak_hz=_SENSOR.leak_hz,
            shot_hz=shot_hz,
            refractory_us=_SENSOR.refractory_us,
        )

    def expose(
        self,
        colour: NDArray[np.float32],
        t_us: int,
        exposure_us: int,
        random: np.random.Generator,
    ) -> NDArray[np.uint8]:
        """Return the video frame of a scene.

        Parameters
        ----------
        colour : (height, width, 3) float32
            Linear, in good light, the mean over the exposure. Not modified.
        t_us
            Middle of the exposure.
        exposure_us
        random
            Draws the noise of photons and of reading the sensor.

        Returns
        -------
        (height, width, 3) uint8
            sRGB.
        """
        moments_us = t_us + exposure_us * ((np.arange(32) + 0.5) / 32 - 0.5)
        light = self.light * float(self.flicker(moments_us).mean())
        electrons = colour * np.float32(_ELECTRONS_PER_US * exposure_us * light)
        noise = random.standard_normal(colour.shape, np.float32)
        # Photons are many enough for their counts to be normal.
        noise *= np.sqrt(electrons + np.float32(_READ_NOISE**2))
        electrons += noise
        return encode_srgb(electrons * np.float32(self.gain / (_ELECTRONS_PER_US * _NOMINAL_US)))


CONDITION_NAMES = ("good_light", "low_light", "flicker", "motion_blur", "exposure_change")


def draw_conditions(name: str, duration_us: int, random: np.random.Generator) -> Conditions:
    """Draw the conditions of a recording.

    Parameters
    ----------
    name
        One of `CONDITION_NAMES`.
    duration_us
        Of the recording.

    Raises
    ------
    ValueError
        If there is no such condition.
    """
    if name == "good_light":
        return Conditions(name)
    if name == "low_light":
        light = float(0.01 * 4.0 ** random.uniform())
        # The camera exposes as long as its rate allows and amplifies what is missing.
        exposure_us = 30_000
        return Conditions(
            name,
            light=light,
            exposure_us=exposure_us,
            gain=min(_NOMINAL_US / (exposure_us * light), 16.0),
        )
    if name == "flicker":
        return Conditions(
            name,
            # From where the most sensitive pixels fire to where one in twenty does; deeper flicker
            # drowns everything in tens of millions of events.
            flicker_depth=float(random.uniform(0.1, 0.14)),
            flicker_hz=float(random.choice([100.0, 120.0])),
            flicker_phase=float(random.uniform(0.0, 2.0 * math.pi)),
        )
    if name == "motion_blur":
        return Conditions(name, exposure_us=30_000, gain=_NOMINAL_US / 30_000)
    if name == "exposure_change":
        return Conditions(
            name,
            exposure_error_ev=float(random.choice([-1.0, 1.0]) * random.uniform(0.8, 1.8)),
            mended_from_us=int(random.uniform(0.3, 0.6) * duration_us),
            mended_within_us=int(random.uniform(80_000, 400_000)),
        )
    raise ValueError(f"name must be one of {', '.join(CONDITION_NAMES)}, got {name!r}")
