import json

import cv2
import numpy as np
import pytest

from evface.datasets.clip_labels import E_CELEBV
from evface.errors import DatasetError
from evface.training_sets.building import SetPlan, build_training_set
from evface.training_sets.file import TrainingSet
from evface.training_sets.from_datasets import (
    events_of_picture,
    has_pictures_only,
    iter_picture_clips,
)
from evface.training_sets.inputs import event_pictures

WHITE, RED, BLUE = (255, 255, 255), (230, 20, 20), (20, 20, 230)


def test_colours_become_polarities_and_the_background_nothing():
    picture = np.full((4, 6, 3), WHITE, np.uint8)
    picture[1, 2], picture[3, 5], picture[0, 0] = RED, BLUE, (250, 250, 240)
    events = events_of_picture(picture, 99)
    assert list(zip(events.x.tolist(), events.y.tolist(), events.p.tolist(), strict=True)) == [
        (2, 1, True),
        (5, 3, False),
    ]
    assert events.t.tolist() == [99, 99]


def test_grey_pictures_are_told_by_brightness():
    picture = np.full((4, 6, 3), 37, np.uint8)
    picture[0, 1], picture[0, 2] = 255, 126
    grey = np.full((4, 6, 3), 128, np.uint8)
    grey[0, 1], grey[0, 2] = 255, 0
    assert events_of_picture(picture, 0).p.tolist() == [True, True]
    assert events_of_picture(grey, 0).p.tolist() == [True, False]


@pytest.fixture
def pictures(tmp_path):
    """Two clips of e-CelebV, of which the second lacks its pictures of the kind 'frame'."""
    random = np.random.default_rng(0)
    for clip, kind in (("abc_0", "frame"), ("xyz_0", "voxel")):
        lines = []
        for k in range(3):
            points = random.uniform(100, 400, (98, 2)).round(2)
            lines.append(" ".join(f"{v:g}" for v in points.ravel()) + f" {k}.png")
            events = np.full((48, 64, 3), WHITE, np.uint8)
            events[10 + k, 20] = RED
            shades = np.full((24, 32, 3), 60 * k, np.uint8)
            for folder, picture in ((kind, events), ("rgb_frame_max", shades)):
                path = tmp_path / folder / clip / f"{k}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
        labels = tmp_path / "ecelebv_gt_frame_max" / f"{clip}.txt"
        labels.parent.mkdir(exist_ok=True)
        labels.write_text("\n".join(lines) + "\n")
    split = {"train": ["abc_0"], "test": ["xyz_0"]}
    (tmp_path / "train_val_test_split_multilabel_mod.json").write_text(json.dumps(split))
    return tmp_path


def test_published_pictures_become_clips_of_keypoints(pictures):
    skipped = []
    assert has_pictures_only(E_CELEBV, pictures)
    (clip,) = iter_picture_clips(E_CELEBV, pictures, side_px=128, skipped=skipped.append)
    assert (clip.recording, clip.subject, clip.split) == ("abc_0", "abc", "train")
    assert (clip.scheme, clip.resolution, len(clip)) == ("wflw98", (128, 128), 3)
    (sample, _) = E_CELEBV.iter_samples(pictures)
    on_pictures = sample.read_tracks()["published_landmarks_events"].landmarks
    expected = (on_pictures + 0.5) * [2, 128 / 48] - 0.5
    np.testing.assert_allclose(clip.landmarks, expected, atol=1e-3)
    np.testing.assert_allclose(clip.rgb.mean(axis=(1, 2, 3)), [0, 60, 120], atol=2)
    assert "xyz_0: has no pictures of the kind 'frame'" in skipped[0]


def test_a_frame_drawn_of_such_a_clip_is_the_published_picture(pictures):
    (clip,) = iter_picture_clips(E_CELEBV, pictures, side_px=64)
    drawn = event_pictures(
        clip.events, clip.times_us, representation="frame", window_us=33_333, resolution=(64, 64)
    )
    for k in range(3):
        rows, columns = np.nonzero(drawn[k, 2])
        assert set(columns) == {20}
        expected = (np.arange(64) * 48) // 64 == 10 + k
        assert set(rows) == set(np.flatnonzero(expected))


def test_they_can_be_built_into_a_set(pictures, tmp_path):
    built = build_training_set(tmp_path / "a.evset", SetPlan((pictures,), dataset="e-celebv"))
    assert (built.n_clips, len(built.problems)) == (1, 1)
    with TrainingSet(tmp_path / "a.evset") as training_set:
        assert training_set.about.scheme == "wflw98"
    assert not (tmp_path / "a.evface").exists()
    with pytest.raises(DatasetError):
        build_training_set(tmp_path / "b.evset", SetPlan((tmp_path / "frame",), dataset="e-celebv"))
