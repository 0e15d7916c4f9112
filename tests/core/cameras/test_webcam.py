import errno
import threading
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

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
        while (frame := camera.read(60.0)) is not None:
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
        assert camera.read(60.0) is not None
        camera.close()
        assert camera.read(60.0) is None
    assert len(plugged) == 3


class _Packet:
    def __init__(self, *frames, size=1, pts=0):
        self._frames, self.size, self.pts = frames, size, pts

    def decode(self):
        for frame in self._frames:
            if isinstance(frame, Exception):
                raise frame
            yield frame


class _Container:
    """Gives what a driver gives, one thing after another; what is raised does not end it."""

    def __init__(self, *things):
        self._things = list(things)
        self.streams = SimpleNamespace(video=[SimpleNamespace(width=4, height=2)])
        self.is_closed = threading.Event()

    def demux(self, video):
        assert video == 0
        while self._things:
            thing = self._things.pop(0)
            if isinstance(thing, Exception):
                raise thing
            if callable(thing):
                thing(self)
            else:
                yield thing

    def close(self):
        self.is_closed.set()


def _picture(t_ms, size=(4, 2)):
    frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 7, np.uint8), "rgb24")
    frame.pts, frame.time_base = t_ms, Fraction(1, 1000)
    return _Packet(frame)


@pytest.fixture
def driver(plugged, monkeypatch):
    """Return a function that opens a webcam whose driver gives these things."""
    assert not plugged

    def opened(*things):
        container = _Container(*things)
        monkeypatch.setattr(webcam, "_opened", lambda *_: container)
        camera = open_frame_camera("webcam:0")
        camera.open()
        return camera, container

    return opened


def _end_of(camera):
    """Return the pictures up to the end, and what is said then."""
    frames = []
    try:
        while (frame := camera.read(20.0)) is not None:
            frames.append(frame)
    except CameraLostError as error:
        return frames, error.problem
    raise AssertionError("it never ended")


_DAMAGED = av.InvalidDataError(errno.EINVAL, "damaged", "webcam")


def test_a_driver_that_has_no_new_picture_yet_is_asked_again(driver):
    waits = [av.BlockingIOError(errno.EAGAIN, "try again", "webcam")] * 5
    camera, _ = driver(_picture(0), *waits, _picture(10))
    frames, _ = _end_of(camera)
    assert len(frames) + sum(frame.n_dropped for frame in frames) == 2
    assert frames[-1].t_us == 10_000
    camera.close()


def test_damaged_pictures_are_counted_and_do_not_end_it(driver):
    damaged = [_Packet(_DAMAGED), _DAMAGED, _Packet(size=0, pts=3)]
    camera, _ = driver(*damaged, _picture(10))
    frames, _ = _end_of(camera)
    assert [(frame.t_us, frame.n_dropped) for frame in frames] == [(10_000, 3)]
    camera.close()


def test_a_webcam_that_gives_nothing_but_damaged_pictures_is_lost(driver):
    camera, container = driver(*[_Packet(_DAMAGED)] * 1000)
    frames, problem = _end_of(camera)
    assert not frames
    assert "damaged pictures only" in problem
    assert container.is_closed.is_set()
    camera.close()


def test_pictures_of_another_size_begin_anew(driver):
    camera, _ = driver(_picture(0), _picture(10, size=(8, 2)), _picture(20))
    frames, problem = _end_of(camera)
    assert [frame.t_us for frame in frames] == [0]
    assert "changed the size" in problem
    camera.close()


def test_a_webcam_that_hangs_is_not_opened_twice(driver, monkeypatch):
    monkeypatch.setattr(webcam, "_ANSWERS_WITHIN_S", -0.9)
    comes_back = threading.Event()
    camera, container = driver(lambda _: comes_back.wait(60.0))
    camera.close()
    with pytest.raises(CameraError, match="does not answer; unplug it"):
        camera.open()
    comes_back.set()
    assert container.is_closed.wait(60.0)
    monkeypatch.setattr(webcam, "_ANSWERS_WITHIN_S", 60.0)
    camera.open()
    camera.close()


@pytest.mark.parametrize(
    ("platform", "where"), [("darwin", "System Settings, Privacy"), ("win32", "Settings, Privacy")]
)
def test_where_the_system_says_no_more_than_that_it_failed_all_reasons_are_named(
    plugged, monkeypatch, platform, where
):
    def opened(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(webcam, "_opened", opened)
    monkeypatch.setattr(webcam, "_enumerated", lambda: [("name", "Cam Pro")])
    monkeypatch.setattr(webcam.sys, "platform", platform)
    assert not plugged
    with pytest.raises(CameraError, match=f"close other programs.*{where}"):
        open_frame_camera("webcam:0").open()


def test_screens_are_no_webcams_and_two_of_a_kind_are_told_apart(monkeypatch):
    def devices(kind):
        assert kind in ("avfoundation", "dshow")
        return [
            SimpleNamespace(name="@device_1", description="Cam", media_types=["video"]),
            SimpleNamespace(name="@device_2", description="Cam", media_types=["video"]),
            SimpleNamespace(name="2", description="Capture screen 0", media_types=["video"]),
            SimpleNamespace(name="0", description="Microphone", media_types=["audio"]),
        ]

    monkeypatch.setattr(av, "enumerate_input_devices", devices, raising=False)
    monkeypatch.setattr(webcam.sys, "platform", "win32")
    assert [found.info.name for found in list_frame_cameras()] == ["Cam", "Cam"]
    assert webcam._device(1) == ("video=@device_2", "dshow")
    monkeypatch.setattr(webcam.sys, "platform", "darwin")
    assert webcam._device(1) == ("1", "avfoundation")
