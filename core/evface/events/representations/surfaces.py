"""Representations in which events fade with their age."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.representations.counting import SUM_LEVELS
from evface.events.representations.counting_kernels import write_signed_levels
from evface.events.representations.lanes import LARGE_WINDOW, borrowed, run_both
from evface.events.representations.representation import Representation, check_positive
from evface.events.representations.surface_kernels import (
    Fading,
    exponential,
    fill_leaky_sum,
    fill_surface_index,
    fill_time_surface,
    fill_tore,
    lay_newer_over,
    linear,
    write_newer_levels,
)

# Without a time constant, a surface decays to 5 % across its window.
DECAYS_PER_WINDOW = 3
# After so many time constants what is left lies below half a step of 1/255.
_MEMORY = 19 / 3


@dataclass(frozen=True)
class TimeSurface(Representation):
    r"""How recent the last event of each pixel and polarity is.

    .. math:: S(x, y, p) = \exp(-(t_{stop} - t_{last}(x, y, p)) / \tau)

    (height, width, 2) float32, 0 to 1: off in channel 0, on in channel 1; 0 without events.

    Parameters
    ----------
    tau_us
        Time in which it decays to 1/e, above 0. It then remembers events before the window, until
        they have faded below 1/510. None takes a third of the window, and its events alone.

    References
    ----------
    Lagorce et al., "HOTS: A Hierarchy of Event-Based Time-Surfaces for Pattern Recognition",
    TPAMI 2017. Differs: the surface of the whole sensor at a given moment, not of a
    neighbourhood at each event.
    """

    name: ClassVar[str] = "time_surface"
    dtype: ClassVar[type[np.generic]] = np.float32
    tau_us: float | None = None

    def __post_init__(self) -> None:
        """Check the time constant."""
        check_positive("tau_us", self.tau_us)

    @property
    def lookback_us(self) -> int:
        """How long before a window events are remembered."""
        return 0 if self.tau_us is None else math.ceil(_MEMORY * self.tau_us)

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width, 2)``."""
        return resolution[1], resolution[0], 2

    def fading(self, events: Events, start_us: int, stop_us: int) -> Fading:
        """Return how the events of a window fade."""
        rate = 1 / self.tau_us if self.tau_us else DECAYS_PER_WINDOW / (stop_us - start_us)
        return exponential(rate, stop_us - int(events.t[0]) if len(events) else 0)

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        t, x, y, p, half = events.t, events.x, events.y, events.p, len(events) // 2
        how = (stop_us, self.fading(events, start_us, stop_us))
        if len(events) < 2 * LARGE_WINDOW:
            fill_time_surface(t, x, y, p, *how, image)
            return
        with borrowed(image.shape, np.float32) as newer:
            run_both(
                lambda: fill_time_surface(t[:half], x[:half], y[:half], p[:half], *how, image),
                lambda: fill_time_surface(t[half:], x[half:], y[half:], p[half:], *how, newer),
            )
            lay_newer_over(newer, image)

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        fading = self.fading(events, start_us, stop_us)
        fill_surface_index(events.t, events.x, events.y, events.p, stop_us, fading, image)


@dataclass(frozen=True)
class LinearTimeSurface(TimeSurface):
    r"""How recent the last event of each pixel and polarity is, fading evenly.

    .. math:: S(x, y, p) = \max(0, 1 - (t_{stop} - t_{last}(x, y, p)) / \tau)

    (height, width, 2) float32, 0 to 1: off in channel 0, on in channel 1; 0 without events.

    Parameters
    ----------
    tau_us
        Time in which it fades to nothing, above 0; so long it remembers. None takes the window.

    References
    ----------
    As `TimeSurface`, with the linear decay that later libraries offer.
    """

    name: ClassVar[str] = "time_surface_linear"

    @property
    def lookback_us(self) -> int:
        """How long before a window events are remembered."""
        return 0 if self.tau_us is None else math.ceil(self.tau_us)

    def fading(self, events: Events, start_us: int, stop_us: int) -> Fading:
        """Return how the events of a window fade."""
        del events
        return linear(1 / (self.tau_us or stop_us - start_us))


@dataclass(frozen=True)
class LeakySum(Representation):
    r"""On minus off events of each pixel, each fading with its age.

    .. math:: L(x, y) = \sum_i p_i \exp(-(t_{stop} - t_i) / \tau)

    (height, width) float32, events.

    Parameters
    ----------
    tau_us
        As for `TimeSurface`.

    References
    ----------
    Scheerlinck et al., "Continuous-time Intensity Estimation Using Event Cameras", ACCV 2018: the
    leaky integrator, its high-pass filter without frames and with a contrast of 1.
    """

    name: ClassVar[str] = "leaky_sum"
    dtype: ClassVar[type[np.generic]] = np.float32

    tau_us: float | None = None

    def __post_init__(self) -> None:
        """Check the time constant."""
        check_positive("tau_us", self.tau_us)

    @property
    def lookback_us(self) -> int:
        """How long before a window events are remembered."""
        return TimeSurface(self.tau_us).lookback_us

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width)``."""
        return resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        fading = TimeSurface(self.tau_us).fading(events, start_us, stop_us)
        fill_leaky_sum(events.t, events.x, events.y, events.p, stop_us, fading, image)

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        with borrowed(image.shape, np.float32) as sums:
            self._fill(events, start_us, stop_us, sums)
            write_signed_levels(sums, SUM_LEVELS, image)


@dataclass(frozen=True)
class Tore(Representation):
    r"""How recent the last K events of each pixel and polarity are, on a scale of logarithms.

    .. math:: T(x, y, k) = \frac{\ln(\tau_{max} + 1) - \ln(a_k + 1)}
              {\ln(\tau_{max} + 1) - \ln(\tau_{min} + 1)}, \quad
              a_k = t_{stop} - t_{k\,th\,last}(x, y), \quad 0 \le T \le 1

    (2 depth, height, width) float32: off in the first planes, then on, the last event first.

    Parameters
    ----------
    depth
        How many events of a pixel and polarity are told, 1 to 255.
    shortest_us
        Ages up to this are 1. Above 0.
    longest_us
        Ages from this on are 0, and so long it remembers. Above `shortest_us`. None takes the
        window, and its events alone.

    References
    ----------
    Baldwin et al., "Time-Ordered Recent Event (TORE) Volumes for Event Cameras", TPAMI 2022, with
    150 us from the code that goes with it. Differs: turned and scaled to 1 for the newest; and
    as long as the window where theirs is 5 s, which would have to be read for each picture.
    """

    name: ClassVar[str] = "tore"
    dtype: ClassVar[type[np.generic]] = np.float32

    depth: int = 3
    shortest_us: float = 150.0
    longest_us: float | None = None

    def __post_init__(self) -> None:
        """Check the parameters."""
        if not 1 <= self.depth <= 255:
            raise ValueError(f"depth must be 1 to 255, got {self.depth}")
        check_positive("shortest_us", self.shortest_us)
        if self.longest_us is not None and self.longest_us <= self.shortest_us:
            raise ValueError(
                f"longest_us must be above shortest_us, got {self.longest_us} and "
                f"{self.shortest_us}"
            )

    @property
    def lookback_us(self) -> int:
        """How long before a window events are remembered."""
        return 0 if self.longest_us is None else math.ceil(self.longest_us)

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(2 depth, height, width)``."""
        return 2 * self.depth, resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        # A window no longer than the shortest age is all new.
        longest_us = max(self.longest_us or stop_us - start_us, self.shortest_us + 1)
        with borrowed((*image.shape[1:], 2), np.uint8) as n_found:
            fill_tore(
                events.t,
                events.x,
                events.y,
                events.p,
                stop_us,
                self.shortest_us,
                longest_us,
                n_found,
                image,
            )

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        with borrowed((2, *image.shape), np.float32) as newest:
            last = Tore(1, self.shortest_us, self.longest_us)
            last._fill(events, start_us, stop_us, newest)
            write_newer_levels(newest[0], newest[1], image)
