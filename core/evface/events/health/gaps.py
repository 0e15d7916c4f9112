"""Stretches in which an even stream of events breaks off and goes on as if nothing had been."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.events.health.model import Gap, Gaps
from evface.events.health.thresholds import (
    ABRUPT_SHARE,
    JUMP_US,
    LEAST_LIKENESS,
    LEAST_LOST_EVENTS,
    MOST_LONG_SPREAD,
    MOST_SPREAD,
    REGULAR_DROPS,
    REGULAR_SHARE,
    SIDE_BINS,
    SIDE_TIMES,
    SILENCE_US,
    SILENT_SHARE,
)

_BLOCK = 50
_MOST_LISTED = 1_000
_LIKE_SPACING = 0.1


def find_gaps(counts: NDArray[np.int64], bin_us: int) -> Gaps:
    """Find gaps in the counts of a recording.

    Parameters
    ----------
    counts : (n,) int64, events
        In successive bins. Not modified.
    bin_us
        Their length. Gaps that are shorter are not found.

    Returns
    -------
    Gaps
        Those whose length and surroundings chance and scene do not explain, and all pauses of
        `JUMP_US` and more.
    """
    starts, stops = _silent_runs(counts)
    # What is silent at the beginning or at the end is no gap.
    is_within = (starts > 0) & (stops < len(counts))
    starts, stops = starts[is_within], stops[is_within]
    if not len(starts):
        return Gaps()
    is_gap = _breaks_off(counts, starts, stops) | ((stops - starts) * bin_us >= JUMP_US)
    starts_us, stops_us = starts[is_gap] * bin_us, stops[is_gap] * bin_us
    if not len(starts_us):
        return Gaps()
    is_drop = stops_us - starts_us < SILENCE_US
    # Silences tell more than one drop more.
    listed = np.sort(np.argsort(is_drop, kind="stable")[:_MOST_LISTED])
    return Gaps(
        tuple(Gap(int(starts_us[k]), int(stops_us[k])) for k in listed),
        len(starts_us),
        int(np.sum(stops_us - starts_us)),
        _period_us(starts_us[is_drop]),
    )


def _silent_runs(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and after the last bin of each run that is silent beside what is around it."""
    n_blocks = -(-len(counts) // _BLOCK)
    padded = np.zeros(n_blocks * _BLOCK, np.int64)
    padded[: len(counts)] = counts
    usual = np.median(padded.reshape(n_blocks, _BLOCK), axis=1)
    is_silent = counts <= np.repeat(SILENT_SHARE * usual, _BLOCK)[: len(counts)]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_silent, [False]))))
    return edges[::2].astype(np.int64), edges[1::2].astype(np.int64)


def _breaks_off(
    counts: NDArray[np.int64], starts: NDArray[np.int64], stops: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which runs have an even and like rate on both sides, too high for chance."""
    n_bins = np.clip(SIDE_TIMES * (stops - starts), *SIDE_BINS)
    # The bins that a gap begins and ends in are partly silent, and belong to neither side.
    before, spread_before = _side(counts, starts - 1 - n_bins, starts - 1)
    after, spread_after = _side(counts, stops + 1, stops + 1 + n_bins)
    last, _ = _side(counts, starts - 1 - SIDE_BINS[0], starts - 1)
    first, _ = _side(counts, stops + 1, stops + 1 + SIDE_BINS[0])
    lower, upper = np.minimum(before, after), np.maximum(before, after)
    is_telling = lower * (stops - starts) >= LEAST_LOST_EVENTS
    is_like = lower >= LEAST_LIKENESS * upper
    is_abrupt = (last >= ABRUPT_SHARE * before) & (first >= ABRUPT_SHARE * after)
    # Chance alone spreads small counts. Over a long side, bursts of light even out in the means.
    most = np.where(n_bins == SIDE_BINS[1], MOST_LONG_SPREAD, MOST_SPREAD)
    is_even = (spread_before <= most * before + np.sqrt(before)) & (
        spread_after <= most * after + np.sqrt(after)
    )
    return np.asarray(is_telling & is_like & is_abrupt & is_even)


def _side(
    counts: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and spread of the counts in ``[first, last)`` within the recording."""
    n = len(counts)
    first, last = np.clip(first, 0, n), np.clip(last, 0, n)
    sums = np.concatenate(([0.0], np.cumsum(counts, dtype=np.float64)))
    squares = np.concatenate(([0.0], np.cumsum(np.square(counts, dtype=np.float64))))
    n_bins = np.maximum(last - first, 1)
    mean = (sums[last] - sums[first]) / n_bins
    variance = (squares[last] - squares[first]) / n_bins - mean**2
    return mean, np.sqrt(np.maximum(variance, 0.0))


def _period_us(starts_us: NDArray[np.int64]) -> int | None:
    """Return how far drops lie apart where they come regularly."""
    if len(starts_us) < REGULAR_DROPS:
        return None
    spacings = np.diff(starts_us)
    usual = float(np.median(spacings))
    is_like = np.abs(spacings - usual) <= _LIKE_SPACING * usual
    return round(usual) if np.mean(is_like) >= REGULAR_SHARE else None
