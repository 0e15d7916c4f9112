from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.events.events import Events
from evface.events.representations.counting import SUM_LEVELS
from evface.events.representations.slices import PolarityVoxelGrid, TemporalBinary, VoxelGrid

RESOLUTION = (7, 5)


def test_a_voxel_grid_spreads_events_over_the_two_bins_around_them(to_events):
    events = to_events([(0, 0, 0, 1), (25, 1, 0, 1), (50, 2, 0, 0), (75, 3, 0, 0)])
    grid = VoxelGrid(n_bins=3).compute(events, RESOLUTION, start_us=0, stop_us=100)
    expected = np.zeros((3, 5, 7), np.float32)
    expected[0, 0, 0] = 1
    expected[:2, 0, 1] = 0.5
    expected[1, 0, 2] = -1
    expected[1:, 0, 3] = -0.5
    np.testing.assert_allclose(grid, expected)


@given(
    st.lists(st.tuples(st.integers(0, 99), st.booleans()), max_size=30),
    st.integers(2, 9),
)
def test_voxel_grids_keep_the_number_of_events(to_events, rows, n_bins):
    events = to_events([(t, t % 7, t % 5, on) for t, on in rows])
    window = {"start_us": 0, "stop_us": 100}
    n_on = sum(on for _, on in rows)
    grid = VoxelGrid(n_bins).compute(events, RESOLUTION, **window)
    assert grid.sum() == pytest.approx(2 * n_on - len(rows), abs=1e-4)
    both = PolarityVoxelGrid(n_bins).compute(events, RESOLUTION, **window)
    assert both[n_bins:].sum() == pytest.approx(n_on, abs=1e-4)
    assert both[:n_bins].sum() == pytest.approx(len(rows) - n_on, abs=1e-4)


@pytest.mark.parametrize("n_bins", [2, 3, 5, 6])
@pytest.mark.parametrize("kind", [VoxelGrid, PolarityVoxelGrid])
def test_a_large_grid_is_drawn_as_its_parts_are(busy, kind, n_bins):
    window = {"start_us": 0, "stop_us": 33_000}
    whole = kind(n_bins).compute(busy, (64, 48), **window)
    for y in range(0, 48, 16):
        rows = (busy.y >= y) & (busy.y < y + 16)
        part = Events(busy.t[rows], busy.x[rows], busy.y[rows], busy.p[rows])
        image = kind(n_bins).compute(part, (64, 48), **window)
        np.testing.assert_allclose(whole[:, y : y + 16], image[:, y : y + 16], atol=1e-3)


@pytest.mark.parametrize("n_bins", [2, 5])
def test_a_grid_is_shown_by_its_last_bin(to_events, n_bins):
    rng = np.random.default_rng(3)
    rows = zip(*(rng.integers(0, n, 90) for n in (903, 9, 7, 2)), strict=True)
    events = to_events(list(rows))
    window = {"start_us": 100, "stop_us": 903}
    last = VoxelGrid(n_bins).compute(events, RESOLUTION, **window)[-1]
    index = VoxelGrid(n_bins).index_image(events, RESOLUTION, **window).astype(int)
    level = np.where(index > 128, index - 128, -index)
    np.testing.assert_array_equal(np.sign(level), np.sign(last))
    np.testing.assert_allclose(level, np.clip(last * SUM_LEVELS, -127, 127), atol=1.001)
    both = PolarityVoxelGrid(n_bins).compute(events, RESOLUTION, **window)
    index = PolarityVoxelGrid(n_bins).index_image(events, RESOLUTION, **window)
    np.testing.assert_array_equal(index >> 4, np.ceil(both[n_bins - 1]))
    np.testing.assert_array_equal(index & 15, np.ceil(both[-1]))


def test_the_newest_slice_is_the_highest_bit(to_events):
    events = to_events([(0, 0, 0, 1), (99, 1, 0, 0), (0, 2, 0, 1), (60, 2, 0, 1)])
    window = {"start_us": 0, "stop_us": 100}
    image = TemporalBinary(n_bits=4).compute(events, RESOLUTION, **window)
    np.testing.assert_allclose(image[0, :4] * 15, [1, 8, 1 + 4, 0], rtol=1e-6)
    index = TemporalBinary().index_image(events, RESOLUTION, **window)
    assert index[0, :4].tolist() == [1, 128, 1 + 16, 0]
    assert TemporalBinary(n_bits=16).index_image(events, RESOLUTION, **window)[0, 0] == 1


def test_parameters_without_sense_are_told():
    with pytest.raises(ValueError, match="n_bins must be at least 2, got 1"):
        VoxelGrid(n_bins=1)
    for n_bits in (0, 17):
        with pytest.raises(ValueError, match=f"n_bits must be 1 to 16, got {n_bits}"):
            TemporalBinary(n_bits=n_bits)
