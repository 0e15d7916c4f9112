import json

import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.segments import Segment
from evface.cli.main import main
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.project import Project


@pytest.fixture
def two(tmp_path):
    """Return two projects of one recording, whose video classes and segments differ."""
    t = np.arange(100, dtype=np.int64)
    zeros = np.zeros(100, np.uint16)
    events = Events(t, zeros, zeros, np.ones(100, bool))
    write_events_hdf5(tmp_path / "ev.h5", [events], resolution=(64, 48))
    paths = []
    for name, author, onset_us in (("mine", "anna", 0), ("theirs", "anna", 10)):
        with Project.create(tmp_path / f"{name}.evface") as project:
            entry = project.add_recording(tmp_path / "ev.h5", name=name)
            project.author = author
            segment = Segment("same", "AU12", onset_us, 1000)
            project.apply(SetSegments(entry.id, {"same": segment}))
            project.author = name
            project.apply(SetVideoClass(entry.id, "AU12"))
        paths.append(project.path)
    return paths


def run(capsys, *arguments):
    code = main([str(one) for one in arguments])
    return code, *capsys.readouterr()


def segments_of(path):
    with Project.open(path, read_only=True) as project:
        (entry,) = project.recordings()
        return project.segments(entry.id)


def test_a_dry_run_says_what_would_change_and_changes_nothing(two, capsys):
    before = segments_of(two[0])
    code, out, _ = run(capsys, "project", "merge", *two, "--dry-run")
    assert code == 0
    assert "would add 2 labels, change 1 and remove 0" in out
    assert "anna, one segment" in out
    assert segments_of(two[0]) == before


def test_merging_keeps_both_sides_and_reports_conflicts(two, capsys):
    code, out, _ = run(capsys, "project", "merge", *two, "--json")
    assert code == 0
    report = json.loads(out)
    (conflict,) = report["conflicts"]
    assert (conflict["author"], conflict["kind"]) == ("anna", "segment")
    assert {one.author for one in segments_of(two[0]).values()} == {"anna", "anna (earlier)"}
    code, out, _ = run(capsys, "project", "merge", *two)
    assert "nothing to change" in out


def test_one_side_of_the_conflicts_can_be_chosen(two, capsys):
    run(capsys, "project", "merge", *two, "--conflicts", "theirs")
    ((only),) = segments_of(two[0]).values()
    assert only.onset_us == 10


def test_a_snapshot_is_listed_and_restored(two, capsys):
    mine, theirs = two
    before = segments_of(mine)
    assert run(capsys, "project", "snapshot", mine, "before merging")[0] == 0
    run(capsys, "project", "merge", mine, theirs)
    code, out, _ = run(capsys, "project", "restore", mine, "--list")
    assert code == 0
    assert "before merging" in out
    code, out, _ = run(capsys, "project", "restore", mine, "before merging", "--dry-run")
    assert "would add 0 labels, change 1 and remove 2" in out
    assert segments_of(mine) != before
    assert run(capsys, "project", "restore", mine, "before merging")[0] == 0
    assert segments_of(mine) == before


def test_the_snapshot_of_the_day_is_made_once(two, capsys):
    code, out, _ = run(capsys, "project", "snapshot", two[0], "--json")
    assert code == 0
    assert json.loads(out)["snapshot"]["name"].startswith("daily ")
    _, out, _ = run(capsys, "project", "snapshot", two[0], "--json")
    assert json.loads(out) == {"snapshot": None}


def test_a_snapshot_that_is_not_there_is_said_so(two, capsys):
    code, _, problem = run(capsys, "project", "restore", two[0], "none")
    assert code == 1
    assert "has no snapshot 'none'" in problem
    assert run(capsys, "project", "restore", two[0])[0] == 2
