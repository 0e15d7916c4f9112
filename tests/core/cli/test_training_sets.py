import json

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.landmark_edits import MoveLandmarks
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.cli.main import main
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.project import Project


@pytest.fixture
def evface(capsys):
    """Run the command line; return its exit code, stdout and stderr."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def project(tmp_path):
    """A project of three people, each with landmarks on the events; one was corrected."""
    path = tmp_path / "p.evface"
    random = np.random.default_rng(0)
    with Project.create(path) as made:
        made.author = "anna"
        for number in range(3):
            events = Events(
                np.linspace(0, 299_999, 500).astype(np.int64),
                *random.integers(0, 48, (2, 500)).astype(np.uint16),
                random.random(500) < 0.5,
            )
            media = tmp_path / f"p{number}_AU12.h5"
            write_events_hdf5(media, [events], resolution=(48, 48))
            entry = made.add_recording(media)
            track = LandmarkTrack(
                times_us=np.arange(31, dtype=np.int64) * 10_000,
                valid=np.ones(31, bool),
                source=Source(SourceKind.FIT, "test"),
                landmarks=random.uniform(5, 40, (31, 68, 2)).astype(np.float32),
                confidence=np.ones(31, np.float32),
                state=np.zeros((31, 68), np.uint8),
                camera=Camera.EVENTS,
            )
            made.apply(ReplaceTracks(entry.id, {"transferred": track}, "Process"))
        made.apply(MoveLandmarks(entry.id, "transferred", 100_000, {3: (11.0, 12.0)}))
    return path


def test_a_project_is_exported_as_a_training_set(evface, project, tmp_path):
    out = tmp_path / "set.evset"
    before = project.read_bytes()
    code, said, err = evface(
        "export", project, "--format", "dataset", "--out", out, "--subject-pattern", r"^p\d"
    )
    assert (code, err) == (0, "")
    assert said.splitlines()[0] == f"{out}: 3 clips of 3 subjects"
    assert "  classes: AU12 3" in said
    assert "  landmarks (ibug68): 1,835 auto, 1 corrected" in said
    assert "  clips by subject: train 1, validation 1, test 1" in said
    assert project.read_bytes() == before
    code, said, _ = evface("dataset", "show", out, "--json")
    report = json.loads(said)
    assert (code, report["subjects"], report["clips"]) == (0, ["p0", "p1", "p2"], 3)
    assert report["landmarks_by_state"]["corrected"] == 1
    assert report["split"] == {"train": 1, "validation": 1, "test": 1}


def test_only_labels_of_a_state_are_exported(evface, project, tmp_path):
    out = tmp_path / "set.evset"
    arguments = ["export", project, "--format", "dataset", "--out", out, "--json"]
    code, said, _ = evface(*arguments, "--least-state", "corrected")
    report = json.loads(said)
    assert (code, report["frames_with_landmarks"]) == (0, 1)
    assert report["labels"]["least_state"] == "corrected"
    # All recordings are taken for one person where nothing says otherwise.
    assert report["subjects"] == ["p"]
    assert report["split_problem"].startswith("has 1 subject")
    code, said, _ = evface(*arguments, "--recording", "p1_AU12")
    assert json.loads(said)["clips"] == 1


def test_a_set_is_not_written_over_the_project(evface, project):
    before = project.read_bytes()
    code, _, err = evface("export", project, "--format", "dataset", "--out", project)
    assert code == 1
    assert "belongs to the project" in err
    assert project.read_bytes() == before


def test_who_is_who_can_be_said_in_a_table(evface, project, tmp_path):
    table, out = tmp_path / "who.csv", tmp_path / "set.evset"
    table.write_text("recording,subject\np0_AU12,Ann\np1_AU12,Bob\np2_AU12,Ann\n")
    arguments = ["dataset", "build", out, project, "--subjects", table, "--json"]
    code, said, _ = evface(*arguments)
    assert (code, json.loads(said)["subjects"]) == (0, ["Ann", "Bob"])
    table.write_text("p0_AU12\n")
    code, _, err = evface(*arguments)
    assert code == 1
    assert f"{table}: line 1: expected recording,subject" in err


def test_what_cannot_be_built_is_told_in_one_line(evface, project, tmp_path):
    out = tmp_path / "set.evset"
    code, _, err = evface("dataset", "build", out, tmp_path)
    assert (code, len(err.splitlines())) == (1, 1)
    assert "is no folder of evface synth" in err
    code, _, err = evface("dataset", "build", out, tmp_path, "--dataset", "nothing")
    assert code == 2
    code, _, err = evface("dataset", "build", out, project, "--subject-pattern", "(")
    assert code == 2
    code, _, err = evface("dataset", "build", out, project, "--conditions", "dark")
    assert code == 2
    code, _, err = evface("dataset", "show", project)
    assert code == 1
    assert "is no training set" in err
    (tmp_path / "p0_AU12.h5").unlink()
    code, said, err = evface("dataset", "build", out, project)
    assert code == 1
    assert f"{out}: 2 clips of 1 subject" in said
    assert err.startswith("error: p0_AU12: ")
