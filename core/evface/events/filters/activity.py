"""Filters by what the pixels around an event, or its own pixel, did just before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.filters.filter import Filter, Said, Selector, parameter

# A pixel forgets at every multiple of so many refractory periods, so that what becomes of an event
# never hangs on all that was before.
_N_PERIODS = 32


@dataclass(frozen=True)
class Neighbours(Filter):
    """Leaves out events that none of the eight pixels around supports.

    Parameters
    ----------
    within_us
        How recent the neighbour's event must be, of either polarity. The pixel's own do not count.

    References
    ----------
    Delbruck, "Frame-free dynamic digital vision", Symposium on Secure-Life Electronics, 2008.
    """

    name: ClassVar[str] = "neighbours"
    title: ClassVar[str] = "Background noise"
    summary: ClassVar[str] = "Leaves out lone events: none of the eight pixels around fired before."

    within_us: int = parameter(20_000, Said("Neighbour fired within", "µs", 1, 10_000_000))

    @property
    def lookback_us(self) -> int:
        """As long as a neighbour's event counts."""
        return self.within_us

    def selector(self, resolution: tuple[int, int], /) -> Selector:
        """Return what chooses events that have support."""
        from evface.events.filters.kernels import choose_supported

        width, height = resolution
        # A rim that never fires spares asking where the sensor ends.
        after_us = np.zeros((height + 2, width + 2), np.int64)

        def select(events: Events) -> NDArray[np.bool_]:
            stays = np.empty(len(events), bool)
            choose_supported(events.t, events.x, events.y, after_us, self.within_us, stays)
            return stays

        return select


@dataclass(frozen=True)
class Refractory(Filter):
    """Leaves out events of a pixel that follow too soon on the last one that stayed.

    Pixels forget at every multiple of 32 periods on the recording's clock: an event there may stay
    although the last one is recent.

    Parameters
    ----------
    period_us
        How long a pixel is deaf after an event, to either polarity.
    """

    name: ClassVar[str] = "refractory"
    title: ClassVar[str] = "Refractory period"
    summary: ClassVar[str] = "After an event, leaves out what its pixel says for a while."

    period_us: int = parameter(1_000, Said("Deaf for", "µs", 1, 10_000_000))

    @property
    def lookback_us(self) -> int:
        """To the last multiple of 32 periods at most."""
        return _N_PERIODS * self.period_us

    def selector(self, resolution: tuple[int, int], /) -> Selector:
        """Return what chooses the events of pixels that had a rest."""
        from evface.events.filters.kernels import choose_rested

        width, height = resolution
        after_us = np.zeros((height, width), np.int64)

        def select(events: Events) -> NDArray[np.bool_]:
            stays = np.empty(len(events), bool)
            choose_rested(
                events.t, events.x, events.y, after_us, self.period_us, self.lookback_us, stays
            )
            return stays

        return select
