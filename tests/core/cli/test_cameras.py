import json
import re
import signal
import socket
import subprocess
import sys

import pytest

from evface.cameras import stream_protocol
from evface.cameras.stream_client import StreamCamera
from evface.errors import CameraError
from evface.events.sources import open_events


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
        assert source.n_events > 0
        source.close()
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 130
        with pytest.raises(CameraError, match="nothing is served there"):
            StreamCamera.at(address).open()
    finally:
        server.kill()
        server.communicate()
