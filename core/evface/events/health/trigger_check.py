"""Triggers looked at as the pulses of a camera: their number, their rhythm, and missing ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evface.events.health.model import TriggerInput
from evface.events.health.thresholds import MISSING_PERIODS, RHYTHM_SHARE
from evface.events.triggers import Triggers


def check_triggers(
    triggers: Triggers, video_times_us: NDArray[np.int64] | None
) -> tuple[TriggerInput, ...]:
    """Describe each trigger input that has edges.

    Parameters
    ----------
    triggers
        Of the recording.
    video_times_us : (n,) int64
        Sensor times of the video's frames; None without a video.
    """
    frame_period_us = float("nan")
    if video_times_us is not None and len(video_times_us) > 1:
        frame_period_us = float(np.median(np.diff(video_times_us)))
    inputs = []
    for channel in np.unique(triggers.channels).tolist():
        is_here = triggers.channels == channel
        is_rising = triggers.is_rising & is_here
        n_rising, n_all = int(np.sum(is_rising)), int(np.sum(is_here))
        # Whichever edge is recorded more often stands for the pulses.
        is_pulse = is_rising if 2 * n_rising >= n_all else is_here & ~triggers.is_rising
        period_us, n_missing, missing_us = _rhythm(triggers.times_us[is_pulse])
        inputs.append(
            TriggerInput(
                channel=channel,
                n_rising=n_rising,
                n_falling=n_all - n_rising,
                period_us=period_us,
                n_missing=n_missing,
                missing_us=missing_us,
                n_frames=None if video_times_us is None else len(video_times_us),
                frame_period_us=frame_period_us,
            )
        )
    return tuple(inputs)


def _rhythm(times_us: NDArray[np.int64]) -> tuple[float, int, int | None]:
    """Return the usual period, how many pulses are missing of a rhythm, and where the first is."""
    if len(times_us) < 2:
        return float("nan"), 0, None
    spacings = np.diff(times_us)
    period_us = float(np.median(spacings))
    is_usual = np.abs(spacings - period_us) <= RHYTHM_SHARE * period_us
    if period_us <= 0 or len(spacings) < 3 or np.mean(is_usual) <= 0.5:
        return period_us, 0, None
    is_long = spacings >= MISSING_PERIODS * period_us
    if not is_long.any():
        return period_us, 0, None
    n_missing = int(np.sum(np.round(spacings[is_long] / period_us) - 1))
    return period_us, n_missing, int(times_us[:-1][is_long][0] + round(period_us))
