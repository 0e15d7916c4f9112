"""Representations that divide a window into slices of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.palettes import MAX_SHOWN_COUNT
from evface.events.representations.counting import SUM_LEVELS
from evface.events.representations.counting_kernels import write_signed_levels
from evface.events.representations.lanes import LARGE_WINDOW, borrowed, run_both
from evface.events.representations.representation import Representation
from evface.events.representations.slice_kernels import fill_bits, fill_voxel_grid

# What an off and an on event count.
_Signs = tuple[np.float32, np.float32]
_BOTH: _Signs = (np.float32(-1), np.float32(1))
_ONLY: tuple[_Signs, _Signs] = (
    (np.float32(1), np.float32(0)),
    (np.float32(0), np.float32(1)),
)


@dataclass(frozen=True)
class VoxelGrid(Representation):
    r"""Events spread over time bins with a linear kernel.

    .. math:: V(x, y, b) = \sum_i p_i \max(0, 1 - |b - b_i|), \quad
              b_i = (n_{bins} - 1)(t_i - t_{start}) / (t_{stop} - t_{start})

    (n_bins, height, width) float32, events: sums to the number of on minus that of off events.
    As a picture it shows its last bin.

    Parameters
    ----------
    n_bins
        At least 2: the first and the last sit on the ends of the window.

    References
    ----------
    Zhu et al., "Unsupervised Event-based Learning of Optical Flow, Depth and Egomotion", CVPR
    2019, Sec. 3.1. Differs: no bilinear kernel in x and y; the ends are the window's, not the
    first and the last event.
    """

    name: ClassVar[str] = "voxel_grid"
    dtype: ClassVar[type[np.generic]] = np.float32

    n_bins: int = 5

    def __post_init__(self) -> None:
        """Check the number of bins."""
        if self.n_bins < 2:
            raise ValueError(f"n_bins must be at least 2, got {self.n_bins}")

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(n_bins, height, width)``."""
        return self.n_bins, resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        bins_per_us = (self.n_bins - 1) / (stop_us - start_us)
        middle = (self.n_bins - 1) // 2
        if len(events) < LARGE_WINDOW or middle < 1:
            _spread(events, start_us, bins_per_us, 0, _BOTH, image)
            return
        # Events are sorted, so that early and late ones meet in one bin only.
        half = int(np.searchsorted(events.t, start_us + middle / bins_per_us))
        early = Events(events.t[:half], events.x[:half], events.y[:half], events.p[:half])
        late = Events(events.t[half:], events.x[half:], events.y[half:], events.p[half:])
        with borrowed(image.shape[1:], np.float32) as shared:
            run_both(
                lambda: _spread(early, start_us, bins_per_us, 0, _BOTH, image[:middle], shared),
                lambda: _spread(late, start_us, bins_per_us, middle, _BOTH, image[middle:]),
            )
            image[middle] += shared

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        with borrowed((2, *image.shape), np.float32) as bins:
            _spread_end(events, self.n_bins, start_us, stop_us, _BOTH, bins)
            write_signed_levels(bins[1], SUM_LEVELS, image)


@dataclass(frozen=True)
class PolarityVoxelGrid(VoxelGrid):
    """Events spread over time bins with a linear kernel, off and on apart.

    (2 n_bins, height, width) float32, events: the bins of off, then those of on. As a picture it
    shows both last bins.

    Parameters
    ----------
    n_bins
        Of each polarity, at least 2: the first and the last sit on the ends of the window.

    References
    ----------
    As `VoxelGrid`; one grid for each polarity, as is common where the sum would cancel.
    """

    name: ClassVar[str] = "voxel_grid_polarity"

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(2 n_bins, height, width)``."""
        return 2 * self.n_bins, resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        bins_per_us = (self.n_bins - 1) / (stop_us - start_us)
        run = run_both if len(events) >= LARGE_WINDOW else _one_by_one
        run(
            lambda: _spread(events, start_us, bins_per_us, 0, _ONLY[0], image[: self.n_bins]),
            lambda: _spread(events, start_us, bins_per_us, 0, _ONLY[1], image[self.n_bins :]),
        )

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        image[:] = 0
        with borrowed((2, *image.shape), np.float32) as bins:
            for only in (0, 1):
                _spread_end(events, self.n_bins, start_us, stop_us, _ONLY[only], bins)
                counts = np.minimum(np.ceil(bins[1]), MAX_SHOWN_COUNT).astype(np.uint8)
                image += counts if only else counts << 4


@dataclass(frozen=True)
class TemporalBinary(Representation):
    r"""In which slices of the window a pixel has events, as the bits of one number.

    .. math:: B(x, y) = \frac{1}{2^N - 1} \sum_{i=0}^{N-1} b_i(x, y)\, 2^i

    with :math:`b_i` 1 where there is an event of any polarity in slice i, the oldest being 0.
    (height, width) float32, 0 to 1.

    Parameters
    ----------
    n_bits
        1 to 16.

    References
    ----------
    Innocenti et al., "Temporal Binary Representation for Event-Based Action Recognition", ICPR
    2020: intermediate binary images turned into one number. The highest bit is the newest, as in
    the code for FACEMORPHIC's frames.
    """

    name: ClassVar[str] = "tbr"
    dtype: ClassVar[type[np.generic]] = np.float32

    n_bits: int = 8

    def __post_init__(self) -> None:
        """Check the number of bits."""
        if not 1 <= self.n_bits <= 16:
            raise ValueError(f"n_bits must be 1 to 16, got {self.n_bits}")

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width)``."""
        return resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        with borrowed(image.shape, np.uint16) as bits:
            self._fill_bits(events, start_us, stop_us, bits)
            np.divide(bits, np.float32(2**self.n_bits - 1), out=image)

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        # Rounded up, so that the oldest bit of many is seen.
        levels = np.ceil(np.arange(2**self.n_bits) * (255 / (2**self.n_bits - 1)) - 1e-9)
        with borrowed(image.shape, np.uint16) as bits:
            self._fill_bits(events, start_us, stop_us, bits)
            np.take(levels.astype(np.uint8), bits, out=image)

    def _fill_bits(
        self, events: Events, start_us: int, stop_us: int, bits: NDArray[np.uint16]
    ) -> None:
        bits_per_us = self.n_bits / (stop_us - start_us)
        fill_bits(events.t, events.x, events.y, start_us, bits_per_us, self.n_bits, bits)


def _spread(
    events: Events,
    start_us: int,
    bins_per_us: float,
    first_bin: int,
    signs: _Signs,
    bins: NDArray[np.float32],
    last: NDArray[np.float32] | None = None,
) -> None:
    """Fill bins; the last of them lies elsewhere where `last` is given."""
    planes, last = (bins[:-1], bins[-1]) if last is None else (bins, last)
    fill_voxel_grid(
        events.t,
        events.x,
        events.y,
        events.p,
        start_us,
        bins_per_us,
        first_bin,
        signs,
        planes,
        last,
    )


def _spread_end(
    events: Events,
    n_bins: int,
    start_us: int,
    stop_us: int,
    signs: _Signs,
    bins: NDArray[np.float32],
) -> None:
    """Fill the last of two bins with what the last of `n_bins` holds: the newest events alone."""
    bins_per_us = (n_bins - 1) / (stop_us - start_us)
    newest = events.between(int(np.ceil(stop_us - 1 / bins_per_us)), stop_us)
    _spread(newest, start_us, bins_per_us, n_bins - 2, signs, bins)


def _one_by_one(first: Any, second: Any) -> None:
    first()
    second()
