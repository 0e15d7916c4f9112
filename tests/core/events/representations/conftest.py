from __future__ import annotations

import numpy as np
import pytest

from evface.events.events import Events


def events_of(rows):
    """Return events of rows ``(t, x, y, p)``, sorted by time."""
    table = np.array(sorted(rows, key=lambda row: row[0]), np.int64).reshape(-1, 4)
    x, y = (table[:, k].astype(np.uint16) for k in (1, 2))
    return Events(table[:, 0].copy(), x, y, table[:, 3] > 0)


@pytest.fixture(scope="session")
def to_events():
    return events_of


@pytest.fixture(scope="session")
def busy():
    """More events than are drawn on one thread, some outside the sensor."""
    rng = np.random.default_rng(4)
    n = 1_000_000
    t = np.sort(rng.integers(0, 33_000, n))
    x, y = rng.integers(0, 70, n, dtype=np.uint16), rng.integers(0, 50, n, dtype=np.uint16)
    return Events(t, x, y, rng.random(n) < 0.5)
