from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from evface.cli import simulation as commands
from evface.events.sources import open_events
from evface.video.writer import write_video


@pytest.fixture
def run():
    app = typer.Typer()
    app.callback()(lambda: None)
    commands.register(app)
    return lambda *arguments: CliRunner().invoke(app, ["simulate", *map(str, arguments)])


@pytest.fixture
def video(tmp_path):
    ramp = np.tile(np.linspace(20, 230, 64), (48, 1))
    frames = [np.roll(ramp, 2 * k, axis=1).astype(np.uint8) for k in range(6)]
    path = tmp_path / "video.mp4"
    write_video(path, [np.repeat(frame[..., None], 3, 2) for frame in frames], rate_hz=30)
    return path


def test_simulate_writes_events_and_reports_one_object(run, video, tmp_path):
    out = tmp_path / "events.h5"
    result = run(video, out, "--preset", "clean", "--seed", 3, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    source = open_events(out)
    assert report["events"] == str(out)
    assert report["n_events"] == source.n_events > 0
    assert (report["preset"], report["seed"], report["n_frames"]) == ("clean", 3, 6)
    assert report["warnings"] == []
    source.close()


def test_simulate_says_how_much_it_made(run, video, tmp_path):
    result = run(video, tmp_path / "events.h5")
    assert result.exit_code == 0
    assert "from 6 frames" in result.stdout
    assert result.stdout.count("\n") == 1


def test_a_broken_tail_and_a_still_video_are_told_on_stderr(run, tmp_path):
    still = tmp_path / "still.mkv"
    write_video(still, [np.full((48, 64, 3), 90, np.uint8)] * 60, rate_hz=30)
    still.write_bytes(still.read_bytes()[: int(still.stat().st_size * 0.8)])
    result = run(still, tmp_path / "events.h5", "--preset", "clean")
    assert result.exit_code == 0
    assert "breaks off after" in result.stderr
    assert "nothing changes in this video" in result.stderr


def test_an_unknown_preset_is_a_usage_error(run, video, tmp_path):
    result = run(video, tmp_path / "events.h5", "--preset", "nice")
    assert result.exit_code == 2
    assert "clean, noisy, v2e" in result.stderr
    assert not (tmp_path / "events.h5").exists()
