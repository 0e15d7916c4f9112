import json

import numpy as np
import pytest

from evface.cli.main import main
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5

SIZE = (64, 48)


@pytest.fixture
def recording(tmp_path):
    rng = np.random.default_rng(0)
    n = 50_000
    events = Events(
        np.sort(rng.integers(0, 1_000_000, n)),
        rng.integers(0, SIZE[0], n).astype(np.uint16),
        rng.integers(0, SIZE[1], n).astype(np.uint16),
        rng.random(n) < 0.5,
    )
    write_events_hdf5(tmp_path / "events.h5", [events], resolution=SIZE)
    return tmp_path / "events.h5"


def test_a_recording_is_watched_as_a_camera(recording, capsys, tmp_path):
    shot = tmp_path / "shot.png"
    arguments = ["live", f"replay:{recording}?loop=1", "--seconds=3", "--json"]
    assert main([*arguments, f"--snapshot={shot}"]) == 0
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert said["n_shown"] > 0
    assert said["counters"]["n_events"] > 0
    assert said["latency"]["picture"]["p50_ms"] > 0
    assert said["state"]["link"] == "running"
    assert "is running" in err
    assert shot.exists()


def test_without_json_the_figures_are_in_words(recording, capsys):
    assert main(["live", f"replay:{recording}?loop=1", "--seconds=3"]) == 0
    assert "last event to picture: p50" in capsys.readouterr().out


def test_what_is_no_camera_is_told(capsys):
    assert main(["live", "toaster", "--seconds=1"]) == 1
    assert capsys.readouterr().err.startswith("error: toaster")


def test_a_camera_that_never_comes_is_a_failure(capsys, tmp_path):
    shot = tmp_path / "shot.png"
    options = ["--seconds=1", f"--snapshot={shot}"]
    assert main(["live", f"replay:{tmp_path / 'none.raw'}", *options]) == 1
    assert not shot.exists()
    assert "no picture came" in capsys.readouterr().out


def test_an_unknown_representation_is_a_usage_error(recording):
    assert main(["live", f"replay:{recording}", "--representation=oil"]) == 2
