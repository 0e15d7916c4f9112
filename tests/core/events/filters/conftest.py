"""Sources whose events are known."""

from pathlib import Path

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.findings import Findings
from evface.events.rates import check_bin_us, rebin
from evface.events.triggers import Triggers


class KnownSource:
    """Events in memory, as an event file has them."""

    path = Path("known.raw")
    format = "known"
    origin_us = 0
    warnings = ()
    findings = Findings()
    is_complete = True

    def __init__(self, events, resolution):
        self.events, self.resolution = events, resolution
        self.metadata = {}
        self.is_closed = False

    @property
    def n_events(self):
        return len(self.events)

    @property
    def duration_us(self):
        return int(self.events.t[-1]) + 1 if len(self.events) else 0

    def read(self, start_us, stop_us):
        return self.events.between(start_us, stop_us)

    def rate(self, bin_us):
        check_bin_us(bin_us)
        return rebin(np.bincount(self.events.t // 1000), bin_us, self.duration_us)

    def triggers(self):
        return Triggers.empty()

    def close(self):
        self.is_closed = True


def make_events(t, x, y, p):
    order = np.argsort(t, kind="stable")
    return Events(
        np.asarray(t, np.int64)[order],
        np.asarray(x, np.uint16)[order],
        np.asarray(y, np.uint16)[order],
        np.asarray(p, bool)[order],
    )


@pytest.fixture(scope="session")
def source_of():
    """Return a source of known events."""
    return KnownSource


@pytest.fixture
def events_of():
    """Return events of fields in any order of time."""
    return make_events


@pytest.fixture
def moving_edge():
    """Return what a vertical edge leaves that crosses a sensor of 64 x 48 twice a second."""

    def make(random, duration_us=1_000_000, width=64, height=48):
        starts = np.arange(0, duration_us, 500_000)
        column, row, start = np.meshgrid(np.arange(width), np.arange(height), starts)
        t = start + column * (500_000 // width) + random.integers(0, 1_500, column.shape)
        n = t.size
        # Each pixel says so twice, a little later again.
        t = np.concatenate([t.ravel(), t.ravel() + random.integers(100, 900, n)])
        x, y = np.tile(column.ravel(), 2), np.tile(row.ravel(), 2)
        return make_events(t, x, y, np.ones(2 * n, bool))

    return make
