import json
import shutil

import numpy as np
import pytest

from evface.datasets.clip_labels import E_CELEBV, WFLW_V_PICTURES
from evface.errors import DatasetError


def points_98(seed):
    return np.random.default_rng(seed).uniform(10, 40, (98, 2)).round(3)


def test_labels_are_carried_from_the_stretched_square_to_the_pixels_of_each_picture(celebv):
    (sample,) = E_CELEBV.iter_samples(celebv)
    assert (sample.name, sample.subject, sample.split) == ("abcde_0", "abcde", "train")
    assert not sample.video.is_timed
    tracks = sample.read_tracks()
    stretched = np.stack([points_98(k) * 8 for k in range(2)]) + 0.5
    for role, size in (
        ("published_landmarks", (64, 48)),
        ("published_landmarks_events", (128, 96)),
    ):
        assert tracks[role].scheme == "wflw98"
        expected = stretched * np.array(size) / 512 - 0.5
        np.testing.assert_allclose(tracks[role].landmarks, expected, atol=2e-3)


def test_pictures_come_in_the_order_of_the_labels(celebv):
    (sample,) = E_CELEBV.iter_samples(celebv)
    assert [path.name for path in sample.video.paths] == ["7.png", "31.png"]


def test_labels_of_wflw_v_are_on_the_pictures_as_they_are(celebv):
    (celebv / "ecelebv_gt_frame_max").rename(celebv / "labels")
    (celebv / "rgb_frame_max").rename(celebv / "images_selected")
    (celebv / "train_test_split.json").write_text(json.dumps({"test": ["abcde_0"]}))
    (sample,) = WFLW_V_PICTURES.iter_samples(celebv)
    assert (sample.subject, sample.split) == ("abcde_0", "test")
    landmarks = sample.read_tracks()["published_landmarks"].landmarks
    np.testing.assert_allclose(landmarks[1], points_98(1) * 8, atol=2e-3)


def test_without_the_list_of_splits_there_is_no_split(celebv, split_findings):
    path = celebv / "train_val_test_split_multilabel_mod.json"
    path.unlink()
    (sample,), missing = split_findings(E_CELEBV, celebv)
    assert sample.split == ""
    assert missing == [f"{path}: is missing, so there is no split; copy it there"]
    path.write_text("[1]")
    with pytest.raises(DatasetError, match="is no list of splits"):
        E_CELEBV.find(celebv)


def test_missing_pictures_are_named(celebv, split_findings):
    shutil.rmtree(celebv / "rgb_frame_max" / "abcde_0")
    (sample,), missing = split_findings(E_CELEBV, celebv)
    assert sample.video is None
    assert missing == [f"{celebv / 'rgb_frame_max' / 'abcde_0'}: is missing; copy it again"]


def test_a_name_that_leads_elsewhere_is_no_picture(celebv, split_findings):
    path = celebv / "ecelebv_gt_frame_max" / "abcde_0.txt"
    path.write_text(path.read_text().replace("7.png", "../../frame/abcde_0/7.png"))
    samples, missing = split_findings(E_CELEBV, celebv)
    assert not samples
    assert "lacks 1 of 2 pictures" in missing[0]
