"""Tests of what `evface info` says of a recording's health."""

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from evface.cli import events as commands
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes a second of events by chance, with a share of on events."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def write_one(on_share):
        rng = np.random.default_rng(0)
        t = np.sort(rng.integers(0, 1_000_000, 20_000))
        x, y = (rng.integers(0, size, len(t)).astype("u2") for size in (64, 48))
        path = tmp_path / "events.h5"
        events = Events(t, x, y, rng.random(len(t)) < on_share)
        write_events_hdf5(path, [events], resolution=(64, 48))
        return path

    return write_one


def info(*arguments):
    app = typer.Typer()
    commands.register(app)
    # With a single command, its name would be no argument.
    app.callback()(lambda: None)
    result = CliRunner().invoke(app, ["info", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_good_recording_has_no_reasons(write):
    path = write(0.5)
    (report,) = json.loads(info(path, "--json"))["files"]
    assert report["health"]["lamp"] == "good"
    assert report["health"]["reasons"] == []
    assert "  health      good\n" in info(path)


def test_what_is_wrong_is_said_with_what_to_do(write):
    path = write(1.0)
    (report,) = json.loads(info(path, "--json"))["files"]
    health = report["health"]
    assert health["lamp"] == "bad"
    assert [reason["fault"] for reason in health["reasons"]] == ["one_sided"]
    assert health["facts"]["on_share"] == 1.0
    assert len(health["facts"]["rates_hz"]) == len(health["facts"]["on_shares"])
    assert "  health      bad\n    bad: All events are on; the other" in info(path)
