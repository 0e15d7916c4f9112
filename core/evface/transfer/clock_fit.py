"""From pairs of times on two clocks to the map between the clocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.geometry.clock import ClockSync

# What two quartz clocks differ by. Short recordings say less than this about the drift, and then
# none is believed.
USUAL_DRIFT_PPM = 50.0
# A pair farther off than this, in standard errors, counts less.
_OUTLIER = 1.5
_N_ROUNDS = 30


def fit_clock(
    video_us: NDArray[Any],
    sensor_us: NDArray[Any],
    errors_us: NDArray[np.floating],
    *,
    method: str,
) -> ClockSync:
    """Fit offset and drift to pairs of times; pairs that do not fit count little.

    Parameters
    ----------
    video_us, sensor_us : (n,) float or int
        The same moments on both clocks; at least one.
    errors_us : (n,) float
        Standard error of each pair. Where the pairs scatter more than that, all are taken for
        worse.
    method
        What the sync is to say of how it was found.

    Returns
    -------
    ClockSync
        Its residual is the standard error of the offset in the middle of the pairs. The drift is
        drawn to 0 as far as the pairs leave it open: it is taken to be 0 +- `USUAL_DRIFT_PPM`
        before they are looked at.

    Raises
    ------
    ValueError
        If there is no pair.

    References
    ----------
    Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical Statistics 1964.
    """
    if not len(video_us):
        raise ValueError("at least one pair of times is needed")
    video = np.asarray(video_us, np.float64)
    ahead = np.asarray(sensor_us, np.float64) - video
    errors = np.asarray(errors_us, np.float64)
    trust = np.ones(len(video))
    spread, drift = 1.0, 0.0
    for _ in range(_N_ROUNDS):
        weights = trust / np.square(spread * errors)
        middle = float(np.average(video, weights=weights))
        since = video - middle
        offset = float(np.average(ahead, weights=weights))
        prior = (USUAL_DRIFT_PPM * 1e-6) ** -2
        drift = float(
            (weights * since * (ahead - offset)).sum() / ((weights * since**2).sum() + prior)
        )
        off = np.abs(ahead - offset - drift * since) / errors
        if len(video) > 3:
            spread = max(1.0, 1.4826 * float(np.median(off)))
        trust = np.minimum(1.0, _OUTLIER * spread / np.maximum(off, 1e-9))
    return ClockSync(
        round(offset - drift * middle), drift * 1e6, method, float(weights.sum() ** -0.5)
    )


def clock_residuals(
    sync: ClockSync, video_us: NDArray[Any], sensor_us: NDArray[Any]
) -> NDArray[np.float64]:
    """Return how much later than `sync` says each pair lies, (n,) float64 us."""
    said = sync.to_sensor_us(np.rint(video_us).astype(np.int64))
    return np.asarray(sensor_us - said, np.float64)
