"""The moment of an item of the queue: where to look, and what was corrected there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evface.annotations.corrections import Correction
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import LandmarkState

# Corrections this near to an item's moment mend it.
NEAR_US = 150_000
# Of the face's size, what is shown at least, and the room around what is doubtful.
_LEAST_SHOWN, _ROOM = 0.6, 0.2
# Where the face usually is, however wrong it is at one moment.
_AROUND_US = (-400_000, -200_000, 0, 200_000, 400_000)


def part_to_show(
    labelled: LabelledTrack, t_us: int, doubtful: Sequence[int]
) -> tuple[float, float, float, float] | None:
    """Return the part of a picture in which doubtful points can be judged.

    It holds them where they are, and where they are around that moment.

    Parameters
    ----------
    doubtful
        Which landmarks; all where none is named.

    Returns
    -------
    tuple of x0, y0, x1, y1, px, or None
        Square. None where nothing can be pointed at.
    """
    here = labelled.frame_at(t_us).landmarks
    around = [labelled.frame_at(t_us + far_us).landmarks for far_us in _AROUND_US]
    whole = [points for points in around if np.isfinite(points).all()]
    usual = np.median(whole, axis=0) if whole else here
    chosen = list(doubtful) or list(range(len(here)))
    wanted = np.concatenate([here[chosen], usual[chosen]])
    wanted, face = (points[np.isfinite(points).all(axis=1)] for points in (wanted, usual))
    if not len(wanted) or len(face) < 2:
        return None
    size_px = float(np.ptp(face, axis=0).max())
    low, high = wanted.min(axis=0), wanted.max(axis=0)
    half_px = max(float((high - low).max()) + 2 * _ROOM * size_px, _LEAST_SHOWN * size_px) / 2
    x, y = ((low + high) / 2).tolist()
    return x - half_px, y - half_px, x + half_px, y + half_px


def corrections_near(labelled: LabelledTrack, t_us: int) -> dict[tuple[int, int], Correction]:
    """Return what people corrected around a moment, by time and landmark."""
    times_us = labelled.keyframes_us()
    start, stop = np.searchsorted(times_us, [t_us - NEAR_US, t_us + NEAR_US + 1])
    said = {}
    for near_us in times_us[start:stop].tolist():
        for landmark in labelled.corrections.landmarks:
            one = labelled.corrections.at(landmark, near_us)
            if one is not None and one.state is LandmarkState.CORRECTED:
                said[near_us, landmark] = one
    return said
