"""Each representation against its definition, written out slowly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.events.events import Events
from evface.events.representations.adaptive import LocallyAdaptiveSurface
from evface.events.representations.counting import (
    ClippedHistogram,
    CountImage,
    Histogram,
    MetavisionFrame,
    PolaritySum,
)
from evface.events.representations.registry import REPRESENTATIONS
from evface.events.representations.slices import PolarityVoxelGrid, TemporalBinary, VoxelGrid
from evface.events.representations.surfaces import (
    LeakySum,
    LinearTimeSurface,
    TimeSurface,
    Tore,
)

WIDTH, HEIGHT = RESOLUTION = (7, 5)
any_rows = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 9), st.integers(0, 7), st.booleans()),
    max_size=80,
)


def metavision(rows, *_):
    image = np.zeros((HEIGHT, WIDTH))
    for _t, x, y, p in rows:
        image[y, x] = 1 + p
    return image


def histogram(rows, *_):
    image = np.zeros((HEIGHT, WIDTH, 2))
    for _t, x, y, p in rows:
        image[y, x, p] += 1
    return image


def clipped(rows, drawn, start, stop):
    counts = histogram(rows, drawn, start, stop)
    above = np.sort(counts[counts > 0])
    if not len(above):
        return counts
    top = above[int(np.ceil(len(above) * drawn.percentile / 100)) - 1]
    return np.minimum(counts / top, 1)


def count(rows, drawn, start, stop):
    return histogram(rows, drawn, start, stop).sum(axis=2)


def polarity_sum(rows, drawn, start, stop):
    image = histogram(rows, drawn, start, stop)
    return image[..., 1] - image[..., 0]


def surface(rows, drawn, start, stop):
    image = np.zeros((HEIGHT, WIDTH, 2))
    for t, x, y, p in rows:
        image[y, x, p] = np.exp(-(stop - t) / (drawn.tau_us or (stop - start) / 3))
    return image


def linear_surface(rows, drawn, start, stop):
    image = np.zeros((HEIGHT, WIDTH, 2))
    for t, x, y, p in rows:
        image[y, x, p] = max(0, 1 - (stop - t) / (drawn.tau_us or stop - start))
    return image


def leaky_sum(rows, drawn, start, stop):
    image = np.zeros((HEIGHT, WIDTH))
    for t, x, y, p in rows:
        image[y, x] += (2 * p - 1) * np.exp(-(stop - t) / (drawn.tau_us or (stop - start) / 3))
    return image


def adaptive(rows, drawn, *_):
    """Go forward, and fade what there is by each event: the kernel goes back."""
    image = np.zeros((HEIGHT, WIDTH))
    side = drawn.patch_px
    n_rows, n_columns = -(-HEIGHT // side), -(-WIDTH // side)

    def share(pixel, n_patches, patch):
        middles = (np.arange(n_patches) + 0.5) * side - 0.5
        return np.interp(pixel, middles, np.arange(n_patches) == patch)

    for _t, x, y, p in rows:
        row, column = y // side, x // side
        size = min(side, HEIGHT - row * side) * min(side, WIDTH - column * side)
        down = np.array([share(v, n_rows, row) for v in range(HEIGHT)])
        across = np.array([share(u, n_columns, column) for u in range(WIDTH)])
        image *= np.exp(-np.outer(down, across) / size / drawn.fade_count)
        image[y, x] += 2 * p - 1
    return image


def tore(rows, drawn, start, stop):
    image = np.zeros((2 * drawn.depth, HEIGHT, WIDTH))
    shortest, longest = drawn.shortest_us, drawn.longest_us or stop - start
    ages = {}
    for t, x, y, p in rows:
        ages.setdefault((x, y, p), []).insert(0, stop - t)
    for (x, y, p), of_pixel in ages.items():
        for k, age in enumerate(of_pixel[: drawn.depth]):
            value = np.log((longest + 1) / (age + 1)) / np.log((longest + 1) / (shortest + 1))
            image[p * drawn.depth + k, y, x] = np.clip(value, 0, 1)
    return image


def voxels(rows, drawn, start, stop):
    grid = np.zeros((drawn.n_bins, HEIGHT, WIDTH))
    for t, x, y, p in rows:
        place = (drawn.n_bins - 1) * (t - start) / (stop - start)
        for b in range(drawn.n_bins):
            grid[b, y, x] += (2 * p - 1) * max(0, 1 - abs(b - place))
    return grid


def polarity_voxels(rows, drawn, start, stop):
    of = [[row for row in rows if row[3] == p] for p in (0, 1)]
    off, on = (voxels(part, drawn, start, stop) for part in of)
    return np.concatenate([-off, on])


def binary(rows, drawn, start, stop):
    bits = np.zeros((drawn.n_bits, HEIGHT, WIDTH), bool)
    for t, x, y, _p in rows:
        bits[int((t - start) * drawn.n_bits / (stop - start)), y, x] = True
    weights = 2 ** np.arange(drawn.n_bits)
    return np.tensordot(weights, bits, 1) / weights.sum()


DEFINED = [
    (MetavisionFrame(), metavision),
    (Histogram(), histogram),
    (ClippedHistogram(), clipped),
    (ClippedHistogram(percentile=60), clipped),
    (CountImage(), count),
    (PolaritySum(), polarity_sum),
    (TimeSurface(), surface),
    (TimeSurface(tau_us=40), surface),
    (LinearTimeSurface(), linear_surface),
    (LinearTimeSurface(tau_us=90), linear_surface),
    (LeakySum(), leaky_sum),
    (LeakySum(tau_us=40), leaky_sum),
    (LocallyAdaptiveSurface(), adaptive),
    (LocallyAdaptiveSurface(patch_px=2, fade_count=0.5, memory_us=300), adaptive),
    (LocallyAdaptiveSurface(patch_px=3, fade_count=0.1), adaptive),
    (Tore(shortest_us=10), tore),
    (Tore(depth=2, shortest_us=20, longest_us=600), tore),
    (VoxelGrid(), voxels),
    (VoxelGrid(n_bins=2), voxels),
    (PolarityVoxelGrid(n_bins=4), polarity_voxels),
    (TemporalBinary(), binary),
    (TemporalBinary(n_bits=16), binary),
]


@pytest.mark.parametrize(("drawn", "defined"), DEFINED, ids=lambda value: str(value)[:60])
@settings(max_examples=25, deadline=None)
@given(rows=any_rows, start=st.integers(0, 800), length=st.integers(20, 900))
def test_each_representation_is_as_defined(drawn, defined, rows, start, length):
    rows = sorted(rows, key=lambda row: row[0])
    stop = start + length
    events = events_of(rows)
    image = drawn.compute(events, RESOLUTION, start_us=start, stop_us=stop)
    assert image.shape == drawn.shape(RESOLUTION)
    assert image.dtype == drawn.dtype
    counted = [
        (t, x, y, int(p))
        for t, x, y, p in rows
        if start - drawn.lookback_us <= t < stop and x < WIDTH and y < HEIGHT
    ]
    np.testing.assert_allclose(image, defined(counted, drawn, start, stop), atol=2e-6, rtol=1e-5)


def events_of(rows):
    table = np.array(rows, np.int64).reshape(-1, 4)
    x, y = (table[:, k].astype(np.uint16) for k in (1, 2))
    return Events(table[:, 0].copy(), x, y, table[:, 3] > 0)


def test_all_that_there_are_have_a_definition_here():
    assert {type(drawn) for drawn, _ in DEFINED} == set(REPRESENTATIONS.values())
