from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.tracks import LandmarkState
from evface.errors import DatasetError
from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.landmarks.schemes import IBUG68
from evface.training_sets.augmentation import NO_AUGMENTATION
from evface.training_sets.keypoint_items import (
    FACE_CHANGES,
    FaceAugmentation,
    FaceInputs,
    KeypointItems,
)

INPUTS = FaceInputs(side_px=64)
STILL = FaceAugmentation(events=NO_AUGMENTATION, occlusion=0.0, grey=0.0)


def items_of(training_set, inputs=INPUTS, **settings):
    return KeypointItems(training_set, range(len(training_set)), inputs, **settings)


def test_an_item_has_every_part_in_its_shape(three_subjects):
    item = items_of(three_subjects, augmentation=FaceAugmentation()).item(0, 5)
    shapes = {name: (value.shape, str(value.dtype)) for name, value in item.items()}
    assert shapes == {
        "event": ((3, 64, 64), "uint8"),
        "rgb": ((3, 64, 64), "uint8"),
        "rgb_ok": ((), "bool"),
        "landmarks": ((68, 2), "float32"),
        "landmark_mask": ((68,), "bool"),
        "norm": ((), "float32"),
        "to_picture": ((2, 3), "float32"),
        "clip_index": ((), "int64"),
        "row": ((), "int64"),
    }


def test_landmarks_go_back_to_the_picture_they_came_from(three_subjects):
    changes = FaceAugmentation(events=replace(FaceAugmentation().events, mirror=0.0))
    for augmentation in (None, changes):
        items = items_of(three_subjects, augmentation=augmentation)
        for position in range(0, len(items), 3):
            item = items.item(1, position)
            ones = np.ones((68, 1), np.float32)
            back = np.hstack([item["landmarks"], ones]) @ item["to_picture"].T
            clip = three_subjects.clip(int(item["clip_index"]))
            np.testing.assert_allclose(back, clip.landmarks[item["row"]], atol=1e-3)


def test_the_face_fills_the_square_but_for_the_margin(three_subjects):
    item = items_of(three_subjects).item(0, 0)
    extent = np.ptp(item["landmarks"], axis=0)
    assert extent.max() == pytest.approx(1 / 1.2, abs=1e-4)
    middle = (item["landmarks"].min(0) + item["landmarks"].max(0)) / 2
    np.testing.assert_allclose(middle, 0.5, atol=1e-4)
    right, left = item["landmarks"][[36, 45]]
    assert item["norm"] == pytest.approx(np.hypot(*(right - left)), abs=1e-6)


@pytest.mark.parametrize("mirror", [0.0, 1.0])
def test_an_event_on_a_landmark_is_drawn_on_it(write_set, clip_of, mirror):
    landmarks = np.random.default_rng(0).permutation(
        np.stack(np.meshgrid(np.arange(4, 44, 4), np.arange(4, 44, 5)), -1).reshape(-1, 2)[:68]
    )
    x, y = landmarks.T.astype("u2")
    events = Events(np.full(68, 30_000), x, y, np.ones(68, bool))
    clip = clip_of(0, n=1, events=events, landmarks=landmarks[None].astype("f4"))
    changes = replace(
        FaceAugmentation().events, mirror=mirror, event_drop=0, noise_rate_hz=0, window_jitter=0
    )
    augmentation = FaceAugmentation(events=changes, occlusion=0.0)
    items = items_of(write_set(clip), moments_per_clip=1, augmentation=augmentation)
    for epoch in range(3):
        item = items.item(epoch, 0)
        inside = ((item["landmarks"] > 0.02) & (item["landmarks"] < 0.98)).all(axis=1)
        column, row = (item["landmarks"][inside] * 64).astype(int).T
        near = [
            item["event"][0, max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2].any()
            for c, r in zip(column, row, strict=True)
        ]
        assert all(near)


def test_video_is_laid_on_the_events_only_where_its_place_is_known(write_set, clip_of):
    known, unknown = clip_of(0), clip_of(1, event_from_rgb=None)
    items = items_of(write_set(known, unknown, clip_of(2, rgb=None)), moments_per_clip=1)
    seen = [items.item(0, position) for position in range(3)]
    assert [bool(item["rgb_ok"]) for item in seen] == [True, False, False]
    assert [bool(item["rgb"].any()) for item in seen] == [True, False, False]
    without = items_of(write_set(known, name="b"), replace(INPUTS, uses_rgb=False))
    assert "rgb" not in without.item(0, 0)


def test_video_and_landmarks_are_turned_alike(write_set, clip_of):
    landmarks = np.tile(clip_of(0).landmarks[:1], (6, 1, 1))
    rgb = np.zeros((6, 48, 48, 3), np.uint8)
    x, y = np.rint(landmarks[0, 30]).astype(int)
    landmarks[:, 30] = x, y
    rgb[:, y - 1 : y + 2, x - 1 : x + 2] = 255
    clip = clip_of(0, rgb=rgb, landmarks=landmarks, event_from_rgb=PlanarTransform())
    changes = FaceAugmentation(occlusion=0.0)
    items = items_of(write_set(clip), augmentation=changes, moments_per_clip=1)
    for epoch in range(4):
        item = items.item(epoch, 0)
        weights = item["rgb"].max(axis=0).astype(float)
        weights[weights < 60] = 0
        rows, columns = np.mgrid[:64, :64] + 0.5
        found = np.array([(weights * columns).sum(), (weights * rows).sum()]) / weights.sum() / 64
        mirrored = IBUG68.mirror[30]
        np.testing.assert_allclose(found, item["landmarks"][mirrored], atol=0.02)


def test_landmarks_below_the_state_asked_for_are_masked(write_set, clip_of):
    state = np.full((6, 68), 3, np.uint8)
    state[:, 10] = 1
    state[2, 36] = 0
    landmarks = clip_of(0).landmarks.copy()
    landmarks[:, 20] = np.nan
    clip = clip_of(0, landmark_state=state, landmarks=landmarks)
    items = items_of(write_set(clip), least_state=LandmarkState.CORRECTED, moments_per_clip=6)
    seen = [items.item(0, position) for position in range(len(items))]
    # Without an eye's corner nothing can be measured.
    assert sorted({int(item["row"]) for item in seen}) == [0, 1, 3, 4, 5]
    assert np.flatnonzero(~seen[0]["landmark_mask"]).tolist() == [10, 20]
    assert np.isfinite(seen[0]["landmarks"]).all()


def test_test_items_are_spread_over_the_clip_and_training_ones_drawn(three_subjects):
    items = items_of(three_subjects, moments_per_clip=3)
    assert [items.place_of(position) for position in range(3)] == [(0, 1), (0, 3), (0, 5)]
    assert len(items) == 9
    training = items_of(three_subjects, moments_per_clip=1, augmentation=STILL)
    assert len({int(training.item(epoch, 0)["row"]) for epoch in range(20)}) >= 4
    one, again = training.item(3, 0), training.item(3, 0)
    for name in one:
        np.testing.assert_array_equal(one[name], again[name])


def test_a_detector_s_box_can_be_cut_by(three_subjects):
    boxes = np.full((6, 4), np.nan, np.float32)
    boxes[1] = [0, 0, 24, 24]
    items = items_of(three_subjects, boxes={0: boxes}, moments_per_clip=6)
    side = 1.2 * 24 / 1
    np.testing.assert_allclose(items.item(0, 1)["to_picture"][0, 0], side, rtol=1e-5)
    assert items.item(0, 2)["to_picture"][0, 0] != pytest.approx(side)


def test_other_schemes_are_learnt_where_they_can_be(three_subjects):
    item = items_of(three_subjects, replace(INPUTS, scheme="five")).item(0, 0)
    assert item["landmarks"].shape == (5, 2)
    with pytest.raises(DatasetError, match="landmarks of ibug68, from which wflw98"):
        items_of(three_subjects, replace(INPUTS, scheme="wflw98"))


def test_sets_without_landmarks_are_told(write_set, clip_of):
    bare = clip_of(0, landmarks=np.full((6, 68, 2), np.nan, np.float32))
    with pytest.raises(DatasetError, match="has no landmarks to learn from"):
        items_of(write_set(bare))


def test_occlusion_hides_each_picture_on_its_own(three_subjects):
    changes = replace(STILL, occlusion=1.0, occlusion_side=0.3, occlusion_std=0.0)
    plain = items_of(three_subjects, augmentation=STILL).item(0, 0)
    hidden = items_of(three_subjects, augmentation=changes).item(0, 0)
    places = []
    for name in ("event", "rgb"):
        changed = (plain[name] != hidden[name]).any(axis=0)
        rows, columns = np.nonzero(changed)
        places.append((rows.min(), rows.max(), columns.min(), columns.max()))
        assert 0 < changed.mean() < 0.4
    assert places[0] != places[1]


def test_faces_that_are_searched_are_small_and_lie_anywhere_in_their_square():
    random = np.random.default_rng(0)
    far = FaceAugmentation(FACE_CHANGES, far=1.0)
    drawn = [far.draw_jitter(random) for _ in range(500)]
    scales = np.array([jitter.scale for jitter in drawn])
    shifts = np.array([jitter.shift for jitter in drawn])
    assert 0.4 <= scales.min() < 0.45
    assert scales.max() <= 1.0
    # The face stays within.
    assert (np.abs(shifts).max(axis=1) <= (1 - scales) / 2).all()
    near = [FaceAugmentation(FACE_CHANGES).draw_jitter(random).scale for _ in range(50)]
    assert min(near) > 0.9
