import errno
from itertools import pairwise

import av
import numpy as np
import pytest

from evface.cameras import webcam
from evface.cameras.registry import list_cameras, list_frame_cameras, open_frame_camera
from evface.errors import CameraError, CameraLostError
from evface.video.writer import write_video


@pytest.fixture
def devices(tmp_path, monkeypatch):
    """Return a folder in the place of the system's list of video devices, on Linux."""
    folder = tmp_path / "video4linux"
    folder.mkdir()
    monkeypatch.setattr(webcam, "_DEVICES", folder)
    monkeypatch.setattr(webcam.sys, "platform", "linux")
    return folder


def _plug(devices, number, name, index=0):
    folder = devices / f"video{number}"
    folder.mkdir()
    (folder / "name").write_text(f"{name}\n")
    (folder / "index").write_text(f"{index}\n")


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "webcam.mp4"
    frames = [np.full((48, 64, 3), 10 * k, np.uint8) for k in range(20)]
    write_video(path, frames, rate_hz=100)
    return path


@pytest.fixture
def plugged(devices, video, monkeypatch):
    """Let a video be what a webcam's driver gives; return what it was asked for."""
    _plug(devices, 0, "Cam Pro")
    asked = []

    def opened(file, kind, options):
        asked.append((file, kind, options))
        return av.open(str(video))

    monkeypatch.setattr(webcam, "_opened", opened)
    monkeypatch.setattr(webcam, "_problem_of", lambda _: "")
    return asked


def test_each_webcam_is_listed_once_and_is_a_simulated_camera_too(devices, monkeypatch):
    # Webcams have a second device, which gives no pictures.
    _plug(devices, 0, "Cam Pro")
    _plug(devices, 1, "Cam Pro", index=1)
    _plug(devices, 2, "Other")
    monkeypatch.setattr(webcam, "_problem_of", lambda number: "busy" if number else "")

    found = list_frame_cameras()
    simulated = [item for item in list_cameras() if item.info.is_simulated]

    assert [(f.info.key, f.info.name, f.problem) for f in found] == [
        ("webcam:0", "Cam Pro", ""),
        ("webcam:2", "Other", "busy"),
    ]
    assert [(f.info.key, f.problem) for f in simulated] == [
        ("simulated:0", ""),
        ("simulated:2", "busy"),
    ]


def test_without_a_webcam_the_list_says_so(devices):
    assert not list(devices.iterdir())
    (found,) = list_frame_cameras()
    assert not found.info.key
    assert "no webcam" in found.problem


def test_a_webcam_that_is_not_there_is_said_in_plain_words(devices):
    assert devices.is_dir()
    with pytest.raises(CameraError, match="is not there; check its cable"):
        open_frame_camera("webcam:63").open()


def test_pictures_come_with_their_times_and_the_end_is_told(plugged):
    camera = open_frame_camera("webcam:0")
    camera.open()
    assert plugged == [("/dev/video0", "v4l2", {"framerate": "30", "video_size": "640x480"})]
    assert camera.info.resolution == (64, 48)
    frames = []
    try:
        while (frame := camera.read(2.0)) is not None:
            frames.append(frame)
    except CameraLostError as error:
        assert "gives no pictures any more" in error.problem  # noqa: PT017
    camera.close()

    times = [frame.t_us for frame in frames]
    assert all(later > before for before, later in pairwise(times))
    # The newest wins, and what it replaced is counted.
    assert len(frames) + sum(frame.n_dropped for frame in frames) == 20
    assert frames[-1].t_us == 190_000
    assert frames[-1].image.shape == (48, 64, 3)


def test_a_webcam_without_the_usual_size_gives_what_it_has(plugged, video, monkeypatch):
    def opened(file, _, options):
        plugged.append(options)
        if options:
            raise av.ArgumentError(errno.EINVAL, "Invalid argument", file)
        return av.open(str(video))

    monkeypatch.setattr(webcam, "_opened", opened)
    camera = open_frame_camera("webcam:0")
    camera.open()
    assert plugged[-1] == {}
    camera.close()
    camera.close()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "may not be used by you"),
        (errno.EBUSY, "is used by another program"),
        (errno.ENODEV, "is not there any more"),
        (errno.EILSEQ, "does not work"),
    ],
)
def test_what_stands_in_the_way_is_said_in_plain_words(plugged, monkeypatch, number, words):
    def opened(*_):
        raise OSError(number, "said the driver")

    monkeypatch.setattr(webcam, "_opened", opened)
    assert not plugged
    with pytest.raises(CameraError, match=f"Cam Pro: {words}"):
        open_frame_camera("webcam:0").open()


def test_a_closed_webcam_gives_nothing_and_opens_again(plugged):
    camera = open_frame_camera("webcam:0")
    for _ in range(3):
        camera.open()
        assert camera.read(2.0) is not None
        camera.close()
        assert camera.read(60.0) is None
    assert len(plugged) == 3
