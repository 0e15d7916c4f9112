"""What is measured of the frames of a track, and from where on it is doubtful."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evface.review.face_parts import FaceParts
from evface.review.reasons import ReasonKind


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames that follow one another.

    Parameters
    ----------
    times_us : (m,) int64
    points : (m, n_landmarks, 2) float32, px
        NaN where missing.
    size_px : (m,) float64
        How large the face is around each time: see `evface.review.face_size`.
    parts
        What the points are.
    period_us
        Usual time from one frame to the next.
    resolution
        ``(width, height)`` of the picture, None where it is not known.
    """

    times_us: NDArray[np.int64]
    points: NDArray[np.float32]
    size_px: NDArray[np.float64]
    parts: FaceParts
    period_us: float
    resolution: tuple[int, int] | None = None

    @property
    def size_column_px(self) -> NDArray[np.float32]:
        """`size_px` as (m, 1) float32."""
        return self.size_px.astype(np.float32)[:, None]

    @cached_property
    def x(self) -> NDArray[np.float32]:
        """The points' columns, (m, n_landmarks) float32; quicker to compute with than pairs are."""
        return np.ascontiguousarray(self.points[..., 0])

    @cached_property
    def y(self) -> NDArray[np.float32]:
        """The points' rows, (m, n_landmarks) float32."""
        return np.ascontiguousarray(self.points[..., 1])

    @cached_property
    def left(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where the subject's left lies in the picture: x and y of unit vectors, (m, 1) each.

        Across the line from the upper half of the face to its lower half, by the middles of mirror
        pairs, which a swap of left and right does not move. NaN where points are missing.
        """
        parts = self.parts
        upper_x, upper_y, lower_x, lower_y = (
            (along[:, parts.right[pairs]] + along[:, parts.left[pairs]]).mean(axis=1) / 2
            for pairs in (parts.upper_pairs, parts.lower_pairs)
            for along in (self.x, self.y)
        )
        down_x, down_y = lower_x - upper_x, lower_y - upper_y
        length = np.hypot(down_x, down_y)
        length[length == 0] = np.nan
        return (down_y / length)[:, None], (-down_x / length)[:, None]


@dataclass(frozen=True)
class Limits:
    """From which value on something is doubtful: as usual in this recording, within bounds.

    The threshold is ``times`` the given percentile of the recording's own values, never below `low`
    and never above `high`: below `low` nothing is doubtful however rare, above `high` everything is
    however usual. With both the same it is fixed, and the recording does not matter.
    """

    low: float
    high: float
    times: float = 4.0
    percentile: float = 90.0

    @property
    def is_fixed(self) -> bool:
        """Whether the recording's own values do not matter."""
        return self.low == self.high

    def usual(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the percentile of each column, (p,) float64; NaN where nothing is known.

        Parameters
        ----------
        values : (n, p) float
            NaN where unknown. Not modified.
        """
        known = np.isfinite(values)
        usual = np.full(values.shape[1], np.nan)
        for column in np.flatnonzero(known.any(axis=0)).tolist():
            usual[column] = np.percentile(values[known[:, column], column], self.percentile)
        return usual

    def thresholds(self, usual: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the thresholds that follow from what is usual, (p,) float64."""
        return np.clip(np.nan_to_num(self.times * usual, nan=self.low), self.low, self.high)


@dataclass(frozen=True, eq=False)
class Scale:
    """How values of one kind of doubt are judged and told.

    Parameters
    ----------
    columns
        The landmarks that each column of the values is about.
    is_relative
        Whether a value is told as a multiple of what is usual.
    px_per_size
        What one unit of the value is in words, px for a face of 1 px.
    """

    kind: ReasonKind
    columns: tuple[tuple[int, ...], ...]
    limits: Limits
    is_relative: bool = False
    px_per_size: float = 1.0


@dataclass(frozen=True, eq=False)
class Measure:
    """One kind of doubt, measured on each frame for several parts of the face.

    Parameters
    ----------
    values
        ``values(frames)`` gives (m, n_columns) float; NaN where nothing can be said.
    """

    scale: Scale
    values: Callable[[Frames], NDArray[np.floating]]
