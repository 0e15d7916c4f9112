"""Lamps that flicker with the mains, seen in the spectrum of the rate of events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.events.health.model import Flicker
from evface.events.health.thresholds import (
    LEAST_PEAK,
    LEAST_REGION_EVENTS,
    LEAST_SEGMENTS,
    LOOK_MODULATION,
)

# Lamps are brightest twice a period of the mains: 50 Hz and 60 Hz.
LIGHT_HZ = (100, 120)
# A quarter of a second in milliseconds: the spectrum has a line every 4 Hz, up to 500 Hz, and both
# lights with all their harmonics lie on one.
SEGMENT_MS = 250
SEGMENT_US = 1_000 * SEGMENT_MS
COLUMNS, ROWS = 8, 6
N_REGIONS = COLUMNS * ROWS
_LINE_HZ = 1_000 // SEGMENT_MS
# Lines on both sides that a peak is compared with, away from its own skirts.
_NEAREST, _FARTHEST = 3, 9
_N_HARMONICS = 4
# A rhythm of its own, as the frames of a simulated video, has lines at its multiples too.
_DIVISORS = range(2, 11)
_RIVAL_SHARE = 0.5


class FlickerMeter:
    """Adds up the spectra of segments, of each part of the picture and of the whole.

    On and off events are looked at apart: they come in different phases of the light, so that
    together they can be even.

    Parameters
    ----------
    resolution
        Sensor ``(width, height)``, px.
    """

    def __init__(self, resolution: tuple[int, int]) -> None:
        self._resolution = resolution
        self._window = np.hanning(SEGMENT_MS + 1)[:SEGMENT_MS]
        # The last row is the whole picture.
        self._power = np.zeros((N_REGIONS + 1, SEGMENT_MS // 2 + 1))
        self._squares = np.zeros(N_REGIONS + 1)
        self._n_events = np.zeros(N_REGIONS + 1)
        self._n_segments = 0

    @property
    def n_segments(self) -> int:
        """How many segments were added."""
        return self._n_segments

    def add(self, series: NDArray[np.integer]) -> None:
        """Add a segment.

        Parameters
        ----------
        series : (2, N_REGIONS, SEGMENT_MS) int, events
            Off and on events of each part of the picture in each millisecond. Not modified.
        """
        counts = np.concatenate((series, series.sum(axis=1, keepdims=True)), axis=1).astype(float)
        means = counts.mean(axis=2)
        spectra = np.fft.rfft((counts - means[:, :, None]) * self._window, axis=2)
        self._power += np.sum(spectra.real**2 + spectra.imag**2, axis=0)
        self._squares += np.sum(means**2, axis=0)
        self._n_events += counts.sum(axis=(0, 2))
        self._n_segments += 1

    def find(self) -> tuple[Flicker, ...]:
        """Return the lights that flicker, in all of the picture or in part of it.

        None where fewer than `LEAST_SEGMENTS` were added.
        """
        if self._n_segments < LEAST_SEGMENTS:
            return ()
        found = (self._find_light(light_hz) for light_hz in LIGHT_HZ)
        return tuple(flicker for flicker in found if flicker is not None)

    def _find_light(self, light_hz: int) -> Flicker | None:
        modulations = np.array([self._modulation(r, light_hz) for r in range(N_REGIONS + 1)])
        is_flickering = modulations >= LOOK_MODULATION
        if not is_flickering.any():
            return None
        rows, columns = np.divmod(np.flatnonzero(is_flickering[:-1]), COLUMNS)
        if not len(rows):
            rows, columns = np.divmod(np.arange(N_REGIONS), COLUMNS)
        width, height = self._resolution
        strongest = int(np.argmax(modulations))
        return Flicker(
            rate_hz=light_hz,
            modulation=float(modulations[strongest]),
            share=len(rows) / N_REGIONS,
            place_px=(
                -(-int(columns.min()) * width // COLUMNS),
                -(-int(rows.min()) * height // ROWS),
                -(-int(columns.max() + 1) * width // COLUMNS),
                -(-int(rows.max() + 1) * height // ROWS),
            ),
            harmonics_hz=tuple(
                n * light_hz
                for n in range(2, _N_HARMONICS + 1)
                if n * light_hz < 500 and self._peak(strongest, n * light_hz)[1] >= LEAST_PEAK
            ),
        )

    def _modulation(self, region: int, light_hz: int) -> float:
        """Return how far the rate swings with a light, as a share of its mean; 0 for no peak."""
        if self._n_events[region] < LEAST_REGION_EVENTS:
            return 0.0
        excess, ratio = self._peak(region, light_hz)
        if ratio < LEAST_PEAK:
            return 0.0
        for divisor in _DIVISORS:
            rival, rival_ratio = self._peak(region, light_hz / divisor)
            if rival_ratio >= LEAST_PEAK and rival >= _RIVAL_SHARE * excess:
                return 0.0
        # A swing of m about a mean c has the line (c m sum(window) / 2)**2.
        unit = self._squares[region] * self._window.sum() ** 2 / 4
        return float(np.sqrt(excess / unit))

    def _peak(self, region: int, rate_hz: float) -> tuple[float, float]:
        """Return the power of a line above those around it, and its ratio to them."""
        power = self._power[region]
        line = round(rate_hz / _LINE_HZ)
        near = np.arange(line - _FARTHEST, line + _FARTHEST + 1)
        # The lines of the lights and their skirts are no background of one another.
        lights = np.array([n * hz // _LINE_HZ for hz in LIGHT_HZ for n in range(1, 5)])
        is_clear = np.abs(near[:, None] - lights).min(axis=1) > 1
        near = near[is_clear & (np.abs(near - line) >= _NEAREST) & (near > 0) & (near < len(power))]
        around = float(np.median(power[near]))
        line_power = float(power[line])
        return max(line_power - around, 0.0), line_power / max(around, 1e-12)
