"""What one person coded of one action unit, brought into a form that can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from evface.annotations.segments import Decision, Intensity, Presence, Scale, Segment


class Coded(IntEnum):
    """What was said of a moment. Where a person said several things, the highest counts."""

    NOTHING = 0
    ABSENT = 1
    NOT_VISIBLE = 2
    PRESENT = 3


CODED_AS = {
    Presence.ABSENT: Coded.ABSENT,
    Presence.NOT_VISIBLE: Coded.NOT_VISIBLE,
    Presence.PRESENT: Coded.PRESENT,
}


def coded_segments(segments: Iterable[Segment], unit: str, author: str) -> list[Segment]:
    """Return what a person coded of an action unit, by onset; refused suggestions left out."""
    return sorted(
        (
            one
            for one in segments
            if one.unit == unit and one.author == author and one.decision is not Decision.REFUSED
        ),
        key=lambda one: (one.onset_us, one.offset_us, one.id),
    )


def step_times_us(stop_us: int, step_us: int) -> NDArray[np.int64]:
    """Return the middle of each step of ``[0, stop_us)``, (n,) int64 us."""
    return np.arange(0, max(stop_us, 0), step_us, dtype=np.int64) + step_us // 2


def sample(
    segments: Iterable[Segment], times_us: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Say what segments of one action unit and one person hold at times.

    Sides are taken together: present on either side is present.

    Parameters
    ----------
    times_us : (n,) int64
        Increasing. Not modified.

    Returns
    -------
    (n,) uint8
        `Coded` of each time.
    (n,) float64
        The grade: 1 to 5 for FACS levels A to E, the largest where segments overlap; 0 where absent
        and NaN where nothing is graded on that scale.
    """
    coded = np.zeros(len(times_us), np.uint8)
    grade = np.full(len(times_us), np.nan)
    for one in segments:
        start, stop = np.searchsorted(times_us, (one.onset_us, one.offset_us)).tolist()
        np.maximum(coded[start:stop], np.uint8(CODED_AS[one.presence]), out=coded[start:stop])
        np.fmax(grade[start:stop], grade_of(one.intensity), out=grade[start:stop])
    grade[coded == Coded.ABSENT] = 0.0
    return coded, grade


def grade_of(intensity: Intensity | None) -> float:
    """Return 1 to 5 for A to E; NaN for what is not graded, or graded on another scale."""
    if intensity is None or intensity.scale is not Scale.FACS:
        return float("nan")
    return intensity.value
