"""How large a face is: the length that all measures of a picture are divided by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import LandmarkTrack

# The size around a moment is the median of this long a stretch.
_STRETCH_US = 500_000
# A face that is small for longer than that is still measured against the recording.
_SMALLEST_SHARE = 0.35
_N_ROWS = 16384


def extent(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the larger side of the box around points.

    Parameters
    ----------
    x, y : (..., n_points) float, px
        NaN marks a missing point, which is left out. Not modified.

    Returns
    -------
    (...) float64, px
        NaN where all are missing.
    """
    sides = (np.fmax.reduce(one, axis=-1) - np.fmin.reduce(one, axis=-1) for one in (x, y))
    return np.fmax(*sides).astype(np.float64)


def face_sizes(track: LandmarkTrack) -> NDArray[np.float64]:
    """Return how large the face is around each time of a track.

    The larger side of the box around the landmarks, its median over stretches of half a second,
    and a straight line from the middle of one to that of the next: single broken frames leave it
    alone.

    Returns
    -------
    (n,) float64, px
        NaN everywhere where there is no face at all.
    """
    times_us = np.asarray(track.times_us)
    n = len(times_us)
    sizes = np.full(n, np.nan)
    for start in range(0, n, _N_ROWS):
        points = np.asarray(track.landmarks[start : start + _N_ROWS])
        sizes[start : start + _N_ROWS] = extent(points[..., 0], points[..., 1])
    known = np.flatnonzero(np.isfinite(sizes))
    if not len(known):
        return sizes
    stretch = times_us[known] // _STRETCH_US
    firsts = np.flatnonzero(np.diff(stretch, prepend=stretch[0] - 1))
    blocks = np.split(sizes[known], firsts[1:])
    medians = np.array([np.median(block) for block in blocks])
    middles_us = np.array([np.mean(block) for block in np.split(times_us[known], firsts[1:])])
    least = _SMALLEST_SHARE * np.median(sizes[known])
    return np.interp(times_us, middles_us, np.maximum(medians, max(least, 1.0)))
