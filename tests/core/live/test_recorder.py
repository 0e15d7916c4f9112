import errno
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from evface.cameras.base import CameraInfo, CameraKind, Frame, Packet
from evface.cameras.raw_stream import RawStream
from evface.cameras.replay import ReplayCamera
from evface.errors import CameraLostError, FileError
from evface.events.events import Events
from evface.events.formats.raw_header import read_raw_header
from evface.events.formats.raw_writer import RawEventWriter
from evface.events.sources import open_events
from evface.events.triggers import Triggers
from evface.geometry.clock import ClockSync
from evface.live.recorder import Recorder
from evface.live.recorder_clocks import RecordedClocks
from evface.live.recorder_events import RecordedEventFile
from evface.live.recorder_project import RecordedEntries
from evface.live.recording import record_camera
from evface.projects.project import Project
from evface.projects.recorded_sync import (
    read_recorded_sync,
    read_rgb_delay_us,
    sync_path,
    write_recorded_sync,
)
from evface.projects.recording import Recording, open_recording
from evface.video.reader import open_video

RESOLUTION = (320, 240)
_KILLED = Path(__file__).resolve().parents[2] / "fixtures" / "recording_until_killed.py"


def wait_until(is_so):
    give_up_s = time.monotonic() + 60.0
    while not is_so():
        assert time.monotonic() < give_up_s
        time.sleep(0.01)


def _events(n=3_000, start_us=0, duration_us=60_000, seed=0):
    random = np.random.default_rng(seed)
    return Events(
        np.sort(random.integers(start_us, start_us + duration_us, n)),
        random.integers(0, RESOLUTION[0], n).astype(np.uint16),
        random.integers(0, RESOLUTION[1], n).astype(np.uint16),
        random.random(n) < 0.5,
    )


def _camera(raw_header=None):
    info = CameraInfo("made-up", "Made up", CameraKind.SIMULATED, "", RESOLUTION)
    return SimpleNamespace(info=info, raw_header=raw_header, frame_camera=None)


def _packet(events, raw=None, received_s=None):
    return Packet(events, None, raw, time.monotonic() if received_s is None else received_s)


def _frame(t_us, received_s, size=(48, 64)):
    shade = t_us // 10_000 % 200
    return Frame(np.full((*size, 3), shade, np.uint8), t_us, received_s)


def _write_raw(path, events):
    with RawEventWriter(path, resolution=RESOLUTION) as writer:
        writer.append(events)
    return path


def test_bytes_are_recorded_as_they_came(tmp_path):
    truth = _events()
    source_path = _write_raw(tmp_path / "source.raw", truth)
    n_header = read_raw_header(source_path).n_bytes
    data = source_path.read_bytes()
    recorder = Recorder(tmp_path / "out.raw")
    recorder.camera_opened(_camera(raw_header=data[:n_header]))

    for at in range(n_header, len(data), 1_000):
        recorder.packet_came(_packet(_events(1), raw=data[at : at + 1_000]))
    recorder.stop()

    assert (tmp_path / "out.raw").read_bytes() == data
    (part,) = recorder.parts
    assert part.is_finished
    assert part.video is None


def test_events_without_bytes_are_recorded_as_raw(tmp_path):
    truth = _events(start_us=40_000)
    recorder = Recorder(tmp_path / "out.raw")
    recorder.camera_opened(_camera())

    for start_us in range(40_000, 100_000, 5_000):
        recorder.packet_came(_packet(truth.between(start_us, start_us + 5_000)))
    recorder.stop()

    source = open_events(tmp_path / "out.raw")
    read = source.read(0, source.duration_us)
    assert source.origin_us == truth.t[0]
    assert np.array_equal(read.t + source.origin_us, truth.t)
    assert np.array_equal(read.x, truth.x)
    assert np.array_equal(read.p, truth.p)
    assert source.warnings == ()
    source.close()
    state = recorder.state
    assert (state.n_events, state.n_dropped, state.problem) == (len(truth), 0, "")


def test_pictures_have_their_times_and_lie_where_they_arrived(tmp_path):
    recorder = Recorder(tmp_path / "out.raw")
    recorder.camera_opened(_camera())
    # One clock began at 0, the other at 5 s, and pictures take a millisecond longer to arrive.
    for k in range(300):
        t_us = 10_000 * k
        received_s = 100.0 + t_us * 1e-6
        recorder.packet_came(_packet(_events(50, t_us, 1), received_s=received_s))
        if k % 12 == 0:
            recorder.frame_came(_frame(5_000_000 + t_us, received_s + 1e-3))
    recorder.stop()

    (part,) = recorder.parts
    video = open_video(part.video)
    assert np.array_equal(video.times_us, np.arange(25) * 120_000)
    assert video.warnings == ()
    assert part.sync.method == "arrival"
    # As far as arrivals tell; the way of the pictures stays in it.
    assert abs(part.sync.offset_us - 1_000) < 100
    assert abs(part.sync.drift_ppm) < 20
    assert read_recorded_sync(part.events, part.video) == part.sync
    recording = Recording.from_files(part.events, part.video)
    assert recording.sync == part.sync
    recording.close()
    video.close()


def test_pictures_of_the_camera_itself_share_its_clock(tmp_path):
    recorder = Recorder(tmp_path / "out.raw", shares_clock=True)
    recorder.camera_opened(_camera())
    recorder.packet_came(_packet(_events(start_us=1_000)))
    for t_us in (21_000, 61_000):
        recorder.frame_came(_frame(t_us, time.monotonic()))
    recorder.stop()

    (part,) = recorder.parts
    first_us = int(_events(start_us=1_000).t[0])
    assert part.sync == ClockSync(21_000 - first_us, 0.0, "same camera", 0.0)


def test_a_recording_that_begins_in_the_middle_of_a_stream_is_in_sync(tmp_path):
    truth = _events(30_000, start_us=3_000_000, duration_us=400_000)
    camera = ReplayCamera(_write_raw(tmp_path / "source.raw", truth), speed=float("inf"))
    camera.open()
    stream = _camera(raw_header=camera.raw_header)
    raw = b"".join(iter(lambda: _next_raw(camera), b""))
    # The recorder sees the camera's own times, and bytes that begin in the middle of a row.
    words = len(raw) // 4 & ~1
    camera.close()
    decoder = RawStream("EVT3", RESOLUTION)
    decoder.feed(raw[:words])
    recorder = Recorder(tmp_path / "out.raw", shares_clock=True)
    recorder.camera_opened(stream)
    for at in range(words, len(raw), 3_000):
        events, _, part = decoder.feed(raw[at : at + 3_000])
        recorder.packet_came(_packet(events, raw=part))
    recorder.frame_came(_frame(3_300_000, time.monotonic()))
    recorder.frame_came(_frame(3_340_000, time.monotonic()))
    recorder.stop()

    (part,) = recorder.parts
    source = open_events(part.events)
    read = source.read(0, source.duration_us)
    # What the file calls time zero is where the sync takes it to be.
    zero_us = int(truth.t[-1] - read.t[-1])
    assert part.sync.offset_us == 3_300_000 - zero_us
    source.close()


def _next_raw(camera):
    try:
        return camera.read(1.0).raw
    except CameraLostError:
        return b""


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_a_recording_that_opens(tmp_path):
    random = np.random.default_rng(5)
    for number in range(3):
        out, project = tmp_path / f"{number}.raw", tmp_path / f"{number}.evface"
        Project.create(project).close()
        process = subprocess.Popen(
            [sys.executable, _KILLED, out, project], stdout=subprocess.PIPE, text=True
        )
        told = {"events": 0, "frame": 0}
        stop_s = None
        lasts_s = random.uniform(1.5, 3.0)
        for line in process.stdout:
            kind, t_us = line.split()
            told[kind] = int(t_us)
            stop_s = stop_s or time.monotonic() + lasts_s
            if time.monotonic() > stop_s:
                break
        process.kill()
        process.communicate()

        source, video = open_events(out), open_video(out.with_suffix(".mp4"))
        # At most the last word is cut.
        assert all("in the middle of a word" in warning for warning in source.warnings)
        assert told["events"] - (source.origin_us + source.duration_us) < 1_000_000
        assert told["frame"] - int(video.times_us[-1]) < 1_000_000
        video.read(video.n_frames - 1)
        assert video.warnings == ()
        with Project.open(project) as opened:
            (entry,) = opened.recordings()
            recording = open_recording(entry, needs_video=True)
            assert recording.events.n_events == source.n_events
            assert abs(recording.sync.offset_us - (0 - source.origin_us)) < 200_000
            recording.close()
        source.close()
        video.close()


def test_a_camera_that_comes_back_begins_another_part(tmp_path):
    recorder = Recorder(tmp_path / "out.raw")
    for seed in range(3):
        recorder.camera_opened(_camera())
        recorder.packet_came(_packet(_events(seed=seed)))
    recorder.stop()

    assert [part.events.name for part in recorder.parts] == ["out.raw", "out-2.raw", "out-3.raw"]
    for seed, part in enumerate(recorder.parts):
        source = open_events(part.events)
        assert np.array_equal(source.read(0, 100_000).x, _events(seed=seed).x)
        source.close()
    assert recorder.state.n_events == 9_000


def test_it_stops_before_the_disk_is_full_and_says_so(tmp_path, monkeypatch):
    free = shutil.disk_usage(tmp_path).free
    recorder = Recorder(tmp_path / "out.raw", least_free_bytes=1)
    recorder.camera_opened(_camera())
    recorder.packet_came(_packet(_events()))
    assert recorder.state.is_recording
    usage = SimpleNamespace(free=0, total=free, used=free)
    monkeypatch.setattr("evface.live.recorder.shutil.disk_usage", lambda _: usage)

    wait_until(lambda: not recorder.state.is_recording)

    state = recorder.state
    assert not state.is_recording
    assert "is nearly full; what was recorded so far is whole" in state.problem
    recorder.packet_came(_packet(_events()))
    recorder.stop()
    source = open_events(tmp_path / "out.raw")
    assert source.n_events == 3_000
    source.close()
    with pytest.raises(FileError, match="GB free"):
        Recorder(tmp_path / "other.raw")


def test_it_ends_when_its_folder_is_gone_and_says_so(tmp_path):
    folder = tmp_path / "drive"
    folder.mkdir()
    recorder = Recorder(folder / "out.raw")
    recorder.camera_opened(_camera())
    recorder.packet_came(_packet(_events()))
    shutil.rmtree(folder)

    wait_until(lambda: not recorder.state.is_recording)

    assert "out.raw is gone: it was removed or renamed, or its drive was pulled" in (
        recorder.state.problem
    )
    recorder.camera_opened(_camera())
    recorder.packet_came(_packet(_events()))
    recorder.stop()
    assert not folder.exists()


def test_a_file_that_cannot_be_made_ends_it_and_whoever_tells_it_goes_on(tmp_path):
    folder = tmp_path / "drive"
    folder.mkdir()
    recorder = Recorder(folder / "out.raw")
    folder.rmdir()
    recorder.camera_opened(_camera())
    recorder.packet_came(_packet(_events()))
    recorder.frame_came(_frame(0, time.monotonic()))
    state = recorder.state
    assert not state.is_recording
    assert "cannot be written (No such file or directory); check the folder" in state.problem
    recorder.stop()
    assert recorder.parts == ()


def test_a_video_that_cannot_be_written_leaves_the_events(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("evface.live.recorder_video.av.open", refuse)
    recorder = Recorder(tmp_path / "out.raw")
    recorder.camera_opened(_camera())
    recorder.frame_came(_frame(0, time.monotonic()))
    wait_until(lambda: recorder.state.problem)
    assert recorder.state.problem == (
        "the video cannot be written (Input/output error); only the events go on"
    )
    recorder.packet_came(_packet(_events()))
    assert recorder.state.is_recording
    recorder.stop()
    (part,) = recorder.parts
    assert part.video is None
    source = open_events(part.events)
    assert source.n_events == 3_000
    source.close()


def test_a_disk_that_hangs_keeps_nobody_waiting(tmp_path, monkeypatch):
    is_released = threading.Event()
    write = RecordedEventFile._put_down

    def hang(self, data):
        is_released.wait(60.0)
        write(self, data)

    monkeypatch.setattr(RecordedEventFile, "_put_down", hang)
    recorder = Recorder(tmp_path / "out.raw")
    recorder.camera_opened(_camera())
    recorder.packet_came(_packet(_events()))
    ending = threading.Thread(target=recorder.stop)
    ending.start()
    wait_until(lambda: not recorder.state.is_recording)
    # It still waits for the disk, which whoever reads the camera or asks for the state does not.
    recorder.packet_came(_packet(_events()))
    recorder.camera_opened(_camera())
    assert recorder.parts[0].is_finished is False
    assert ending.is_alive()
    is_released.set()
    ending.join(60.0)
    assert recorder.parts[0].is_finished
    source = open_events(tmp_path / "out.raw")
    assert source.n_events == 3_000
    source.close()


def test_what_nothing_came_of_leaves_no_file(tmp_path):
    recorder = Recorder(tmp_path / "out.raw")
    recorder.camera_opened(_camera())
    recorder.camera_opened(_camera())
    recorder.packet_came(_packet(_events()))
    recorder.stop()
    assert [part.events.name for part in recorder.parts] == ["out-2.raw"]
    assert [path.name for path in tmp_path.iterdir()] == ["out-2.raw"]


def test_little_room_is_said_before_it_ends(tmp_path):
    recorder = Recorder(tmp_path / "out.raw")
    assert not recorder.state.has_little_room
    state = replace(recorder.state, left_s=200.0)
    assert state.has_little_room
    assert not replace(state, is_recording=False).has_little_room
    recorder.stop()


@pytest.mark.slow
def test_a_disk_that_takes_no_more_ends_it_and_is_named(tmp_path):
    code = (
        "import resource, signal, sys; sys.path.insert(0, sys.argv[2])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))\n"
        "import time, recording_until_killed as r\n"
        "from pathlib import Path\n"
        "from evface.cameras.base import Packet\n"
        "recorder = r.Recorder(Path(sys.argv[1])); recorder.camera_opened(r.MadeUpCamera())\n"
        "for k in range(2000):\n"
        "    recorder.packet_came(Packet(r.events_at(k * 2000), None, None, time.monotonic()))\n"
        "    if not recorder.state.is_recording: break\n"
        "    time.sleep(0.01)\n"
        "recorder.stop(); print(recorder.state.problem)\n"
    )
    out = tmp_path / "out.raw"
    result = subprocess.run(
        [sys.executable, "-c", code, out, _KILLED.parent],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert "cannot be written any more" in result.stdout
    source = open_events(out)
    assert source.n_events > 50_000
    source.close()


def test_what_is_there_is_never_overwritten(tmp_path):
    (tmp_path / "out.raw").write_bytes(b"precious")
    with pytest.raises(FileError, match="exists already"):
        Recorder(tmp_path / "out.raw")
    with pytest.raises(FileError, match=r"end its name in \.raw"):
        Recorder(tmp_path / "out.h5")
    with pytest.raises(FileError, match="folder does not exist"):
        Recorder(tmp_path / "none" / "out.raw")
    (tmp_path / "later.mp4").write_bytes(b"precious")
    with pytest.raises(FileError, match=r"later\.mp4: exists already"):
        Recorder(tmp_path / "later.raw")
    assert (tmp_path / "out.raw").read_bytes() == b"precious"


def test_pictures_of_another_size_or_out_of_order_are_counted(tmp_path):
    recorder = Recorder(tmp_path / "out.raw")
    recorder.camera_opened(_camera())
    recorder.packet_came(_packet(_events()))
    now_s = time.monotonic()
    recorder.frame_came(_frame(40_000, now_s))
    recorder.frame_came(_frame(20_000, now_s))
    recorder.frame_came(_frame(80_000, now_s, size=(60, 80)))
    recorder.frame_came(replace(_frame(120_000, now_s), n_dropped=3))
    recorder.stop()

    state = recorder.state
    assert (state.n_frames, state.n_dropped) == (2, 5)
    video = open_video(tmp_path / "out.mp4")
    assert video.times_us.tolist() == [0, 80_000]
    video.close()


def test_the_project_has_the_recording_while_it_is_made(tmp_path):
    with Project.create(tmp_path / "p.evface") as project:
        recorder, entries = Recorder(tmp_path / "out.raw"), RecordedEntries(project)
        assert entries.look(recorder.parts) == []
        recorder.camera_opened(_camera())
        for k in range(40):
            now_s = time.monotonic()
            recorder.packet_came(_packet(_events(500, 10_000 * k, 10_000, seed=k)))
            recorder.frame_came(_frame(1_000 + 10_000 * k, now_s))
        added = []
        wait_until(lambda: added.extend(entries.look(recorder.parts)) or added)
        (entry,) = added
        first = open_recording(entry, needs_video=True)
        n_then = first.events.n_events
        first.close()

        for k in range(40, 80):
            recorder.packet_came(_packet(_events(500, 10_000 * k, 10_000, seed=k)))
        recorder.stop()
        (completed,) = entries.look(recorder.parts)

        assert completed.id == entry.id
        assert completed.events.n_bytes == (tmp_path / "out.raw").stat().st_size
        assert completed.sync == recorder.parts[0].sync
        assert project.check() == []
        recording = open_recording(completed, needs_video=True)
        assert recording.events.n_events == 40_000 >= n_then > 0
        recording.close()
        assert entries.look(recorder.parts) == []


def test_a_replay_is_recorded_to_its_end(tmp_path):
    source = _write_raw(tmp_path / "source.raw", _events())
    recorder = Recorder(tmp_path / "out.raw")

    state = record_camera(ReplayCamera(source, speed=float("inf")), recorder)

    assert (tmp_path / "out.raw").read_bytes() == source.read_bytes()
    assert (state.n_events, len(recorder.parts), state.problem) == (3_000, 1, "")


def test_clocks_that_drift_are_followed():
    clocks = RecordedClocks(is_shared=False)
    random = np.random.default_rng(1)
    # The sensor's clock runs 40 ppm fast; arrivals are late by up to 8 ms.
    for k in range(60_000):
        now_s = k * 0.01
        late_s = random.uniform(0, 0.008)
        clocks.see_events(round(now_s * 1e6 * (1 + 40e-6)), now_s + late_s)
        clocks.see_frame(round(now_s * 1e6) + 700, now_s + random.uniform(0, 0.008))

    sync = clocks.sync(0, 700)

    assert sync.drift_ppm == pytest.approx(40, abs=3)
    assert abs(sync.offset_us) < 500


def test_triggers_of_the_rgb_camera_tell_better_than_arrivals(tmp_path):
    recorder = Recorder(tmp_path / "out.raw")
    recorder.camera_opened(_camera())
    for k in range(120):
        t_us = 20_000 * k
        edge = Triggers(np.array([t_us + 500]), np.array([6], "u1"), np.array([True]))
        now_s = 50.0 + t_us * 1e-6
        packet = _packet(_events(40, t_us, 20_000), received_s=now_s + 0.02)
        recorder.packet_came(replace(packet, triggers=edge))
        # Pictures arrive 12 ms after they were taken.
        recorder.frame_came(_frame(7_000_000 + t_us, now_s + 0.012))
        wait_until(lambda one=recorder, done=k: one.state.n_frames + 20 > done)
    recorder.stop()

    (part,) = recorder.parts
    first_us = int(_events(40, 0, 20_000).t[0])
    assert part.sync.method == "triggers"
    assert abs(part.sync.offset_us - (500 - first_us)) <= 2
    assert read_recorded_sync(part.events, part.video) == part.sync
    # Those that come next arrive as late, also where no trigger tells.
    recording = Recording.from_files(part.events, part.video)
    assert read_rgb_delay_us(recording) == pytest.approx(12_000 - 500, abs=1_000)
    recording.close()
    source = open_events(part.events)
    assert len(source.triggers()) == 120
    source.close()


def test_how_late_pictures_come_is_learnt_from_a_recording_that_was_put_in_sync(tmp_path):
    for number, known_us in enumerate((0, 80_000)):
        recorder = Recorder(tmp_path / f"{number}.raw", rgb_delay_us=known_us)
        recorder.camera_opened(_camera())
        for k in range(100):
            t_us = 20_000 * k
            events = replace(_packet(_events(40, t_us, 1)), received_s=50.0 + t_us * 1e-6)
            recorder.packet_came(events)
            recorder.frame_came(_frame(7_000_000 + t_us, 50.08 + t_us * 1e-6))
            wait_until(lambda one=recorder, done=k: one.state.n_frames + 20 > done)
        recorder.stop()
        (part,) = recorder.parts
        assert part.sync.offset_us == pytest.approx(80_000 - known_us, abs=300)
        assert np.isnan(part.sync.residual_us) == (known_us == 0)
        recording = Recording.from_files(part.events, part.video)
        assert read_rgb_delay_us(recording) is None
        recording.sync = ClockSync(0, 0.0, "correlation")
        assert read_rgb_delay_us(recording) == pytest.approx(80_000, abs=300)
        recording.close()


def test_a_damaged_sync_file_is_none(tmp_path):
    events, video = tmp_path / "a.raw", tmp_path / "a.mp4"
    assert read_recorded_sync(events, video) is None
    write_recorded_sync(events, video, ClockSync(5, 1.5, "arrival"))
    kept = read_recorded_sync(events, video)
    assert (kept.offset_us, kept.drift_ppm, kept.method) == (5, 1.5, "arrival")
    assert np.isnan(kept.residual_us)
    assert read_recorded_sync(events, tmp_path / "other.mp4") is None
    for damage in ("", "[]", "{}", '{"video": "a.mp4", "offset_us": 1e999}'):
        sync_path(events).write_text(damage)
        assert read_recorded_sync(events, video) is None
