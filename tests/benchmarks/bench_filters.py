"""Filters: how many events a second pass each, and how long a window behind them takes.

The events are spread at random over 1280 x 720, the worst case for a filter that remembers pixels:
no two events that follow one another find the same part of memory in the cache.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np

from evface.cli.bench import Figure
from evface.events.events import Events
from evface.events.filters.chain import FilterChain
from evface.events.filters.filter import Filter
from evface.events.filters.filtered_source import FilteredSource
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.registry import FILTERS, PRESETS
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.sources import open_events

RESOLUTION = (1280, 720)
RATE_HZ = 20e6
DURATION_US = 100_000
WINDOW_US = 33_000
N_TURNS = 5
N_WINDOWS = 60
# dv-processing's filter of background activity has the same definition.
_NOISE_US = 2_000


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure; dv-processing is left out with a line where it is not installed."""
    random = np.random.default_rng(0)
    n = int(RATE_HZ * DURATION_US * 1e-6)
    t = np.sort(random.integers(0, DURATION_US, n))
    x, y = (random.integers(0, length, n).astype(np.uint16) for length in RESOLUTION)
    events = Events(t, x, y, random.random(n) < 0.5)
    figures = []
    for name, kind in FILTERS.items():
        report(name)
        one = HotPixels(pixels=((1, 2), (3, 4))) if kind is HotPixels else kind()
        figures.append(Figure(name, _speed(one, events), "Mev/s"))
    figures.append(_against_dv(events, report))
    for name, filters in PRESETS.items():
        report(f"windows behind {name!r}")
        figures += _windows(name, filters, events)
    return figures


def _speed(one: Filter, events: Events) -> float:
    FilterChain((one,)).stream(RESOLUTION).apply(events.between(0, 100))  # compiled or loaded
    seconds = []
    for _ in range(N_TURNS):
        stream = FilterChain((one,)).stream(RESOLUTION)
        begun_s = time.perf_counter()
        stream.apply(events)
        seconds.append(time.perf_counter() - begun_s)
    return len(events) / min(seconds) / 1e6


def _against_dv(events: Events, report: Callable[[str], None]) -> Figure:
    words = f"neighbours within {_NOISE_US / 1000:g} ms"
    ours = _speed(FILTERS["neighbours"](within_us=_NOISE_US), events)  # type: ignore[call-arg]
    try:
        dv = importlib.import_module("dv_processing")
    except ImportError:
        report("dv_processing is not installed; see the extra peers")
        return Figure(words, ours, "Mev/s")
    store = dv.EventStore()
    for t, x, y, p in zip(*(getattr(events, c).tolist() for c in "txyp"), strict=True):
        store.push_back(t + 1_000_000, x, y, p)
    seconds = []
    for _ in range(N_TURNS):
        theirs = dv.noise.BackgroundActivityNoiseFilter(
            RESOLUTION, timedelta(microseconds=_NOISE_US)
        )
        theirs.accept(store)
        begun_s = time.perf_counter()
        theirs.generateEvents()
        seconds.append(time.perf_counter() - begun_s)
    return Figure(
        words,
        ours,
        "Mev/s",
        "dv BackgroundActivityNoiseFilter",
        len(events) / min(seconds) / 1e6,
    )


def _windows(name: str, filters: tuple[Filter, ...], events: Events) -> list[Figure]:
    """Measure windows of 33 ms anywhere, each with what must be looked at before it."""
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="evface-") as folder:
        path = Path(folder) / "random.h5"
        parts = (
            Events(events.t + k * DURATION_US, events.x, events.y, events.p) for k in range(10)
        )
        write_events_hdf5(path, parts, resolution=RESOLUTION)
        source = FilteredSource(open_events(path), FilterChain(filters))
        try:
            taken_ms = []
            for start_us in random.integers(0, 10 * DURATION_US - WINDOW_US, N_WINDOWS).tolist():
                begun_s = time.perf_counter()
                source.read(start_us, start_us + WINDOW_US)
                taken_ms.append(1e3 * (time.perf_counter() - begun_s))
        finally:
            source.close()
    return [
        Figure(
            f"a window at {RATE_HZ / 1e6:g} Mev/s behind {name!r}, {words}",
            float(np.percentile(taken_ms, share)),
            "ms",
            higher_is_better=False,
        )
        for words, share in (("p50", 50), ("p99", 99))
    ]
