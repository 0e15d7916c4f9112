"""Runs of events are decoded many at a time; what is odd among them must not notice."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.events.events import Events
from evface.events.sources import open_events

N = 3000
EVT2_HEADER = b"% evt 2.0\n% format EVT2;height=240;width=320\n% end\n"
DAT_HEADER = b"% Data file containing CD events.\n% Version 2\n% Height 240\n% Width 320\n\x0c\x08"
TOP_US = {"EVT2": 2**34, "DAT": 2**32}


def encode(kind, t, x, y, p):
    """Return a file; in EVT2, each 64 us are stated, and again after steps back."""
    if kind == "DAT":
        words = (t & 0xFFFFFFFF) | x << 32 | y << 46 | p << 60
        return DAT_HEADER + words.astype("<u8").tobytes()
    events = p << 28 | (t & 63) << 22 | x << 11 | y
    states = 8 << 28 | (t >> 6) & 0xFFFFFFF
    keep = np.column_stack((np.diff(states, prepend=-1) != 0, np.ones(len(t), bool)))
    return EVT2_HEADER + np.column_stack((states, events))[keep].astype("<u4").tobytes()


@pytest.mark.parametrize("kind", ["EVT2", "DAT"])
@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_odd_events_among_many_plain_ones_are_told_apart(kind, data, tmp_path, assert_same):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    per_us = data.draw(st.sampled_from((0.5, 5.0, 40.0)))
    begin_us = data.draw(st.sampled_from((0, 10**6, TOP_US[kind] - 30)))
    t = begin_us + np.sort(rng.integers(0, max(int(N / per_us), 1), N))
    x, y, p = rng.integers(0, 320, N), rng.integers(0, 240, N), rng.integers(0, 2, N)
    late = rng.integers(1, N, data.draw(st.integers(0, 5)))
    stated = t.copy()
    # By less than what is jitter, and not before the file's first moment.
    stated[late] = np.maximum(t[late] - rng.integers(1, 60, len(late)), t[0])
    outside = rng.integers(1, N, data.draw(st.integers(0, 5)))
    x[outside] = 500
    path = tmp_path / f"runs.{'raw' if kind == 'EVT2' else 'dat'}"
    path.write_bytes(encode(kind, stated, x, y, p))
    # Times never decrease: what is late has the time of the event before it.
    inside = x < 320
    shown = np.maximum.accumulate(stated)[inside]
    whole = Events(shown - shown[0], x[inside].astype("u2"), y[inside].astype("u2"), p[inside] > 0)
    with closing(open_events(path)) as source:
        assert source.n_events == len(whole)
        assert_same(source.read(0, source.duration_us), whole)
        assert source.findings.n_outside == len(np.unique(outside))
        for _ in range(20):
            start, stop = np.sort(rng.integers(0, source.duration_us + 1, 2)).tolist()
            assert_same(source.read(start, stop), whole.between(start, stop))
