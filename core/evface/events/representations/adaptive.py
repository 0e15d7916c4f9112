"""A surface in which events fade where and when others follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.representations.counting import SUM_LEVELS
from evface.events.representations.counting_kernels import write_signed_levels
from evface.events.representations.lanes import borrowed
from evface.events.representations.representation import Representation, check_positive
from evface.events.representations.surface_kernels import fill_adaptive


@dataclass(frozen=True)
class LocallyAdaptiveSurface(Representation):
    r"""On minus off events of each pixel, each fading by the events that follow round about.

    .. math:: A(x, y) = \sum_i p_i \exp(-n_i(x, y) / n_{fade})

    with :math:`n_i` the events per pixel after event i, counted in patches and interpolated
    between their middles. So what moves stays sharp and what is still is kept.
    (height, width) float32, events.

    Parameters
    ----------
    patch_px
        Side of the patches, at least 2.
    fade_count
        Events per pixel of a patch after which 1/e is left of an earlier one, above 0. The
        product of the paper's reference rate and time constant: 16 Hz and 0.2 s there.
    memory_us
        How long before the window events still count, 0 or more.

    References
    ----------
    Kielty et al., "Locally Adaptive Decay Surfaces for High-Speed Face and Landmark Detection
    with Event Cameras", arXiv 2602.23101, 2026, and the package event-lads 0.1: decay by event
    rate, exp(-dt rate / (reference tau)) a step, in which dt cancels. Differs: event by event
    instead of in steps of a frame; the exponent is interpolated, not the factor; what is older
    than the window and its memory is forgotten. Their Laplacian and spectral variants are not here.
    """

    name: ClassVar[str] = "adaptive_surface"
    dtype: ClassVar[type[np.generic]] = np.float32

    patch_px: int = 16
    fade_count: float = 3.2
    memory_us: int = 0

    def __post_init__(self) -> None:
        """Check the parameters."""
        if self.patch_px < 2:
            raise ValueError(f"patch_px must be at least 2, got {self.patch_px}")
        check_positive("fade_count", self.fade_count)
        if self.memory_us < 0:
            raise ValueError(f"memory_us must not be below 0, got {self.memory_us}")

    @property
    def lookback_us(self) -> int:
        """How long before a window events are remembered."""
        return self.memory_us

    def shape(self, resolution: tuple[int, int]) -> tuple[int, ...]:
        """Return ``(height, width)``."""
        return resolution[1], resolution[0]

    def _fill(self, events: Events, start_us: int, stop_us: int, image: NDArray[Any]) -> None:
        del start_us, stop_us
        height, width = image.shape
        columns, column_shares, column_sizes = self._patches(width)
        rows, row_shares, row_sizes = self._patches(height)
        per_event = 1 / (row_sizes[:, None] * column_sizes)
        fill_adaptive(
            events.x,
            events.y,
            events.p,
            columns,
            column_shares,
            rows,
            row_shares,
            per_event,
            np.empty_like(per_event),
            1 / self.fade_count,
            image,
        )

    def _fill_index(
        self, events: Events, start_us: int, stop_us: int, image: NDArray[np.uint8]
    ) -> None:
        with borrowed(image.shape, np.float32) as sums:
            self._fill(events, start_us, stop_us, sums)
            write_signed_levels(sums, SUM_LEVELS, image)

    def _patches(
        self, n_px: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Return, along one side, how each pixel lies between the patches' middles.

        Returns
        -------
        before : (n_px,) intp
            The patch before or at the pixel; there is always one after it.
        shares : (n_px,) float64
            Share of the patch after it, 0 to 1; above a half where the pixel belongs to that.
        sizes : (n_patches,) float64, px
            The last patch may be smaller; one beyond the side has a whole one's size.
        """
        n_patches = max(-(-n_px // self.patch_px), 1)
        place = (np.arange(n_px) + 0.5) / self.patch_px - 0.5
        before = np.clip(np.floor(place).astype(np.intp), 0, n_patches - 1)
        shares = np.clip(place - before, 0, 1)
        if n_patches > 1:
            # Beyond the last middle there is nothing to interpolate with.
            shares[before == n_patches - 1] = 1
            before = np.minimum(before, n_patches - 2)
        else:
            shares[:] = 0
        sizes = np.full(max(n_patches, 2), float(self.patch_px))
        sizes[n_patches - 1] = n_px - (n_patches - 1) * self.patch_px
        return before, shares, sizes
