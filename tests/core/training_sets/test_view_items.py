from dataclasses import replace

import numpy as np
import pytest

from evface.errors import DatasetError
from evface.events.events import Events
from evface.training_sets.augmentation import NO_AUGMENTATION
from evface.training_sets.view_items import ViewInputs, ViewItems

PLAIN = ViewInputs(
    side_px=48, least_crop=1.0, shared_crop=1.0, blur=0.0, gain=0.0, margin=1.6,
    changes=NO_AUGMENTATION,
)  # fmt: skip


def test_views_are_of_one_instant_in_each_representation(write_set, clip_of):
    training_set = write_set(clip_of(0))
    item = ViewItems(training_set, [0], PLAIN).item(0, 0)
    assert item["views"].shape == (3, 3, 48, 48)
    frame, voxel, surface = item["views"]
    assert frame[:2].any()
    # The same pixels have events in all three; a time surface remembers older ones as well.
    shown = frame[:2].any(axis=0)
    assert (surface[2] > 0)[shown].all()
    cancelled = (frame[0] > 0) & (frame[1] > 0)
    assert (voxel != 128).any(axis=0)[shown & ~cancelled].all()
    assert (voxel[:, ~shown] == 128).all()


def test_views_differ_by_chance_but_are_the_same_for_the_same_epoch(three_subjects):
    inputs = ViewInputs(side_px=32, representations=("frame", "frame"))
    items = ViewItems(three_subjects, [0, 1, 2], inputs, instants_per_clip=2)
    assert len(items) == 6
    item = items.item(3, 4)
    assert item["clip_index"] == 2
    assert (item["views"][0] != item["views"][1]).any()
    np.testing.assert_array_equal(item["views"], items.item(3, 4)["views"])
    assert (item["views"] != items.item(4, 4)["views"]).any()


def test_busy_instants_are_preferred(write_set, clip_of):
    # Events in the last of ten windows only.
    t = np.sort(np.random.default_rng(0).integers(9 * 33_333, 10 * 33_333, 500))
    x, y = np.random.default_rng(1).integers(0, 48, (2, 500)).astype("u2")
    clip = clip_of(0, n=10, events=Events(t, x, y, np.ones(500, bool)))
    items = ViewItems(write_set(clip), [0], PLAIN, instants_per_clip=200)
    busy = np.mean([items.item(0, k)["views"][0].any() for k in range(200)])
    assert 0.18 < busy < 0.4


def test_a_smaller_part_is_shown_larger(three_subjects):
    whole = ViewItems(three_subjects, [0], PLAIN).item(0, 0)["views"][0, :2]
    part = ViewItems(three_subjects, [0], replace(PLAIN, least_crop=0.2)).item(0, 0)
    assert np.count_nonzero(part["views"][0, :2].any(0)) != np.count_nonzero(whole.any(0))


def test_clips_without_events_are_passed_over(write_set, clip_of):
    training_set = write_set(clip_of(0, events=Events.empty()), clip_of(1))
    assert ViewItems(training_set, [0, 1], PLAIN).clips == [1]
    with pytest.raises(DatasetError, match="has no events in these clips"):
        ViewItems(training_set, [0], PLAIN)
