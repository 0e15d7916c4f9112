import math
import multiprocessing
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from evface.cameras import simulated, simulated_sensor
from evface.cameras.base import CameraKind, Frame
from evface.cameras.registry import open_camera, open_frame_camera
from evface.cameras.simulated_sensor import SimulatedSensor
from evface.cameras.video_player import VideoPlayer
from evface.errors import CameraError, CameraLostError
from evface.video.writer import write_video

_SIZE = (96, 128)


def _disc(k):
    """Return a bright disc that moves to the right."""
    image = np.full((*_SIZE, 3), 40, np.uint8)
    cv2.circle(image, (20 + 2 * k, 48), 12, (220, 220, 220), -1)
    return image


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "disc.mp4"
    write_video(path, [_disc(k) for k in range(40)], rate_hz=100)
    return path


@pytest.fixture
def opened():
    """Return a function that opens a camera, which is closed in the end."""
    cameras = []

    def open_it(key):
        cameras.append(open_camera(key))
        cameras[-1].open()
        return cameras[-1]

    yield open_it
    for camera in cameras:
        camera.close()


def _all(camera):
    got = []
    camera.open()
    try:
        while True:
            item = camera.read(20.0)
            if item is not None:
                got.append(item)
    except CameraLostError:
        pass
    finally:
        camera.close()
    return got


def test_a_video_plays_as_a_webcam_in_real_time(video):
    camera = open_frame_camera(f"video:{video}?loop=0")
    began_s = time.monotonic()

    frames = _all(camera)

    assert time.monotonic() - began_s > 0.38
    assert camera.info.resolution == (128, 96)
    assert len(frames) + sum(frame.n_dropped for frame in frames) == 40
    for frame in frames:
        assert frame.received_s - began_s >= frame.t_us * 1e-6
    assert [frame.t_us % 10_000 for frame in frames] == [0] * len(frames)


def test_as_fast_as_it_can_be_read_nothing_is_left_out(video):
    frames = _all(VideoPlayer(video, speed=math.inf, is_looped=False))
    assert [frame.t_us for frame in frames] == list(range(0, 400_000, 10_000))


def test_a_loop_goes_on_in_time(video):
    camera = VideoPlayer(video, speed=math.inf, is_looped=True)
    camera.open()
    times = [camera.read(60.0).t_us for _ in range(100)]
    assert times == list(range(0, 1_000_000, 10_000))
    camera.close()
    camera.close()
    assert camera.read(0.1) is None


def test_a_read_before_the_next_picture_gives_nothing_and_loses_nothing(video):
    camera = VideoPlayer(video, speed=1e-4, is_looped=False)
    camera.open()
    assert camera.read(60.0).t_us == 0
    assert camera.read(0.01) is None
    # The minute and a half until the next picture passes.
    camera._zero_s -= 100.0
    assert camera.read(60.0).t_us == 10_000
    camera.close()


def test_the_simulated_camera_sees_what_moves(video):
    camera = open_camera(f"simulated:{video}?speed=inf&loop=0")

    packets = _all(camera)

    assert camera.info.kind is CameraKind.SIMULATED
    assert camera.info.is_simulated
    assert camera.info.resolution == (128, 96)
    t = np.concatenate([packet.events.t for packet in packets])
    x = np.concatenate([packet.events.x for packet in packets])
    p = np.concatenate([packet.events.p for packet in packets])
    assert len(t) > 1_000
    assert np.all(np.diff(t) >= 0)
    # The front edge of the disc becomes brighter, the rear edge darker, and both move on.
    late = t > 200_000
    assert x[late & p].mean() > x[late & ~p].mean() + 10
    assert x[late].mean() > x[~late].mean() + 20


def test_its_pictures_are_on_the_clock_of_its_events(video, opened):
    camera = opened(f"simulated:{video}?speed=inf&loop=0")
    camera.frame_camera.open()
    for _ in range(10):
        packet = camera.read(20.0)
        frame = camera.frame_camera.read(0.0)
        if len(packet.events):
            assert frame.t_us - 10_000 <= packet.events.t[0] <= packet.events.t[-1] <= frame.t_us
    assert frame.image.shape == (*_SIZE, 3)


def test_a_higher_threshold_gives_fewer_events():
    counts = []
    for threshold in (10, 20, 60):
        sensor = SimulatedSensor(Frame(_disc(0), 0, 0.0), 640, threshold)
        seen = [sensor.see(Frame(_disc(k), 10_000 * k, 0.0)) for k in range(20)]
        counts.append(sum(len(some.events) for some in seen))
    assert counts[0] > counts[1] > counts[2] > 0


def test_controls_hold_while_it_runs_and_presets_set_them(video, opened):
    camera = opened(f"simulated:{video}")
    camera.read(20.0)
    camera.apply(camera.presets[2])
    # The sensor begins anew, and then sees on.
    assert any(len(camera.read(20.0).events) == 0 for _ in range(50))
    assert any(len(camera.read(20.0).events) for _ in range(50))
    values = {control.key: control.value for control in camera.controls}
    assert values["threshold"] == camera.presets[2].values["threshold"]
    with pytest.raises(ValueError, match="threshold must be 5 to 80"):
        camera.set("threshold", 1)
    camera.set("width", 160)
    camera.close()
    camera.close()
    assert camera.read(0.1) is None


def test_a_simulation_that_breaks_down_is_a_lost_camera(video, opened):
    camera = opened(f"simulated:{video}")
    (process,) = multiprocessing.active_children()
    process.kill()
    problem = ""
    try:
        for _ in range(1_000):
            camera.read(1.0)
    except CameraLostError as error:
        problem = error.problem
    assert "broke down; open it again" in problem


def test_the_window_s_process_is_spared_opencv(video):
    code = (
        "import sys, evface.cameras.registry as registry\n"
        "if __name__ == '__main__':\n"
        "    registry.list_cameras(); registry.list_frame_cameras()\n"
        "    camera = registry.open_camera('simulated:' + sys.argv[1])\n"
        "    camera.open(); camera.read(20.0); camera.close()\n"
        "    print('cv2' in sys.modules)\n"
    )
    script = video.with_suffix(".py")
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, script, video], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_wide_webcam_is_seen_by_a_smaller_sensor():
    frame = Frame(np.zeros((720, 1280, 3), np.uint8), 0, 0.0)
    sensor = SimulatedSensor(frame, 640, 20)
    assert sensor.resolution == (640, 360)
    assert len(sensor.see(frame).events) == 0


def test_pictures_out_of_order_and_pauses_are_survived():
    sensor = SimulatedSensor(Frame(_disc(0), 1_000_000, 0.0), 640, 20)
    times = [0, 10_000, 5_000, 10_000, 20_000, 9_000_000, 9_010_000]
    last_us = 0
    for k, t_us in enumerate(times):
        events = sensor.see(Frame(_disc(k), 1_000_000 + t_us, 0.0)).events
        if len(events):
            assert events.t[0] >= last_us
            assert events.t[-1] - events.t[0] <= 10_000
            last_us = int(events.t[-1])
    assert last_us > 9_000_000


def test_a_computer_without_time_is_shown_fewer_pictures_in_between(monkeypatch):
    monkeypatch.setattr(simulated_sensor, "_MOST_S", 1e-9)
    sensor = SimulatedSensor(Frame(_disc(0), 0, 0.0), 640, 20)
    seen = [sensor.see(Frame(_disc(3 * k), 40_000 * k, 0.0)).events for k in range(8)]
    assert sensor._n_most_steps == 1
    assert all(len(events) for events in seen[1:])


def test_a_webcam_whose_clock_begins_again_is_lost():
    sensor = SimulatedSensor(Frame(_disc(0), 5_000_000, 0.0), 640, 20)
    sensor.see(Frame(_disc(0), 5_000_000, 0.0))
    sensor.see(Frame(_disc(1), 4_900_000, 0.0))
    with pytest.raises(CameraLostError, match="clock that stepped back"):
        sensor.see(Frame(_disc(2), 0, 0.0))


def test_a_webcam_that_is_not_there_is_told_without_a_process(monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_context", None)
    monkeypatch.setattr(simulated, "webcam_problem", lambda key: f"{key} is not there")
    with pytest.raises(CameraError, match="webcam:7 is not there"):
        open_camera("simulated:7").open()


def test_what_cannot_be_played_is_said_in_plain_words(tmp_path):
    with pytest.raises(CameraError, match=r"none\.mp4"):
        open_camera(f"simulated:{tmp_path / 'none.mp4'}").open()
    with pytest.raises(CameraError, match=r"none\.mp4"):
        open_frame_camera(f"video:{tmp_path / 'none.mp4'}").open()
