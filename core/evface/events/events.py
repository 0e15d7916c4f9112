"""A batch of events held as four arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EVENT_DTYPE = np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")])


@dataclass(frozen=True, eq=False, slots=True)
class Events:
    """Events of one sensor, sorted by time.

    Parameters
    ----------
    t : (n,) int64, us
        Times on the recording's clock, never decreasing.
    x, y : (n,) uint16, px
        Column and row; the origin is the top left pixel.
    p : (n,) bool
        True where the pixel became brighter (on), False where darker (off).

    Raises
    ------
    ValueError
        If an array has another dtype or length than stated.
    """

    t: NDArray[np.int64]
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    p: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name, dtype in (("t", np.int64), ("x", np.uint16), ("y", np.uint16), ("p", np.bool_)):
            array = getattr(self, name)
            if array.dtype != dtype or array.shape != self.t.shape or array.ndim != 1:
                raise ValueError(
                    f"{name} must be ({len(self.t)},) {np.dtype(dtype)}, "
                    f"got {array.shape} {array.dtype}"
                )

    def __len__(self) -> int:
        return len(self.t)

    @classmethod
    def empty(cls) -> Events:
        """Return no events."""
        return cls(np.empty(0, np.int64), np.empty(0, "u2"), np.empty(0, "u2"), np.empty(0, "?"))

    @classmethod
    def concatenate(cls, parts: Sequence[Events]) -> Events:
        """Join `parts`, which follow one another in time."""
        if not parts:
            return cls.empty()
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.t for part in parts]),
            np.concatenate([part.x for part in parts]),
            np.concatenate([part.y for part in parts]),
            np.concatenate([part.p for part in parts]),
        )

    @classmethod
    def from_structured(cls, array: NDArray[np.void]) -> Events:
        """Take fields ``t, x, y, p`` of a structured array, as other libraries hold events.

        Any integer dtypes are converted; ``p`` counts as on where it is above 0.
        """
        return cls(
            np.ascontiguousarray(array["t"], np.int64),
            np.ascontiguousarray(array["x"], np.uint16),
            np.ascontiguousarray(array["y"], np.uint16),
            np.ascontiguousarray(array["p"] > 0),
        )

    def to_structured(self) -> NDArray[np.void]:
        """Return a structured array of `EVENT_DTYPE`, for other libraries."""
        array = np.empty(len(self), EVENT_DTYPE)
        array["t"], array["x"], array["y"], array["p"] = self.t, self.x, self.y, self.p
        return array

    def between(self, start_us: int, stop_us: int) -> Events:
        """Return the events in ``[start_us, stop_us)`` as views, found by bisection."""
        first, last = np.searchsorted(self.t, (start_us, stop_us))
        return Events(
            self.t[first:last], self.x[first:last], self.y[first:last], self.p[first:last]
        )
