"""Each filter as it is defined, and chains of them however their events are cut."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.events.events import Events
from evface.events.filters.activity import Neighbours, Refractory
from evface.events.filters.chain import FilterChain
from evface.events.filters.filtered_source import FilteredSource
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.regions import Polarity, Region
from evface.events.filters.registry import FILTERS
from evface.events.filters.thinning import RateCap, Thinning

RESOLUTION = (6, 5)
any_rows = st.lists(
    st.tuples(st.integers(0, 9_000), st.integers(0, 7), st.integers(0, 6), st.booleans()),
    min_size=1,
    max_size=120,
)
any_filters = st.lists(
    st.sampled_from(
        [
            Region(left_px=1, top_px=0, width_px=4, height_px=9),
            Region(left_px=2, top_px=2, width_px=1, height_px=1, keeps="outside"),
            Polarity(keeps="off"),
            HotPixels(pixels=((1, 1), (50, 50))),
            Neighbours(within_us=700),
            Refractory(period_us=40),
            Refractory(period_us=900, is_on=False),
            Flicker(mains_hz=60, n_periods=3),
            RateCap(most_mev_s=0.003),
            Thinning(kept_percent=70.0),
        ]
    ),
    max_size=4,
).map(tuple)
quick = settings(max_examples=80)


def to_events(rows):
    table = np.array(sorted(rows, key=lambda row: row[0]), np.int64).reshape(-1, 4)
    x, y = (table[:, k].astype(np.uint16) for k in (1, 2))
    return Events(table[:, 0].copy(), x, y, table[:, 3] > 0)


def rows_of(events):
    return list(zip(*(a.tolist() for a in (events.t, events.x, events.y, events.p)), strict=True))


def kept_by(one, rows, resolution=RESOLUTION):
    return rows_of(FilterChain((one,)).stream(resolution).apply(to_events(rows)))


def on_sensor(rows):
    rows = sorted(rows, key=lambda row: row[0])
    return [row for row in rows if row[1] < RESOLUTION[0] and row[2] < RESOLUTION[1]]


@quick
@given(rows=any_rows)
def test_region_and_polarity_keep_what_they_say(rows):
    box = Region(left_px=2, top_px=1, width_px=3, height_px=2)
    inside = [r for r in to_rows(rows) if 2 <= r[1] < 5 and 1 <= r[2] < 3]
    assert kept_by(box, rows) == inside
    outside = Region(left_px=2, top_px=1, width_px=3, height_px=2, keeps="outside")
    assert kept_by(outside, rows) == [r for r in to_rows(rows) if r not in inside]
    assert kept_by(Polarity(keeps="on"), rows) == [r for r in to_rows(rows) if r[3]]
    assert kept_by(Polarity(keeps="off"), rows) == [r for r in to_rows(rows) if not r[3]]


def to_rows(rows):
    return rows_of(to_events(rows))


@quick
@given(rows=any_rows)
def test_the_neighbour_filter_asks_the_eight_pixels_around(rows):
    seen, expected = {}, []
    for t, x, y, p in on_sensor(rows):
        around = [
            seen.get((x + dx, y + dy), -(10**9))
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            if (dx, dy) != (0, 0)
        ]
        if t - max(around) <= 500:
            expected.append((t, x, y, p))
        seen[x, y] = t
    assert kept_by(Neighbours(within_us=500), rows) == expected


@quick
@given(rows=any_rows)
def test_the_refractory_filter_counts_from_the_last_event_that_stayed(rows):
    stayed, expected = {}, []
    for t, x, y, p in on_sensor(rows):
        last = stayed.get((x, y), -(10**9))
        if t - last >= 100 or last < t - t % 3200:
            expected.append((t, x, y, p))
            stayed[x, y] = t
    assert kept_by(Refractory(period_us=100), rows) == expected


@quick
@given(rows=any_rows, most=st.integers(1, 9))
def test_no_millisecond_exceeds_the_rate_cap_and_what_is_below_is_untouched(rows, most):
    kept = kept_by(RateCap(most_mev_s=most / 1000), rows)
    per_ms = np.bincount([t // 1000 for t, *_ in kept], minlength=10)
    before = np.bincount([row[0] // 1000 for row in rows], minlength=10)
    assert per_ms.max() <= most
    is_calm = (before <= most) & (np.concatenate([[0], before[:-1]]) <= most)
    assert (per_ms[is_calm] == before[is_calm]).all()


def test_thinning_keeps_its_share_evenly_and_always_the_same_events():
    random = np.random.default_rng(3)
    n = 200_000
    rows = np.stack(
        [
            np.sort(random.integers(0, 10**9, n)),
            random.integers(0, 1280, n),
            random.integers(0, 720, n),
            random.integers(0, 2, n),
        ],
        axis=1,
    )
    stream = FilterChain((Thinning(kept_percent=30.0),)).stream((1280, 720))
    events = to_events(rows.tolist())
    kept = stream.apply(events)
    assert len(kept) / n == pytest.approx(0.3, abs=0.01)
    for part in (kept.x < 640, kept.y < 360, kept.p, kept.t < 5 * 10**8):
        assert np.mean(part) == pytest.approx(0.5, abs=0.01)
    again = FilterChain((Thinning(kept_percent=30.0),)).stream((1280, 720)).apply(kept)
    assert len(again) == len(kept)
    assert stream.n_removed == (n - len(kept),)


@quick
@given(rows=any_rows, filters=any_filters, cuts=st.lists(st.integers(0, 120), max_size=6))
def test_what_stays_does_not_depend_on_how_the_stream_is_cut(rows, filters, cuts):
    events = to_events(rows)
    whole = FilterChain(filters).stream(RESOLUTION)
    kept = whole.apply(events)
    piecewise = FilterChain(filters).stream(RESOLUTION)
    ends = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    parts = [
        piecewise.apply(Events(events.t[a:b], events.x[a:b], events.y[a:b], events.p[a:b]))
        for a, b in itertools.pairwise(ends)
    ]
    assert rows_of(Events.concatenate(parts)) == rows_of(kept)
    assert piecewise.n_removed == whole.n_removed
    assert sum(whole.n_removed) == len(events) - len(kept)


@quick
@given(
    rows=any_rows,
    filters=any_filters,
    windows=st.lists(st.tuples(st.integers(-9, 9_500), st.integers(0, 4_000)), max_size=5),
)
def test_a_window_holds_the_same_events_however_it_is_reached(source_of, rows, filters, windows):
    events = to_events(rows)
    chain = FilterChain(filters)
    kept = chain.stream(RESOLUTION).apply(events)
    source = FilteredSource(source_of(events, RESOLUTION), chain)
    for start_us, length_us in windows:
        # Twice on end: the second begins where the first ended.
        for first_us in (start_us, start_us + length_us):
            expected = rows_of(kept.between(first_us, first_us + length_us))
            assert rows_of(source.read(first_us, first_us + length_us)) == expected
        passed, removed = source.split(start_us, start_us + length_us)
        assert rows_of(passed) == rows_of(kept.between(start_us, start_us + length_us))
        n_all = len(events.between(start_us, start_us + length_us))
        assert len(passed) + sum(map(len, removed)) == n_all
    assert source.n_events == len(kept)
    assert (
        source.rate(1000).tolist()
        == np.bincount(kept.t // 1000, minlength=len(source.rate(1000))).tolist()
    )


@pytest.mark.parametrize("kind", FILTERS.values())
def test_no_events_and_events_beyond_the_sensor_do_no_harm(kind):
    stream = FilterChain((kind(),)).stream((4, 3))
    assert len(stream.apply(Events.empty())) == 0
    far = to_events([(5, 65_535, 65_535, True), (6, 4, 2, False), (7, 3, 3, True)])
    before = rows_of(far)
    stream.apply(far)
    assert rows_of(far) == before
    passed, removed = stream.split(far)
    assert len(passed) + sum(map(len, removed)) == 3


def test_parameters_are_checked():
    for make in (
        lambda: Neighbours(within_us=0),
        lambda: Refractory(period_us=10**9),
        lambda: Polarity(keeps="both"),
        lambda: Flicker(mains_hz=55),
        lambda: Thinning(kept_percent=float("nan")),
        lambda: HotPixels(pixels=((1, -2),)),
        lambda: HotPixels(pixels=((1.0, 2),)),
        lambda: RateCap(most_mev_s="many"),
    ):
        with pytest.raises(ValueError, match="must be"):
            make()
