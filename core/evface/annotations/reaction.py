"""How late a person presses a key for what they see, found by ten taps, and taken off again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.annotations.segment_changes import SHORTEST_US
from evface.errors import EvfaceError

N_TAPS = 10
# A tap sooner after the moment than anybody can react was a guess; a later one missed it.
EARLIEST_US, LATEST_US = 100_000, 1_000_000
# Of all moments, so many need a tap, and the middle half of the delays may spread so far.
_LEAST_SHARE = 0.6
_LARGEST_SPREAD_US = 150_000


class ReactionError(EvfaceError):
    """The taps do not tell how late a person presses."""


@dataclass(frozen=True)
class ReactionTime:
    """How late a person presses a key for what they see.

    Parameters
    ----------
    delay_us
        Median of the delays.
    lower_us, upper_us
        Their quartiles.
    n_used, n_refused
        Moments that a tap answered, and taps that answered none.
    """

    delay_us: int
    lower_us: int
    upper_us: int
    n_used: int
    n_refused: int


NO_REACTION = ReactionTime(0, 0, 0, 0, 0)


def estimate_reaction(moments_us: Sequence[int], taps_us: Sequence[int]) -> ReactionTime:
    """Estimate a person's delay from taps at moments that were to be tapped.

    A tap answers the moment last before it, if it comes 0.1 to 1 s after it; only the first tap
    after a moment counts. All other taps are refused.

    Parameters
    ----------
    moments_us
        When there was something to see, on the clock of the taps; increasing.
    taps_us
        When the key was pressed, in any order.

    Returns
    -------
    ReactionTime

    Raises
    ------
    ReactionError
        If fewer than six of ten moments were answered, or the delays differ by too much to be
        taken off.
    """
    moments = np.asarray(moments_us, np.int64)
    delays: dict[int, int] = {}
    for tap_us in sorted(taps_us):
        moment = int(np.searchsorted(moments, tap_us - EARLIEST_US, side="right")) - 1
        late_us = tap_us - int(moments[moment]) if moment >= 0 else LATEST_US + 1
        if late_us <= LATEST_US and moment not in delays:
            delays[moment] = late_us
    n_refused = len(taps_us) - len(delays)
    if len(delays) < _LEAST_SHARE * max(len(moments), 1):
        raise ReactionError(
            f"only {len(delays)} of {len(moments)} flashes were answered within a second; "
            "tap the key as soon as each appears"
        )
    lower, median, upper = _quartiles(np.array(list(delays.values()), np.int64))
    if upper - lower > _LARGEST_SPREAD_US:
        raise ReactionError(
            f"your taps came {lower / 1000:.0f} to {upper / 1000:.0f} ms late, which is too uneven "
            "to make up for; try again"
        )
    return ReactionTime(median, lower, upper, len(delays), n_refused)


def without_reaction(
    press_us: int,
    release_us: int,
    reaction: ReactionTime,
    *,
    speed: float = 1.0,
    stop_us: int | None = None,
) -> tuple[int, int]:
    """Return onset and offset of what a person held a key for.

    Parameters
    ----------
    press_us, release_us
        Sensor time that was shown when the key went down and up.
    reaction
        The person's.
    speed
        Of the playback: at half speed a delay is half as long in the recording. Negative where it
        ran backwards.
    stop_us
        Where the recording ends, None where that does not matter.

    Returns
    -------
    onset_us, offset_us
        In order, within the recording, at least `SHORTEST_US` apart.
    """
    late_us = round(reaction.delay_us * speed)
    onset_us, offset_us = sorted((press_us - late_us, release_us - late_us))
    latest_us = max(onset_us, offset_us) if stop_us is None else stop_us
    onset_us = max(min(onset_us, latest_us - SHORTEST_US), 0)
    return onset_us, max(min(offset_us, latest_us), onset_us + SHORTEST_US)


def _quartiles(delays_us: NDArray[np.int64]) -> tuple[int, int, int]:
    lower, median, upper = np.percentile(delays_us, [25, 50, 75])
    return round(lower), round(median), round(upper)
