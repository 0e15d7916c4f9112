"""Recordings whose events are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.formats.raw_writer import RawEventWriter
from evface.events.triggers import Triggers

RESOLUTION = (320, 240)


def random_events(n=20_000, *, duration_us=300_000, start_us=5_000, seed=0):
    """Return events at random, some of them at the same time."""
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(start_us, start_us + duration_us, n))
    x = random.integers(0, RESOLUTION[0], n).astype(np.uint16)
    y = random.integers(0, RESOLUTION[1], n).astype(np.uint16)
    return Events(t.astype(np.int64), x, y, random.random(n) < 0.5)


def random_triggers(n=40, *, duration_us=300_000, start_us=5_000):
    times = np.linspace(start_us, start_us + duration_us - 1, n).astype(np.int64)
    return Triggers(times, np.full(n, 6, np.uint8), np.arange(n) % 2 == 0)


def same_events(some, others):
    return all(np.array_equal(getattr(some, name), getattr(others, name)) for name in "txyp")


@pytest.fixture(scope="session")
def known():
    """Return what makes events at random, and compares them."""
    return SimpleNamespace(
        resolution=RESOLUTION, events=random_events, triggers=random_triggers, same=same_events
    )


@pytest.fixture
def write_raw(tmp_path):
    """Return a function that writes a RAW file of events, and returns it."""

    def write(events, *, encoding="EVT3", triggers=None, name="camera.raw"):
        path = tmp_path / name
        with RawEventWriter(path, resolution=RESOLUTION, encoding=encoding) as writer:
            if triggers is not None:
                writer.append_triggers(triggers)
            writer.append(events)
        return path

    return write
