"""What every representation of events has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from evface.events.events import Events


class Representation(ABC):
    """Makes an array of a window of events; its fields are its parameters.

    Subclasses are frozen dataclasses. Their `name` is a key of
    `evface.events.representations.registry.REPRESENTATIONS`.
    """

    name: ClassVar[str]
    dtype: ClassVar[type[np.generic]]

    @property
    def lookback_us(self) -> int:
        """How long before a window events still play a part; 0 without memory."""
        return 0

    @abstractmethod
    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return the shape of the array for a sensor ``(width, height)``."""

    def compute(
        self,
        events: Events,
        resolution: tuple[int, int],
        *,
        start_us: int,
        stop_us: int,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Return the array of the window ``[start_us, stop_us)``.

        Parameters
        ----------
        events
            Sorted by ``t``. May be empty and may reach beyond the window; what lies within it, or
            at most `lookback_us` before, is used. Those outside the sensor are left out. Not
            modified.
        resolution
            Sensor ``(width, height)``, px.
        start_us, stop_us
            The window, on the clock of `events`. At least 1 us long.
        out : `shape` of `dtype`, C order
            Overwritten and returned where given.

        Returns
        -------
        `shape` of `dtype`

        Raises
        ------
        ValueError
            If the window is empty, the resolution is not positive, or `out` has another shape or
            dtype.
        """
        image = prepare(out, self.shape(check(resolution, start_us, stop_us)), self.dtype)
        self._fill(events.between(start_us - self.lookback_us, stop_us), start_us, stop_us, image)
        return image

    def index_image(
        self,
        events: Events,
        resolution: tuple[int, int],
        *,
        start_us: int,
        stop_us: int,
        out: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Return the window as an 8-bit image to be shown through `palettes.lookup_table`.

        Parameters
        ----------
        events, resolution, start_us, stop_us
            As for `compute`.
        out : (height, width) uint8, C order
            Overwritten and returned where given.

        Returns
        -------
        (height, width) uint8
            0 where nothing is. What the others mean is said at `catalogue.Colouring`.
        """
        width, height = check(resolution, start_us, stop_us)
        image = prepare(out, (height, width), np.uint8)
        shown = events.between(start_us - self.lookback_us, stop_us)
        self._fill_index(shown, start_us, stop_us, image)
        return image

    @abstractmethod
    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        """Overwrite `image` by what the events, all of which count, give."""

    @abstractmethod
    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        """Overwrite `image` by what the events, all of which count, look like."""


def check(resolution: tuple[int, int], start_us: int, stop_us: int) -> tuple[int, int]:
    """Return the resolution; raise a ValueError unless it and the window can be drawn."""
    width, height = resolution
    if width <= 0 or height <= 0:
        raise ValueError(f"resolution must be positive, got {width} x {height}")
    if stop_us <= start_us:
        raise ValueError(f"stop_us must be after start_us, got {start_us} to {stop_us}")
    return width, height


def check_positive(name: str, value: float | None) -> None:
    """Raise a ValueError unless a parameter is above 0, or None."""
    if value is not None and not value > 0:
        raise ValueError(f"{name} must be above 0, got {value}")


def prepare(out: NDArray[Any] | None, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return `out`, or room where it is None; raise a ValueError where it does not fit."""
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError(
            f"out must be {shape} {np.dtype(dtype)} in C order, got {out.shape} {out.dtype}"
        )
    return out
