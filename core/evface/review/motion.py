"""How points move from frame to frame: jumps and jerk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.review.face_parts import FaceParts
from evface.review.measures import Frames, Limits, Measure, Scale
from evface.review.reasons import ReasonKind

# Frames before and after that the measures look at.
OVERLAP = 2
# Shares of the face's size in one frame, however long it is, and per second of it. A brow that is
# raised as fast as people can reaches 0.02 at 100 frames per second and 0.08 at 30.
_JUMP, _JUMP_PER_S = 0.03, 2.0
_JERK, _JERK_PER_S = 0.014, 2.6
_JUMP_ALWAYS, _JERK_ALWAYS = 0.3, 0.2
# A frame after a gap is no neighbour.
_LONGEST_STEP = 2.5


def motion_checks(parts: FaceParts, period_us: float) -> tuple[Measure, ...]:
    """Return the measures of motion for frames that follow one another every `period_us`."""
    points = tuple((i,) for i in range(parts.scheme.n_landmarks))
    period_s = period_us / 1e6
    # The third difference is twice a step's distance from its neighbours' mean.
    per_size = 2.0 / period_s**3
    jump, jerk = _JUMP + _JUMP_PER_S * period_s, _JERK + _JERK_PER_S * period_s
    jumps = Limits(jump, max(_JUMP_ALWAYS, jump))
    jerks = Limits(jerk * per_size, max(_JERK_ALWAYS, jerk) * per_size)
    return (
        Measure(Scale(ReasonKind.JUMP, points, jumps), _jumps),
        Measure(Scale(ReasonKind.JERK, points, jerks, px_per_size=1.0 / per_size), _jerk),
    )


def _jerk(frames: Frames) -> NDArray[np.floating]:
    """Return the third derivative over the face's size, 1/s³, where a frame is reached."""
    jerk = np.full(frames.x.shape, np.nan, np.float32)
    if len(jerk) < 2 * OVERLAP:
        return jerk
    jerk[2:-1] = np.hypot(np.diff(frames.x, n=3, axis=0), np.diff(frames.y, n=3, axis=0))
    length_s = (_length_us(frames) / 1e6) ** 3
    return jerk / (length_s * frames.size_px).astype(np.float32)[:, None]


def _jumps(frames: Frames) -> NDArray[np.floating]:
    """Return how far each point comes in the step to a frame, beyond its steps before and after.

    The way back from a single stray frame is no jump of its own.
    """
    jumps = np.full(frames.x.shape, np.nan, np.float32)
    if len(jumps) < 2 * OVERLAP:
        return jumps
    x, y = np.diff(frames.x, axis=0), np.diff(frames.y, axis=0)
    length = np.hypot(x, y)
    odd = np.hypot(_apart_from_neighbours(x), _apart_from_neighbours(y))
    back = (x[1:-1] * x[:-2] + y[1:-1] * y[:-2] < 0) & (length[:-2] > length[1:-1] / 2)
    jumps[2:-1] = np.where(back, 0.0, np.minimum(odd, length[1:-1]))
    jumps[np.isnan(_length_us(frames))] = np.nan
    return jumps / frames.size_column_px


def _apart_from_neighbours(steps: NDArray[np.floating]) -> NDArray[np.floating]:
    return steps[1:-1] - (steps[:-2] + steps[2:]) / 2


def _length_us(frames: Frames) -> NDArray[np.float64]:
    """Return the mean step around each frame; NaN at the ends and next to gaps."""
    length_us = np.full(len(frames.times_us), np.nan)
    if len(length_us) > 2 * OVERLAP - 1:
        steps_us = np.diff(frames.times_us).astype(np.float64)
        around = np.stack([steps_us[:-2], steps_us[1:-1], steps_us[2:]])
        is_gap = around.max(axis=0) > _LONGEST_STEP * frames.period_us
        length_us[2:-1] = np.where(is_gap, np.nan, around.mean(axis=0))
    return length_us
