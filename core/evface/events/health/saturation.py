"""Rates that a sensor, a link or a rate controller holds down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.events.health.model import Saturation
from evface.events.health.thresholds import (
    HELD_SHARE,
    HELD_US,
    LEAST_LIMIT_HZ,
    LIMITED_DISPERSION,
    MOST_BESIDE,
)

# Chance spreads counts; of a hundred even ones hardly any is further off than this many roots.
_CHANCE = 4.0
_ABRUPT_US = 50_000


def find_saturation(counts: NDArray[np.int64], bin_us: int) -> Saturation | None:
    """Find a rate that is not exceeded, in the counts of a recording.

    Two signs tell it: events vary less than chance would make them, or the highest rate is held
    as if cut off, and is reached or left abruptly.

    Parameters
    ----------
    counts : (n,) int64, events
        In successive bins of some 10 ms. Not modified.
    bin_us
        Their length.

    Returns
    -------
    Saturation or None
    """
    if not len(counts):
        return None
    n_held = max(HELD_US // bin_us, 3)
    highest = float(np.quantile(counts, 0.995))
    least = LEAST_LIMIT_HZ * bin_us * 1e-6
    if highest < least or len(counts) < n_held:
        return None
    tolerance = HELD_SHARE * highest + _CHANCE * np.sqrt(highest)
    edges = np.flatnonzero(
        np.diff(np.concatenate(([False], np.abs(counts - highest) <= tolerance, [False])))
    )
    held = [
        (start, stop)
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        if stop - start >= n_held and _is_held(counts, start, stop, bin_us)
    ]
    if not held:
        return None
    inside = np.concatenate([counts[start:stop] for start, stop in held])
    return Saturation(
        limit_hz=float(np.median(inside)) / (bin_us * 1e-6),
        held_us=len(inside) * bin_us,
        first_us=held[0][0] * bin_us,
    )


def _is_held(counts: NDArray[np.int64], start: int, stop: int, bin_us: int) -> bool:
    """Return whether a limiter rather than the scene keeps a stretch even."""
    # Its first and last bin hold what came before and after.
    inside = counts[start + 1 : stop - 1].astype(np.float64)
    # Differences: a slow change of the scene is no spread.
    variance = float(np.mean(np.diff(inside) ** 2)) / 2 if len(inside) > 1 else np.inf
    if variance < LIMITED_DISPERSION * float(np.mean(inside)):
        return True
    reach = max(_ABRUPT_US // bin_us, 1)
    level = MOST_BESIDE * float(np.median(inside))
    before, after = counts[max(start - reach, 0) : start], counts[stop : stop + reach]
    return any(len(side) and float(side.min()) < level for side in (before, after))
