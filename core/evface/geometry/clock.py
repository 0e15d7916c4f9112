"""The map from a video's clock to the event sensor's clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ClockSync:
    """An offset and a linear drift between two clocks.

    Parameters
    ----------
    offset_us
        Sensor time of the video's time zero.
    drift_ppm
        How much faster the sensor's clock runs, in parts per million.
    method
        How it was found: ``"assumed"``, ``"simulated"``, ``"triggers"``, ``"correlation"``, ...
    residual_us
        Typical error, us. NaN where it is unknown.
    """

    offset_us: int = 0
    drift_ppm: float = 0.0
    method: str = "assumed"
    residual_us: float = float("nan")

    def to_sensor_us(self, video_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Map video times to sensor times, (...) int64 us."""
        drift = np.rint(video_us * (self.drift_ppm * 1e-6)).astype(np.int64)
        return video_us + drift + self.offset_us

    def to_video_us(self, sensor_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Map sensor times to video times, (...) int64 us.

        Whatever `to_sensor_us` returned is mapped back to what leads there.
        """
        shifted = sensor_us - self.offset_us
        nearest = np.rint(shifted / (1.0 + self.drift_ppm * 1e-6)).astype(np.int64)
        # Rounding on the way there may have passed the middle between two microseconds.
        missed: NDArray[np.int64] = np.sign(sensor_us - self.to_sensor_us(nearest))
        return nearest + missed
