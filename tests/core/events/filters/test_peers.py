"""The same filters of another library keep the same events."""

from datetime import timedelta

import numpy as np
import pytest

from evface.events.filters.activity import Neighbours

RESOLUTION = (40, 30)


def test_the_neighbour_filter_keeps_what_dv_processing_keeps(events_of):
    dv = pytest.importorskip("dv_processing")
    random = np.random.default_rng(6)
    n = 20_000
    # No two at one time, whose order another library may change.
    times = np.cumsum(random.integers(1, 60, n))
    events = events_of(
        times, random.integers(0, 40, n), random.integers(0, 30, n), random.integers(0, 2, n)
    )
    store = dv.EventStore()
    for t, x, y, p in zip(*(getattr(events, name).tolist() for name in "txyp"), strict=True):
        store.push_back(t + 1_000_000, x, y, p)
    theirs = dv.noise.BackgroundActivityNoiseFilter(RESOLUTION, timedelta(microseconds=2_000))
    theirs.accept(store)
    kept = theirs.generateEvents().numpy()
    # Theirs asks for less than the time, ours for no more.
    stays = Neighbours(within_us=1_999).selector(RESOLUTION)(events)
    assert 0.2 < stays.mean() < 0.99
    np.testing.assert_array_equal(kept["timestamp"] - 1_000_000, events.t[stays])
    np.testing.assert_array_equal(kept["x"], events.x[stays])
