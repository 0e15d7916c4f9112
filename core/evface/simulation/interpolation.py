"""Frames between frames: so many that nothing jumps, moved along the optical flow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

# The motion that must stay within a pixel a step is that of the fastest hundredth of the pixels
# that change at all: flow where nothing changes is a guess, and single wild vectors do not count.
_SLOWER_SHARE = 0.99
_MAX_STEPS = 32
# Changes below this are the video's noise, in grey levels of 255.
_NOISE_LEVELS = 6
# Fewer changed pixels than this are noise, too.
_FEWEST_PIXELS = 32
# Differences of the square root of luminance: too small to look further, and to divide by.
_STILL = np.float32(0.004)
_SOFTNESS = np.float32(1e-4)


@dataclass(frozen=True, eq=False)
class Motion:
    """How one frame becomes the next.

    Parameters
    ----------
    flow : (height, width, 2) float32, px
        From the first frame to the second.
    n_steps
        In how many steps what changes moves by no more than about a pixel; at least 1.
    """

    flow: NDArray[np.float32]
    n_steps: int


class MotionEstimator:
    """Estimates the motion from frame to frame. Not for several threads at once.

    References
    ----------
    Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016.
    """

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    def estimate(self, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Motion:
        """Return the motion between two grey frames, (height, width) uint8, of one size."""
        change = cv2.absdiff(before, after)
        if np.count_nonzero(change > _NOISE_LEVELS) < _FEWEST_PIXELS or min(before.shape) < 16:
            return Motion(np.zeros((*before.shape, 2), np.float32), 1)
        flow = self._flow.calc(before, after, None)
        fastest_px = _quantile_px(flow, change, _NOISE_LEVELS, _SLOWER_SHARE)
        return Motion(flow, min(max(math.ceil(fastest_px), 1), _MAX_STEPS))


def iter_between(
    before: NDArray[np.float32], after: NDArray[np.float32], motion: Motion, n_steps: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the frames from just after `before` up to and including `after`.

    At every pixel, two pasts and futures are weighed by how well they agree: the light that the
    flow brings there, and the light that stays there. So where the flow is wrong, where something
    is hidden or appears, the frames are simply blended.

    Parameters
    ----------
    before, after : (height, width) float32
        Linear luminance. Not modified.
    motion
        From `before` to `after`.
    n_steps
        How many frames to yield; they are spaced evenly.

    Yields
    ------
    (height, width) float32
        Linear luminance. Overwritten by the next one, but for the last, which is `after`.
    """
    if n_steps > 1:
        # The square root makes differences in the dark and in the light count alike.
        first, last = np.sqrt(before), np.sqrt(after)
        between = np.empty_like(first)
        for step in range(1, n_steps):
            _mix(first, last, motion.flow, np.float32(step / n_steps), between)
            yield between
    yield after


@njit(cache=True, nogil=True)
def _quantile_px(flow, change, least, share):  # type: ignore[no-untyped-def]
    """Return the length of flow below which `share` of the changed pixels are, to 1/8 px."""
    counts = np.zeros(1024, np.int64)
    n = 0
    for y in range(change.shape[0]):
        for x in range(change.shape[1]):
            if change[y, x] > least:
                length = math.sqrt(flow[y, x, 0] ** 2 + flow[y, x, 1] ** 2)
                counts[min(int(length * 8), counts.size - 1)] += 1
                n += 1
    below = 0
    for k in range(counts.size):
        below += counts[k]
        if below >= share * n:
            return k / 8
    return counts.size / 8


@njit(cache=True, nogil=True, error_model="numpy")
def _mix(before, after, flow, share, between):  # type: ignore[no-untyped-def]
    """Write the luminance at `share` of the way between two roots of luminance."""
    rest = np.float32(1) - share
    height, width = before.shape
    for y in range(height):
        for x in range(width):
            begin, end = before[y, x], after[y, x]
            staying = rest * begin + share * end
            if abs(begin - end) < _STILL:
                between[y, x] = staying * staying
                continue
            by_x, by_y = flow[y, x, 0], flow[y, x, 1]
            come = _sample(before, np.float32(x) - share * by_x, np.float32(y) - share * by_y)
            going = _sample(after, np.float32(x) + rest * by_x, np.float32(y) + rest * by_y)
            moving = rest * come + share * going
            trust_staying = (come - going) * (come - going) + _SOFTNESS
            trust_moving = (begin - end) * (begin - end) + _SOFTNESS
            mixed = (trust_staying * staying + trust_moving * moving) / (
                trust_staying + trust_moving
            )
            between[y, x] = mixed * mixed


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(picture, x, y):  # type: ignore[no-untyped-def]
    """Return the picture between its pixels; outside, its nearest edge."""
    height, width = picture.shape
    x = min(max(x, np.float32(0)), np.float32(width - 1))
    y = min(max(y, np.float32(0)), np.float32(height - 1))
    left, top = min(int(x), width - 2), min(int(y), height - 2)
    across, down = x - np.float32(left), y - np.float32(top)
    upper = picture[top, left] + across * (picture[top, left + 1] - picture[top, left])
    lower = picture[top + 1, left] + across * (picture[top + 1, left + 1] - picture[top + 1, left])
    return upper + down * (lower - upper)
