"""How alike the motion is that two cameras saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.transfer.motion_energy import EventMotion, VideoMotion

# Less than this seen by both cameras is not compared: short pieces resemble one another by chance.
LEAST_OVERLAP_US = 600_000
_LEAST_OVERLAP = 0.5
# Numbers held at once.
_BATCH = 4_000_000


def similarity(crossings: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compare two courses of motion that were seen by different cameras.

    The mean of two measures: the correlation of the whole motion, and how alike the two cameras
    find any two moments, by the cells that moved (linear centred kernel alignment). The latter
    needs no knowledge of which cell of one camera shows what a cell of the other does. Square roots
    make the noise of counts equal, so that a single burst does not decide all.

    Parameters
    ----------
    crossings : (n, n_cells) float
    counts : (..., n, m_cells) float
        With a single cell, the correlation alone is taken.

    Returns
    -------
    (...) float64, -1 to 1
        0 where nothing moves.

    References
    ----------
    Kornblith et al., "Similarity of Neural Network Representations Revisited", ICML 2019, Eq. 3.
    """
    whole = _correlation(np.sqrt(crossings.sum(axis=1)), np.sqrt(counts.sum(axis=-1)))
    if counts.shape[-1] == 1:
        return whole
    first = np.sqrt(crossings)
    first = first - first.mean(axis=0)
    second = np.sqrt(counts)
    second = second - second.mean(axis=-2, keepdims=True)
    across = np.square(first.T @ second).sum(axis=(-2, -1))
    within = np.square(second.swapaxes(-2, -1) @ second).sum(axis=(-2, -1))
    scale = np.sqrt(np.square(first.T @ first).sum() * within)
    return np.asarray(0.5 * (whole + across / np.maximum(scale, 1e-9)))


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate (n,) with each of (..., n)."""
    first = first - first.mean()
    second = second - second.mean(axis=-1, keepdims=True)
    scale = np.sqrt(np.square(first).sum() * np.square(second).sum(axis=-1))
    return np.asarray((second @ first) / np.maximum(scale, 1e-9))


def count_moments(motion: NDArray[np.float64]) -> float:
    """Return how many frames share most of the variation of a course of motion, (n,) float.

    A single burst is a few, however long the recording; whoever talks moves in nearly all.
    """
    squares = np.square(motion - motion.mean())
    return float(squares.sum() ** 2 / max(float(np.square(squares).sum()), 1e-12))


def overlap_correlation(
    video: VideoMotion, events: EventMotion, offsets_us: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Correlate the whole motion at each offset, over what both cameras saw; NaN for too little."""
    motion = np.sqrt(video.crossings.sum(axis=1, dtype=np.float64))
    total = events.as_one()
    spans_us = np.diff(video.times_us)
    longest_us = min(int(video.times_us[-1] - video.times_us[0]), events.duration_us)
    least_us = max(_LEAST_OVERLAP * longest_us, LEAST_OVERLAP_US)
    out = np.full(len(offsets_us), np.nan)
    step = max(1, _BATCH // len(video.times_us))
    for first in range(0, len(offsets_us), step):
        times_us = video.times_us + offsets_us[first : first + step, None]
        inside = (times_us[:, :-1] >= 0) & (times_us[:, 1:] <= events.duration_us)
        seen = np.sqrt(total.between(times_us)[..., 0])
        n = np.maximum(inside.sum(axis=1, keepdims=True), 1)
        a = np.where(inside, motion - (inside @ motion)[:, None] / n, 0.0)
        b = np.where(inside, seen - (seen * inside).sum(axis=1, keepdims=True) / n, 0.0)
        scale = np.sqrt(np.square(a).sum(axis=1) * np.square(b).sum(axis=1))
        enough = inside @ spans_us >= least_us
        out[first : first + step] = np.where(
            enough, (a * b).sum(axis=1) / np.maximum(scale, 1e-9), np.nan
        )
    return out
