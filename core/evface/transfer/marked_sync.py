"""The clocks of two cameras from moments that a person marked in both recordings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.transfer.clock_fit import clock_residuals, fit_clock
from evface.transfer.sync_finding import SyncFinding, SyncQuality

# A person finds the frame in which a blink begins to within about a third of it at 30 fps.
_MARK_ERROR_US = 10_000.0
# A mark farther off than this is of another blink.
_OTHER_MOMENT_US = 100_000.0


def sync_from_marks(video_us: NDArray[np.int64], sensor_us: NDArray[np.int64]) -> SyncFinding:
    """Find the map from the video's clock to the sensor's from marked blinks or flashes.

    Parameters
    ----------
    video_us, sensor_us : (n,) int64
        The same moments on both clocks, in any order; at least one. One gives the offset alone;
        several that lie minutes apart also give the drift.

    Returns
    -------
    SyncFinding
        Its parts are the marks, in the order of time.

    Raises
    ------
    ValueError
        If there is no mark, or not as many on both clocks.
    """
    if not len(video_us) or len(video_us) != len(sensor_us):
        raise ValueError(
            f"marks must come in pairs, at least one, got {len(video_us)} and {len(sensor_us)}"
        )
    order = np.argsort(video_us, kind="stable")
    video_us, sensor_us = video_us[order], sensor_us[order]
    errors_us = np.full(len(video_us), _MARK_ERROR_US)
    sync = fit_clock(video_us, sensor_us, errors_us, method="marks")
    residuals_us = clock_residuals(sync, video_us, sensor_us)
    off_us = np.abs(residuals_us)
    quality: SyncQuality = "good"
    problem = ""
    if len(video_us) == 1:
        quality, problem = "fair", "a single mark cannot be checked; mark another"
    elif off_us.max() > _OTHER_MOMENT_US:
        worst = int(np.argmax(off_us))
        quality = "bad" if np.median(off_us) > _MARK_ERROR_US or len(off_us) < 4 else "fair"
        problem = (
            f"the mark at {video_us[worst] / 1e6:.3f} s of the video is "
            f"{off_us[worst] / 1e3:.0f} ms off the others; is it the same moment in both?"
        )
    confidence = {"good": 0.9, "fair": 0.6, "bad": 0.1}[quality]
    return SyncFinding(
        sync=sync,
        confidence=confidence,
        quality=quality,
        problem=problem,
        window_times_us=sync.to_sensor_us(video_us),
        window_residuals_us=residuals_us,
    )
