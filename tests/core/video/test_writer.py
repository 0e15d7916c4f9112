from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from numbered import number_of, numbered_picture

from evface.errors import VideoFileError
from evface.video.reader import open_video
from evface.video.writer import write_video


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "out.mp4"
    n = write_video(path, (numbered_picture(i) for i in range(30)), rate_hz=24000 / 1001)
    video = open_video(path)
    assert n == video.n_frames == 30
    assert [number_of(frame) for _, _, frame in video.frames()] == list(range(30))
    truth = [round(Fraction(i * 1001, 24000) * 10**6) for i in range(30)]
    assert np.abs(video.times_us - truth).max() <= 32
    assert list(tmp_path.iterdir()) == [path]


def test_colours_survive(tmp_path):
    colours = [(200, 60, 90), (20, 160, 40), (250, 250, 250), (10, 10, 10), (60, 80, 220)]
    pictures = [np.full((48, 64, 3), colour, np.uint8) for colour in colours]
    write_video(tmp_path / "colours.mp4", pictures, rate_hz=25)
    video = open_video(tmp_path / "colours.mp4")
    for index, colour in enumerate(colours):
        assert np.abs(video.read(index).mean(axis=(0, 1)) - colour).max() < 4
    with av.open(str(tmp_path / "colours.mp4")) as container:
        assert next(container.decode(video=0)).colorspace == 1


def test_an_odd_size_is_padded_with_its_edge(tmp_path):
    picture = np.full((33, 47, 3), 180, np.uint8)
    write_video(tmp_path / "odd.mp4", [picture] * 3, rate_hz=10)
    video = open_video(tmp_path / "odd.mp4")
    assert video.resolution == (48, 34)
    assert np.abs(video.read(1).astype(int) - 180).max() < 6


def test_a_failure_leaves_nothing_behind(tmp_path):
    kept = tmp_path / "kept.mp4"
    kept.write_bytes(b"as before")

    def frames():
        yield numbered_picture(0)
        raise RuntimeError("the renderer broke")

    with pytest.raises(RuntimeError, match="renderer"):
        write_video(kept, frames(), rate_hz=25)
    with pytest.raises(ValueError, match="no frames"):
        write_video(kept, [], rate_hz=25)
    with pytest.raises(ValueError, match="all frames must be"):
        write_video(kept, [numbered_picture(0), numbered_picture(0)[:-2]], rate_hz=25)
    assert kept.read_bytes() == b"as before"
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize("name", ["no/such/folder/out.mp4", "out.unknown", "out"])
def test_a_path_that_cannot_be_written_is_told_in_one_line(tmp_path, name):
    with pytest.raises(VideoFileError, match="cannot be written") as caught:
        write_video(tmp_path / name, [numbered_picture(0)], rate_hz=25)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_frames_are_shown_at_the_times_given(tmp_path):
    times_us = np.array([0, 33_333, 70_001, 100_000, 250_000])
    path = tmp_path / "uneven.mp4"
    write_video(path, (numbered_picture(i) for i in range(5)), times_us=times_us)
    video = open_video(path)
    np.testing.assert_array_equal(video.times_us, times_us)
    assert [number_of(frame) for _, _, frame in video.frames()] == list(range(5))


@pytest.mark.parametrize("n_times", [2, 4])
def test_there_must_be_one_time_for_each_frame(tmp_path, n_times):
    with pytest.raises(ValueError, match="frames"):
        write_video(
            tmp_path / "v.mp4",
            [numbered_picture(0)] * 3,
            times_us=np.arange(n_times, dtype=np.int64) * 40_000,
        )
    assert not list(tmp_path.iterdir())


def test_a_rate_or_times_are_needed_and_not_both(tmp_path):
    frames = [numbered_picture(0)]
    with pytest.raises(ValueError, match="either"):
        write_video(tmp_path / "v.mp4", frames)
    with pytest.raises(ValueError, match="either"):
        write_video(tmp_path / "v.mp4", frames, rate_hz=25, times_us=np.zeros(1, np.int64))


def test_the_same_frames_give_the_same_file_where_asked_to(tmp_path):
    rng = np.random.default_rng(0)
    frames = [cv2.blur(rng.integers(0, 255, (96, 128, 3), np.uint8), (9, 9)) for _ in range(30)]
    written = []
    for name in ("one.mp4", "other.mp4"):
        write_video(tmp_path / name, frames, rate_hz=30.0, is_reproducible=True)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
