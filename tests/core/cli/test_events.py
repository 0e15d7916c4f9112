import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from evface.cli import convert as conversion
from evface.cli import events as commands
from evface.cli import render as rendering
from evface.errors import EvfaceError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.sources import open_events

SIZE = (64, 48)
ORIGIN_US = 5_000_000


@pytest.fixture
def run():
    app = typer.Typer()
    commands.register(app)
    rendering.register(app)
    conversion.register(app)

    def invoke(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(result.exception, EvfaceError):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def recording(tmp_path):
    rng = np.random.default_rng(0)
    n = 5000
    x, y = (rng.integers(0, size, n).astype(np.uint16) for size in SIZE)
    t = np.sort(rng.integers(0, 400_000, n))
    t[0] = 0
    path = tmp_path / "events.h5"
    events = Events(t + ORIGIN_US, x, y, rng.random(n) < 0.5)
    write_events_hdf5(
        path, [events], resolution=SIZE, metadata={"camera": "EVK4"}, video_offset_us=ORIGIN_US - 7
    )
    return path


def read_all(path):
    source = open_events(path)
    events = source.read(0, source.duration_us)
    origin_us = source.origin_us
    source.close()
    return events, origin_us


def test_info_tells_what_an_event_file_holds(run, recording):
    result = run("info", recording, "--json")
    (report,) = json.loads(result.stdout)["files"]
    assert report["kind"] == "events"
    assert report["format"] == "HDF5"
    assert report["resolution"] == list(SIZE)
    assert report["n_events"] == 5000
    assert report["origin_us"] == ORIGIN_US
    assert report["rate_hz"] == pytest.approx(5000e6 / report["duration_us"], abs=0.01)
    assert report["peak_rate_hz"] >= report["rate_hz"]
    assert report["metadata"] == {"camera": "EVK4"}
    assert report["warnings"] == []
    words = run("info", recording).stdout
    for word in ("HDF5", "64 x 48", "5,000", "kev/s", "camera: EVK4"):
        assert word in words


def test_info_tells_what_a_video_holds(run, shared_data):
    path = shared_data("video/face_cry_to_laugh_640x360_24fps.mp4")
    (report,) = json.loads(run("info", path, "--json").stdout)["files"]
    assert report["kind"] == "video"
    assert report["resolution"] == [640, 360]
    assert report["rate_hz"] == pytest.approx(24, abs=0.1)
    assert "640 x 360" in run("info", path).stdout


def test_info_goes_on_after_a_file_that_cannot_be_read(run, recording, tmp_path):
    bad = tmp_path / "bad.raw"
    bad.write_bytes(b"")
    result = run("info", bad, recording)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [f"error: {bad}: is empty; copy or record it again"]
    assert "5,000" in result.stdout
    reports = json.loads(run("info", bad, recording, "--json").stdout)["files"]
    assert "is empty" in reports[0]["error"]
    assert reports[1]["n_events"] == 5000


def test_a_file_that_exists_is_replaced_only_when_told_so(run, recording, tmp_path):
    before = recording.read_bytes()
    out = tmp_path / "other.h5"
    out.write_bytes(b"precious")
    with pytest.raises(EvfaceError, match="exists already"):
        run("convert", recording, out)
    with pytest.raises(EvfaceError, match="is the file to read"):
        run("convert", recording, recording, "--force")
    assert out.read_bytes() == b"precious"
    assert run("convert", recording, out, "--force").exit_code == 0
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"precious")
    with pytest.raises(EvfaceError, match="exists already"):
        run("render", recording, picture)
    assert recording.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["convert", "{in}", "out.xyz"],
        ["convert", "{in}", "out.raw", "--format", "evt9"],
        ["convert", "{in}", "out.h5", "--start-us", "5", "--stop-us", "5"],
        ["convert", "{in}", "out.h5", "--start-us", "900000000"],
    ],
)
def test_wrong_usage_exits_2_and_writes_nothing(run, recording, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    arguments = [recording if argument == "{in}" else argument for argument in arguments]
    assert run(*arguments).exit_code == 2
    assert [p.name for p in tmp_path.iterdir()] == [recording.name]


def test_what_is_wrong_with_a_readable_file_is_said_on_stderr(run, tmp_path):
    words = np.array([0x8000, 0x6001, 3, 0x2005, 0x6005, 0x2006], "<u2").tobytes() + b"\0"
    path = tmp_path / "cut.raw"
    path.write_bytes(b"% evt 3.0\n% geometry 64x48\n% end\n" + words)
    result = run("convert", path, tmp_path / "out.h5")
    assert f"warning: {path}: the file was cut off" in result.stderr
    assert "2 events" in result.stdout
