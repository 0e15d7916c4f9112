from __future__ import annotations

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.representations.counting import (
    ClippedHistogram,
    CountImage,
    Histogram,
    MetavisionFrame,
    PolaritySum,
)

RESOLUTION = (7, 5)


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
        found = MetavisionFrame().compute(
            events, (20, 15), start_us=at_us - accumulation_us, stop_us=at_us
        )
        np.testing.assert_array_equal(found, frame)


def test_a_frame_shows_what_is_before_it_within_the_accumulation(to_events):
    # The case of OpenEB's own test: a period of 100 ms, an accumulation of 10 ms.
    events = to_events(
        [(89_970, 5, 1, 0), (90_000, 5, 5, 0), (90_050, 5, 8, 1), (190_050, 0, 0, 0)]
    )
    frame = MetavisionFrame().compute(events, (10, 10), start_us=90_000, stop_us=100_000)
    expected = np.zeros((10, 10))
    expected[8, 5], expected[5, 5] = 2, 1
    np.testing.assert_array_equal(frame, expected)


def test_counts_stop_at_255(to_events):
    events = to_events([(k, 2, 3, 1) for k in range(300)] + [(k, 2, 3, 0) for k in range(20)])
    counts = Histogram().compute(events, RESOLUTION, start_us=0, stop_us=1000)
    assert counts[3, 2].tolist() == [20, 255]
    index = Histogram().index_image(events, RESOLUTION, start_us=0, stop_us=1000)
    assert index[3, 2] == 255


def test_a_large_window_is_drawn_as_its_parts_are(busy):
    # Rows of the sensor, each small enough for one thread.
    for drawn in (MetavisionFrame(), Histogram()):
        whole = drawn.compute(busy, (64, 48), start_us=0, stop_us=33_000)
        for y in range(0, 48, 16):
            rows = (busy.y >= y) & (busy.y < y + 16)
            part = Events(busy.t[rows], busy.x[rows], busy.y[rows], busy.p[rows])
            image = drawn.compute(part, (64, 48), start_us=0, stop_us=33_000)
            np.testing.assert_array_equal(whole[y : y + 16], image[y : y + 16])


def test_large_counts_of_both_threads_stop_at_255(busy):
    n = len(busy)
    one = Events(busy.t, np.zeros(n, "u2"), np.zeros(n, "u2"), np.ones(n, bool))
    counts = Histogram().compute(one, RESOLUTION, start_us=0, stop_us=33_000)
    assert counts.sum() == counts[0, 0, 1] == 255


def test_a_hot_pixel_does_not_hide_the_others_where_counts_are_clipped(to_events):
    rows = [(k, x, y, 1) for x in range(7) for y in range(5) for k in range(4)]
    hot = [(k, 3, 3, 1) for k in range(250)]
    image = ClippedHistogram(percentile=95).compute(
        to_events(rows + hot), RESOLUTION, start_us=0, stop_us=300
    )
    np.testing.assert_array_equal(image[..., 1], np.ones((5, 7)))
    index = ClippedHistogram(percentile=95).index_image(
        to_events(rows + hot), RESOLUTION, start_us=0, stop_us=300
    )
    np.testing.assert_array_equal(index, np.full((5, 7), 15))


def test_sums_of_polarities_cancel_and_counts_do_not(to_events):
    events = to_events([(1, 1, 1, 1), (2, 1, 1, 0), (3, 2, 2, 0), (4, 2, 2, 0)])
    window = {"start_us": 0, "stop_us": 10}
    sums = PolaritySum().compute(events, RESOLUTION, **window)
    counts = CountImage().compute(events, RESOLUTION, **window)
    assert (sums[1, 1], sums[2, 2]) == (0, -2)
    assert (counts[1, 1], counts[2, 2]) == (2, 2)


def test_sums_and_counts_stop_at_what_their_type_holds():
    n = 70_000
    t, zero = np.arange(n), np.zeros(n, "u2")
    for p, expected in ((1, 32_767), (0, -32_767)):
        one = Events(t, zero, zero, np.full(n, p > 0))
        window = {"start_us": 0, "stop_us": n}
        assert PolaritySum().compute(one, (2, 2), **window)[0, 0] == expected
        assert CountImage().compute(one, (2, 2), **window)[0, 0] == 65_535


@pytest.mark.parametrize("percentile", [0, 101, float("nan")])
def test_a_percentile_that_is_none_is_told(percentile):
    with pytest.raises(ValueError, match="percentile must be above 0 and at most 100"):
        ClippedHistogram(percentile=percentile)
