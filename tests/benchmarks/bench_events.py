"""Reading, seeking and drawing events, against faery, evt3 and dv-processing.

All data are made here: edges that sweep over a 1280 x 720 sensor, half of the events in vectors as
a dense scene gives them, half alone.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from evface.cli.bench import Figure
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.index import index_paths
from evface.events.representations.registry import REPRESENTATIONS
from evface.events.sources import iter_batches, open_events

RESOLUTION = (1280, 720)
WINDOW_US = 33_000
FILE_RATE = 20e6
FILE_SECONDS = 1.0
REPEATS = 7


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure; peers that are not installed are left out with a line."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as folder:
        raw = Path(folder) / "edges.raw"
        raw.write_bytes(_make_evt3(FILE_RATE, FILE_SECONDS))
        figures += _bench_decoding(raw, report)
        figures += _bench_seeking(raw, report)
        figures += _bench_hdf5(raw, Path(folder) / "edges.h5", report)
        source = open_events(raw)
        events = source.read(0, source.duration_us)
        source.close()
    for rate in (1e6, 10e6, 50e6):
        figures += _bench_images(events, rate, report)
    return figures


def _bench_decoding(raw: Path, report: Callable[[str], None]) -> list[Figure]:
    def cold() -> int:
        for place in index_paths(raw):
            place.unlink(missing_ok=True)
        return warm()

    def index() -> int:
        for place in index_paths(raw):
            place.unlink(missing_ok=True)
        source = open_events(raw)
        source.close()
        return source.n_events

    def warm() -> int:
        source = open_events(raw)
        n = 0
        for start_us in range(0, source.duration_us, WINDOW_US):
            n += len(source.read(start_us, start_us + WINDOW_US))
        source.close()
        return n

    runs = {"index": index, "warm": warm, "cold": cold}
    evt3, faery = _peer("evt3", report), _peer("faery", report)
    if evt3:
        runs["evt3"] = lambda: sum(len(b.timestamp) for b in evt3.decode_file_batches(str(raw)))
    if faery:
        runs["faery"] = lambda: sum(len(b) for b in faery.events_stream_from_file(str(raw)))
    report("decoding EVT3 in windows of 33 ms")
    speeds = _speeds(runs)
    peer, peer_speed = max(
        ((name, speeds[name]) for name in ("evt3", "faery") if name in speeds),
        key=lambda pair: pair[1],
        default=("", None),
    )
    return [
        Figure(
            "EVT3 streaming, 33 ms windows", speeds["warm"], "Mev/s", peer, peer_speed, peer_speed
        ),
        Figure(
            "EVT3 streaming, first time (with indexing)", speeds["cold"], "Mev/s", peer, peer_speed
        ),
        Figure("EVT3 indexing", speeds["index"], "Mev/s", target=150.0),
    ]


def _bench_seeking(path: Path, report: Callable[[str], None]) -> list[Figure]:
    report(f"seeking in {path.suffix}")
    source = open_events(path)
    starts = np.random.default_rng(0).integers(0, source.duration_us - WINDOW_US, 60)
    times_ms = []
    for start in starts:
        begin = time.perf_counter()
        source.read(int(start), int(start) + WINDOW_US)
        times_ms.append(1e3 * (time.perf_counter() - begin))
    source.close()
    name = {".raw": "EVT3", ".h5": "HDF5"}[path.suffix]
    return [
        Figure(f"{name} random 33 ms window at 20 Mev/s, p{q}",
               float(np.percentile(times_ms, q)), "ms", target=target, higher_is_better=False)
        for q, target in ((50, None), (99, 50.0))
    ]  # fmt: skip


def _bench_hdf5(raw: Path, out: Path, report: Callable[[str], None]) -> list[Figure]:
    report("writing HDF5")
    source = open_events(raw)
    batches = list(iter_batches(source))
    begin = time.perf_counter()
    write_events_hdf5(out, batches, resolution=source.resolution)
    seconds = time.perf_counter() - begin
    source.close()
    return [
        Figure("HDF5 writing", source.n_events / seconds / 1e6, "Mev/s"),
        Figure("HDF5 size", out.stat().st_size / source.n_events, "bytes/event",
               higher_is_better=False),
        *_bench_seeking(out, report),
    ]  # fmt: skip


def _bench_images(events: Events, rate: float, report: Callable[[str], None]) -> list[Figure]:
    name = f"{rate / 1e6:g} Mev/s"
    report(f"drawing 33 ms at {name}")
    n = int(rate * WINDOW_US / 1e6)
    shown = Events(*(getattr(events, column)[:n].copy() for column in "txyp"))
    shown = Events((np.arange(n) * WINDOW_US // n), shown.x, shown.y, shown.p)
    width, height = RESOLUTION
    label, counts = np.empty((height, width), np.uint8), np.empty((height, width, 2), np.uint8)
    surface = np.empty((height, width, 2), np.float32)
    runs: dict[str, Callable[[], object]] = {
        name: lambda drawn=REPRESENTATIONS[name](), out=out: drawn.compute(
            shown, RESOLUTION, start_us=0, stop_us=WINDOW_US, out=out
        )
        for name, out in (("histogram", counts), ("metavision", label), ("time_surface", surface))
    }
    dv = _peer("dv_processing", report)
    if dv:
        store = dv.EventStore()
        for t, x, y, p in zip(*(getattr(shown, c).tolist() for c in "txyp"), strict=True):
            store.push_back(t, x, y, p)
        accumulator = dv.EdgeMapAccumulator(RESOLUTION)

        def edge_map() -> object:
            accumulator.accept(store)
            return accumulator.generateFrame()

        runs["dv"] = edge_map
    speeds = _speeds(runs, n)
    peer, peer_speed = ("dv EdgeMapAccumulator", speeds["dv"]) if dv else ("", None)
    return [
        Figure(f"histogram, {name}", speeds["histogram"], "Mev/s", peer, peer_speed, peer_speed),
        Figure(f"Metavision frame, {name}", speeds["metavision"], "Mev/s", peer, peer_speed),
        Figure(f"time surface, {name}", speeds["time_surface"], "Mev/s"),
    ]


def _speeds(runs: dict[str, Callable[[], object]], n: int | None = None) -> dict[str, float]:
    """Return Mev/s of each, medians of turns taken one after the other, so that all share noise."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    counts = {name: n if n is not None else int(str(run())) for name, run in runs.items()}
    n_turns = REPEATS if n is None else 9 * REPEATS
    for turn in range(n_turns + 1):
        for name, run in runs.items():
            begin = time.perf_counter()
            run()
            # The first turn compiles and fills caches.
            if turn:
                seconds[name].append(time.perf_counter() - begin)
    return {name: counts[name] / float(np.median(s)) / 1e6 for name, s in seconds.items()}


def _peer(name: str, report: Callable[[str], None]) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        report(f"{name} is not installed; left out (the extra 'peers' brings it)")
        return None


def _make_evt3(rate: float, seconds: float) -> bytes:
    """Write edges sweeping over the sensor as an EVT3 file."""
    rng = np.random.default_rng(0)
    per_group = 8.5
    n = int(rate * seconds / per_group)
    t = np.sort(rng.integers(0, int(seconds * 1e6), n))
    is_vector = rng.random(n) < 0.5
    centre = 640 + 500 * np.sin(t / 5e4)
    x = np.clip(centre + rng.normal(0, 60, n), 0, 1247).astype(np.int64)
    y = rng.integers(0, 720, n)
    p = (rng.random(n) < 0.5).astype(np.int64)
    # Columns: time high, time low, row, base or first single event, then masks or single events.
    words = np.zeros((n, 12), np.int64)
    keep = np.zeros(words.shape, bool)
    words[:, 0], words[:, 1] = 0x8000 | (t >> 12) & 0xFFF, 0x6000 | t & 0xFFF
    keep[:, 0] = np.diff(t >> 12, prepend=-1) != 0
    keep[:, 1] = np.diff(t, prepend=-1) != 0
    words[:, 2], keep[:, 2] = y, True
    words[:, 3] = np.where(is_vector, 0x3000, 0x2000) | p << 11 | x
    keep[:, 3] = True
    masks = rng.integers(1, 4096, (n, 2)) & rng.integers(1, 4096, (n, 2)) | 1
    words[:, 4:6] = 0x4000 | masks
    words[:, 6] = 0x5000 | rng.integers(1, 256, n)
    keep[:, 4:7] = is_vector[:, None]
    for column in range(7, 12):
        words[:, column] = 0x2000 | p << 11 | x + 2 * (column - 6)
        keep[:, column] = ~is_vector
    header = b"% evt 3.0\n% format EVT3;height=720;width=1280\n% end\n"
    return header + words[keep].astype("<u2").tobytes()
