"""The clocks of two cameras, found from what both of them saw moving.

Coarse to fine: the whole motion is correlated at every offset that leaves enough in common; the
best of them are compared again by where in the picture it moved; then parts of the recording one
by one, which gives the drift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evface.errors import RecordingError
from evface.geometry.clock import ClockSync
from evface.transfer.clock_fit import clock_residuals, fit_clock
from evface.transfer.motion_energy import EventMotion, VideoMotion
from evface.transfer.motion_similarity import count_moments, overlap_correlation, similarity
from evface.transfer.sync_confidence import SyncEvidence, judge_sync
from evface.transfer.sync_finding import SyncFinding

LARGEST_OFFSET_US = 30_000_000
_COARSE_US = 10_000
# Steps and reach of the climb to the top of a peak.
_CLIMB = ((4_000, 6), (1_000, 6))
_N_CANDIDATES = 8
# Two peaks nearer than this are one; the flanks of one reach as far as a movement lasts.
_APART_US, _LOBE_US = 100_000, 400_000
# A long video is looked for where it moves most.
_ANCHOR_US = 90_000_000
# Parts that are looked at one by one.
_SHORTEST_PART_US, _LONGEST_PART_US, _N_PARTS = 2_500_000, 20_000_000, 10
_LEAST_IN_PART = 0.6
# With fewer parts the whole says more than they do.
_LEAST_PARTS = 6
# A sensor's threshold and light are not known, and with them its delay.
_DELAY_ERROR_US = 1_000.0


@dataclass(frozen=True)
class _Peak:
    """Where the similarity is highest: between the offsets tried, and its standard error."""

    offset_us: float
    height: float
    error_us: float


def find_sync(
    video: VideoMotion,
    events: EventMotion,
    *,
    largest_offset_us: int = LARGEST_OFFSET_US,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> SyncFinding:
    """Find the map from the video's clock to the sensor's by the motion that both cameras saw.

    Parameters
    ----------
    video, events
        Motion of the whole recording.
    largest_offset_us
        How much before or after the first event the video may begin.
    report
        Told the progress, 0 to 1.

    Returns
    -------
    SyncFinding
        Of quality ``"bad"`` where the two do not resemble one another, or do so at several offsets.
        The sync maps the middles of exposures, and contains the delay of the sensor, which nothing
        in the recordings tells apart: below 1 ms in good light, up to 10 ms in the dark.

    Raises
    ------
    RecordingError
        If either camera saw nothing move, or no such offset leaves enough in common to compare.
    """
    _refuse_still(video, events)
    anchor = _busiest(video, _ANCHOR_US)
    reach_us = min(int(video.times_us[-1]) + events.duration_us, largest_offset_us)
    offsets_us = np.arange(-reach_us, reach_us + 1, _COARSE_US, dtype=np.int64)
    report(0.0, "Comparing the motion")
    curve = overlap_correlation(anchor, events, offsets_us.astype(np.float64))
    possible = np.isfinite(curve)
    if not possible.any():
        raise RecordingError(
            "video and events have too little time in common to compare; "
            "are they of the same recording?"
        )
    offsets_us, curve = offsets_us[possible], curve[possible]
    report(0.5, "Comparing the motion")
    peaks = [_climb(anchor, events, around_us) for around_us in _tops(offsets_us, curve)]
    best = max(peaks, key=lambda peak: peak.height)
    second = max(
        (p.height for p in peaks if abs(p.offset_us - best.offset_us) > _LOBE_US), default=0.0
    )
    report(0.8, "Looking for drift")
    parts = _follow(video, events, anchor, best)
    times_us, moved, fired = _overlay(video, events, parts.sync)
    confidence, quality, problem = judge_sync(_evidence(anchor, events, best, second, parts))
    report(1.0, "Compared")
    return SyncFinding(
        sync=parts.sync,
        confidence=confidence,
        quality=quality,
        problem=problem,
        curve_offsets_us=offsets_us,
        curve=curve.astype(np.float32),
        signal_times_us=times_us,
        video_signal=moved,
        event_signal=fired,
        window_times_us=parts.sync.to_sensor_us(parts.middles_us),
        window_residuals_us=parts.residuals_us,
    )


def _refuse_still(video: VideoMotion, events: EventMotion) -> None:
    if len(video.times_us) < 3 or not video.crossings.any():
        raise RecordingError("nothing moves in the video; mark blinks or flashes by hand")
    if not events.before[-1].any():
        raise RecordingError("there are no events; mark blinks or flashes by hand")


def _busiest(video: VideoMotion, longest_us: int) -> VideoMotion:
    """Return the part of a length in which the most moves; all of a shorter video."""
    times_us = video.times_us
    if times_us[-1] - times_us[0] <= longest_us:
        return video
    before = np.concatenate([[0.0], np.cumsum(np.sqrt(video.crossings.sum(axis=1)))])
    stops = np.searchsorted(times_us, times_us + longest_us, side="right") - 1
    first = int(np.argmax(before[stops] - before))
    return _between(video, first, int(stops[first]) + 1)


def _between(video: VideoMotion, first: int, stop: int) -> VideoMotion:
    """Return the frames ``[first, stop)``."""
    return VideoMotion(video.times_us[first:stop], video.crossings[first : stop - 1])


def _tops(offsets_us: NDArray[np.int64], curve: NDArray[np.float64]) -> list[float]:
    """Return the offsets of the highest points that are not on one another's flanks."""
    left = curve.copy()
    tops: list[float] = []
    while len(tops) < _N_CANDIDATES and np.isfinite(left.max()):
        top = int(np.argmax(left))
        tops.append(float(offsets_us[top]))
        left[np.abs(offsets_us - offsets_us[top]) < _APART_US] = -np.inf
    return tops


def _climb(video: VideoMotion, events: EventMotion, around_us: float) -> _Peak:
    """Go to the top of a peak of the similarity."""
    n_rows = 0
    for step_us, reach in _CLIMB:
        offsets_us = around_us + step_us * np.arange(-reach, reach + 1.0)
        # The same frames at all these offsets.
        low, high = -offsets_us[0], events.duration_us - offsets_us[-1]
        first, stop = np.searchsorted(video.times_us, [low, high])
        n_rows = int(stop - first)
        if n_rows < 3:
            return _Peak(around_us, 0.0, np.inf)
        part = _between(video, int(first), int(stop))
        crossings = part.crossings.astype(np.float64)
        heights = np.array(
            [similarity(crossings, events.between(part.times_us + o)) for o in offsets_us]
        )
        around_us = float(offsets_us[int(np.argmax(heights))])
    top = min(max(int(np.argmax(heights)), 1), len(heights) - 2)
    before, height, after = (float(h) for h in heights[top - 1 : top + 2])
    bend = 2 * height - before - after
    if bend <= 0:
        return _Peak(around_us, height, np.inf)
    shift = min(max(0.5 * (after - before) / bend, -1.0), 1.0)
    # That of a delay found by correlation, from height and curvature.
    error_us = step_us * np.sqrt(max(1.0 - height**2, 1e-6) / (bend * n_rows))
    return _Peak(float(offsets_us[top] + shift * step_us), height, float(error_us))


@dataclass(frozen=True, eq=False)
class _Parts:
    """What was found in parts of the recording, one by one.

    `middles_us` are on the video's clock; `agreeing` is the share of all motion that lies in
    them, the other parts resembled nothing near there.
    """

    sync: ClockSync
    middles_us: NDArray[np.int64]
    residuals_us: NDArray[np.float64]
    agreeing: float


def _follow(video: VideoMotion, events: EventMotion, anchor: VideoMotion, best: _Peak) -> _Parts:
    """Look at the recording part by part, away from where it was found."""
    middle_us = 0.5 * float(anchor.times_us[0] + anchor.times_us[-1])
    parts = _divide(video, events, best.offset_us)
    centres = [0.5 * float(part.times_us[0] + part.times_us[-1]) for part in parts]
    found: dict[int, _Peak] = {}
    for i in sorted(range(len(parts)), key=lambda i: abs(centres[i] - middle_us)):
        near = min(found, key=lambda k: abs(k - i), default=None)
        peak = _climb(parts[i], events, best.offset_us if near is None else found[near].offset_us)
        if peak.height >= _LEAST_IN_PART and np.isfinite(peak.error_us):
            found[i] = peak
    order = sorted(found)
    middles_us = np.rint([centres[i] for i in order]).astype(np.int64)
    found_us = middles_us + np.array([found[i].offset_us for i in order], np.float64)
    if len(order) < _LEAST_PARTS:
        error_us = best.error_us if np.isfinite(best.error_us) else float(_LOBE_US)
        pairs = np.array([middle_us]), np.array([middle_us + best.offset_us]), np.array([error_us])
    else:
        pairs = middles_us, found_us, np.array([found[i].error_us for i in order])
    sync = fit_clock(*pairs, method="correlation")
    residual_us = float(np.hypot(sync.residual_us, _DELAY_ERROR_US))
    sync = ClockSync(sync.offset_us, sync.drift_ppm, sync.method, residual_us)
    # What varies is motion; the noise of a dark video is even.
    motion = np.array(
        [len(part.times_us) * float(np.sqrt(part.crossings.sum(axis=1)).std()) for part in parts]
    )
    agreeing = float(motion[order].sum() / max(motion.sum(), 1e-9)) if order else 0.0
    return _Parts(sync, middles_us, clock_residuals(sync, middles_us, found_us), agreeing)


def _divide(video: VideoMotion, events: EventMotion, offset_us: float) -> list[VideoMotion]:
    """Return parts of even length of what both cameras saw."""
    length_us = int(video.times_us[-1] - video.times_us[0]) // _N_PARTS
    length_us = min(max(length_us, _SHORTEST_PART_US), _LONGEST_PART_US)
    first_us = max(0.0, -offset_us)
    last_us = min(float(video.times_us[-1]), events.duration_us - offset_us)
    n_parts = max(2, int((last_us - first_us) / length_us))
    edges = np.searchsorted(video.times_us, np.linspace(first_us, last_us + 1, n_parts + 1))
    return [_between(video, int(a), int(b)) for a, b in pairwise(edges) if b - a > 3]


def _evidence(
    video: VideoMotion, events: EventMotion, best: _Peak, second: float, parts: _Parts
) -> SyncEvidence:
    """Gather what speaks for the best offset."""
    times_us = video.times_us + best.offset_us
    first, stop = np.searchsorted(times_us, [0, events.duration_us])
    n_moments, common_us = 0.0, 0
    if stop - first > 2:
        moved = np.sqrt(video.crossings[first : stop - 1].sum(axis=1, dtype=np.float64))
        fired = np.sqrt(events.as_one().between(times_us[first:stop])[:, 0])
        n_moments = min(count_moments(moved), count_moments(fired))
        common_us = int(times_us[stop - 1] - times_us[first])
    return SyncEvidence(
        similarity=best.height,
        second=second,
        n_moments=n_moments,
        common_us=common_us,
        shorter_us=min(int(video.times_us[-1] - video.times_us[0]), events.duration_us),
        residuals_us=parts.residuals_us,
        agreeing=parts.agreeing,
    )


def _overlay(
    video: VideoMotion, events: EventMotion, sync: ClockSync
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Return times between frames, and the motion there as either camera saw it."""
    times_us = sync.to_sensor_us(video.times_us)
    spans_ms = np.diff(times_us) * 1e-3
    moved = np.sqrt(video.crossings.sum(axis=1) / spans_ms)
    fired = np.sqrt(events.as_one().between(times_us)[:, 0] / spans_ms)
    inside = (times_us[:-1] >= 0) & (times_us[1:] <= events.duration_us)
    middles_us = (times_us[:-1] + times_us[1:]) // 2
    return middles_us[inside], _standard(moved[inside]), _standard(fired[inside])


def _standard(values: NDArray[np.floating]) -> NDArray[np.float32]:
    if not len(values):
        return np.empty(0, np.float32)
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9), np.float32)
