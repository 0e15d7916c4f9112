"""Reading, seeking, writing and drawing events, against peers in one run.

Peers are evutils, faery, evt3 and dv-processing, where they are installed and read a format. All
data are made here, see `event_files`. What takes turns is measured one after the other, so that
all share what else the machine does.
"""

from __future__ import annotations

import importlib
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType

import numpy as np
from event_files import write_as, write_dat, write_evt2, write_evt3, write_evt21
from event_images import bench_images
from readme_marks import write_between_marks

from evface.cli.bench import Figure
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.index import index_paths
from evface.events.sources import iter_batches, open_events

WINDOW_US = 33_000
FILE_RATE = 25e6
FILE_SECONDS = 1.0
SPARSE_RATE = 10e6
_TURNS = 7
_N_SEEKS = 100
# A time, column, row and polarity are written for each event.
_EVENT_BYTES = 13
_COPIED_BYTES = 1 << 28
_README = (
    "`evface bench events --readme README.md` made this table, on {cpus} cores. Windows are of "
    "33 ms at 1280 x 720; files have {rate:g} Mev/s, the sparse one {sparse:g}. Ratios above 1 "
    "are in evface's favour; all of a row was measured in one run, in turns."
)

_Runs = dict[str, Callable[[], int]]


def run(report: Callable[[str], None], *, readme: Path | None = None) -> list[Figure]:
    """Measure; peers that are not installed are left out with a line.

    Parameters
    ----------
    readme
        A file between whose marks the table is put.
    """
    peers = {
        name: module for name in ("evutils.io", "faery", "evt3") if (module := _peer(name, report))
    }
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as folder:
        figures = _bench_files(Path(folder), peers, report)
        with closing(open_events(Path(folder) / "dense.raw")) as source:
            events = source.read(0, source.duration_us)
    figures += bench_images(events, report)
    if readme is not None:
        write_between_marks(readme, "events", to_markdown(figures))
    return figures


def to_markdown(figures: Sequence[Figure]) -> str:
    """Return the figures as the README's table."""
    lines = ["| | evface | best peer | ratio | wanted |", "|---|---:|---:|---:|---:|"]
    for figure in figures:
        peer = f"{figure.peer} {_three_digits(figure.peer_value)}" if figure.peer_value else ""
        ratio = f"{figure.ratio:.2f}x" if figure.ratio else ""
        sign = "" if figure.target is None else "≥ " if figure.higher_is_better else "≤ "
        wanted = "" if figure.target is None else f"{sign}{_three_digits(figure.target)}"
        if figure.is_met is not None:
            wanted += " ✓" if figure.is_met else " ✗"
        value = f"{_three_digits(figure.value)} {figure.unit}"
        lines.append(f"| {figure.name} | {value} | {peer} | {ratio} | {wanted} |")
    words = _README.format(cpus=os.cpu_count(), rate=FILE_RATE / 1e6, sparse=SPARSE_RATE / 1e6)
    return words + "\n\n" + "\n".join(lines) + "\n"


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _bench_files(
    folder: Path, peers: dict[str, ModuleType], report: Callable[[str], None]
) -> list[Figure]:
    dense, sparse = folder / "dense.raw", folder / "sparse.raw"
    write_evt3(dense, FILE_RATE, FILE_SECONDS, is_dense=True)
    write_evt3(sparse, SPARSE_RATE, FILE_SECONDS, is_dense=False)
    memory = _memory_bytes_per_s()
    # Each event is written once, and its words are read and copied once.
    per_event = _EVENT_BYTES + 3 * dense.stat().st_size / (FILE_RATE * FILE_SECONDS)
    figures = [
        Figure("EVT3: limit of memory", memory / per_event / 1e6, "Mev/s"),
        *_bench_streaming("EVT3, vectors", dense, peers, report, wanted=1.3),
        *_bench_streaming("EVT3, single events", sparse, peers, report, wanted=1.3),
        *_bench_indexing("EVT3, vectors", dense, report),
        *_bench_seeking("EVT3", dense, peers, report, has_target=True),
    ]
    sparse.unlink()
    with closing(open_events(dense)) as source:
        events = source.read(0, source.duration_us)
    for name, file, write, wanted in (
        ("EVT2", "evt2.raw", write_evt2, 1.0),
        ("EVT2.1", "evt21.raw", write_evt21, None),
        ("DAT", "events.dat", write_dat, 1.0),
        ("Prophesee HDF5, no ECF", "prophesee.hdf5", write_as("prophesee"), None),
    ):
        report(f"writing {name}")
        write(folder / file, events)
        figures += _bench_streaming(name, folder / file, peers, report, wanted=wanted)
        figures += _bench_seeking(name, folder / file, peers, report)
        (folder / file).unlink()
    return figures + _bench_hdf5(dense, folder / "events.h5", report)


def _bench_streaming(
    name: str,
    path: Path,
    peers: dict[str, ModuleType],
    report: Callable[[str], None],
    *,
    wanted: float | None = None,
) -> list[Figure]:
    """Read a file in windows; it was read before, so its index is there."""
    report(f"streaming {name}")

    def ours() -> int:
        with closing(open_events(path)) as source:
            starts = range(0, source.duration_us, WINDOW_US)
            return sum(len(source.read(start, start + WINDOW_US)) for start in starts)

    n_events = ours()
    runs: _Runs = {"": ours} | _peer_runs(path, peers, n_events, report)
    speeds = _speeds(runs, n_events)
    peer = max((peer for peer in speeds if peer), key=lambda peer: speeds[peer], default="")
    value = speeds.get(peer) if peer else None
    target = wanted * value if wanted and value else None
    return [Figure(f"{name}: streaming", speeds[""], "Mev/s", peer, value, target)]


def _peer_runs(
    path: Path, peers: dict[str, ModuleType], n_events: int, report: Callable[[str], None]
) -> _Runs:
    """Return what each peer does with a file, for those that find all events in it."""

    def evutils() -> int:
        return sum(len(batch) for batch in peers["evutils.io"].EventReader(path, delta_t=WINDOW_US))

    def faery() -> int:
        return sum(len(batch) for batch in peers["faery"].events_stream_from_file(str(path)))

    def evt3() -> int:
        return sum(len(b.timestamp) for b in peers["evt3"].decode_file_batches(str(path)))

    runs: _Runs = {}
    for name, run_peer in (("evutils.io", evutils), ("faery", faery), ("evt3", evt3)):
        if name not in peers or (name == "evt3" and path.suffix != ".raw"):
            continue
        try:
            with warnings.catch_warnings(action="ignore"):
                n_found = run_peer()
        except Exception as error:  # noqa: BLE001  whatever a peer raises, it cannot read this
            report(f"{name} cannot read {path.name}: {error}")
            continue
        if n_found == n_events:
            runs[name.removesuffix(".io")] = run_peer
        else:
            report(f"{name} finds {n_found:,} of {n_events:,} events in {path.name}; left out")
    return runs


def _bench_indexing(name: str, path: Path, report: Callable[[str], None]) -> list[Figure]:
    report(f"indexing {name}")

    def index() -> int:
        for place in index_paths(path):
            place.unlink(missing_ok=True)
        with closing(open_events(path)) as source:
            return source.n_events

    return [Figure(f"{name}: indexing", _speeds({"": index}, index())[""], "Mev/s", target=150.0)]


def _bench_seeking(
    name: str,
    path: Path,
    peers: dict[str, ModuleType],
    report: Callable[[str], None],
    *,
    has_target: bool = False,
) -> list[Figure]:
    """Read windows anywhere in a file."""
    report(f"seeking in {name}")
    with closing(open_events(path)) as source:
        starts = np.random.default_rng(0).integers(0, source.duration_us - WINDOW_US, _N_SEEKS)
        reader = peers["evutils.io"].EventReader(path) if "evutils.io" in peers else None

        def ours(start_us: int) -> int:
            return len(source.read(start_us, start_us + WINDOW_US))

        def theirs(start_us: int) -> int:
            reader.seek(t=source.origin_us + start_us)
            return len(reader.read(delta_t=WINDOW_US))

        runs = {"": ours}
        try:
            if reader is not None and abs(theirs(0) - ours(0)) <= 0.01 * ours(0):
                runs["evutils"] = theirs
        except Exception as error:  # noqa: BLE001  whatever a peer raises, it cannot seek here
            report(f"evutils cannot seek in {path.name}: {error}")
        times_ms: dict[str, list[float]] = {who: [] for who in runs}
        for start in starts.tolist():
            for who, read in runs.items():
                began = time.perf_counter()
                read(start)
                times_ms[who].append(1e3 * (time.perf_counter() - began))
    figures = []
    for q, part in ((50, 2), (99, 4)):
        value = float(np.percentile(times_ms[""], q))
        peer = float(np.percentile(times_ms["evutils"], q)) if "evutils" in runs else None
        target = peer / part if has_target and peer else None
        figures.append(
            Figure(
                f"{name}: a window anywhere, p{q}", value, "ms", "evutils" if peer else "", peer,
                target, higher_is_better=False,
            )
        )  # fmt: skip
    return figures


def _bench_hdf5(raw: Path, out: Path, report: Callable[[str], None]) -> list[Figure]:
    report("writing HDF5")
    with closing(open_events(raw)) as source:
        batches = list(iter_batches(source))
        began = time.perf_counter()
        write_events_hdf5(out, batches, resolution=source.resolution)
        seconds = time.perf_counter() - began
        n_events = source.n_events
    return [
        Figure("HDF5: writing", n_events / seconds / 1e6, "Mev/s"),
        Figure("HDF5: size", out.stat().st_size / n_events, "bytes/event", higher_is_better=False),
        *_bench_streaming("HDF5", out, {}, report),
        *_bench_seeking("HDF5", out, {}, report),
    ]


def _speeds(runs: _Runs, n_events: int) -> dict[str, float]:
    """Return Mev/s of each: the best of turns taken one after the other, the least disturbed."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    with warnings.catch_warnings(action="ignore"):
        for turn in range(_TURNS + 1):
            for name, run_it in runs.items():
                began = time.perf_counter()
                run_it()
                # The first turn compiles and fills caches.
                if turn:
                    seconds[name].append(time.perf_counter() - began)
    return {name: n_events / min(s) / 1e6 for name, s in seconds.items()}


def _memory_bytes_per_s() -> float:
    """Return how many bytes a core can write a second."""
    source, target = np.ones(_COPIED_BYTES, np.uint8), np.empty(_COPIED_BYTES, np.uint8)
    seconds = []
    for _ in range(_TURNS):
        began = time.perf_counter()
        np.copyto(target, source)
        seconds.append(time.perf_counter() - began)
    # Copying reads as many as it writes.
    return 2 * _COPIED_BYTES / min(seconds)


def _peer(name: str, report: Callable[[str], None]) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        report(f"{name} is not installed; left out (the extra 'peers' brings it)")
        return None
