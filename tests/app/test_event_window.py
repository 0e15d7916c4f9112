import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.events.events import Events
from evface_studio.event_window import EventWindow

DURATION_US = 10_000


class Source:
    """Some events, and a record of what was read of them."""

    is_complete = True
    duration_us = DURATION_US

    def __init__(self, n_events: int = 5_000) -> None:
        generator = np.random.default_rng(1)
        t = np.sort(generator.integers(0, DURATION_US, n_events))
        x, y = generator.integers(0, 640, (2, n_events), dtype=np.uint16)
        self.events = Events(t, x, y, generator.random(n_events) < 0.5)
        self.reads = []

    def read(self, start_us, stop_us):
        self.reads.append((start_us, stop_us))
        return self.events.between(start_us, stop_us)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-500, 11_000), st.integers(0, 6_000)), max_size=30))
def test_any_sequence_of_windows_gives_what_the_source_holds(windows):
    source = Source()
    window = EventWindow(source)
    for start_us, length_us in windows:
        got = window.read(start_us, start_us + length_us)
        expected = source.events.between(max(start_us, 0), max(start_us + length_us, 0))
        np.testing.assert_array_equal(got.to_structured(), expected.to_structured())


def test_a_moving_window_reads_every_event_once():
    source = Source()
    window = EventWindow(source)
    for stop_us in range(1_000, DURATION_US, 100):
        window.read(stop_us - 1_000, stop_us)
    assert source.reads[0] == (0, 1_000)
    assert all(stop - start == 100 for start, stop in source.reads[1:])


def test_a_jump_reads_the_new_window_alone():
    source = Source()
    window = EventWindow(source)
    window.read(0, 1_000)
    window.read(8_000, 9_000)
    assert source.reads == [(0, 1_000), (8_000, 9_000)]


def test_a_read_that_fails_leaves_the_window_usable():
    source = Source()
    window = EventWindow(source)
    window.read(0, 1_000)
    whole, source.events = source.events, None
    with pytest.raises(AttributeError):
        window.read(500, 1_500)
    source.events = whole
    got = window.read(500, 1_500)
    np.testing.assert_array_equal(got.t, whole.between(500, 1_500).t)


def test_a_window_at_the_end_of_a_growing_source_misses_nothing_that_comes():
    source = Source()
    whole = source.events
    source.is_complete = False
    window = EventWindow(source)
    for n_known in range(500, len(whole), 300):
        # Often in the midst of the events of one microsecond.
        source.events = Events(*(getattr(whole, name)[:n_known] for name in "txyp"))
        source.duration_us = int(source.events.t[-1]) + 1
        got = window.read(max(source.duration_us - 1_000, 0), source.duration_us)
        stop_us = source.duration_us - 1
        expected = whole.between(max(source.duration_us - 1_000, 0), stop_us)
        np.testing.assert_array_equal(got.to_structured(), expected.to_structured())
