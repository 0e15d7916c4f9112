"""The clocks of two cameras from the triggers that one sent to the other, one a frame."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evface.errors import RecordingError
from evface.events.triggers import Triggers
from evface.geometry.clock import ClockSync
from evface.transfer.clock_fit import clock_residuals, fit_clock
from evface.transfer.sync_finding import SyncFinding

TriggerEdge = Literal["rising", "falling", "middle"]

# A frame belongs to a trigger nearer than this share of the time between triggers.
_NEAR = 0.25
# Frames that tell which trigger was the first frame's; over more of them clocks drift apart.
_N_FIRST = 300
# Another place that fits all but so many frames leaves it open which one is right.
_NEARLY_ALL = 2
# Electronics on either side, and time stamps rounded by the container.
_TRIGGER_ERROR_US = 200.0
_LEAST_MATCHED = 0.9


def trigger_times(triggers: Triggers, *, edge: TriggerEdge, channel: int) -> NDArray[np.int64]:
    """Return the moments that the triggers of one input stand for, (n,) int64 us.

    Parameters
    ----------
    edge
        ``"middle"`` is half way from each rising to the next falling edge: the middle of the
        exposure where the camera holds its line up while it exposes.
    """
    own = triggers.channels == channel
    times_us, is_rising = triggers.times_us[own], triggers.is_rising[own]
    if edge != "middle":
        return times_us[is_rising == (edge == "rising")]
    begins = np.flatnonzero(is_rising[:-1] & ~is_rising[1:])
    return (times_us[begins] + times_us[begins + 1]) // 2


def sync_from_triggers(
    video_us: NDArray[np.int64],
    trigger_us: NDArray[np.int64],
    *,
    near: SyncFinding | None = None,
) -> SyncFinding:
    """Find the map from the video's clock to the sensor's from one trigger a frame.

    Frames may be missing, and triggers may begin before the first frame and end after the last.
    Where frames follow one another evenly, several first triggers fit; then as many triggers as
    frames decide, or what was found by other means.

    Parameters
    ----------
    video_us : (n_frames,) int64
        Times of the frames on the video's clock.
    trigger_us : (n,) int64
        Triggers on the sensor's clock, increasing.
    near
        What was found by motion, to choose by. None where that is not known.

    Returns
    -------
    SyncFinding
        Its parts are the triggers that frames were matched with. It is exact for the moment of the
        exposure that the triggers stand for.

    Raises
    ------
    RecordingError
        If there are fewer than two triggers or frames, or most frames have no trigger.
    """
    if len(trigger_us) < 2 or len(video_us) < 2:
        raise RecordingError(
            f"{len(trigger_us)} triggers for {len(video_us)} frames are too few; "
            "use --method correlation"
        )
    period_us = float(np.median(np.diff(trigger_us)))
    offsets_us, shares = _fitting_offsets(video_us[:_N_FIRST], trigger_us, period_us)
    if shares.max() < _LEAST_MATCHED:
        raise RecordingError(
            f"only {shares.max():.0%} of the frames have a trigger, so the triggers are not this "
            "video's; use --method correlation"
        )
    n_tried = min(_N_FIRST, len(video_us))
    best = offsets_us[shares >= shares.max() - _NEARLY_ALL / n_tried]
    problem = ""
    if len(best) == 1 or len(video_us) == len(trigger_us):
        # Frames and triggers one to one: the first belongs to the first.
        first_us = float(trigger_us[0] - video_us[0])
        offset_us = float(best[0] if len(best) == 1 else best[np.argmin(np.abs(best - first_us))])
    else:
        guess_us = float(np.median(best)) if near is None else float(near.offset_us)
        offset_us = float(best[np.argmin(np.abs(best - guess_us))])
        if near is None or near.quality == "bad" or abs(offset_us - guess_us) > 0.5 * period_us:
            problem = (
                f"{len(trigger_us)} triggers for {len(video_us)} evenly spaced frames fit at "
                f"{len(best)} places, and the motion does not tell which"
            )
    sync, frames, matched_us = _match_all(video_us, trigger_us, offset_us, period_us)
    residuals_us = clock_residuals(sync, video_us[frames], matched_us)
    share = len(frames) / len(video_us)
    if not problem and share < _LEAST_MATCHED:
        problem = f"only {share:.0%} of the frames have a trigger"
    return SyncFinding(
        sync=sync,
        confidence=0.2 if problem else share,
        quality="bad" if problem else "good",
        problem=problem,
        window_times_us=sync.to_sensor_us(video_us[frames]),
        window_residuals_us=residuals_us,
    )


def _fitting_offsets(
    video_us: NDArray[np.int64], trigger_us: NDArray[np.int64], period_us: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the offsets that lay a frame on a trigger, and the share of frames that then fit."""
    # The first frame on any trigger; any early frame on the first one, which may have come late.
    offsets_us = np.concatenate([trigger_us - video_us[0], trigger_us[0] - video_us[1:]])
    offsets_us = np.unique(offsets_us).astype(np.float64)
    shares = np.empty(len(offsets_us))
    for i, offset_us in enumerate(offsets_us):
        _, distance_us = _nearest(video_us + offset_us, trigger_us)
        shares[i] = (np.abs(distance_us) < _NEAR * period_us).mean()
    # Offsets of one and the same place differ by the jitter of the frames.
    kept: list[int] = []
    for i in np.argsort(-shares, kind="stable"):
        if all(abs(offsets_us[i] - offsets_us[k]) > _NEAR * period_us for k in kept):
            kept.append(int(i))
        if len(kept) > 200:
            break
    return offsets_us[kept], shares[kept]


def _match_all(
    video_us: NDArray[np.int64],
    trigger_us: NDArray[np.int64],
    offset_us: float,
    period_us: float,
) -> tuple[ClockSync, NDArray[np.intp], NDArray[np.int64]]:
    """Match frames with triggers, from the first frames on, as the drift becomes known.

    Returns
    -------
    sync, frames, matched_us
        The frames that have a trigger, and these triggers' times.
    """
    sync = ClockSync(round(offset_us))
    n = min(_N_FIRST, len(video_us))
    while True:
        places, distance_us = _nearest(sync.to_sensor_us(video_us[:n]), trigger_us)
        frames = np.flatnonzero(np.abs(distance_us) < _NEAR * period_us)
        matched_us = trigger_us[places[frames]]
        errors_us = np.full(len(frames), _TRIGGER_ERROR_US)
        sync = fit_clock(video_us[frames], matched_us, errors_us, method="triggers")
        if n == len(video_us):
            return sync, frames, matched_us
        n = min(2 * n, len(video_us))


def _nearest(
    times_us: NDArray[np.floating] | NDArray[np.int64], trigger_us: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the trigger nearest to each time, and how much later it is."""
    after = np.clip(np.searchsorted(trigger_us, times_us), 1, len(trigger_us) - 1)
    is_before = times_us - trigger_us[after - 1] < trigger_us[after] - times_us
    places = after - is_before
    return places, np.asarray(trigger_us[places] - times_us, np.float64)
