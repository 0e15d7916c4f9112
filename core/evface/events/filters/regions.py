"""Filters by place and by polarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.filters.filter import Filter, Said, Selector, parameter

# The largest coordinate that events can have.
_MOST_PX = 65_535


@dataclass(frozen=True)
class Region(Filter):
    """Keeps the events inside a box, or those outside it.

    Parameters
    ----------
    left_px, top_px, width_px, height_px
        The box; it may reach beyond the sensor.
    keeps
        ``"inside"`` or ``"outside"``.
    """

    name: ClassVar[str] = "region"
    title: ClassVar[str] = "Region of interest"
    summary: ClassVar[str] = "Keeps what lies inside a box, or outside it."

    left_px: int = parameter(0, Said("Left", "px", 0, _MOST_PX))
    top_px: int = parameter(0, Said("Top", "px", 0, _MOST_PX))
    width_px: int = parameter(640, Said("Width", "px", 1, _MOST_PX))
    height_px: int = parameter(480, Said("Height", "px", 1, _MOST_PX))
    keeps: str = parameter(
        "inside", Said("Keep", choices=(("inside", "inside the box"), ("outside", "outside it")))
    )

    def selector(self, _resolution: tuple[int, int], /) -> Selector:
        """Return what chooses events by their place."""
        from evface.events.filters.kernels import choose_in_box

        right, bottom = self.left_px + self.width_px, self.top_px + self.height_px
        is_inside = self.keeps == "inside"

        def select(events: Events) -> NDArray[np.bool_]:
            stays = np.empty(len(events), bool)
            choose_in_box(
                events.x, events.y, self.left_px, self.top_px, right, bottom, is_inside, stays
            )
            return stays

        return select


@dataclass(frozen=True)
class Polarity(Filter):
    """Keeps the events of one polarity.

    Parameters
    ----------
    keeps
        ``"on"`` for pixels that became brighter, ``"off"`` for darker.
    """

    name: ClassVar[str] = "polarity"
    title: ClassVar[str] = "Polarity"
    summary: ClassVar[str] = "Keeps the events of one polarity."

    keeps: str = parameter(
        "on", Said("Keep", choices=(("on", "on (brighter)"), ("off", "off (darker)")))
    )

    def selector(self, _resolution: tuple[int, int], /) -> Selector:
        """Return what chooses events by their polarity."""
        return (lambda events: events.p) if self.keeps == "on" else (lambda events: ~events.p)
