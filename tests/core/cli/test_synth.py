import json

import pytest

import evface.simulation.recording_set as recording_set
from evface.cli.main import main
from evface.simulation.recording_set import SetSummary


@pytest.fixture
def asked(monkeypatch):
    """Replace the work; return what was asked for."""
    calls = []

    def make(out, settings, *, n_processes, scheduler, report):
        report(0.5, "1 of 2 recordings")
        calls.append((out, settings, n_processes, scheduler))
        return SetSummary(2, 1, 3.0)

    monkeypatch.setattr(recording_set, "make_set", make)
    return calls


def test_options_become_settings(asked, tmp_path, capsys):
    words = [
        "synth", str(tmp_path), "--protocol", "facemorphic", "--subjects", "3", "--seed", "7",
        "--labels", "AU12, AU45", "--repetitions", "1", "--resolution", "1280x720",
        "--rgb-resolution", "320x240", "--condition", "low_light", "--clips-per-subject", "1",
        "--jobs", "2", "--no-gallery", "--json",
    ]  # fmt: skip
    assert main(words) == 0
    ((out, settings, n_processes, scheduler),) = asked
    assert (out, n_processes, scheduler) == (tmp_path, 2, "")
    assert settings.labels == ("AU12", "AU45")
    assert settings.resolution == (1280, 720)
    assert settings.rgb_resolution == (320, 240)
    assert (settings.n_subjects, settings.seed, settings.condition) == (3, 7, "low_light")
    said = json.loads(capsys.readouterr().out)
    assert said["n_made"] == 1
    assert said["settings"]["labels"] == ["AU12", "AU45"]


@pytest.mark.parametrize(
    "words",
    [
        ["--labels", "AU99"],
        ["--resolution", "big"],
        ["--protocol", "opera"],
        ["--subjects", "0"],
        ["--condition", "fog"],
    ],
)
@pytest.mark.usefixtures("asked")
def test_options_that_make_no_sense_are_a_usage_error(words, tmp_path, capsys):
    assert main(["synth", str(tmp_path), *words]) == 2
    assert capsys.readouterr().out == ""
