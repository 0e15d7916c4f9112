from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.events.events import Events
from evface.events.rates import rebin
from evface.events.windows import (
    MOST_EVENTS,
    CountWindow,
    FadingWindow,
    TimeWindow,
    WindowReader,
    fewest_events,
)


class Source:
    """Events in memory, with a record of what was read."""

    def __init__(self, t):
        t = np.sort(np.array(t, np.int64))
        n = len(t)
        x = np.arange(n).astype(np.uint16)
        self.events = Events(t, x, x, np.zeros(n, bool))
        self.reads = []

    @property
    def n_events(self):
        return len(self.events)

    @property
    def duration_us(self):
        return int(self.events.t[-1]) + 1 if len(self.events) else 0

    def read(self, start_us, stop_us):
        self.reads.append((start_us, stop_us))
        return self.events.between(start_us, stop_us)

    def rate(self, bin_us):
        counts = np.bincount(self.events.t // 1000, minlength=1).astype(np.int64)
        return rebin(counts, bin_us, self.duration_us)


times = st.lists(st.integers(0, 30_000), min_size=0, max_size=200)


@settings(max_examples=80)
@given(times, st.integers(1, 250), st.integers(0, 40_000))
def test_a_count_window_holds_the_last_events_before_the_moment(t, n, stop_us):
    source = Source(t)
    found = WindowReader(source).read(CountWindow(n), stop_us)
    expected = source.events.t[source.events.t < stop_us][-n:]
    np.testing.assert_array_equal(found.events.t, expected)
    assert found.n_events == len(expected)
    assert found.is_short == (len(expected) < n)
    assert found.stop_us == stop_us
    assert found.start_us < stop_us
    if not found.is_short:
        assert found.start_us == expected[0]


def test_the_last_events_are_found_without_reading_what_lies_before():
    source = Source(np.arange(0, 60_000_000, 100))
    found = WindowReader(source).read(CountWindow(500), 42_000_000)
    assert found.n_events == 500
    assert source.reads == [(41_950_000, 42_000_000)]


def test_after_a_pause_the_last_events_before_it_are_found_at_once():
    source = Source([*range(1000), 50_000_000])
    found = WindowReader(source).read(CountWindow(300), 49_000_000)
    assert (found.start_us, found.n_events) == (700, 300)
    assert len(source.reads) == 1


def test_events_that_a_filter_takes_away_are_made_up_for():
    source = Source(range(0, 100_000, 10))
    whole = source.read

    def thinned(start_us, stop_us):
        events = whole(start_us, stop_us)
        return Events(events.t[::9], events.x[::9], events.y[::9], events.p[::9])

    found = WindowReader(source, thinned).read(CountWindow(400), 90_000)
    assert found.n_events == len(found.events) == 400
    assert not found.is_short


def test_where_filters_leave_nothing_only_so_much_is_searched():
    source = Dense([])
    found = WindowReader(source).read(CountWindow(1_000), 350_000)
    assert (found.n_events, found.is_short) == (0, True)
    assert min(start_us for start_us, _ in source.reads) == 250_000


def test_a_growing_recording_is_counted_anew():
    source = Source(range(1000))
    reader = WindowReader(source)
    assert reader.read(CountWindow(100), 10_000).start_us == 900
    source.events = Source(range(5000)).events
    assert reader.read(CountWindow(100), 10_000).start_us == 4900


def test_a_time_window_counts_only_its_own_events():
    source = Source(range(0, 10_000, 10))
    found = WindowReader(source).read(TimeWindow(500), 8_000, lookback_us=300)
    assert (found.start_us, found.stop_us, found.n_events) == (7_500, 8_000, 50)
    assert found.events.t[0] == 7_200
    assert not found.is_cut


def test_a_count_window_with_memory_brings_what_lies_before():
    source = Source(range(0, 10_000, 10))
    found = WindowReader(source).read(CountWindow(50), 8_000, lookback_us=300)
    assert (found.start_us, found.n_events) == (7_500, 50)
    assert found.events.t[0] == 7_200


def test_a_fading_window_reaches_back_until_5_per_cent_are_left():
    source = Source(range(0, 10_000, 10))
    found = WindowReader(source).read(FadingWindow(1_000), 8_000, lookback_us=4_000)
    assert (found.start_us, found.n_events) == (5_000, 300)
    assert found.events.t[0] == 1_000


class Dense(Source):
    """As many events in 100 ms as are ever read at once."""

    n_events = 4 * MOST_EVENTS
    duration_us = 400_000

    def rate(self, bin_us):
        return np.full(self.duration_us // bin_us, MOST_EVENTS // 100 * bin_us // 1000)


def test_of_too_many_events_the_last_are_read():
    source = Dense([])
    found = WindowReader(source).read(TimeWindow(300_000), 350_000)
    assert source.reads == [(250_000, 350_000)]
    assert found.is_cut
    assert not WindowReader(source).read(TimeWindow(90_000), 350_000).is_cut


def test_how_many_events_a_picture_needs_follows_its_size():
    assert fewest_events((1280, 720)) == 921
    assert fewest_events((64, 48)) == 200


def test_windows_without_sense_are_told():
    with pytest.raises(ValueError, match="length_us must be above 0, got 0"):
        TimeWindow(0)
    with pytest.raises(ValueError, match="n_events must be above 0, got -1"):
        CountWindow(-1)
    with pytest.raises(ValueError, match="n_events must be at most 8000000, got 8000001"):
        CountWindow(MOST_EVENTS + 1)
    with pytest.raises(ValueError, match="tau_us must be above 0, got 0"):
        FadingWindow(0)
