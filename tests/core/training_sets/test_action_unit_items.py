from dataclasses import replace

import h5py
import numpy as np
import pytest

from evface.errors import DatasetError
from evface.training_sets.action_unit_items import ActionUnitItems
from evface.training_sets.augmentation import NO_AUGMENTATION, Augmentation
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.mirroring import mirror_clip
from evface.training_sets.picture_cache import open_cache
from evface.training_sets.statistics import measure_targets

INPUTS = ClipInputs(side_px=24, n_frames=8, uses_rgb=True)


@pytest.fixture
def items_of():
    def make(training_set, inputs=INPUTS, **settings):
        statistics = measure_targets(training_set, range(len(training_set)))
        return ActionUnitItems(
            training_set, range(len(training_set)), inputs, statistics, **settings
        )

    return make


def test_an_item_has_every_part_in_its_shape(three_subjects, items_of):
    item = items_of(three_subjects).item(0, 1)
    shapes = {name: (value.shape, str(value.dtype)) for name, value in item.items()}
    assert shapes == {
        "events": ((8, 3, 24, 24), "uint8"),
        "rgb": ((8, 3, 24, 24), "uint8"),
        "frame_mask": ((8,), "bool"),
        "au_class": ((), "int64"),
        "coefficients": ((8, 32), "float32"),
        "coefficients_mask": ((8,), "bool"),
        "pose": ((8, 4), "float32"),
        "pose_mask": ((8,), "bool"),
        "intensity": ((8, 24), "float32"),
        "intensity_mask": ((8, 24), "bool"),
        "clip_index": ((), "int64"),
        "rgb_ok": ((), "bool"),
    }
    assert (item["au_class"], item["clip_index"]) == (1, 1)
    assert item["frame_mask"].tolist() == [True] * 6 + [False] * 2
    assert not item["events"][6:].any()
    assert item["events"][:6].any()


def test_missing_labels_are_masked_and_never_nan(write_set, clip_of, items_of):
    clip = clip_of(0)
    clip.coefficients[2, 5] = clip.pose[3] = clip.intensity[1, 4] = np.nan
    training_set = write_set(clip, clip_of(1, au_class=-1, intensity=np.full((6, 24), np.nan, "f")))
    item = items_of(training_set).item(0, 0)
    assert np.flatnonzero(~item["coefficients_mask"]).tolist() == [2, 6, 7]
    assert np.flatnonzero(~item["pose_mask"]).tolist() == [3, 6, 7]
    assert not item["coefficients"][2].any()
    assert not item["intensity_mask"][1, 4]
    assert item["intensity_mask"][1].sum() == 23
    for index in range(2):
        for name, value in items_of(training_set).item(0, index).items():
            assert np.isfinite(value).all(), name
    assert items_of(training_set).item(0, 1)["au_class"] == -1


def test_sets_without_coefficients_have_none_of_them(write_set, clip_of, items_of):
    training_set = write_set(clip_of(0, model="", rgb=None))
    item = items_of(training_set).item(0, 0)
    assert item["coefficients"].shape == (8, 0)
    assert not item["coefficients_mask"].any()
    assert not item["rgb"].any()


def test_items_depend_on_seed_epoch_and_position_alone(three_subjects, items_of):
    changes = {"augmentation": Augmentation(), "seed": 4}
    one, other = items_of(three_subjects, **changes), items_of(three_subjects, **changes)
    for position in (2, 0, 1):
        other.item(1, position)
    for name, value in one.item(1, 2).items():
        np.testing.assert_array_equal(value, other.item(1, 2)[name], err_msg=name)
    assert (one.item(1, 2)["events"] != one.item(2, 2)["events"]).any()
    seeded = items_of(three_subjects, augmentation=Augmentation(), seed=5)
    assert (one.item(1, 2)["events"] != seeded.item(1, 2)["events"]).any()


def test_without_augmentation_the_first_moments_are_taken_as_they_are(write_set, clip_of, items_of):
    clip = clip_of(0, n=12, rgb=None)
    training_set = write_set(clip)
    items = items_of(training_set)
    np.testing.assert_array_equal(items.item(0, 0)["events"], INPUTS.draw_events(clip)[:8])
    np.testing.assert_array_equal(items.item(3, 0)["intensity"], clip.intensity[:8])


def test_training_takes_any_stretch_of_a_longer_clip_with_its_labels(write_set, clip_of, items_of):
    clip = clip_of(0, n=12, rgb=None)
    items = items_of(write_set(clip), augmentation=NO_AUGMENTATION)
    starts = set()
    for epoch in range(20):
        item = items.item(epoch, 0)
        (start,) = np.flatnonzero((clip.intensity == item["intensity"][0]).all(axis=1))
        starts.add(int(start))
        expected = INPUTS.draw_events(clip)[start : start + 8]
        np.testing.assert_array_equal(item["events"], expected)
    assert starts == {0, 1, 2, 3, 4}


def test_mirrored_items_are_those_of_the_mirrored_clip(write_set, clip_of, items_of):
    clip = clip_of(18, rgb=None)
    training_set = write_set(clip)
    always = items_of(training_set, augmentation=replace(NO_AUGMENTATION, mirror=1.0))
    mirrored = always.item(0, 0)
    expected = mirror_clip(clip)
    np.testing.assert_array_equal(mirrored["events"][:6], INPUTS.draw_events(expected))
    assert mirrored["au_class"] == 19
    np.testing.assert_allclose(
        mirrored["coefficients"][:6],
        always.statistics.coefficients_to_z(expected.coefficients),
        atol=1e-4,
    )


def test_clips_of_a_model_without_mirror_are_never_mirrored(write_set, clip_of, items_of):
    training_set = write_set(clip_of(18, model="nobody-1"))
    items = items_of(training_set, augmentation=replace(NO_AUGMENTATION, mirror=1.0))
    assert items.item(0, 0)["au_class"] == 18


def test_pictures_from_the_cache_are_those_drawn_anew(three_subjects, items_of, tmp_path):
    cache = open_cache(three_subjects, INPUTS, tmp_path)
    drawn, cached = items_of(three_subjects), items_of(three_subjects, cache=cache)
    for position in range(3):
        for name, value in drawn.item(0, position).items():
            np.testing.assert_array_equal(value, cached.item(0, position)[name], err_msg=name)
    mirroring = replace(NO_AUGMENTATION, mirror=1.0)
    drawn = items_of(three_subjects, augmentation=mirroring)
    cached = items_of(three_subjects, augmentation=mirroring, cache=cache)
    for name in ("events", "au_class", "coefficients", "pose"):
        np.testing.assert_array_equal(drawn.item(1, 1)[name], cached.item(1, 1)[name])


def test_the_pose_turns_with_the_picture_with_and_without_a_cache(
    three_subjects, items_of, tmp_path
):
    cache = open_cache(three_subjects, INPUTS, tmp_path)
    changes = replace(NO_AUGMENTATION, scale=0.1, rotation_deg=20.0)
    still = items_of(three_subjects).item(0, 0)
    drawn = items_of(three_subjects, augmentation=changes).item(0, 0)
    cached = items_of(three_subjects, augmentation=changes, cache=cache).item(0, 0)
    np.testing.assert_array_equal(drawn["pose"], cached["pose"])
    assert (drawn["pose"] != still["pose"]).any()
    np.testing.assert_array_equal(drawn["coefficients"], still["coefficients"])
    assert (cached["events"] != still["events"]).any()
    assert (cached["rgb"] != still["rgb"]).any()


def test_angles_are_those_from_how_the_person_holds_the_head(write_set, clip_of, items_of):
    moved = clip_of(0)
    held = np.array([0.4, -0.3, 0.2, 0], np.float32)
    other = replace(moved, subject="held otherwise", pose=moved.pose + held)
    items = items_of(write_set(moved, other, clip_of(1)))
    one, same = items.item(0, 0)["pose"], items.item(0, 1)["pose"]
    np.testing.assert_allclose(one, same, atol=1e-4)
    assert np.abs(one[:, :3]).max() > 0.1


def test_a_damaged_clip_is_named_in_training(write_set, clip_of, items_of):
    training_set = write_set(clip_of(0), clip_of(1))
    items = items_of(training_set)
    with h5py.File(training_set.path, "r") as file:
        chunk = file["clips/000001/x"].id.get_chunk_info(0)
    content = bytearray(training_set.path.read_bytes())
    content[chunk.byte_offset + 20] ^= 0xFF
    training_set.path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"clip 1 \(recording 1\) is damaged"):
        items.item(0, 1)
