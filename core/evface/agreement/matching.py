"""Which segment of one person is the same event as which of another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evface.annotations.segments import Segment


def match_segments(
    first: Sequence[Segment], second: Sequence[Segment], *, tolerance_us: int
) -> list[tuple[int, int]]:
    """Pair segments of two people that are about the same event.

    Two may be paired where they overlap in time and their onsets are at most `tolerance_us` apart.
    Each has one partner at most. As many are paired as can be; of all ways to do that, the one in
    which onsets and offsets lie closest.

    Parameters
    ----------
    first, second
        Of one action unit, in any order. May be empty.

    Returns
    -------
    list[tuple[int, int]]
        Indices into both, by the first.
    """
    if not first or not second:
        return []
    # Takes a while to import, and whoever only shows reports does not need it.
    from scipy.optimize import linear_sum_assignment

    onset, offset = (
        [np.array([getattr(one, edge) for one in side], np.float64) for side in (first, second)]
        for edge in ("onset_us", "offset_us")
    )
    from_onset = np.abs(onset[0][:, None] - onset[1])
    from_offset = np.abs(offset[0][:, None] - offset[1])
    overlap = np.minimum(offset[0][:, None], offset[1]) > np.maximum(onset[0][:, None], onset[1])
    may_pair = overlap & (from_onset <= tolerance_us)
    apart = from_onset + from_offset
    # Dearer than all others together, so that no pair that may be is given up for closer ones.
    forbidden = 1.0 + apart[may_pair].sum()
    rows, columns = linear_sum_assignment(np.where(may_pair, apart, forbidden))
    return [
        (row, column)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if may_pair[row, column]
    ]
