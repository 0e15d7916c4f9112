"""Filters that leave out events for being many, always the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.filters.filter import Filter, Said, Selector, parameter

# The rate is held down in every such stretch.
_BIN_US = 1_000


@dataclass(frozen=True)
class Thinning(Filter):
    """Keeps a share of the events, chosen evenly and always alike.

    A hash of time, place and polarity decides, so that the same event stays or goes whenever and
    however it is read.

    Parameters
    ----------
    kept_percent
        What stays, on average.
    """

    name: ClassVar[str] = "thinning"
    title: ClassVar[str] = "Thinning"
    summary: ClassVar[str] = "Keeps a share of the events, always the same ones."

    kept_percent: float = parameter(50.0, Said("Keep", "%", 0.01, 100.0))

    def selector(self, _resolution: tuple[int, int], /) -> Selector:
        """Return what chooses events by their hash."""
        from evface.events.filters.kernels import choose_by_hash

        share = self.kept_percent / 100

        def select(events: Events) -> NDArray[np.bool_]:
            stays = np.empty(len(events), bool)
            choose_by_hash(events.t, events.x, events.y, events.p, share, stays)
            return stays

        return select


@dataclass(frozen=True)
class RateCap(Filter):
    """Lets at most so many events through in every millisecond.

    Where the last millisecond had more, this one is thinned as that would have needed, evenly over
    the sensor; what comes above the limit all the same goes from the end of the millisecond.

    Parameters
    ----------
    most_mev_s
        The limit, million events a second.
    """

    name: ClassVar[str] = "rate-cap"
    title: ClassVar[str] = "Event-rate cap"
    summary: ClassVar[str] = "Thins bursts, so that the rate stays below a limit."

    most_mev_s: float = parameter(20.0, Said("At most", "million events/s", 0.001, 1e4))

    @property
    def lookback_us(self) -> int:
        """To the beginning of the millisecond before this one."""
        return 2 * _BIN_US

    def selector(self, _resolution: tuple[int, int], /) -> Selector:
        """Return what holds the rate down."""
        from evface.events.filters.kernels import choose_below_rate

        most = max(1, round(self.most_mev_s * _BIN_US))
        # The bin of the last event; events in it and in the one before; how many of it stayed.
        state = np.array([-2, 0, 0, 0], np.int64)

        def select(events: Events) -> NDArray[np.bool_]:
            stays = np.empty(len(events), bool)
            choose_below_rate(events.t, events.x, events.y, events.p, state, _BIN_US, most, stays)
            return stays

        return select
