import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from evface.cli import render as rendering
from evface.errors import EvfaceError
from evface.events.catalogue import CATALOGUE
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.palettes import Palette
from evface.events.representations.registry import render_representation, representation

SIZE = (64, 48)


def make_events():
    rng = np.random.default_rng(0)
    n = 5000
    x, y = (rng.integers(0, size, n).astype(np.uint16) for size in SIZE)
    t = np.sort(rng.integers(0, 400_000, n))
    t[0] = 0
    return Events(t, x, y, rng.random(n) < 0.5)


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "events.h5"
    write_events_hdf5(path, [make_events()], resolution=SIZE)
    return path


@pytest.fixture
def run():
    app = typer.Typer()
    rendering.register(app)

    def invoke(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(result.exception, EvfaceError):
            raise result.exception
        return result

    return invoke


def picture_of(path):
    cv2 = pytest.importorskip("cv2")
    return cv2.imread(str(path))[:, :, ::-1]


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_picture_is_of_the_window_that_ends_at_a_moment(run, recording, tmp_path, name):
    out = tmp_path / "picture.png"
    options = ["--at-us", 200_000, "--window-us", 20_000, "--representation", name]
    result = run(recording, out, *options, "--palette", "light", "--json")
    report = json.loads(result.stdout)
    assert report["n_events"] == len(make_events().between(180_000, 200_000))
    assert report["window_us"] == 20_000
    expected = render_representation(
        make_events(),
        representation(name),
        Palette.LIGHT,
        resolution=SIZE,
        start_us=180_000,
        stop_us=200_000,
    )
    np.testing.assert_array_equal(picture_of(out), expected)


def test_a_picture_can_be_of_a_number_of_events(run, recording, tmp_path):
    out = tmp_path / "picture.png"
    report = json.loads(run(recording, out, "--at-us", 200_000, "--count", 700, "--json").stdout)
    before = make_events().between(0, 200_000).t
    assert report["n_events"] == 700
    assert report["window_us"] == 200_000 - before[-700]
    result = run(recording, out, "--at-us", 9_000, "--count", 700, "--force")
    assert "too few to judge a face by" in result.stderr
    result = run(recording, out, "--at-us", 90_000, "--count", 4_000, "--force")
    assert f"only {len(make_events().between(0, 90_000)):,} events were found" in result.stderr


def test_a_picture_can_fade(run, recording, tmp_path):
    out = tmp_path / "picture.png"
    options = ["--representation", "time_surface", "--fading-us", 30_000]
    run(recording, out, "--at-us", 300_000, *options)
    expected = render_representation(
        make_events(),
        representation("time_surface", tau_us=30_000),
        resolution=SIZE,
        start_us=210_000,
        stop_us=300_000,
    )
    np.testing.assert_array_equal(picture_of(out), expected)


def test_a_video_is_of_the_whole_recording(run, recording, tmp_path):
    from evface.video.reader import open_video

    out = tmp_path / "events.mp4"
    report = json.loads(run(recording, out, "--fps", 50, "--count", 500, "--json").stdout)
    video = open_video(out)
    assert report["n_frames"] == video.n_frames == 19
    assert video.resolution == SIZE
    assert video.rate_hz == pytest.approx(50)
    video.close()


def test_a_picture_that_exists_is_replaced_only_when_told_so(run, recording, tmp_path):
    out = tmp_path / "picture.png"
    out.write_bytes(b"precious")
    with pytest.raises(EvfaceError, match="exists already"):
        run(recording, out)
    assert out.read_bytes() == b"precious"
    assert run(recording, out, "--force").exit_code == 0


def test_the_help_names_every_representation(run):
    words = run("--help").stdout
    assert all(name in words for name in CATALOGUE)


@pytest.mark.parametrize(
    "arguments",
    [
        ["out.gif"],
        ["out.png", "--representation", "voxel"],
        ["out.png", "--palette", "neon"],
        ["out.png", "--window-us", "0"],
        ["out.png", "--count", "9000000"],
        ["out.png", "--count", "10", "--window-us", "10"],
        ["out.png", "--fading-us", "100"],
        ["out.png", "--at-us", "900000000"],
        ["out.mp4", "--at-us", "9"],
    ],
)
def test_wrong_usage_exits_2_and_writes_nothing(run, recording, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert run(recording, *arguments).exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == [recording.name]
