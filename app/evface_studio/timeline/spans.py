"""Stretches of time in which a track holds nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import Track


def invalid_spans(track: Track) -> NDArray[np.int64]:
    """Return the stretches where a track holds nothing.

    Returns
    -------
    (n_spans, 2) int64, us
        Start and stop: from the first missing sample to the first that is there again; the last
        one stops at the track's last sample. Empty where nothing is missing.
    """
    if not len(track):
        return np.empty((0, 2), np.int64)
    missing = np.concatenate([[False], ~track.valid, [False]]).astype(np.int8)
    change = np.diff(missing)
    first, after = np.flatnonzero(change > 0), np.flatnonzero(change < 0)
    ends = np.minimum(after, len(track) - 1)
    return np.stack([track.times_us[first], track.times_us[ends]], axis=1)
