import numpy as np
import pytest

from evface.datasets.splits import split_of
from evface.datasets.wflw_v import WFLW_V
from evface.errors import DatasetError


def points_98(seed):
    return np.random.default_rng(seed).uniform(10, 40, (98, 2)).round(3)


def test_labels_arrive_at_the_times_of_the_frames(wflw_v):
    (sample,) = WFLW_V.iter_samples(wflw_v)
    assert sample.name == sample.subject == "-3rDiJYQ6CQ"
    assert sample.split == split_of("-3rDiJYQ6CQ")
    assert sample.attributes == {"difficulty": "easy"}
    assert sample.is_simulated
    tracks = sample.read_tracks()
    track = tracks["published_landmarks"]
    np.testing.assert_array_equal(track.times_us, np.arange(4) * 40_000)
    np.testing.assert_allclose(track.landmarks[2], points_98(2), atol=1e-3)
    np.testing.assert_array_equal(tracks["published_boxes"].boxes_px[3], [1, 2, 30, 40])


def test_boxes_may_be_missing(wflw_v):
    (wflw_v / "bboxes" / "-3rDiJYQ6CQ.npy").unlink()
    (sample,) = WFLW_V.iter_samples(wflw_v)
    assert set(sample.read_tracks()) == {"published_landmarks"}


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (np.zeros((3, 98, 2)), "labels 3 frames but the video has 4"),
        (np.zeros((4, 68, 2)), r"is float64 \(4, 68, 2\); download it again"),
        (np.array([{"a": 1}], dtype=object), "is no array of numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_named(wflw_v, array, problem):
    np.save(wflw_v / "landmarks" / "-3rDiJYQ6CQ.npy", array, allow_pickle=True)
    (sample,) = WFLW_V.iter_samples(wflw_v)
    with pytest.raises(DatasetError, match=f"-3rDiJYQ6CQ.npy: {problem}"):
        sample.read_tracks()


def test_a_video_that_left_youtube_is_named(wflw_v):
    video = wflw_v / "videos" / "-3rDiJYQ6CQ.mp4"
    video.unlink()
    (line,) = WFLW_V.find(wflw_v).missing
    assert str(line) == f"{video}: is missing; the video may have left YouTube"
    with pytest.raises(DatasetError, match="see evface dataset info wflw-v"):
        next(WFLW_V.iter_samples(wflw_v))


def test_a_damaged_video_is_named(wflw_v):
    video = wflw_v / "videos" / "-3rDiJYQ6CQ.mp4"
    video.write_bytes(b"nothing")
    (line,) = WFLW_V.find(wflw_v).missing
    assert line.path == video
