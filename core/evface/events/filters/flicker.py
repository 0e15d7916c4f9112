"""Events that come back with the mains, as lamps light the scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evface.events.events import Events
from evface.events.filters.filter import Filter, Said, Selector, parameter

# A period of the light is seen in so many steps.
_N_STEPS = 12


@dataclass(frozen=True)
class Flicker(Filter):
    """Leaves out events that light fed from the mains makes again and again: a comb.

    Lamps are brightest twice a period of the mains. An event goes if its pixel fired with the same
    polarity one, two, three ... periods of the light before, give or take a twelfth, in all but one
    of the periods looked at, and was silent half a period away from these in all but one. So a
    pixel's own flicker goes wherever its phase, from the moment it is known; what moves does not
    come back so, and stays.

    Parameters
    ----------
    mains_hz
        50 or 60 in all countries.
    n_periods
        How many periods of the light are looked at.

    References
    ----------
    A comb at the light's rate, as Wang et al., "A Linear Comb Filter for Event Flicker Removal",
    ICRA 2022, but it chooses among the events instead of making others of a filtered signal.
    """

    name: ClassVar[str] = "flicker"
    title: ClassVar[str] = "Flicker of lamps"
    summary: ClassVar[str] = (
        "Leaves out events that come back with the mains, at 100 or 120 times a second."
    )

    mains_hz: int = parameter(
        50,
        Said("Mains", choices=((50, "50 Hz (light at 100 Hz)"), (60, "60 Hz (light at 120 Hz)"))),
    )
    n_periods: int = parameter(4, Said("Looks back", "flashes", 3, 5))

    @property
    def lookback_us(self) -> int:
        """As far as the periods looked at reach, with a step to spare on either side."""
        return -(-(self.n_periods * _N_STEPS + 2) * 1_000_000 // self._steps_per_s)

    @property
    def _steps_per_s(self) -> int:
        return 2 * self.mains_hz * _N_STEPS

    def selector(self, resolution: tuple[int, int], /) -> Selector:
        """Return what leaves flicker out."""
        from evface.events.filters.kernels import choose_unsteady

        width, height = resolution
        # By polarity: the step of the last event, from 1 on, and a bit for each step up to then.
        known = np.zeros((height, width, 2, 2), np.uint64)

        def select(events: Events) -> NDArray[np.bool_]:
            stays = np.empty(len(events), bool)
            choose_unsteady(
                events.t,
                events.x,
                events.y,
                events.p,
                known,
                self._steps_per_s,
                _N_STEPS,
                self.n_periods,
                stays,
            )
            return stays

        return select
