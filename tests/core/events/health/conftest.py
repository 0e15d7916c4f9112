"""Recordings made of chance, into which faults are planted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.rates import check_bin_us
from evface.events.triggers import Triggers

RESOLUTION = (96, 72)


@dataclass(eq=False)
class ArraySource:
    """An `EventSource` of events in memory."""

    events: Events
    path: Path = Path("nowhere.raw")
    resolution: tuple[int, int] = RESOLUTION
    findings: Findings = field(default_factory=Findings)
    edges: Triggers = field(default_factory=Triggers.empty)
    format: str = "memory"
    origin_us: int = 0
    warnings: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    is_complete: bool = True

    @property
    def n_events(self) -> int:
        return len(self.events)

    @property
    def duration_us(self) -> int:
        return int(self.events.t[-1]) + 1 if len(self.events) else 0

    def read(self, start_us: int, stop_us: int) -> Events:
        return self.events.between(start_us, max(start_us, stop_us))

    def rate(self, bin_us: int) -> np.ndarray:
        check_bin_us(bin_us)
        n_bins = -(-self.duration_us // bin_us)
        return np.bincount(self.events.t // bin_us, minlength=n_bins).astype(np.int64)

    def triggers(self) -> Triggers:
        return self.edges

    def close(self) -> None:
        pass


def scene(duration_us=3_000_000, rate_hz=200_000, *, on_share=0.45, modulation=None, seed=0):
    """Return events by chance, all over the sensor; the rate follows `modulation` of us, 0 to 1."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(rate_hz * duration_us * 1e-6)
    t = np.sort(rng.integers(0, duration_us, n))
    if modulation is not None:
        t = t[rng.random(n) < modulation(t)]
    n = len(t)
    t[0] = 0
    width, height = RESOLUTION
    return Events(
        t.astype(np.int64),
        rng.integers(0, width, n).astype(np.uint16),
        rng.integers(0, height, n).astype(np.uint16),
        rng.random(n) < on_share,
    )


def kept(events, is_kept):
    """Return some of the events."""
    return Events(events.t[is_kept], events.x[is_kept], events.y[is_kept], events.p[is_kept])


def merged(*parts):
    """Return the events of all in order of time."""
    joined = Events.concatenate(parts)
    order = np.argsort(joined.t, kind="stable")
    return Events(joined.t[order], joined.x[order], joined.y[order], joined.p[order])


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Keep health away from the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
