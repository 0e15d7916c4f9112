import numpy as np
import pytest

from evface.datasets.frames import (
    at_rate,
    pictures_in,
    read_picture,
    timed_by_clock,
    timed_by_number,
    untimed,
    write_frames,
)
from evface.datasets.samples import FrameSequence
from evface.errors import DatasetError
from evface.video.reader import open_video


def paths(tmp_path, *names):
    return [tmp_path / name for name in names]


def test_pictures_are_found_in_the_order_in_which_people_count(tmp_path):
    for name in ("frame_10.png", "frame_9.PNG", "frame_100.jpg", "notes.txt", "10.png"):
        (tmp_path / name).write_bytes(b"")
    names = [path.name for path in pictures_in(tmp_path)]
    assert names == ["10.png", "frame_9.PNG", "frame_10.png", "frame_100.jpg"]
    assert pictures_in(tmp_path / "nowhere") == []


def test_times_that_nobody_published_are_marked(tmp_path):
    frames = untimed(paths(tmp_path, "a.png", "b.png", "c.png"))
    np.testing.assert_array_equal(frames.times_us, [0, 33_333, 66_667])
    assert not frames.is_timed
    assert at_rate(frames.paths, 50.0).is_timed


def test_times_of_day_count_from_the_first_frame_and_past_midnight(tmp_path):
    names = ("f_0_23:59:59.900000.jpg", "f_1_23-59-59.950000.jpg", "f_2_00_00_00_010000.jpg")
    frames = timed_by_clock(paths(tmp_path, *names))
    np.testing.assert_array_equal(frames.times_us, [0, 50_000, 110_000])


@pytest.mark.parametrize("names", [("a_1.png", "a_01.png"), ("b_2.png", "a_2.png")])
def test_two_pictures_of_one_time_are_refused(tmp_path, names):
    with pytest.raises(DatasetError, match="has the time of another picture"):
        timed_by_number(paths(tmp_path, *names), 1.0)


def test_a_name_without_number_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"a.png: has no number in its name"):
        timed_by_number(paths(tmp_path, "a.png"), 1.0)


def test_times_must_fit_the_pictures(tmp_path):
    with pytest.raises(ValueError, match="expected 1 increasing times"):
        FrameSequence(tuple(paths(tmp_path, "a.png")), np.arange(2), is_timed=True)
    with pytest.raises(ValueError, match="expected 2 increasing times"):
        FrameSequence(tuple(paths(tmp_path, "a", "b")), np.zeros(2, np.int64), is_timed=True)


def test_the_video_shows_the_pictures_at_their_times(tmp_path, write_spot):
    spots = [(10, 10), (30, 20), (50, 30)]
    names = ("0.png", "40.png", "110.png")
    pictures = [
        write_spot(tmp_path / name, spot=spot) for name, spot in zip(names, spots, strict=True)
    ]
    write_frames(tmp_path / "v.mp4", timed_by_number(pictures, 1e3))
    video = open_video(tmp_path / "v.mp4")
    np.testing.assert_array_equal(video.times_us, [0, 40_000, 110_000])
    for index, (x, y) in enumerate(spots):
        frame = video.read(index)
        assert frame[y, x].min() > 150
        assert np.abs(frame.astype(int) - read_picture(pictures[index])).mean() < 3
    video.close()
