"""What events tell of the light itself, short of what stays the same: pictures to track points on.

An event says that the logarithm of a pixel's light changed by a step. Summed up, events give the
light back, but for what it was before and for errors that add up; so changes are forgotten within a
while. Forgetting towards the past alone would leave trails behind whatever moves, which is why the
changes before a moment and those after it count alike.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evface.events.events import Events

# Left, top, right, bottom, px.
Box = tuple[int, int, int, int]
# Events farther away than so many times `tau_us` hardly count.
N_TAUS = 3


def high_pass_pictures(
    events: Events,
    box: Box,
    *,
    start_us: int,
    step_us: int,
    n_pictures: int,
    tau_us: float,
    sigma_px: float,
) -> NDArray[np.float32]:
    r"""Make pictures of light without what stays the same, at regular times.

    .. math:: S(x, t) = \tfrac12 \Big( \sum_{t_i < t} p_i e^{-(t - t_i)/\tau}
              - \sum_{t_i \ge t} p_i e^{-(t_i - t)/\tau} \Big)

    of the events `i` at pixel `x`; that is the logarithm of its light in units of the sensor's
    threshold through a high pass that delays nothing. Then blurred.

    Parameters
    ----------
    events
        Sorted by ``t``. To reach `N_TAUS` times `tau_us` beyond the first and the last picture.
        Not modified.
    box
        The part of the sensor that is wanted.
    start_us, step_us, n_pictures
        When. Times are known to within a step.
    tau_us
        How long a change is remembered, either way.
    sigma_px
        Of the blur.

    Returns
    -------
    (n_pictures, height, width) float32, events
    """
    left, top, right, bottom = box
    margin = math.ceil(N_TAUS * tau_us / step_us)
    n_steps = n_pictures - 1 + 2 * margin
    changes = np.zeros((n_steps, bottom - top, right - left), np.float32)
    first_us = start_us - margin * step_us
    _sum_changes(events.t, events.x, events.y, events.p, left, top, first_us, step_us, changes)
    pictures = np.empty((n_pictures, *changes.shape[1:]), np.float32)
    _pass_high(changes, margin, np.float32(math.exp(-step_us / tau_us)), pictures)
    reach = math.ceil(3 * sigma_px)
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * max(sigma_px, 1e-3) ** 2))
    _blur(pictures, (kernel / kernel.sum()).astype(np.float32))
    return pictures


@njit(cache=True, nogil=True)
def _sum_changes(t, x, y, p, left, top, first_us, step_us, changes):  # type: ignore[no-untyped-def]
    n_steps, height, width = changes.shape
    for i in range(t.size):
        step = (t[i] - first_us) // step_us
        column, row = np.int64(x[i]) - left, np.int64(y[i]) - top
        if 0 <= step < n_steps and 0 <= column < width and 0 <= row < height:
            changes[step, row, column] += 1 if p[i] else -1


@njit(cache=True, nogil=True)
def _pass_high(changes, margin, kept, pictures):  # type: ignore[no-untyped-def]
    # Picture k lies between the steps k + margin - 1 and k + margin, half a step from either's
    # middle. Loops are compiled in a fraction of the time that sums of arrays are.
    n_steps, height, width = changes.shape
    n_pictures = len(pictures)
    near = np.float32(0.5 * math.sqrt(kept))
    sums = np.zeros((height, width), np.float32)
    for step in range(n_steps):
        picture = step - margin
        is_wanted = 0 <= picture < n_pictures
        for i in range(height):
            for j in range(width):
                if is_wanted:
                    pictures[picture, i, j] = near * sums[i, j]
                sums[i, j] = sums[i, j] * kept + changes[step, i, j]
    sums[:] = 0
    for step in range(n_steps - 1, -1, -1):
        picture = step - margin
        is_wanted = 0 <= picture < n_pictures
        for i in range(height):
            for j in range(width):
                sums[i, j] = sums[i, j] * kept + changes[step, i, j]
                if is_wanted:
                    pictures[picture, i, j] -= near * sums[i, j]


@njit(cache=True, nogil=True)
def _blur(pictures, kernel):  # type: ignore[no-untyped-def]
    # Beyond the edges there is nothing. The innermost loops go along rows, many pixels at a time.
    reach = len(kernel) // 2
    n, height, width = pictures.shape
    rows = np.empty((height, width), np.float32)
    for k in range(n):
        rows[:] = 0
        for i in range(height):
            for u in range(-reach, reach + 1):
                for j in range(max(0, -u), min(width, width - u)):
                    rows[i, j] += kernel[u + reach] * pictures[k, i, j + u]
        pictures[k] = 0
        for i in range(height):
            for u in range(max(-reach, -i), min(reach, height - 1 - i) + 1):
                for j in range(width):
                    pictures[k, i, j] += kernel[u + reach] * rows[i + u, j]
