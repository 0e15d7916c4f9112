from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.events.events import Events
from evface.events.palettes import REPRESENTATIONS, Palette, lookup_table
from evface.events.representations import (
    histogram,
    index_image,
    metavision_frame,
    render_representation,
    time_surface,
    voxel_grid,
)

RESOLUTION = (7, 5)
any_events = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 9), st.integers(0, 7), st.booleans()),
    max_size=80,
)
quick = settings(max_examples=60)


def to_events(rows):
    table = np.array(sorted(rows, key=lambda row: row[0]), np.int64).reshape(-1, 4)
    x, y = (table[:, k].astype(np.uint16) for k in (1, 2))
    return Events(table[:, 0].copy(), x, y, table[:, 3] > 0)


def inside(events):
    for t, x, y, p in zip(events.t, events.x, events.y, events.p, strict=True):
        if x < RESOLUTION[0] and y < RESOLUTION[1]:
            yield int(t), int(x), int(y), int(p)


@quick
@given(rows=any_events)
def test_each_representation_is_as_defined(rows):
    events = to_events(rows)
    frame, counts = np.zeros((5, 7), np.uint8), np.zeros((5, 7, 2), np.uint8)
    surface = np.zeros((5, 7, 2))
    for t, x, y, p in inside(events):
        frame[y, x] = 1 + p
        counts[y, x, p] += 1
        if t <= 700:
            surface[y, x, p] = np.exp((t - 700) / 250)
    np.testing.assert_array_equal(metavision_frame(events, RESOLUTION), frame)
    np.testing.assert_array_equal(histogram(events, RESOLUTION), counts)
    found = time_surface(events, RESOLUTION, now_us=700, tau_us=250)
    np.testing.assert_allclose(found, surface, rtol=1e-6)


@quick
@given(rows=any_events, window_us=st.integers(1, 1000), stop_us=st.integers(0, 1000))
def test_an_index_image_is_its_representation_in_eight_bits(rows, window_us, stop_us):
    events = to_events(rows)
    shown = events.between(stop_us - window_us, stop_us)
    size = {"resolution": RESOLUTION, "window_us": window_us, "stop_us": stop_us}
    np.testing.assert_array_equal(
        index_image(events, "metavision", **size), metavision_frame(shown, RESOLUTION)
    )
    off, on = np.moveaxis(np.minimum(histogram(shown, RESOLUTION), 15), 2, 0)
    np.testing.assert_array_equal(index_image(events, "histogram", **size), 16 * off + on)
    surface = time_surface(shown, RESOLUTION, now_us=stop_us, tau_us=window_us / 3)
    last = metavision_frame(shown, RESOLUTION)
    index = index_image(events, "time_surface", **size)
    np.testing.assert_array_equal(index == 0, last == 0)
    np.testing.assert_array_equal((index > 128)[last > 0], (last == 2)[last > 0])
    level = np.where(index > 128, index - 128.0, index) / 127
    assert np.all(np.abs(level - surface.max(axis=2)) <= 1 / 127 + 1e-6)


class PeriodicFrames:
    """Metavision's PeriodicFrameGenerationAlgorithm, event by event, apart from our kernels."""

    def __init__(self, resolution, accumulation_us, fps=0.0):
        self.shape = resolution[::-1]
        self.accumulation_us = accumulation_us
        self.period_us = round(1e6 / fps) if fps else accumulation_us
        self.last = {}
        self.next_us = None
        self.frames = []

    def feed(self, events):
        for t, x, y, p in zip(events.t, events.x, events.y, events.p, strict=True):
            if self.next_us is None:
                self.next_us = (int(t) // self.period_us + 1) * self.period_us
            while t >= self.next_us:
                self._emit()
            self.last[int(y), int(x)] = int(t), int(p)

    def _emit(self):
        frame = np.zeros(self.shape, np.uint8)
        for pixel, (t, p) in self.last.items():
            if t >= self.next_us - self.accumulation_us:
                frame[pixel] = 1 + p
        self.frames.append((self.next_us, frame))
        self.next_us += self.period_us


@pytest.mark.parametrize(("accumulation_us", "fps"), [(10_000, 100), (10_000, 30), (5_000, 0)])
def test_frames_equal_those_of_metavision(accumulation_us, fps):
    rng = np.random.default_rng(0)
    n = 4000
    t = np.sort(rng.integers(0, 200_000, n))
    events = Events(
        t,
        rng.integers(0, 20, n).astype("u2"),
        rng.integers(0, 15, n).astype("u2"),
        rng.random(n) < 0.5,
    )
    reference = PeriodicFrames((20, 15), accumulation_us, fps)
    reference.feed(events)
    assert len(reference.frames) == t[-1] // reference.period_us
    for at_us, frame in reference.frames:
        found = index_image(
            events, "metavision", resolution=(20, 15), window_us=accumulation_us, stop_us=at_us
        )
        np.testing.assert_array_equal(found, frame)


def test_a_frame_shows_what_is_before_it_within_the_accumulation():
    # The case of OpenEB's own test: a period of 100 ms, an accumulation of 10 ms.
    events = to_events(
        [(89_970, 5, 1, 0), (90_000, 5, 5, 0), (90_050, 5, 8, 1), (190_050, 0, 0, 0)]
    )
    frame = index_image(
        events, "metavision", resolution=(10, 10), window_us=10_000, stop_us=100_000
    )
    expected = np.zeros((10, 10))
    expected[8, 5], expected[5, 5] = 2, 1
    np.testing.assert_array_equal(frame, expected)


def test_counts_stop_at_255():
    events = to_events([(k, 2, 3, 1) for k in range(300)] + [(k, 2, 3, 0) for k in range(20)])
    assert histogram(events, RESOLUTION)[3, 2].tolist() == [20, 255]
    index = index_image(events, "histogram", resolution=RESOLUTION, window_us=1000, stop_us=1000)
    assert index[3, 2] == 255


def test_a_voxel_grid_spreads_events_over_the_two_bins_around_them():
    events = to_events([(0, 0, 0, 1), (25, 1, 0, 1), (50, 2, 0, 0), (100, 3, 0, 0)])
    grid = voxel_grid(events, RESOLUTION, n_bins=3)
    expected = np.zeros((3, 5, 7), np.float32)
    expected[0, 0, 0] = 1
    expected[:2, 0, 1] = 0.5
    expected[1, 0, 2] = -1
    expected[2, 0, 3] = -1
    np.testing.assert_allclose(grid, expected)


def test_a_voxel_grid_can_have_the_window_s_own_ends():
    events = to_events([(-1, 0, 0, 1), (10, 1, 0, 1), (30, 2, 0, 1), (41, 3, 0, 1)])
    grid = voxel_grid(events, RESOLUTION, n_bins=5, start_us=0, stop_us=40)
    assert [tuple(place) for place in np.argwhere(grid)] == [(1, 0, 1), (3, 0, 2)]


@given(st.lists(st.tuples(st.integers(0, 99), st.booleans()), max_size=30), st.integers(2, 9))
def test_a_voxel_grid_sums_to_on_minus_off(rows, n_bins):
    events = to_events(sorted((t, t % 7, t % 5, on) for t, on in rows))
    grid = voxel_grid(events, RESOLUTION, n_bins=n_bins)
    assert grid.shape == (n_bins, 5, 7)
    assert grid.sum() == pytest.approx(sum(1 if on else -1 for _, on in rows), abs=1e-4)


def test_a_voxel_grid_of_one_instant_or_nothing_is_in_the_first_bin():
    grid = voxel_grid(to_events([(5, 1, 1, 1), (5, 9, 9, 1)]), RESOLUTION, n_bins=2)
    assert grid[0, 1, 1] == grid.sum() == 1
    assert not voxel_grid(Events.empty(), RESOLUTION, n_bins=2).any()


@pytest.mark.parametrize("representation", REPRESENTATIONS)
@pytest.mark.parametrize("palette", list(Palette))
def test_no_events_give_the_background(representation, palette):
    image = render_representation(
        Events.empty(), representation, palette, resolution=(4, 3), window_us=10, stop_us=5
    )
    assert image.shape == (3, 4, 3)
    assert image.dtype == np.uint8
    assert np.all(image == palette.colours[0])


def test_a_picture_is_the_index_image_in_the_table_s_colours():
    events = to_events([(1, 0, 0, 0), (2, 1, 0, 1)])
    size = {"resolution": RESOLUTION, "window_us": 10, "stop_us": 10}
    for representation in REPRESENTATIONS:
        index = index_image(events, representation, **size)
        image = render_representation(events, representation, "coolwarm", **size)
        np.testing.assert_array_equal(image, lookup_table(representation, "coolwarm")[index])


def test_given_room_is_filled_and_returned():
    events = to_events([(1, 0, 0, 1)])
    for draw, out in (
        (metavision_frame, np.full((5, 7), 9, np.uint8)),
        (histogram, np.full((5, 7, 2), 9, np.uint8)),
        (
            lambda *a, **k: time_surface(*a, now_us=1, tau_us=1, **k),
            np.full((5, 7, 2), 9, np.float32),
        ),
    ):
        expected = draw(events, RESOLUTION)
        assert draw(events, RESOLUTION, out=out) is out
        np.testing.assert_array_equal(out, expected)


def test_wrong_arguments_are_told():
    events = Events.empty()
    with pytest.raises(ValueError, match="resolution must be positive, got 0 x 5"):
        histogram(events, (0, 5))
    with pytest.raises(ValueError, match=r"out must be \(5, 7\) uint8"):
        metavision_frame(events, RESOLUTION, out=np.zeros((7, 5), np.uint8))
    with pytest.raises(ValueError, match="n_bins must be at least 2, got 1"):
        voxel_grid(events, RESOLUTION, n_bins=1)
    with pytest.raises(ValueError, match="stop_us must not lie before start_us, got 5 to 4"):
        voxel_grid(events, RESOLUTION, n_bins=2, start_us=5, stop_us=4)
    with pytest.raises(ValueError, match="tau_us must be above 0"):
        time_surface(events, RESOLUTION, now_us=0, tau_us=0)
    with pytest.raises(ValueError, match="window_us must be above 0"):
        index_image(events, "metavision", resolution=RESOLUTION, window_us=0, stop_us=0)
    with pytest.raises(ValueError, match="one of metavision, histogram, time_surface, got 'voxel'"):
        index_image(events, "voxel", resolution=RESOLUTION, window_us=1, stop_us=0)


def test_the_events_are_not_changed():
    events = to_events([(1, 0, 0, 1), (2, 8, 8, 0)])
    before = events.to_structured()
    for array in (events.t, events.x, events.y, events.p):
        array.flags.writeable = False
    for representation in REPRESENTATIONS:
        render_representation(events, representation, resolution=RESOLUTION, window_us=9, stop_us=9)
    histogram(events, RESOLUTION)
    time_surface(events, RESOLUTION, now_us=9, tau_us=3)
    voxel_grid(events, RESOLUTION, n_bins=3)
    np.testing.assert_array_equal(events.to_structured(), before)
