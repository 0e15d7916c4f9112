"""Moments that a person marked in both recordings, and the sync that they give."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evface.transfer.marked_sync import sync_from_marks
from evface.transfer.sync_finding import SyncFinding


@dataclass(frozen=True)
class Mark:
    """One moment, such as a blink or a flash, on either clock; None where it is still to be marked.

    Parameters
    ----------
    video_us
        On the video's own clock.
    sensor_us
        On the sensor's.
    """

    video_us: int | None = None
    sensor_us: int | None = None


def with_side(marks: tuple[Mark, ...], side: Mark) -> tuple[Mark, ...]:
    """Return the marks with one more side, which completes the first that lacks it.

    Parameters
    ----------
    side
        With one side only.
    """
    for index, mark in enumerate(marks):
        if side.video_us is not None and mark.video_us is None:
            whole = replace(mark, video_us=side.video_us)
        elif side.sensor_us is not None and mark.sensor_us is None:
            whole = replace(mark, sensor_us=side.sensor_us)
        else:
            continue
        return (*marks[:index], whole, *marks[index + 1 :])
    return (*marks, side)


def finding_of_marks(marks: tuple[Mark, ...]) -> SyncFinding | None:
    """Return what the whole marks say of the clocks; None where there is none."""
    pairs = [
        (mark.video_us, mark.sensor_us)
        for mark in marks
        if mark.video_us is not None and mark.sensor_us is not None
    ]
    if not pairs:
        return None
    video_us, sensor_us = np.array(pairs, np.int64).T
    return sync_from_marks(video_us, sensor_us)
