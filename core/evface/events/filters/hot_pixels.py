"""Pixels that fire all the time whatever they see, left out one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.filters.filter import Filter, Said, Selector, parameter


@dataclass(frozen=True)
class HotPixels(Filter):
    """Leaves out the events of some pixels.

    Parameters
    ----------
    pixels
        ``(x, y)`` of each. Those beyond the sensor do nothing.
    times_neighbours, least_rate_hz, least_percent
        How they are found in a recording, see `evface.events.filters.hot_pixel_search`.
    """

    name: ClassVar[str] = "hot-pixels"
    title: ClassVar[str] = "Hot pixels"
    summary: ClassVar[str] = "Leaves out pixels that fire all the time, whatever they see."

    pixels: tuple[tuple[int, int], ...] = ()
    times_neighbours: float = parameter(5.0, Said("Above those around", "times", 1.5, 1e4))
    least_rate_hz: float = parameter(20.0, Said("Rate at least", "events/s", 0.1, 1e6))
    least_percent: float = parameter(80.0, Said("For at least", "% of the time", 10.0, 100.0))

    def __post_init__(self) -> None:
        super().__post_init__()
        for pixel in self.pixels:
            if len(pixel) != 2 or not all(
                type(length) is int and 0 <= length <= 65_535 for length in pixel
            ):
                raise ValueError(f"pixels must be (x, y), two whole numbers each, got {pixel!r}")

    def selector(self, resolution: tuple[int, int], /) -> Selector:
        """Return what leaves the pixels out."""
        from evface.events.filters.kernels import choose_cool

        width, height = resolution
        is_hot = np.zeros((height, width), bool)
        for x, y in self.pixels:
            if x < width and y < height:
                is_hot[y, x] = True

        def select(events: Events) -> NDArray[np.bool_]:
            stays = np.empty(len(events), bool)
            choose_cool(events.x, events.y, is_hot, stays)
            return stays

        return select
