"""Representations that count the events of each pixel, or show the last one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.palettes import MAX_SHOWN_COUNT
from evface.events.representations.counting_kernels import (
    add_counts,
    count_values,
    fill_count_index,
    fill_counts,
    fill_histogram,
    fill_last_polarity,
    fill_polarity_sum,
    lay_over,
    look_up,
    write_signed_levels,
)
from evface.events.representations.lanes import LARGE_WINDOW, borrowed, run_both
from evface.events.representations.representation import Representation


@dataclass(frozen=True)
class MetavisionFrame(Representation):
    """The last polarity of each pixel, as Metavision's event frames show it.

    (height, width) uint8: 0 where there is no event, 1 where the last one is off, 2 where it is on.

    References
    ----------
    Prophesee OpenEB 5, ``PeriodicFrameGenerationAlgorithm``: a frame at ``ts`` shows the events
    in ``[ts - accumulation, ts)``.
    """

    name: ClassVar[str] = "metavision"
    dtype: ClassVar[type[np.generic]] = np.uint8

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width)``."""
        return resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        del start_us, stop_us
        x, y, p, half = events.x, events.y, events.p, len(events) // 2
        if len(events) < LARGE_WINDOW:
            fill_last_polarity(x, y, p, image)
            return
        with borrowed(image.shape, np.uint8) as later:
            run_both(
                lambda: fill_last_polarity(x[:half], y[:half], p[:half], image),
                lambda: fill_last_polarity(x[half:], y[half:], p[half:], later),
            )
            lay_over(later, image)

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        self._fill(events, start_us, stop_us, image)


@dataclass(frozen=True)
class Histogram(Representation):
    """Counts of each pixel and polarity, at most 255.

    (height, width, 2) uint8: off in channel 0, on in channel 1; 255 stands for 255 or more.

    References
    ----------
    Maqueda et al., "Event-based Vision meets Deep Learning on Steering Prediction for
    Self-driving Cars", CVPR 2018: one histogram for each polarity.
    """

    name: ClassVar[str] = "histogram"
    dtype: ClassVar[type[np.generic]] = np.uint8

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width, 2)``."""
        return resolution[1], resolution[0], 2

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        del start_us, stop_us
        x, y, p, half = events.x, events.y, events.p, len(events) // 2
        if len(events) < LARGE_WINDOW:
            fill_histogram(x, y, p, image)
            return
        with borrowed(image.shape, np.uint8) as more:
            run_both(
                lambda: fill_histogram(x[:half], y[:half], p[:half], image),
                lambda: fill_histogram(x[half:], y[half:], p[half:], more),
            )
            add_counts(more, image)

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        del start_us, stop_us
        fill_count_index(events.x, events.y, events.p, image)


@dataclass(frozen=True)
class ClippedHistogram(Representation):
    """Counts of each pixel and polarity over their percentile, so that hot pixels hide nothing.

    (height, width, 2) float32, 0 to 1: off in channel 0, on in channel 1.

    Parameters
    ----------
    percentile
        Of the counts above 0, up to 255 each: those of this size or more are 1. Above 0, at
        most 100.

    References
    ----------
    As `Histogram`; our own choice of scale.
    """

    name: ClassVar[str] = "histogram_clipped"
    dtype: ClassVar[type[np.generic]] = np.float32

    percentile: float = 99.0

    def __post_init__(self) -> None:
        """Check the percentile."""
        if not 0 < self.percentile <= 100:
            raise ValueError(f"percentile must be above 0 and at most 100, got {self.percentile}")

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width, 2)``."""
        return resolution[1], resolution[0], 2

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        with borrowed(image.shape, np.uint8) as counts:
            self._count(events, start_us, stop_us, counts)
            top = self._top(counts)
            table = np.minimum(np.arange(256, dtype=np.float32) / np.float32(top), np.float32(1))
            look_up(counts, table, image)

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        with borrowed((*image.shape, 2), np.uint8) as counts:
            self._count(events, start_us, stop_us, counts)
            shares = np.minimum(np.arange(256) / self._top(counts), 1)
            levels = np.ceil(shares * MAX_SHOWN_COUNT).astype(np.uint8)
            np.take(levels, counts[..., 1], out=image)
            image += (levels << 4)[counts[..., 0]]

    @staticmethod
    def _count(events: Events, start_us: int, stop_us: int, counts: NDArray[np.uint8]) -> None:
        height, width, _ = counts.shape
        Histogram().compute(events, (width, height), start_us=start_us, stop_us=stop_us, out=counts)

    def _top(self, counts: NDArray[np.uint8]) -> int:
        """Return the smallest count that at least `percentile` of those above 0 do not exceed."""
        n_up_to = np.cumsum(count_values(counts)[1:])
        return 1 + int(np.searchsorted(n_up_to, n_up_to[-1] * self.percentile / 100))


@dataclass(frozen=True)
class CountImage(Representation):
    """Counts of each pixel, both polarities together: (height, width) uint16, at most 65,535.

    References
    ----------
    Rebecq et al., "Real-time Visual-Inertial Odometry for Event Cameras using Keyframe-based
    Nonlinear Optimization", BMVC 2017: event frames. Differs: no motion correction.
    """

    name: ClassVar[str] = "count"
    dtype: ClassVar[type[np.generic]] = np.uint16

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width)``."""
        return resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        del start_us, stop_us
        fill_counts(events.x, events.y, image)

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        with borrowed(image.shape, np.uint16) as counts:
            self._fill(events, start_us, stop_us, counts)
            np.minimum(counts, 255, out=image, casting="unsafe")


@dataclass(frozen=True)
class PolaritySum(Representation):
    """On minus off events of each pixel: (height, width) int16, within -32,767 and 32,767.

    References
    ----------
    Gallego et al., "Event-based Vision: A Survey", TPAMI 2022: event frames of summed polarities,
    an image of the change of brightness.
    """

    name: ClassVar[str] = "polarity_sum"
    dtype: ClassVar[type[np.generic]] = np.int16

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width)``."""
        return resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        del start_us, stop_us
        fill_polarity_sum(events.x, events.y, events.p, image)

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        with borrowed(image.shape, np.int16) as sums:
            self._fill(events, start_us, stop_us, sums)
            write_signed_levels(sums, SUM_LEVELS, image)


# Levels of a shown sum for one event: 4 of them, or more, are the strongest.
SUM_LEVELS = 127 / 4
