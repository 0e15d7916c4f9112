from __future__ import annotations

import contextlib

import numpy as np
import pytest
from encoding_others import aedat4, aedat31, events_buffer, frame_buffer, rows_at_random

from evface.errors import VideoFileError
from evface.events.formats.frame_source import FrameSource
from evface.events.sources import open_events
from evface.projects.recording import Recording

ROWS = rows_at_random(2000, resolution=(64, 48))
IMAGES = [
    np.random.default_rng(seed).integers(0, 256, (48, 64)).astype(np.uint8) for seed in range(3)
]
TIMES_US = (5_000, 45_000, 86_000)


@pytest.fixture
def write(tmp_path):
    def write_file(kind):
        path = tmp_path / "a.aedat"
        if kind == "AEDAT4":
            frames = [
                (1, frame_buffer(t, t - 100, t + 100, image))
                for t, image in zip(TIMES_US, IMAGES, strict=True)
            ]
            path.write_bytes(aedat4([frames[0], (0, events_buffer(ROWS)), *frames[1:]]))
        else:
            frames = [
                (t - 100, t + 100, image.astype(np.uint16) << 8)
                for t, image in zip(TIMES_US, IMAGES, strict=True)
            ]
            path.write_bytes(aedat31(ROWS, camera="DVS128", frames=frames))
        return path

    return write_file


@pytest.mark.parametrize("kind", ["AEDAT4", "AEDAT 3.1"])
def test_pictures_open_as_the_video_of_the_recording(kind, write):
    with contextlib.closing(Recording.from_files(write(kind))) as recording:
        video = recording.video
        assert (video.n_frames, video.resolution) == (3, (64, 48))
        origin_us = recording.events.origin_us
        assert (recording.video_times_us + origin_us).tolist() == list(TIMES_US)
        assert (recording.sync.method, recording.sync.residual_us) == ("same camera", 0.0)
        for index in (2, 0, 1):
            np.testing.assert_array_equal(video.read(index), IMAGES[index][:, :, None].repeat(3, 2))
        assert [t for _, t, _ in video.frames(1)] == [40_000, 81_000]


def test_only_pictures_of_the_sensor_s_size_share_its_pixels(write):
    with contextlib.closing(Recording.from_files(write("AEDAT4"))) as recording:
        assert recording.event_from_rgb.quality == "good"
    with contextlib.closing(Recording.from_files(write("AEDAT 3.1"))) as recording:
        assert recording.event_from_rgb.quality == "assumed"


def test_in_place_of_a_damaged_picture_the_nearest_whole_one_is_shown(write):
    path = write("AEDAT4")
    with contextlib.closing(open_events(path)) as source:
        frames = source.frames
    data = bytearray(path.read_bytes())
    place = int(frames.places[1])
    data[place + 60 : place + 90] = b"\xff" * 30
    path.write_bytes(data)
    with contextlib.closing(FrameSource(path, frames)) as video:
        np.testing.assert_array_equal(video.read(1)[:, :, 0], IMAGES[0])
        assert "1 damaged frame" in video.warnings[0]


def test_pictures_of_a_file_that_is_gone_are_an_error(write):
    path = write("AEDAT4")
    with contextlib.closing(open_events(path)) as source:
        frames = source.frames
    path.write_bytes(path.read_bytes()[:1000])
    with contextlib.closing(FrameSource(path, frames)) as video:
        with pytest.raises(VideoFileError, match="damaged"):
            video.read(2)
        with pytest.raises(IndexError):
            video.read(3)
    path.unlink()
    with pytest.raises(VideoFileError):
        FrameSource(path, frames)


def test_a_project_keeps_the_pictures_as_the_recording_s_video(write, tmp_path):
    from evface.projects.project import Project
    from evface.projects.recording import open_recording

    path = write("AEDAT4")
    with Project.create(tmp_path / "p.evface") as project:
        entry = project.add_recording(path)
        assert entry.video.path == entry.events.path == path
        with contextlib.closing(open_recording(entry, needs_video=True)) as recording:
            np.testing.assert_array_equal(recording.video.read(1)[:, :, 0], IMAGES[1])
            assert recording.sync.method == "same camera"
