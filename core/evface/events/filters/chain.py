"""Filters one after another, and what each of them left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.filters.filter import Filter


@dataclass(frozen=True)
class FilterChain:
    """Filters in the order in which events pass them. Those that are off are skipped."""

    filters: tuple[Filter, ...] = ()

    @property
    def lookback_us(self) -> int:
        """How far back events matter for what becomes of an event."""
        return sum(one.lookback_us for one in self.filters if one.is_on)

    @property
    def is_idle(self) -> bool:
        """Whether everything passes."""
        return not any(one.is_on for one in self.filters)

    def stream(self, resolution: tuple[int, int]) -> FilterStream:
        """Return what filters the events of a sensor ``(width, height)`` from their beginning."""
        return FilterStream(self.filters, resolution)


class FilterStream:
    """Filters events as they come, batch by batch; however they are cut, the same ones stay.

    For one thread at a time.

    Parameters
    ----------
    filters
        In their order.
    resolution
        Of the sensor, ``(width, height)``.
    """

    def __init__(self, filters: Sequence[Filter], resolution: tuple[int, int]) -> None:
        self._selectors = [one.selector(resolution) if one.is_on else None for one in filters]
        self._n_removed = [0] * len(filters)

    @property
    def n_removed(self) -> tuple[int, ...]:
        """Events that each filter left out so far, in the filters' order."""
        return tuple(self._n_removed)

    def apply(self, events: Events) -> Events:
        """Return the events that pass all filters.

        Parameters
        ----------
        events
            Those that follow the last ones, sorted by time. Not modified.
        """
        for k, select in enumerate(self._selectors):
            if select is not None and len(events):
                n_before = len(events)
                events = choose(events, select(events))
                self._n_removed[k] += n_before - len(events)
        return events

    def split(self, events: Events) -> tuple[Events, tuple[Events, ...]]:
        """Return the events that pass all filters, and those that each filter leaves out."""
        removed = []
        for k, select in enumerate(self._selectors):
            if select is None or not len(events):
                removed.append(Events.empty())
                continue
            stays = select(events)
            removed.append(choose(events, ~stays))
            events = choose(events, stays)
            self._n_removed[k] += len(removed[-1])
        return events, tuple(removed)


def choose(events: Events, stays: NDArray[np.bool_]) -> Events:
    """Return the events at which `stays` is true, (n,) bool; themselves where all do."""
    from evface.events.filters.kernels import gather

    n = int(np.count_nonzero(stays))
    if n == len(events):
        return events
    kept = Events(
        *(np.empty(n + 1, array.dtype) for array in (events.t, events.x, events.y, events.p))
    )
    gather(events.t, events.x, events.y, events.p, stays, kept.t, kept.x, kept.y, kept.p)
    return Events(kept.t[:n], kept.x[:n], kept.y[:n], kept.p[:n])
