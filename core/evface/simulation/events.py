"""A simulated event camera: luminance in, events out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.simulation.crossings import (
    BLOCK,
    count_due,
    emit_crossings,
    follow,
    follow_slowly,
    release,
)
from evface.simulation.photometry import lin_log

# No pixel is more sensitive than this, however wide the thresholds are spread (as in v2e).
_SMALLEST_THRESHOLD = 0.01
# Bandwidth in the dark as a share of that in full light: v2e's (0 + 20) / 275.
_DARK_SHARE = np.float32(20.0 / 275.0)
# Shot noise in full light as a share of that in the dark (as in v2e).
_SHOT_NOISE_IN_LIGHT = 0.25

# Time since the step began (us), column, row, polarity.
_Fields = tuple[NDArray[np.int32], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_]]


@dataclass(frozen=True)
class SimulatorParameters:
    """What a simulated sensor is like.

    Parameters
    ----------
    threshold_on, threshold_off
        Mean contrast thresholds, in natural logarithm of luminance.
    threshold_sigma
        Standard deviation of the thresholds over the pixels.
    cutoff_hz
        Bandwidth of the pixel in full light, less in the dark; 0 is unlimited.
    leak_hz
        Rate of on events that a pixel at rest gives by itself.
    shot_hz
        Rate of noise events of a pixel in the dark; a quarter of it in full light.
    refractory_us
        For how long a pixel is blind after an event.
    """

    threshold_on: float = 0.2
    threshold_off: float = 0.2
    threshold_sigma: float = 0.03
    cutoff_hz: float = 0.0
    leak_hz: float = 0.0
    shot_hz: float = 0.0
    refractory_us: int = 0

    def __post_init__(self) -> None:
        if min(self.threshold_on, self.threshold_off) < _SMALLEST_THRESHOLD:
            raise ValueError(
                f"thresholds must be at least {_SMALLEST_THRESHOLD}, "
                f"got {self.threshold_on} and {self.threshold_off}"
            )
        for name in ("threshold_sigma", "cutoff_hz", "leak_hz", "shot_hz", "refractory_us"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


# The numbers of v2e's settings "clean" and "noisy", and of its command line's default.
PRESETS: dict[str, SimulatorParameters] = {
    "clean": SimulatorParameters(threshold_sigma=0.02),
    "noisy": SimulatorParameters(threshold_sigma=0.05, cutoff_hz=30.0, leak_hz=0.1, shot_hz=5.0),
    "v2e": SimulatorParameters(cutoff_hz=300.0, leak_hz=0.01, shot_hz=0.001, refractory_us=500),
}


class EventSimulator:
    """Turns a sequence of luminance frames into events.

    Between two frames what a pixel senses changes linearly, so each event has the time at which
    its pixel crosses its threshold. The same seed and frames give the same events.

    Parameters
    ----------
    resolution
        Sensor ``(width, height)``, px.
    parameters
        What the sensor is like.
    seed
        Of thresholds and noise, not negative.

    References
    ----------
    Hu, Liu, Delbruck, "v2e: From Video Frames to Realistic DVS Events", CVPRW 2021. Differs:
    times are interpolated between frames (Rebecq et al., "ESIM", CoRL 2018); after an event a
    pixel remembers the light at the end of its refractory period; noise events do not change
    what a pixel remembers, so their rate is the one set; light is linear, not the video's code.
    """

    def __init__(
        self, resolution: tuple[int, int], parameters: SimulatorParameters, seed: int = 0
    ) -> None:
        width, height = resolution
        if not (1 <= width <= 65_536 and 1 <= height <= 65_536):
            raise ValueError(f"resolution must be 1 to 65536 either way, got {resolution}")
        self._shape = (height, width)
        self._parameters = parameters
        self._random = np.random.default_rng(seed)
        n = width * height
        self._on, self._off = (
            self._random.normal(mean, parameters.threshold_sigma, n)
            .clip(_SMALLEST_THRESHOLD)
            .astype(np.float32)
            for mean in (parameters.threshold_on, parameters.threshold_off)
        )
        self._t_us: int | None = None
        self._sensed = np.empty(n, np.float32)
        self._signal = np.empty(n, np.float32)
        self._offset = np.zeros(n, np.float32)
        if parameters.leak_hz > 0:
            # A sensor that has been running is anywhere between two leak events.
            self._offset = self._on * self._random.random(n, np.float32)
        self._change = np.empty(n, np.float32)
        self._n_due = np.empty(-(-n // BLOCK), np.int32)
        self._hold_until_us = np.full(n, -np.inf)
        self._held = np.empty(n, np.int32)
        self._n_held = 0

    def step(self, luminance: NDArray[np.float32], t_us: int) -> Events:
        """Show the sensor the next frame.

        Parameters
        ----------
        luminance : (height, width) float32
            Linear, 1 is white. Not modified.
        t_us
            Later than the frame before.

        Returns
        -------
        Events
            From the frame before up to and including `t_us`, sorted; none for the first frame.

        Raises
        ------
        ValueError
            If the shape differs from the resolution, or time does not go on.
        """
        if luminance.shape != self._shape:
            raise ValueError(f"luminance must be {self._shape}, got {luminance.shape}")
        light = np.ascontiguousarray(luminance, np.float32).reshape(-1)
        sensed = lin_log(light, out=self._sensed)
        start_us, self._t_us = self._t_us, int(t_us)
        if start_us is None:
            self._signal[:] = sensed
            return Events.empty()
        if t_us <= start_us:
            self._t_us = start_us
            raise ValueError(f"t_us must be after the last frame's {start_us}, got {t_us}")
        duration_us = self._t_us - start_us
        after_us, x, y, p = self._cross(sensed, light, start_us, duration_us)
        if self._parameters.shot_hz > 0:
            noise = self._shot_noise(light, start_us, duration_us)
            after_us, x = np.append(after_us, noise[0]), np.append(x, noise[1])
            y, p = np.append(y, noise[2]), np.append(p, noise[3])
        # numpy sorts 16-bit numbers in linear time, and steps beyond 65 ms are rare.
        order = np.argsort(after_us if duration_us >> 16 else after_us.astype("u2"), kind="stable")
        return Events(after_us[order] + np.int64(start_us), x[order], y[order], p[order])

    def _cross(
        self,
        sensed: NDArray[np.float32],
        light: NDArray[np.float32],
        start_us: int,
        duration_us: int,
    ) -> _Fields:
        parameters = self._parameters
        state = (self._signal, self._offset, self._change)
        leak = np.float32(parameters.leak_hz * duration_us * 1e-6)
        if parameters.cutoff_hz > 0:
            reach = np.float32(2.0 * math.pi * parameters.cutoff_hz * duration_us * 1e-6)
            follow_slowly(sensed, light, reach, _DARK_SHARE, self._on, leak, *state)
        else:
            follow(sensed, self._on, leak, *state)
        count_due(self._offset, self._on, self._off, self._n_due)
        self._n_held = release(
            self._held,
            self._n_held,
            self._hold_until_us,
            start_us,
            duration_us,
            self._change,
            self._offset,
        )
        n = int(self._n_due.sum(dtype=np.int64))
        after_us, x, y = np.empty(n, np.int32), np.empty(n, np.uint16), np.empty(n, np.uint16)
        p = np.empty(n, np.bool_)
        n, self._n_held = emit_crossings(
            self._offset,
            self._change,
            self._on,
            self._off,
            self._n_due,
            self._shape[1],
            start_us,
            duration_us,
            parameters.refractory_us,
            self._hold_until_us,
            self._held,
            self._n_held,
            after_us,
            x,
            y,
            p,
        )
        return after_us[:n], x[:n], y[:n], p[:n]

    def _shot_noise(self, light: NDArray[np.float32], start_us: int, duration_us: int) -> _Fields:
        """Draw the noise of a dark sensor, then thin it by each pixel's light."""
        random = self._random
        n = random.poisson(self._parameters.shot_hz * duration_us * 1e-6 * len(light))
        pixel = random.integers(0, len(light), n, np.int32)
        after_us = random.integers(0, duration_us, n, np.int32, endpoint=True)
        p = random.random(n) < 0.5
        share = 1.0 - (1.0 - _SHOT_NOISE_IN_LIGHT) * light[pixel].clip(0.0, 1.0)
        keep = random.random(n) < share
        keep &= start_us + after_us >= self._hold_until_us[pixel]
        y, x = np.divmod(pixel[keep], self._shape[1])
        return after_us[keep], x.astype(np.uint16), y.astype(np.uint16), p[keep]
