"""Where moments lie on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHORTEST_US = 1_000


@dataclass(frozen=True)
class TimeScale:
    """A stretch of time over a width of pixels.

    Parameters
    ----------
    start_us, stop_us
        What lies at the left and at the right end. Empty without a recording.
    width_px
        At least 1.
    """

    start_us: int
    stop_us: int
    width_px: int

    @property
    def us_per_px(self) -> float:
        """How much time a pixel holds."""
        return max(self.stop_us - self.start_us, 1) / max(self.width_px, 1)

    def x_of(self, t_us: float) -> float:
        """Return the pixel where a moment lies, outside the width where it is not shown."""
        return (t_us - self.start_us) / self.us_per_px

    def xs_of(self, times_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the pixels where moments lie, (n,) float64."""
        xs: NDArray[np.float64] = (times_us - self.start_us) / self.us_per_px
        return xs

    def t_of(self, x_px: float) -> int:
        """Return the moment at a pixel."""
        return round(self.start_us + x_px * self.us_per_px)


def zoomed(
    shown_us: tuple[int, int], factor: float, about_us: int, duration_us: int
) -> tuple[int, int]:
    """Return a stretch `factor` times as long in which one moment keeps its place.

    It stays within the recording and is never shorter than a millisecond.
    """
    start_us, stop_us = shown_us
    length_us = min(max(round((stop_us - start_us) * factor), SHORTEST_US), duration_us)
    share = (about_us - start_us) / max(stop_us - start_us, 1)
    return _within(round(about_us - share * length_us), length_us, duration_us)


def panned(shown_us: tuple[int, int], by_us: float, duration_us: int) -> tuple[int, int]:
    """Return a stretch of the same length, later by `by_us` as far as the recording goes."""
    start_us, stop_us = shown_us
    return _within(round(start_us + by_us), stop_us - start_us, duration_us)


def _within(start_us: int, length_us: int, duration_us: int) -> tuple[int, int]:
    start_us = max(min(start_us, duration_us - length_us), 0)
    return start_us, min(start_us + length_us, duration_us)
