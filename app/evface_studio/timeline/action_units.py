"""Which action units are worth showing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import ActionUnitTrack

N_MOST_ACTIVE = 6
# A curve that moves less than this share of its scale shows noise.
_LEAST_ACTIVITY = 0.05
# So many moments tell which curves move, however long the recording is.
_N_LOOKED_AT = 4_000


def most_active(track: ActionUnitTrack, n_names: int = N_MOST_ACTIVE) -> list[str]:
    """Return the action units that move most, in the track's order.

    Parameters
    ----------
    n_names
        At most so many. At least one is returned unless the track is empty.
    """
    names = track.name_list()
    step = max(len(track) // _N_LOOKED_AT, 1)
    looked_at = np.asarray(track.intensity)[::step][track.valid[::step]]
    if not len(looked_at):
        return names[:n_names]
    activity = _spread(looked_at)
    order = np.argsort(-activity, kind="stable")[:n_names]
    chosen = {int(i) for i in order if activity[i] >= _LEAST_ACTIVITY} or {int(order[0])}
    return [name for i, name in enumerate(names) if i in chosen]


def _spread(intensity: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far each column goes from its 5th to its 99th percentile; 0 where all is NaN."""
    ordered = np.sort(intensity, axis=0)  # NaN last
    n_seen = np.isfinite(ordered).sum(axis=0)
    columns = np.arange(ordered.shape[1])
    last = np.maximum(n_seen - 1, 0)
    high = ordered[np.rint(0.99 * last).astype(int), columns]
    low = ordered[np.rint(0.05 * last).astype(int), columns]
    return np.where(n_seen > 0, high - low, 0.0).astype(np.float64)
