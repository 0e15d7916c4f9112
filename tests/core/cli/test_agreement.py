import json

import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments
from evface.annotations.segments import Intensity, Presence, Segment
from evface.cli.main import main
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.project import Project


def code_as(project, recording_id, author, onset_us):
    project.author = author
    parts = (
        Segment(f"{author}0", "AU12", 0, onset_us, presence=Presence.ABSENT),
        Segment(f"{author}1", "AU12", onset_us, 500_000, intensity=Intensity.of_level("C")),
    )
    project.apply(SetSegments(recording_id, {part.id: part for part in parts}))


@pytest.fixture
def project_path(tmp_path):
    t = np.arange(100, dtype=np.int64)
    zeros = np.zeros(100, np.uint16)
    events = Events(t, zeros, zeros, np.ones(100, bool))
    write_events_hdf5(tmp_path / "ev.h5", [events], resolution=(64, 48))
    with Project.create(tmp_path / "p.evface") as project:
        entry = project.add_recording(tmp_path / "ev.h5")
        code_as(project, entry.id, "anna", 100_000)
        code_as(project, entry.id, "ben", 200_000)
    return project.path


def run(capsys, *arguments):
    code = main(["agreement", *map(str, arguments)])
    return code, *capsys.readouterr()


def test_two_annotators_are_compared_as_table_json_and_file(project_path, tmp_path, capsys):
    code, out, err = run(capsys, project_path, "--out", tmp_path / "report.html")
    assert code == 0
    assert "AU12" in out
    assert "Agreement of anna (1st) and ben (2nd)" in out
    assert "report.html" in err
    assert (tmp_path / "report.html").exists()
    code, out, _ = run(capsys, project_path, "--json")
    assert json.loads(out)["units"][0]["frames"]["agreed"] == {"value": 0.8, "n": 50, "reason": ""}


def test_settings_reach_the_comparison(project_path, capsys):
    _, out, _ = run(capsys, project_path, "--json", "--step-us", "50000", "--tolerance-us", "0")
    report = json.loads(out)
    assert report["units"][0]["frames"]["agreed"]["n"] == 10
    assert report["units"][0]["events"]["n_matched"] == 1


def test_who_is_compared_must_be_clear(project_path, capsys):
    code, _, problem = run(capsys, project_path, "--first", "carl")
    assert (code, "'carl' labelled nothing there; anna, ben did" in problem) == (1, True)
    code, _, problem = run(capsys, project_path, project_path, "--first", "anna")
    assert (code, "choose with --second" in problem) == (1, True)
    assert run(capsys, project_path, "--first", "ben", "--second", "anna")[0] == 0
    assert run(capsys, project_path, "--second", "anna")[0] == 0


def test_nobody_is_compared_with_themselves(project_path, capsys):
    code, _, problem = run(capsys, project_path, "--first", "anna", "--second", "anna")
    assert code == 1
    assert "'anna' would be compared with themselves; choose another by --second" in problem


def test_other_endings_are_usage_errors(project_path, capsys):
    assert run(capsys, project_path, "--out", "report.txt")[0] == 2
