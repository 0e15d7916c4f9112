"""Tests of `evface convert`: every format there and back, cuts, and what is told to be lost."""

import json

import h5py
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from evface.cli import convert, events
from evface.errors import EvfaceError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import Hdf5EventWriter
from evface.events.sources import open_events
from evface.events.triggers import Triggers
from evface.events.writers import WRITABLE_FORMATS, choose_format

SIZE = (64, 48)
ORIGIN_US = 5_000_000
FORMATS = {known.name: known for known in WRITABLE_FORMATS}


@pytest.fixture
def run():
    app = typer.Typer()
    for group in (events, convert):
        group.register(app)

    def invoke(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(result.exception, EvfaceError):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a recording of 400 ms with three triggers."""

    def write_one(origin_us=ORIGIN_US):
        rng = np.random.default_rng(0)
        n = 5000
        x, y = (rng.integers(0, size, n).astype(np.uint16) for size in SIZE)
        t = np.sort(rng.integers(0, 400_000, n))
        t[0] = 0
        path = tmp_path / "events.h5"
        with Hdf5EventWriter(
            path, resolution=SIZE, metadata={"camera": "EVK4"}, video_offset_us=origin_us - 7
        ) as writer:
            times = np.array([origin_us - 20, origin_us + 120_000, origin_us + 300_000])
            writer.append_triggers(
                Triggers(times, np.array([1, 2, 3], np.uint8), np.array([True, False, True]))
            )
            writer.append(Events(t + origin_us, x, y, rng.random(n) < 0.5))
        return path

    return write_one


def read_all(path):
    source = open_events(path)
    events, triggers = source.read(0, source.duration_us), source.triggers()
    origin_us = source.origin_us
    source.close()
    return events, triggers, origin_us


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_keeps_every_event(run, write, tmp_path, name):
    if name == "aedat4":
        pytest.importorskip("faery")
    known = FORMATS[name]
    recording, out = write(), tmp_path / f"copy{known.suffixes[0]}"
    result = run("convert", recording, out, "--format", name, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["format"] == known.title
    found, triggers, origin_us = read_all(out)
    expected, edges, _ = read_all(recording)
    assert report["n_events"] == len(expected)
    if known.holds_resolution:
        np.testing.assert_array_equal(found.to_structured(), expected.to_structured())
    if known.name not in ("evt2", "evt3"):
        assert origin_us == ORIGIN_US
    if known.holds_triggers:
        assert report["n_triggers"] == 3
        np.testing.assert_array_equal(triggers.times_us, edges.times_us)
        np.testing.assert_array_equal(triggers.channels, edges.channels)
        np.testing.assert_array_equal(triggers.is_rising, edges.is_rising)
    else:
        assert any("3 triggers" in words for words in report["lost"])


def test_hdf5_keeps_where_the_video_begins(run, write, tmp_path):
    run("convert", write(), tmp_path / "copy.h5")
    with h5py.File(tmp_path / "copy.h5") as file:
        assert file.attrs["video_offset_us"] == ORIGIN_US - 7


def test_a_cut_keeps_the_events_and_triggers_in_it(run, write, tmp_path):
    recording, out = write(), tmp_path / "part.h5"
    run("convert", recording, out, "--start-us", 100_000, "--stop-us", 150_000)
    whole, _, _ = read_all(recording)
    part, triggers, origin_us = read_all(out)
    np.testing.assert_array_equal(part.t + origin_us - ORIGIN_US, whole.between(100_000, 150_000).t)
    assert (triggers.times_us + origin_us - ORIGIN_US).tolist() == [120_000]


def test_what_evt3_cannot_say_is_told(run, write, tmp_path):
    result = run("convert", write(origin_us=2**24 + 9), tmp_path / "copy.raw")
    assert "RAW EVT3" in result.stdout
    assert "on the sensor's clock" in result.stderr
    assert "16.8 s" in result.stderr
    assert run("convert", write(), tmp_path / "other.raw").stderr == ""


def test_the_ending_or_the_name_tells_the_format(tmp_path):
    assert choose_format(tmp_path / "a.RAW").name == "evt3"
    assert choose_format(tmp_path / "a.raw", "evt2").name == "evt2"
    assert choose_format(tmp_path / "a.hdf5").name == "hdf5"
    assert choose_format(tmp_path / "a", "Prophesee").name == "prophesee"
    with pytest.raises(ValueError, match=r"must end in one of .*\.raw"):
        choose_format(tmp_path / "a.png")
    with pytest.raises(ValueError, match="no format 'mp4'; there are hdf5, evt3"):
        choose_format(tmp_path / "a.raw", "mp4")
