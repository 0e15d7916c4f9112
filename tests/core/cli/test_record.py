import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from evface.events.sources import open_events
from evface.projects.project import Project
from evface.video.writer import write_video


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "webcam.mp4"
    write_video(path, [np.full((48, 64, 3), 9 * k, np.uint8) for k in range(25)], rate_hz=50)
    return path


def test_a_replay_with_a_webcam_is_recorded_and_added_to_a_project(
    evface, recording, video, tmp_path
):
    project, out = tmp_path / "p.evface", tmp_path / "out.raw"
    Project.create(project).close()

    code, text, errors = evface(
        "record",
        f"replay:{recording}?speed=0.25",
        out,
        "--rgb",
        video,
        "--project",
        project,
        "--json",
    )

    assert code == 0, errors
    report = json.loads(text)
    assert out.read_bytes() == recording.read_bytes()
    assert (report["n_events"], report["problem"]) == (8_000, "")
    assert report["n_frames"] > 0
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
    assert source.n_events > 0
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
    assert not list(tmp_path.glob(".*.editor"))


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
