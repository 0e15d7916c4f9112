"""Damage to event files, and what must hold of a file whatever it has become.

The tests named ``test_fuzz_<format>.py`` run a few examples of each property. To run more by hand::

    EVFACE_FUZZ_EXAMPLES=20000 python -m pytest tests/core/events/formats -k fuzz
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.sources import EventSource, open_events

N_EXAMPLES = int(os.environ.get("EVFACE_FUZZ_EXAMPLES", "25"))
# Decorates a property; the fixtures that it takes may be those of the whole test. Examples that
# fail are not shrunk in a short run, as each costs the opening of a file.
fuzz = settings(
    max_examples=N_EXAMPLES,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@st.composite
def mutations(draw: st.DrawFn, valid: bytes, *, n_head: int = 0) -> bytes:
    """Damage a valid file in one to four ways.

    Bits are flipped, bytes replaced, stretches cut out, repeated, or put in at random, and the end
    is cut off. The first `n_head` bytes stay as they are, for damage behind the header alone.
    """
    data = bytearray(valid)
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(("flip", "replace", "remove", "insert", "repeat", "cut")))
        first = draw(st.integers(min(n_head, len(data)), len(data)))
        length = draw(st.integers(1, 64))
        if kind == "flip" and first < len(data):
            data[first] ^= 1 << draw(st.integers(0, 7))
        elif kind == "replace":
            values = draw(st.binary(min_size=length, max_size=length))
            data[first : first + length] = values[: len(data) - first]
        elif kind == "remove":
            del data[first : first + length]
        elif kind == "insert":
            data[first:first] = draw(st.binary(min_size=length, max_size=length))
        elif kind == "repeat":
            data[first:first] = data[first : first + length] * draw(st.integers(1, 20))
        elif kind == "cut":
            del data[first:]
    return bytes(data)


def open_damaged(
    path: Path, data: bytes, open_source: Callable[[Path], EventSource] = open_events
) -> Events | None:
    """Write `data` to `path`, open it and check all that it gives; see `assert_sound`.

    Returns
    -------
    Events or None
        All of it, or None where opening or reading it was refused as an `EventFileError`; any other
        exception is the test's to see.
    """
    path.write_bytes(data)
    with contextlib.suppress(EventFileError), contextlib.closing(open_source(path)) as source:
        return assert_sound(source)
    return None


def assert_sound(source: EventSource) -> Events:
    """Check that nothing of an open recording breaks what the rest relies on; return its events.

    Inside the sensor, in the order of time, within the duration, no more than promised; windows are
    slices of the whole, and rates, triggers and findings can be had.
    """
    width, height = source.resolution
    assert width > 0
    assert height > 0
    assert source.n_events >= 0
    assert source.duration_us >= 0
    whole = source.read(0, source.duration_us)
    assert len(whole) <= source.n_events
    assert np.all(np.diff(whole.t) >= 0)
    if len(whole):
        assert whole.t[0] >= 0
        assert whole.t[-1] < source.duration_us
        assert whole.x.max() < width
        assert whole.y.max() < height
    for start_us, stop_us in _windows(source.duration_us):
        assert_equal(source.read(start_us, stop_us), whole.between(start_us, stop_us))
    # Damaged files may claim to last for years.
    bin_us = 1000 * max(1, source.duration_us // 10**8)
    assert source.rate(bin_us).sum() <= source.n_events
    triggers = source.triggers()
    assert np.all(np.diff(triggers.times_us) >= 0)
    assert all(isinstance(line, str) for line in source.warnings)
    assert source.findings is not None
    return whole


def assert_is_beginning(found: Events | None, whole: Events, *, n_at_least: int = 0) -> None:
    """Check that `found`, of a file cut off, is how `whole` begins; None counts as no events."""
    found = Events.empty() if found is None else found
    n = len(found)
    assert n_at_least <= n <= len(whole)
    assert_equal(found, Events(*(getattr(whole, name)[:n] for name in "txyp")))


def assert_equal(found: Events, expected: Events) -> None:
    """Check that two batches are equal in every column."""
    for name in "txyp":
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def _windows(duration_us: int) -> list[tuple[int, int]]:
    """Return some windows: short, long, backwards in turn, and beyond the ends."""
    half, tenth = duration_us // 2, max(duration_us // 10, 1)
    return [(half, half + tenth), (0, tenth), (duration_us - tenth, 2 * duration_us), (-tenth, 1)]
