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
from evface.transfer.sync_finding import SyncFinding, SyncQuality

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
_OUT_OF_STEP_US = 25_000.0
# Evidence is the similarity in units of what chance gives. On synthetic recordings of two different
# people it reached 3.6, on those of one person longer than 2.5 s it was 6.4 and more.
_NO_EVIDENCE, _FULL_EVIDENCE = 2.0, 7.0
_GOOD, _FAIR = 0.8, 0.5
# One movement resembles many others: with less than this in common nothing is certain.
_SURE_US = 2_500_000
_NO_EVIDENCE_IN_SHORT, _FULL_EVIDENCE_IN_SHORT = 0.5, 4.5
_LARGEST_CONFIDENCE_IN_SHORT = 0.6
# A short piece of two recordings must not be picked out of them because it happens to fit.
_LEAST_SHARE_OF_SHORT = 0.7


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
    sync, middles_us, found_us = _follow(video, events, anchor, best)
    residuals_us = clock_residuals(sync, middles_us, found_us)
    times_us, moved, fired = _overlay(video, events, sync)
    confidence, quality, problem = _judge(
        _compare(anchor, events, best), best.height - second, residuals_us
    )
    report(1.0, "Compared")
    return SyncFinding(
        sync=sync,
        confidence=confidence,
        quality=quality,
        problem=problem,
        curve_offsets_us=offsets_us,
        curve=curve.astype(np.float32),
        signal_times_us=times_us,
        video_signal=moved,
        event_signal=fired,
        window_times_us=sync.to_sensor_us(middles_us),
        window_residuals_us=residuals_us,
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


def _follow(
    video: VideoMotion, events: EventMotion, anchor: VideoMotion, best: _Peak
) -> tuple[ClockSync, NDArray[np.int64], NDArray[np.float64]]:
    """Look at the recording part by part, away from where it was found.

    Returns
    -------
    sync, middles_us, found_us
        The last two are the times of the parts on the video's and on the sensor's clock.
    """
    middle_us = 0.5 * float(anchor.times_us[0] + anchor.times_us[-1])
    length_us = int(video.times_us[-1] - video.times_us[0]) // _N_PARTS
    length_us = min(max(length_us, _SHORTEST_PART_US), _LONGEST_PART_US)
    first_us = max(0.0, -best.offset_us)
    last_us = min(float(video.times_us[-1]), events.duration_us - best.offset_us)
    n_parts = max(2, int((last_us - first_us) / length_us))
    edges = np.searchsorted(video.times_us, np.linspace(first_us, last_us + 1, n_parts + 1))
    parts = [_between(video, int(a), int(b)) for a, b in pairwise(edges) if b - a > 3]
    centres = [0.5 * float(part.times_us[0] + part.times_us[-1]) for part in parts]
    found: dict[int, _Peak] = {}
    for i in sorted(range(len(parts)), key=lambda i: abs(centres[i] - middle_us)):
        near = min(found, key=lambda k: abs(k - i), default=None)
        peak = _climb(parts[i], events, best.offset_us if near is None else found[near].offset_us)
        if peak.height >= _LEAST_IN_PART and np.isfinite(peak.error_us):
            found[i] = peak
    order = sorted(found)
    middles = np.array([centres[i] for i in order])
    offsets = np.array([found[i].offset_us for i in order])
    errors = np.array([found[i].error_us for i in order])
    if len(order) < _LEAST_PARTS:
        pair = (np.array([middle_us]), np.array([middle_us + best.offset_us]))
        errors = np.array([best.error_us if np.isfinite(best.error_us) else _LOBE_US])
    else:
        pair = (middles, middles + offsets)
    sync = fit_clock(pair[0], pair[1], errors, method="correlation")
    residual_us = float(np.hypot(sync.residual_us, _DELAY_ERROR_US))
    sync = ClockSync(sync.offset_us, sync.drift_ppm, sync.method, residual_us)
    return sync, np.rint(middles).astype(np.int64), middles + offsets


@dataclass(frozen=True)
class _Comparison:
    """What both cameras saw at an offset: for how long, and how much speaks for it."""

    common_us: int
    shorter_us: int
    evidence: float


def _compare(video: VideoMotion, events: EventMotion, peak: _Peak) -> _Comparison:
    times_us = video.times_us + peak.offset_us
    first, stop = np.searchsorted(times_us, [0, events.duration_us])
    shorter_us = min(int(video.times_us[-1] - video.times_us[0]), events.duration_us)
    if stop - first < 3:
        return _Comparison(0, shorter_us, 0.0)
    moved = np.sqrt(video.crossings[first : stop - 1].sum(axis=1, dtype=np.float64))
    fired = np.sqrt(events.as_one().between(times_us[first:stop])[:, 0])
    n_moments = min(count_moments(moved), count_moments(fired))
    evidence = np.arctanh(min(max(peak.height, 0.0), 0.999)) * np.sqrt(n_moments)
    return _Comparison(int(times_us[stop - 1] - times_us[first]), shorter_us, float(evidence))


def _judge(
    at_best: _Comparison, lead: float, residuals_us: NDArray[np.float64]
) -> tuple[float, SyncQuality, str]:
    """Say how far the finding can be trusted, and what speaks against it.

    Parameters
    ----------
    lead
        How much more alike the two are at the best offset than at the next best.
    """
    is_short = at_best.common_us < _SURE_US
    low, high = (
        (_NO_EVIDENCE_IN_SHORT, _FULL_EVIDENCE_IN_SHORT)
        if is_short
        else (_NO_EVIDENCE, _FULL_EVIDENCE)
    )
    doubts = {
        "what moves in the video does not resemble what the event sensor saw": (
            (at_best.evidence - low) / (high - low)
        ),
        "another offset fits nearly as well": lead / 0.15,
        "parts of the recording do not agree; were frames lost?": _steadiness(residuals_us),
    }
    trust = {problem: min(max(value, 0.0), 1.0) for problem, value in doubts.items()}
    confidence = float(np.prod(list(trust.values())))
    worst = min(trust, key=lambda problem: trust[problem])
    if is_short:
        common = f"only {at_best.common_us / 1e6:.1f} s in common"
        if at_best.common_us < _LEAST_SHARE_OF_SHORT * at_best.shorter_us:
            return min(confidence, 0.5 * _FAIR), "bad", f"{common} at the offset that fits best"
        confidence = min(confidence, _LARGEST_CONFIDENCE_IN_SHORT)
        if confidence >= _FAIR:
            return confidence, "fair", f"{common}, where any movement resembles another"
    if confidence < _FAIR:
        return confidence, "bad", worst
    return (confidence, "good", "") if confidence >= _GOOD else (confidence, "fair", worst)


def _steadiness(residuals_us: NDArray[np.float64]) -> float:
    if not len(residuals_us):
        return 1.0
    return _OUT_OF_STEP_US / max(float(np.median(np.abs(residuals_us))), 1.0) - 0.25


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
