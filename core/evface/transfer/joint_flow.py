"""The motion of all points of a face between two pictures, found together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

# A patch is sampled on a grid of so many points on either side of its middle.
_N_SAMPLES = 7
_N_ITERATIONS = 4
# Variance of what does not move with a patch, in squared events, times how many samples of a
# patch say the same.
_NOISE = 2.0


@dataclass(frozen=True, eq=False)
class PatchMotion:
    """Where points went from one picture to the next.

    Parameters
    ----------
    places : (n, 2) float64, px
        In the second picture.
    misfit, expected_misfit : (n,) float64, squared events
        Weighted mean square difference of the patches there, and where the points were expected.
    energy : (n,) float64, squared events
        Weighted mean square of the patch in the first picture.
    """

    places: NDArray[np.float64]
    misfit: NDArray[np.float64]
    expected_misfit: NDArray[np.float64]
    energy: NDArray[np.float64]


def find_motion(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    points: NDArray[np.float64],
    expected: NDArray[np.float64],
    precision: NDArray[np.float64],
    *,
    half_px: float,
) -> PatchMotion:
    r"""Find where patches of one picture lie in the next, all together.

    .. math:: \min_d \sum_i \sum_u w_u (B(q_i + d_i + u) - A(p_i + u))^2 / \sigma^2
              + d^T C^{-1} d

    by Gauss-Newton steps from the expected places `q`. A patch that shows an edge alone is free
    along the edge; its neighbours then say where it goes.

    Parameters
    ----------
    first, second : (height, width) float32
        The pictures `A` and `B`.
    points, expected : (n, 2) float64, px
        `p` and `q`, in the pictures' own coordinates.
    precision : (2 n, 2 n) float64, 1 / px**2
        Inverse of the covariance `C` of how far points may depart from where they are expected.
    half_px
        Half the width of a patch.

    References
    ----------
    Baker and Matthews, "Lucas-Kanade 20 Years On: A Unifying Framework", IJCV 2004, Sec. 3.2
    (inverse compositional). Differs: patches are solved for together, with a prior.
    """
    slope_y, slope_x = np.gradient(first)
    n = len(points)
    tensor, pull = np.zeros((n, 3)), np.zeros((n, 2))
    misfit, energy = np.zeros(n), np.zeros(n)
    places = expected.copy()
    expected_misfit, solution = misfit, precision
    for iteration in range(_N_ITERATIONS + 1):
        _compare(
            first, second, slope_x, slope_y, points, places, half_px / _N_SAMPLES,
            tensor, pull, misfit, energy,
        )  # fmt: skip
        if iteration == 0:
            expected_misfit = misfit.copy()
            normal = precision.copy()
            x = 2 * np.arange(n)
            normal[x, x] += tensor[:, 0] / _NOISE
            normal[x, x + 1] += tensor[:, 1] / _NOISE
            normal[x + 1, x] += tensor[:, 1] / _NOISE
            normal[x + 1, x + 1] += tensor[:, 2] / _NOISE
            solution = np.asarray(np.linalg.inv(normal), np.float64)
        if iteration < _N_ITERATIONS:
            right = -pull.ravel() / _NOISE - precision @ (places - expected).ravel()
            places = places + (solution @ right).reshape(-1, 2)
    return PatchMotion(places, misfit, expected_misfit, energy)


@njit(cache=True, nogil=True)
def _sample(picture, x, y):  # type: ignore[no-untyped-def]
    column, row = int(x), int(y)
    u, v = x - column, y - row
    above = (1 - u) * picture[row, column] + u * picture[row, column + 1]
    below = (1 - u) * picture[row + 1, column] + u * picture[row + 1, column + 1]
    return (1 - v) * above + v * below


@njit(cache=True, nogil=True)
def _compare(  # type: ignore[no-untyped-def]
    first, second, slope_x, slope_y, points, places, spacing_px, tensor, pull, misfit, energy
):
    height, width = first.shape
    for i in range(len(points)):
        tensor[i], pull[i], misfit[i], energy[i] = 0.0, 0.0, 0.0, 0.0
        total = 0.0
        for k in range(-_N_SAMPLES, _N_SAMPLES + 1):
            for j in range(-_N_SAMPLES, _N_SAMPLES + 1):
                x, y = points[i, 0] + j * spacing_px, points[i, 1] + k * spacing_px
                to_x, to_y = places[i, 0] + j * spacing_px, places[i, 1] + k * spacing_px
                # NaN compares as outside.
                if not (0 <= x < width - 1 and 0 <= y < height - 1):
                    continue
                if not (0 <= to_x < width - 1 and 0 <= to_y < height - 1):
                    continue
                weight = np.exp(-2.0 * (j * j + k * k) / _N_SAMPLES**2)
                seen = _sample(first, x, y)
                by = _sample(second, to_x, to_y) - seen
                gx, gy = _sample(slope_x, x, y), _sample(slope_y, x, y)
                tensor[i, 0] += weight * gx * gx
                tensor[i, 1] += weight * gx * gy
                tensor[i, 2] += weight * gy * gy
                pull[i, 0] += weight * gx * by
                pull[i, 1] += weight * gy * by
                misfit[i] += weight * by * by
                energy[i] += weight * seen * seen
                total += weight
        if total > 0:
            misfit[i] /= total
            energy[i] /= total
