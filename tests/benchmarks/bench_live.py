"""A busy camera live, on two cores: how late pictures are, what is dropped, and what it costs.

The camera is a recording that plays in a loop, 20 million events a second at 1280 x 720, decoded as
those of a device are. The view runs as its command does, in a process of its own.

``EVFACE_BENCH_LIVE_SECONDS`` says how long each part lasts, 60 s if it is not set. With 1800 it is
a test of endurance: half an hour each without and with models, of which it says how much the
memory grew and what was dropped once all was loaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import psutil
from event_files import write_evt3
from live_networks import write_networks

from evface.cli.bench import Figure
from evface.events.representations.counting import MetavisionFrame
from evface.live.drawing import View
from evface.live.pipeline import LivePipeline
from evface.live.state import Link

RATE = 20e6
FILE_SECONDS = 2.0
N_CYCLES = 100
FACE = Path(__file__).resolve().parents[3] / "shared/data/video/face_cry_to_laugh_640x360_24fps.mp4"
_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
# Memory and drops are compared with what they are when everything is loaded and the history is
# full; shorter runs say nothing of them.
_SETTLED_S = 25.0
# Memory goes up and down: what it is in the middle of so long counts.
_LOOKED_AT_S = 10.0
_ENDS_WITHIN_S = 10.0
_DROPPED = re.compile(r"dropped ([\d,]+)$")


class _Run(NamedTuple):
    """What a run of the command says, and what it cost.

    `window_s` is how long it ran once it was settled; within that the memory grew and events were
    dropped. 0 where the run was too short.
    """

    said: dict[str, Any]
    cpu_s: float
    wall_s: float
    window_s: float
    grown_bytes: float
    n_dropped: int


def run(report: Callable[[str], None]) -> list[Figure]:
    """Measure."""
    seconds = float(os.environ.get("EVFACE_BENCH_LIVE_SECONDS", "60"))
    figures = []
    with tempfile.TemporaryDirectory(prefix="evface-bench-") as name:
        folder = Path(name)
        camera = folder / "edges.raw"
        write_evt3(camera, RATE, FILE_SECONDS, is_dense=True)
        # The first time a recording is opened it is indexed, and kernels are compiled.
        _run_live(camera, 5.0)
        report(f"a view without models for {seconds:g} s; load {os.getloadavg()[0]:.1f}")
        figures += _without_models(_run_live(camera, seconds))
        report(f"a view with models for {seconds:g} s; load {os.getloadavg()[0]:.1f}")
        options = [f"--checkpoint={path}" for path in write_networks(folder)]
        figures += _with_models("networks", _run_live(camera, seconds, *options))
        if FACE.exists():
            figures += _with_models("teacher", _run_live(camera, seconds, f"--rgb=video:{FACE}"))
        report(f"{N_CYCLES} times unplugged; load {os.getloadavg()[0]:.1f}")
        figures += _unplugged(camera)
    return figures


def _run_live(camera: Path, seconds: float, *options: str) -> _Run:
    """Run `evface live`, and watch what it takes."""
    command = [sys.executable, "-m", "evface.cli", "live", f"replay:{camera}?loop=1", "--json"]
    begun_s = time.monotonic()
    process = subprocess.Popen(
        [*command, f"--seconds={seconds}", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    dropped: list[tuple[float, int]] = []

    def listen() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            if found := _DROPPED.search(line.rstrip()):
                dropped.append((time.monotonic() - begun_s, int(found[1].replace(",", ""))))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    watched = psutil.Process(process.pid)
    sizes: list[tuple[float, int]] = []
    cpu: dict[int, float] = {}
    while process.poll() is None:
        try:
            family = [watched, *watched.children(recursive=True)]
            for one in family:
                times = one.cpu_times()
                cpu[one.pid] = times.user + times.system
            held = sum(one.memory_info().rss for one in family)
            sizes.append((time.monotonic() - begun_s, held))
        except psutil.NoSuchProcess:
            continue
        time.sleep(0.5)
    wall_s = time.monotonic() - begun_s
    assert process.stdout is not None
    said = json.loads(process.stdout.read())
    listener.join(_ENDS_WITHIN_S)
    # The last samples are of a process that ends.
    window_s, grown = _grown(sizes[:-4])
    late = [n for at_s, n in dropped if at_s >= _SETTLED_S]
    n_dropped = late[-1] - late[0] if late else 0
    return _Run(said, sum(cpu.values()), wall_s, window_s, grown, n_dropped)


def _grown(sizes: list[tuple[float, int]]) -> tuple[float, float]:
    """Return the time between the first and the last look at the settled memory, and its growth."""
    settled = [(at_s, size) for at_s, size in sizes if at_s >= _SETTLED_S]
    if not settled or settled[-1][0] - settled[0][0] < 2 * _LOOKED_AT_S:
        return 0.0, 0.0
    first_s, last_s = settled[0][0], settled[-1][0]
    early = np.median([size for at_s, size in settled if at_s <= first_s + _LOOKED_AT_S])
    late = np.median([size for at_s, size in settled if at_s >= last_s - _LOOKED_AT_S])
    return last_s - first_s, float(late - early)


def _endurance(name: str, ran: _Run) -> list[Figure]:
    """Return what happened once all was loaded; nothing where the run was too short to tell."""
    if not ran.window_s:
        return []
    within = f"within {ran.window_s:.0f} s once loaded"
    return [
        Figure(
            f"{name}memory grown {within}", ran.grown_bytes / 1e6, "MB",
            target=50.0, higher_is_better=False,
        ),
        Figure(f"{name}events dropped {within}", ran.n_dropped, ""),
    ]  # fmt: skip


def _without_models(ran: _Run) -> list[Figure]:
    said, counters = ran.said, ran.said["counters"]
    n_dropped = counters["n_dropped_by_camera"] + counters["n_dropped_by_ring"]
    watched_s = ran.wall_s - said["first_picture_s"]
    picture = said["latency"]["picture"]
    return [
        Figure(
            "first picture after the command", said["first_picture_s"], "s",
            target=2.0, higher_is_better=False,
        ),
        Figure("events shown", (counters["n_events"]) / watched_s / 1e6, "Mev/s", target=19.0),
        Figure(
            "events dropped, all counted", 100 * n_dropped / (counters["n_events"] + n_dropped),
            "%", target=0.0, higher_is_better=False,
        ),
        Figure("pictures", said["shown_per_s"], "1/s", target=30.0),
        Figure(
            "last event to picture, p50", picture["p50_ms"], "ms",
            target=25.0, higher_is_better=False,
        ),
        Figure(
            "last event to picture, p99", picture["p99_ms"], "ms",
            target=50.0, higher_is_better=False,
        ),
        Figure("processor time, decoding included", 100 * ran.cpu_s / ran.wall_s, "% of a core"),
        Figure("processor time a picture", 1e3 * ran.cpu_s / max(1, said["n_shown"]), "ms"),
        *_endurance("", ran),
    ]  # fmt: skip


def _with_models(name: str, ran: _Run) -> list[Figure]:
    said, latency = ran.said, ran.said["latency"]
    if not latency["overlay"]["n"]:
        return [Figure(f"{name}: pictures looked at", 0.0, "", target=1.0)]
    own_ms, late_ms = latency["models"]["all"]["p50_ms"], latency["overlay"]["p50_ms"]
    counters = said["counters"]
    n_dropped = counters["n_dropped_by_camera"] + counters["n_dropped_by_ring"]
    return [
        Figure(f"{name}: pictures", said["shown_per_s"], "1/s", target=30.0),
        Figure(
            f"{name}: last event to picture, p50", latency["picture"]["p50_ms"], "ms",
            target=25.0, higher_is_better=False,
        ),
        Figure(f"{name}: their own time, p50", own_ms, "ms"),
        Figure(f"{name}: last event to overlay, p50", late_ms, "ms"),
        Figure(
            f"{name}: last event to overlay over their own time", late_ms / own_ms, "",
            target=3.0, higher_is_better=False,
        ),
        Figure(
            f"{name}: events dropped, all counted",
            100 * n_dropped / (counters["n_events"] + n_dropped), "%",
        ),
        *_endurance(f"{name}: ", ran),
    ]  # fmt: skip


def _unplugged(recording: Path) -> list[Figure]:
    """Pull a camera's plug again and again; return how often it came back, and how soon."""
    drivers = _fake_drivers()
    content = recording.read_bytes()
    words = content[content.index(b"% end\n") + 6 :][: 1 << 16]
    plugged = drivers.PluggedCamera()
    drivers.bus.cameras.append(plugged)
    from evface.cameras.registry import open_camera

    pipeline = LivePipeline(open_camera("prophesee-evk4"), view=View(MetavisionFrame()))
    held = psutil.Process()
    before, n_back, back_s = 0, 0, []
    pipeline.start()
    try:
        for cycle in range(N_CYCLES):
            begun_s = time.monotonic()
            plugged.plug()
            n = pipeline.counters.n_events
            while pipeline.counters.n_events == n and time.monotonic() - begun_s < 30:
                plugged.put(words)
                time.sleep(0.01)
            n_back += pipeline.counters.n_events > n
            back_s.append(time.monotonic() - begun_s)
            plugged.unplug()
            while pipeline.state.link is Link.RUNNING:
                time.sleep(0.005)
            if cycle == N_CYCLES // 4:
                before = held.memory_info().rss
    finally:
        pipeline.stop()
    grown = held.memory_info().rss - before
    return [
        Figure(f"camera came back, of {N_CYCLES} times unplugged", n_back, "", target=N_CYCLES),
        Figure("plugged in to events", float(np.median(back_s)), "s"),
        Figure("memory grown, unplugged", grown / 1e6, "MB", target=50.0, higher_is_better=False),
    ]


def _fake_drivers() -> ModuleType:
    """Load the stand-in for the driver's package in its place."""
    path = _FIXTURES / "fake_neuromorphic_drivers.py"
    spec = importlib.util.spec_from_file_location("neuromorphic_drivers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["neuromorphic_drivers"] = module
    spec.loader.exec_module(module)
    return module
