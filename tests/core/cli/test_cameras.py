import json
import re
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest

from evface.cameras import stream_protocol
from evface.cameras.stream_client import StreamCamera
from evface.errors import CameraError
from evface.events.events import Events
from evface.events.formats.raw_writer import RawEventWriter
from evface.events.sources import open_events
from evface.projects.project import Project
from evface.video.writer import write_video


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "face.raw"
    random = np.random.default_rng(0)
    t = np.sort(random.integers(0, 400_000, 8_000))
    x, y = (random.integers(0, side, 8_000).astype(np.uint16) for side in (320, 240))
    with RawEventWriter(path, resolution=(320, 240)) as writer:
        writer.append(Events(t, x, y, t % 2 == 0))
    return path


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "webcam.mp4"
    write_video(path, [np.full((48, 64, 3), 9 * k, np.uint8) for k in range(25)], rate_hz=50)
    return path


def test_cameras_are_listed_with_what_stands_in_the_way(evface, fake_drivers):
    bus = fake_drivers.bus
    bus.cameras.append(fake_drivers.PluggedCamera())
    bus.cameras.append(
        fake_drivers.PluggedCamera(serial="2", error="Access denied (insufficient permissions)")
    )

    code, out, _ = evface("cameras")

    assert code == 0
    assert re.search(r"prophesee-evk4:00050423\s+Prophesee EVK4 00050423\n", out)
    assert "neuromorphic-drivers-install-udev-rules" in out
    listed = json.loads(evface("cameras", "--json")[1])
    assert listed["event cameras"][0]["key"] == "prophesee-evk4:00050423"
    assert listed["event cameras"][0]["resolution"] == [1280, 720]


def test_the_doctor_knows_the_cameras(evface, fake_drivers):
    fake_drivers.bus.cameras.append(fake_drivers.PluggedCamera())
    findings = {f["name"]: f for f in json.loads(evface("doctor", "--json")[1])["findings"]}
    assert findings["Cameras"]["works"]
    assert "Prophesee EVK4" in findings["Cameras"]["found"]
    assert "Webcams" in findings
    assert findings["DV streams"]["found"] == "not installed" or findings["DV streams"]["works"]

    fake_drivers.bus.problem = "Other error"
    findings = {f["name"]: f for f in json.loads(evface("doctor", "--json")[1])["findings"]}
    assert not findings["Cameras"]["works"]
    assert "no USB that can be used" in findings["Cameras"]["mend"]


def test_the_doctor_says_whether_cameras_can_be_served(evface, fake_drivers, monkeypatch):
    assert not fake_drivers.bus.cameras
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(stream_protocol, "DEFAULT_PORT", taken.getsockname()[1])
        findings = {f["name"]: f for f in json.loads(evface("doctor", "--json")[1])["findings"]}
    assert not findings["Network"]["works"]
    assert "--listen HOST:PORT" in findings["Network"]["mend"]
    assert "this computer is" in findings["Network"]["found"]
    # Nothing is broken where no camera is plugged in.
    assert "plug one in" in findings["Cameras"]["mend"]

    monkeypatch.setattr(stream_protocol, "DEFAULT_PORT", 0)
    findings = {f["name"]: f for f in json.loads(evface("doctor", "--json")[1])["findings"]}
    assert findings["Network"]["works"]


def test_a_replay_with_a_webcam_is_recorded_and_added_to_a_project(
    evface, recording, video, tmp_path
):
    project, out = tmp_path / "p.evface", tmp_path / "out.raw"
    Project.create(project).close()

    code, text, errors = evface(
        "record", recording, out, "--rgb", video, "--project", project, "--json"
    )

    assert code == 0, errors
    report = json.loads(text)
    assert out.read_bytes() == recording.read_bytes()
    assert (report["n_events"], report["problem"]) == (8_000, "")
    assert report["n_frames"] > 5
    assert report["parts"] == [
        {"events": str(out), "video": str(out.with_suffix(".mp4")), "sync": "arrival"}
    ]
    with Project.open(project) as opened:
        (entry,) = opened.recordings()
        assert entry.name == "out"
        assert entry.video.path == out.with_suffix(".mp4")
        assert opened.check() == []


def test_recording_ends_when_it_is_told_to(evface, recording, tmp_path):
    key = f"replay:{recording}?loop=1"
    code, text, _ = evface("record", key, tmp_path / "out.raw", "--seconds", 0.5)
    assert code == 0
    assert "events" in text
    source = open_events(tmp_path / "out.raw")
    assert source.duration_us > 300_000
    source.close()


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_recording_that_is_ended_from_outside_is_whole_and_in_its_project(
    recording, video, tmp_path, end
):
    project, out = tmp_path / "p.evface", tmp_path / "out.raw"
    Project.create(project).close()
    process = subprocess.Popen(
        [sys.executable, "-m", "evface.cli", "record", f"replay:{recording}?loop=1", out,
         "--rgb", video, "--project", project, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        while "recording 'out'" not in (line := process.stderr.readline()):
            assert line, process.returncode
        process.send_signal(end)
        text, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert json.loads(text)["problem"] == ""
    source = open_events(out)
    assert source.n_events == json.loads(text)["n_events"]
    assert source.warnings == ()
    source.close()
    with Project.open(project) as opened:
        (entry,) = opened.recordings()
        assert entry.events.n_bytes == out.stat().st_size
        assert opened.check() == []


def test_a_project_that_cannot_be_used_ends_a_recording_before_it_begins(
    evface, recording, tmp_path
):
    code, _, errors = evface(
        "record", recording, tmp_path / "out.raw", "--project", tmp_path / "none.evface"
    )
    assert code == 1
    assert "does not exist; make a project" in errors
    assert not (tmp_path / "out.raw").exists()


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ("nothing", "is no camera; name one of"),
        ("tcp://127.0.0.1:1", "nothing is served there"),
        ("replay:none.raw", "does not exist"),
    ],
)
def test_what_cannot_be_recorded_is_one_line_on_stderr(evface, tmp_path, camera, words):
    code, out, errors = evface("record", camera, tmp_path / "out.raw")
    assert code == 1
    assert not out
    assert words in errors.splitlines()[-1]
    assert not (tmp_path / "out.raw").exists()


def test_nothing_is_overwritten(evface, recording):
    code, _, errors = evface("record", recording, recording)
    assert code == 1
    assert "exists already" in errors


def test_a_missing_camera_ends_a_recording_before_it_begins(evface, fake_drivers, tmp_path):
    assert not fake_drivers.bus.cameras
    code, _, errors = evface("record", "prophesee-evk4", tmp_path / "out.raw")
    assert code == 1
    assert "Prophesee EVK4: is not there; check its cable" in errors


def test_addresses_that_are_none_are_usage_errors(evface, recording):
    assert evface("serve", recording, "--listen", "here")[0] == 2
    assert evface("serve", recording, "--allow", "everyone")[0] == 2


@pytest.mark.slow
def test_what_is_served_can_be_recorded_elsewhere(evface, recording, tmp_path):
    server = subprocess.Popen(
        [sys.executable, "-m", "evface.cli", "serve", recording, "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        address = re.search(r"tcp://[\d.]+:\d+", server.stderr.readline())[0]
        code, _, errors = evface("record", address, tmp_path / "out.raw", "--seconds", 1)
        assert code == 0, errors
        source = open_events(tmp_path / "out.raw")
        assert source.resolution == (320, 240)
        assert source.n_events > 8_000
        source.close()
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 130
        with pytest.raises(CameraError, match="nothing is served there"):
            StreamCamera.at(address).open()
    finally:
        server.kill()
        server.communicate()
