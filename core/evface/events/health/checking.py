"""Looks at a recording once, and says how good it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evface.events.health.flicker import SEGMENT_US
from evface.events.health.gaps import find_gaps
from evface.events.health.hot_pixels import find_hot_pixels
from evface.events.health.judging import judge
from evface.events.health.model import Facts, Health, HotPixel, HotPixels
from evface.events.health.saturation import find_saturation
from evface.events.health.tally import Tally
from evface.events.health.thresholds import (
    LEAST_SHARE_EVENTS,
    MOST_EVENTS_READ,
    MOST_STRETCHES,
)
from evface.events.health.trigger_check import check_triggers
from evface.events.sources import EventSource
from evface.events.triggers import Triggers

_MOST_BINS = 1 << 22
_BINS_US = (1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 125_000, SEGMENT_US)
_MOST_SHOWN_BINS = 500
_SATURATION_BIN_US = 10_000
_LONG_STRETCH_US = 4 * SEGMENT_US
# A whole second of busier recordings holds many events: shorter stretches are more telling.
_BUSY_HZ = 2e6
_LEAST_STRETCHES = 4
_PIECE_EVENTS = 1 << 21
_MOST_HOT_LISTED = 100


def check_health(
    source: EventSource,
    *,
    triggers: Triggers | None = None,
    video_times_us: NDArray[np.int64] | None = None,
    report: Callable[[float, str], None] | None = None,
) -> Health:
    """Say how good a recording is, and why.

    The rate is that of the whole recording. Of long ones, events are read in stretches all over it,
    see `Facts.share_read`. Memory does not grow with the recording.

    Parameters
    ----------
    source
        The recording, complete.
    triggers
        Its triggers where they were read already.
    video_times_us : (n,) int64
        Sensor times of the frames of its video, which triggers are compared with; None without.
    report
        Told the progress, 0 to 1. An exception that it raises ends the check.

    Raises
    ------
    EventFileError
        If the file cannot be read.
    """
    duration_us = source.duration_us
    fine_us = _bin_us(duration_us)
    counts = source.rate(fine_us)
    shown_us = fine_us * max(-(-duration_us // (fine_us * _MOST_SHOWN_BINS)), 1)
    tally = Tally(source.resolution, duration_us, shown_us)
    n_wanted, is_whole = _read(source, counts, fine_us, tally, report)
    n_read, n_on = int(tally.n_read.sum()), int(tally.n_on.sum())
    n_coarse = max(_SATURATION_BIN_US // fine_us, 1)
    findings = source.findings
    # Sources that keep no count of what they leave out return fewer events than their rate says.
    n_outside = max(findings.n_outside, tally.n_outside + n_wanted - n_read)
    is_telling = tally.n_read >= LEAST_SHARE_EVENTS
    on_shares = np.full(len(tally.n_read), np.nan)
    np.divide(tally.n_on, tally.n_read, out=on_shares, where=is_telling)
    facts = Facts(
        n_events=source.n_events,
        duration_us=duration_us,
        share_read=1.0 if is_whole else n_read / source.n_events,
        bin_us=shown_us,
        rates_hz=_rates_hz(_rebin(counts, shown_us // fine_us), shown_us, duration_us),
        on_shares=np.round(on_shares, 4),
        on_share=n_on / n_read if n_read else float("nan"),
        n_segments=tally.flicker.n_segments,
        gaps=find_gaps(counts, fine_us),
        saturation=find_saturation(_rebin(counts, n_coarse), n_coarse * fine_us),
        hot_pixels=_hot_pixels(tally),
        flicker=tally.flicker.find(),
        triggers=check_triggers(
            source.triggers() if triggers is None else triggers, video_times_us
        ),
        resolution=source.resolution,
        findings=replace(findings, n_outside=n_outside),
    )
    return judge(facts)


def _read(
    source: EventSource,
    counts: NDArray[np.int64],
    bin_us: int,
    tally: Tally,
    report: Callable[[float, str], None] | None,
) -> tuple[int, bool]:
    """Count events; return how many were to be read, and whether those were all."""
    busy = len(counts) and counts.sum() > _BUSY_HZ * source.duration_us * 1e-6
    stretch_us = max(SEGMENT_US if busy else _LONG_STRETCH_US, bin_us)
    n_events = _rebin(counts, stretch_us // bin_us)
    chosen = _choose(n_events)
    for number, stretch in enumerate(chosen.tolist()):
        start_us = stretch * stretch_us
        stop_us = min(start_us + stretch_us, source.duration_us)
        n_pieces = int(n_events[stretch]) // _PIECE_EVENTS + 1
        tally.begin(start_us)
        for piece in range(n_pieces):
            if report is not None:
                report((number + piece / n_pieces) / len(chosen), "Checking the recording")
            at_us, end_us = (
                start_us + k * (stop_us - start_us) // n_pieces for k in (piece, piece + 1)
            )
            tally.add(source.read(at_us, end_us), end_us)
        tally.end()
    return int(n_events[chosen].sum()), len(chosen) == np.count_nonzero(n_events)


def _choose(n_events: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return which stretches are read: all that have events, or some all over the recording."""
    filled = np.flatnonzero(n_events)
    total = int(n_events.sum())
    n_most = min(MOST_STRETCHES, len(filled) * MOST_EVENTS_READ // max(total, 1))
    if n_most >= len(filled):
        return filled
    return filled[np.linspace(0, len(filled) - 1, max(n_most, _LEAST_STRETCHES)).astype(np.intp)]


def _bin_us(duration_us: int) -> int:
    """Return the length of the finest bins: a millisecond, longer in recordings of hours."""
    for bin_us in _BINS_US:
        if duration_us <= bin_us * _MOST_BINS:
            return bin_us
    return -(-duration_us // (_BINS_US[-1] * _MOST_BINS)) * _BINS_US[-1]


def _rebin(counts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Sum every `n` counts."""
    padded = np.pad(counts, (0, -len(counts) % n))
    return np.asarray(padded.reshape(-1, n).sum(axis=1), np.int64)


def _rates_hz(counts: NDArray[np.int64], bin_us: int, duration_us: int) -> NDArray[np.float64]:
    """Return counts per second; the last bin is as long as it lasts."""
    lengths_us = np.minimum(duration_us - bin_us * np.arange(len(counts)), bin_us)
    return np.asarray(np.round(counts / (lengths_us * 1e-6), 1), np.float64)


def _hot_pixels(tally: Tally) -> HotPixels:
    rows, columns = np.nonzero(find_hot_pixels(tally.counts))
    n_events = tally.counts[rows, columns]
    order = np.argsort(-n_events.astype(np.int64), kind="stable")[:_MOST_HOT_LISTED]
    return HotPixels(
        tuple(HotPixel(int(columns[k]), int(rows[k]), int(n_events[k])) for k in order.tolist()),
        len(rows),
        float(n_events.sum(dtype=np.int64)) / max(int(tally.n_read.sum()), 1),
    )
