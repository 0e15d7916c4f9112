"""Tests of finding hot pixels."""

import numpy as np

from evface.events.health.hot_pixels import find_hot_pixels


def test_pixels_far_busier_than_their_neighbours_are_hot_also_in_corners_and_pairs():
    counts = np.random.default_rng(0).poisson(8, (60, 80))
    hot = [(0, 0), (59, 79), (30, 40), (30, 41), (10, 70)]
    for row, column in hot:
        counts[row, column] = 2000
    found = find_hot_pixels(counts)
    assert sorted(zip(*(axis.tolist() for axis in np.nonzero(found)), strict=True)) == sorted(hot)


def test_a_thin_edge_a_busy_patch_and_noise_are_not_hot():
    counts = np.random.default_rng(1).poisson(3, (60, 80))
    counts[:, 20] += 500
    counts[40:50, 40:60] += 900
    np.fill_diagonal(counts, 400)
    assert not find_hot_pixels(counts).any()


def test_a_picture_without_events_has_none_and_counts_are_not_changed():
    counts = np.zeros((5, 7), np.uint32)
    assert not find_hot_pixels(counts).any()
    assert not counts.any()
    assert find_hot_pixels(np.zeros((0, 0), np.uint32)).shape == (0, 0)
