"""Drawing 33 ms of events at 1280 x 720, against dv-processing and evutils in one run.

Each peer draws what comes nearest: dv's edge map has one channel for both polarities, its
EventVisualizer colours where ours are indices that a screen looks up, and its time surface keeps
times; evutils' grid counts in bins without sharing events out. Ours may use two threads.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from evface.cli.bench import Figure
from evface.events.events import Events
from evface.events.representations.registry import REPRESENTATIONS
from evface.events.representations.representation import Representation
from evface.events.representations.slices import VoxelGrid
from evface.events.representations.surfaces import TimeSurface

RESOLUTION = (1280, 720)
WINDOW_US = 33_000
RATES = (1e6, 10e6, 50e6, 100e6)
# What no peer draws is measured at one rate.
_RATE_OF_OTHERS = 10e6
_TAU_US = 10_000
_N_BINS = 5
_SECONDS = 2.0
_LEAST_TURNS, _MOST_TURNS = 7, 60
# Column, row and polarity of an event are read once from memory; the image stays in the cache.
_EVENT_BYTES = 5
# How many times as fast as the best peer each is to be.
_WANTED = {"histogram": 1.1, "metavision": 2.0, "time_surface": 1.0, "voxel_grid": 1.0}

_Runs = dict[str, Callable[[], object]]


def bench_images(events: Events, report: Callable[[str], None]) -> list[Figure]:
    """Measure all representations; peers that are not installed are left out with a line.

    Parameters
    ----------
    events
        At least as many as the highest rate has in a window; only where they are matters.
    report
        Told what is done.
    """
    evutils, dv = _peer("evutils.dense", report), _peer("dv_processing", report)
    memory = _memory_bytes_per_s()
    figures = [
        Figure("memory, copying", memory / 1e9, "GB/s"),
        Figure("images: limit of memory, 5 bytes an event", memory / _EVENT_BYTES / 1e6, "Mev/s"),
    ]
    for rate in RATES:
        report(f"drawing 33 ms at {rate / 1e6:g} Mev/s")
        shown = _thinned(events, rate)
        for name, drawn in _drawn().items():
            if name not in _WANTED and rate != _RATE_OF_OTHERS:
                continue
            runs = {"": _ours(shown, drawn)}
            runs |= _evutils_runs(evutils, name, shown) if evutils else {}
            runs |= _dv_runs(dv, name, shown) if dv else {}
            figures.append(_figure(name, rate, len(shown), _seconds_of(runs)))
    return figures


def _drawn() -> dict[str, Representation]:
    special = {"time_surface": TimeSurface(_TAU_US), "voxel_grid": VoxelGrid(_N_BINS)}
    return {name: special.get(name) or kind() for name, kind in REPRESENTATIONS.items()}


def _ours(shown: Events, drawn: Representation) -> Callable[[], object]:
    out = np.empty(drawn.shape(RESOLUTION), drawn.dtype)
    return lambda: drawn.compute(shown, RESOLUTION, start_us=0, stop_us=WINDOW_US, out=out)


def _evutils_runs(dense: ModuleType, name: str, shown: Events) -> _Runs:
    if name not in _WANTED:
        return {}
    array = np.empty(len(shown), [("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "u1")])
    array["t"], array["x"], array["y"], array["p"] = shown.t, shown.x, shown.y, shown.p
    width, height = RESOLUTION
    runs: dict[str, tuple[str, Callable[[], object]]] = {
        "histogram": ("histogram", lambda: dense.histogram(array, width, height)),
        "metavision": ("frame_rgb", lambda: dense.frame_rgb(array, width, height)),
        "time_surface": ("timesurface", lambda: dense.timesurface(array, width, height, _TAU_US)),
        "voxel_grid": (
            "voxel_histogram",
            lambda: dense.voxel_histogram(array, width, height, _N_BINS, WINDOW_US),
        ),
    }
    words, run = runs[name]
    return {f"evutils {words}": run}


def _dv_runs(dv: ModuleType, name: str, shown: Events) -> _Runs:
    if name not in ("histogram", "metavision", "time_surface"):
        return {}
    store = dv.EventStore()
    for t, x, y, p in zip(*(getattr(shown, c).tolist() for c in "txyp"), strict=True):
        store.push_back(t, x, y, p)
    if name == "metavision":
        visualiser = dv.visualization.EventVisualizer(RESOLUTION)
        return {"dv EventVisualizer": lambda: visualiser.generateImage(store)}
    kind = dv.EdgeMapAccumulator if name == "histogram" else dv.TimeSurface
    accumulator = kind(RESOLUTION)

    def accumulate() -> object:
        accumulator.accept(store)
        return accumulator.generateFrame()

    return {f"dv {kind.__name__}": accumulate}


def _figure(name: str, rate: float, n: int, seconds: dict[str, float]) -> Figure:
    speeds = {peer: n / taken / 1e6 for peer, taken in seconds.items()}
    ours = speeds.pop("")
    words = f"{name}, {rate / 1e6:g} Mev/s"
    if not speeds:
        return Figure(words, ours, "Mev/s")
    # The last polarity is to be measured against dv, which draws the same.
    against_dv = [peer for peer in speeds if peer == "dv EventVisualizer"]
    peer = against_dv[0] if against_dv else max(speeds, key=speeds.__getitem__)
    return Figure(words, ours, "Mev/s", peer, speeds[peer], _WANTED[name] * speeds[peer])


def _thinned(events: Events, rate: float) -> Events:
    """Return as many events as a window has at a rate, spread over it."""
    n = int(rate * WINDOW_US / 1e6)
    if len(events) < n:
        raise ValueError(f"{n} events are needed, got {len(events)}")
    t = np.arange(n, dtype=np.int64) * WINDOW_US // n
    return Events(t, events.x[:n].copy(), events.y[:n].copy(), events.p[:n].copy())


def _seconds_of(runs: _Runs) -> dict[str, float]:
    """Return medians of turns that are taken one after the other, so that all share the noise."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    stop = time.perf_counter() + _SECONDS
    n_turns = 0
    while n_turns < _LEAST_TURNS or (n_turns < _MOST_TURNS and time.perf_counter() < stop):
        n_turns += 1
        for name, run in runs.items():
            # Whoever draws frame after frame finds its own data in the cache, not another's.
            run()
            begin = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - begin)
    return {name: float(np.median(taken)) for name, taken in seconds.items()}


def _memory_bytes_per_s() -> float:
    """Return what one thread reads and writes when it copies more than any cache holds."""
    source: NDArray[np.uint8] = np.ones(1 << 27, np.uint8)
    copy = np.empty_like(source)
    taken = _seconds_of({"copy": lambda: np.copyto(copy, source)})["copy"]
    return 2 * source.size / taken


def _peer(name: str, report: Callable[[str], None]) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        report(f"{name} is not installed; left out (the extra 'peers' brings it)")
        return None
