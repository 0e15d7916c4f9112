"""A simulated event camera: luminance in, events out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.events import Events

# Below this luminance (20 of 255 digital numbers, linearised) the response is linear, above
# logarithmic, with one slope where they meet.
_LINEAR_BELOW = 0.0070
# The photoreceptor's bandwidth and its noise depend on the light: full light is 1, the dark is a
# twelfth as quick and as quiet.
_DARK_SHARE = 1.0 / 12.0


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
        Bandwidth of the photoreceptor in full light; 0 is unlimited.
    leak_hz
        Rate of on events that a pixel at rest gives.
    shot_hz
        Rate of noise events of a pixel in full light; up to twelve times as many in the dark.
    refractory_us
        After an event a pixel is blind for this long.

    References
    ----------
    Hu, Liu, Delbruck, "v2e: From Video Frames to Realistic DVS Events", CVPRW 2021, Sec. 4.
    """

    threshold_on: float = 0.2
    threshold_off: float = 0.2
    threshold_sigma: float = 0.03
    cutoff_hz: float = 0.0
    leak_hz: float = 0.0
    shot_hz: float = 0.0
    refractory_us: int = 0


# The numbers of v2e's own settings of these names; `v2e` is its command line's default.
PRESETS: dict[str, SimulatorParameters] = {
    "clean": SimulatorParameters(threshold_sigma=0.02),
    "noisy": SimulatorParameters(
        threshold_sigma=0.05, cutoff_hz=30.0, leak_hz=0.1, shot_hz=5.0 * _DARK_SHARE
    ),
    "v2e": SimulatorParameters(
        cutoff_hz=300.0, leak_hz=0.01, shot_hz=0.001 * _DARK_SHARE, refractory_us=500
    ),
}


class EventSimulator:
    """Turns a sequence of luminance frames into events.

    Between two frames the logarithm of luminance is taken to change linearly, so each event has
    the time at which its pixel crossed its threshold. The same seed and frames give the same
    events.

    Parameters
    ----------
    resolution
        Sensor ``(width, height)``, px.
    parameters
        What the sensor is like.
    seed
        Of thresholds and noise.
    """

    def __init__(
        self, resolution: tuple[int, int], parameters: SimulatorParameters, seed: int = 0
    ) -> None:
        width, height = resolution
        if width < 1 or height < 1:
            raise ValueError(f"resolution must be positive, got {resolution}")
        self._shape = (height, width)
        self._parameters = parameters
        self._random = np.random.default_rng(seed)
        n = width * height
        self._threshold_on, self._threshold_off = (
            np.maximum(self._random.normal(mean, parameters.threshold_sigma, n), 0.01).astype("f4")
            for mean in (parameters.threshold_on, parameters.threshold_off)
        )
        self._t_us: int | None = None
        self._signal = np.zeros(n, np.float32)
        self._previous = np.zeros(n, np.float32)
        self._reference = np.zeros(n, np.float32)
        self._last_us = np.full(n, -(1 << 40), np.int64)
        self._capacity = max(n, 1 << 16)
        # Thresholds are crossed far less often than luminance is read, so one bound serves all.
        self._smallest_on = self._threshold_on.min()
        self._smallest_off = self._threshold_off.min()

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
            Those in ``(t of the frame before, t_us]``; none for the first frame.

        Raises
        ------
        ValueError
            If the shape differs from the resolution, or time does not go on.
        """
        if luminance.shape != self._shape:
            raise ValueError(f"luminance must be {self._shape}, got {luminance.shape}")
        flat = np.ascontiguousarray(luminance, np.float32).reshape(-1)
        parameters = self._parameters
        if self._t_us is None:
            _respond(flat, self._signal, np.float32(1.0), np.float32(0.0))
            self._reference[:] = self._signal
            if parameters.leak_hz > 0:
                # A sensor that has been running is anywhere between two leak events.
                phase = self._random.random(len(flat), np.float32)
                self._reference -= phase * self._threshold_on
            self._t_us = t_us
            return Events.empty()
        duration_us = t_us - self._t_us
        if duration_us <= 0:
            raise ValueError(f"frames must go on in time: {t_us} us follows {self._t_us} us")
        self._previous, self._signal = self._signal, self._previous
        self._signal[:] = self._previous
        base, slope = self._bandwidth(duration_us)
        _respond(flat, self._signal, base, slope)
        leak = parameters.leak_hz * duration_us * 1e-6
        crossed = self._cross(np.float32(leak), duration_us)
        noise = self._shot_noise(flat, duration_us)
        events = _in_order([crossed, noise], self._t_us, self._shape[1])
        self._t_us = t_us
        return events

    def _bandwidth(self, duration_us: int) -> tuple[np.float32, np.float32]:
        """Return by what share the signal follows in the dark, and how that grows with light."""
        cutoff_hz = self._parameters.cutoff_hz
        if cutoff_hz <= 0:
            return np.float32(1.0), np.float32(0.0)
        share = 1.0 - math.exp(-2.0 * math.pi * cutoff_hz * duration_us * 1e-6)
        return np.float32(share * _DARK_SHARE), np.float32(share * (1.0 - _DARK_SHARE))

    def _cross(
        self, leak: np.float32, duration_us: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
        while True:
            after_us = np.empty(self._capacity, np.int32)
            pixel = np.empty(self._capacity, np.int32)
            polarity = np.empty(self._capacity, np.bool_)
            # The kernel changes the pixels' state, so whether all fits is counted first.
            n = _count_crossings(
                self._signal,
                self._reference,
                self._threshold_on,
                self._threshold_off,
                leak,
                self._smallest_on,
                self._smallest_off,
            )
            if n <= self._capacity:
                break
            self._capacity = 2 * n
        n = _emit_crossings(
            self._previous,
            self._signal,
            self._reference,
            self._last_us,
            self._threshold_on,
            self._threshold_off,
            leak,
            self._smallest_on,
            self._smallest_off,
            self._t_us or 0,
            duration_us,
            self._parameters.refractory_us,
            after_us,
            pixel,
            polarity,
        )
        return after_us[:n], pixel[:n], polarity[:n]

    def _shot_noise(
        self, luminance: NDArray[np.float32], duration_us: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
        # Candidates are drawn at the rate of the dark, then thinned by each pixel's light.
        dark_hz = self._parameters.shot_hz / _DARK_SHARE
        n = self._random.poisson(dark_hz * duration_us * 1e-6 * len(luminance))
        pixel = self._random.integers(0, len(luminance), n, np.int32)
        quiet = _DARK_SHARE + (1.0 - _DARK_SHARE) * np.clip(luminance[pixel], 0.0, 1.0)
        keep = self._random.random(n) < _DARK_SHARE / quiet
        after_us = self._random.integers(1, duration_us + 1, n, np.int32)
        polarity = self._random.random(n) < 0.5
        return after_us[keep], pixel[keep], polarity[keep]


def _in_order(
    parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]],
    start_us: int,
    width: int,
) -> Events:
    after_us, pixel, polarity = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    # numpy sorts 16-bit numbers by radix, in linear time; a longer step than that is rare.
    key = after_us.astype(np.uint16) if after_us.max(initial=0) < 1 << 16 else after_us
    order = np.argsort(key, kind="stable")
    after_us, pixel = after_us[order], pixel[order]
    y, x = np.divmod(pixel, width)
    return Events(
        start_us + after_us.astype(np.int64),
        x.astype(np.uint16),
        y.astype(np.uint16),
        polarity[order],
    )


@njit(cache=True, nogil=True, fastmath=True)
def _respond(luminance, signal, base, slope):  # type: ignore[no-untyped-def]
    """Let each pixel's signal follow the lin-log of its luminance, more quickly in more light."""
    knee = np.float32(_LINEAR_BELOW)
    log_knee = np.float32(math.log(_LINEAR_BELOW))
    for i in range(luminance.size):
        light = luminance[i]
        if light < knee:
            target = max(light, np.float32(0.0)) / knee - np.float32(1.0) + log_knee
        else:
            target = math.log(light)
        follow = min(base + slope * min(light, np.float32(1.0)), np.float32(1.0))
        signal[i] += follow * (target - signal[i])


@njit(cache=True, nogil=True, fastmath=True)
def _count_crossings(  # type: ignore[no-untyped-def]
    signal, reference, on, off, leak, smallest_on, smallest_off
):
    n = 0
    for i in range(signal.size):
        change = signal[i] - reference[i] + leak * on[i]
        if change >= smallest_on:
            n += int(change / on[i] + np.float32(1e-4))
        elif -change >= smallest_off:
            n += int(-change / off[i] + np.float32(1e-4))
    return n


@njit(cache=True, nogil=True)
def _emit_crossings(  # type: ignore[no-untyped-def]
    previous, signal, reference, last_us, on, off, leak, smallest_on, smallest_off, start_us,
    duration_us, refractory_us, after_us, pixel, polarity,
):  # fmt: skip
    n = 0
    for i in range(signal.size):
        # The leak lowers the reference all through the step, so it moves the end of the way.
        drift = leak * on[i]
        end = signal[i] + drift
        level = reference[i]
        change = end - level
        if change < smallest_on and -change < smallest_off:
            reference[i] = level - drift
            continue
        begin = previous[i]
        way = end - begin
        while True:
            # A hair of tolerance, so that rounding never loses a crossing at a frame's very time.
            if end - level >= on[i] * np.float32(0.9999):
                level += on[i]
                is_on = True
            elif level - end >= off[i] * np.float32(0.9999):
                level -= off[i]
                is_on = False
            else:
                break
            share = np.float32(1.0)
            if way != 0:
                share = min(max((level - begin) / way, np.float32(0.0)), np.float32(1.0))
            after = np.int64(math.ceil(share * duration_us))
            after = min(max(after, 1), duration_us)
            if start_us + after - last_us[i] >= refractory_us and n < after_us.size:
                last_us[i] = start_us + after
                after_us[n] = after
                pixel[n] = i
                polarity[n] = is_on
                n += 1
        reference[i] = level - drift
    return n
